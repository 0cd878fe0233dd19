/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What there is to report on: histograms, mixtures, manifests.
 *
 * Below a directory every file is looked at, in the order of its path, component by component. A
 * histogram is known by its header, whatever it is called; a mixture is called flows.json,
 * packets.json or octets.json, a manifest manifest.json. Hidden files and links to directories are
 * left out.
 *
 *     struct weir_report_files files;
 *     status = weir_report_files_find(&files, (const char *[]){"out"}, 1, mem, err);
 *     ...
 *     weir_report_files_release(&files);
 *
 * One thread at a time.
 */
#ifndef WEIR_REPORT_FILES_H
#define WEIR_REPORT_FILES_H

#include "mem.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

#define WEIR_REPORT_N_Y  3 /* flows, packets, octets: weir_summary_y */
#define WEIR_REPORT_NONE ((size_t)-1)

/* A list of files; `name` is the part of `path` below the root. */
struct weir_report_file {
    char *path;
    const char *name;
    uint64_t device, inode; /* a file may be named twice */
};

struct weir_report_list {
    size_t n, capacity;
    struct weir_report_file *file;
};

/* The mixtures of one directory that belong to one histogram. */
struct weir_report_model {
    size_t hist;                     /* its number, or WEIR_REPORT_NONE */
    size_t mixture[WEIR_REPORT_N_Y]; /* numbers of mixtures, or WEIR_REPORT_NONE */
};

struct weir_report_files {
    struct weir_mem *mem;
    char *root; /* the directory that was named, or the one that all paths have in common */
    struct weir_report_list hists, mixtures, manifests;
    size_t n_models; /* at most mixtures.n */
    struct weir_report_model *model;
};

/* Lists the files below the directories among the paths, at least one, and those that are named
 * themselves, each once, in the order of their paths. There are no models yet: report_match.h makes
 * them. WEIR_IO when there is no such path, or something cannot be read; WEIR_FORMAT when a file
 * that is named is none of these; WEIR_LIMIT: paths too long or too deep; WEIR_MEMORY. `files` may
 * be released whatever the status. */
enum weir_status weir_report_files_find(struct weir_report_files *files, const char *const *paths,
                                        size_t n_paths, struct weir_mem *mem,
                                        struct weir_error *err) WEIR_MUST_CHECK;
void weir_report_files_release(struct weir_report_files *files);

/* The y of a mixture by its name, such as "models/octets.json": its place in weir_summary_y, or
 * WEIR_REPORT_N_Y when it is no mixture of these. */
size_t weir_report_mixture_y(const char *name);

#endif
