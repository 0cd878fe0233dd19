/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a job file says, from the tree of its text to steps that can run. Private to job*.c.
 *
 * A job is worked out in passes: steps as they are written (job_steps.c), their matrices, which
 * turn steps into instances (job_matrix.c), and then options, inputs and outputs of every instance
 * (job_check.c). Each pass notes all mistakes that it can see and leaves out what is broken, so
 * that one mistake does not bring forth others. Functions return WEIR_OK when they have noted
 * mistakes; other statuses (WEIR_MEMORY) end everything.
 *
 * All parts live in the job's arena.
 */
#ifndef WEIR_JOB_MODEL_H
#define WEIR_JOB_MODEL_H

#include "command.h"
#include "job.h"
#include "job_expand.h"
#include "job_report.h"
#include "job_yaml.h"

#define WEIR_JOB_INSTANCES_MAX 4096

/* An axis of a matrix: the values that a variable goes through. */
struct weir_job_axis {
    const char *name;
    const struct weir_node *node; /* its entry in the matrix */
    struct weir_job_variable *values;
    size_t n_values;
    bool used;
};

/* `input`, of the job or of one step. */
struct weir_job_input {
    const struct weir_node *paths;     /* text, or list of texts */
    const struct weir_node *in_format; /* or NULL */
    const struct weir_node *salvage;   /* or NULL */
};

/* An option of a step and the node of its value. */
struct weir_job_setting {
    const struct weir_option *option;
    size_t offset;
    const struct weir_node *node;
};

/* A step as it is written. */
struct weir_job_step {
    const char *name;
    const struct weir_node *node; /* its map; node->key is the name */
    const struct weir_command *command;
    const struct weir_node *options;            /* the command's entry in the map */
    const struct weir_node *to, *from, *matrix; /* or NULL */
    struct weir_job_input input;                /* used when has_input */
    bool has_input;
    struct weir_job_setting *settings;
    size_t n_settings;
    struct weir_job_step **sources; /* the steps that `from` names */
    size_t n_sources;
    struct weir_job_axis **axes;
    size_t n_axes;
    size_t level; /* 0: reads inputs; n: reads from steps of levels below n */
    bool has_level;
    bool in_circle;
    bool is_broken; /* no instances can be made of it */
    size_t first_instance, n_instances;
};

/* One run of a step's command: the step itself, or one combination of its axes. */
struct weir_job_instance {
    const struct weir_job_step *step;
    const char *name;                     /* "hists[proto=tcp,x=length]" */
    const struct weir_job_variable *axes; /* step->n_axes values */
    void *params;                         /* of the command */
    struct weir_words words;              /* the options that were given, as a command line */
    const char *output;                   /* or NULL: writes nothing */
    bool is_kept;                         /* on the shelf: `output` names no file */
    size_t last_scan;                     /* of a kept trace: the last one that reads it */
    const char *real_output;              /* see job_paths.h; NULL: none, or broken */
    const struct weir_format *format;     /* of the flow records that it writes, or NULL */
    bool is_broken;
    size_t scan; /* number of the scan that it takes part in */
    bool runs;   /* see job_manifest.h */
};

struct weir_job {
    struct weir_run *run;
    struct weir_option_arena arena;
    struct weir_job_report report;
    const char *path;
    const char *name;
    const char *directory; /* of the job file; see weir_job_path_directory */
    const char *output;    /* the directory that everything lands in */
    struct weir_job_variable *lets;
    size_t n_lets;
    struct weir_job_input input; /* used when has_input */
    bool has_input, input_is_used;
    const struct weir_node *input_node;
    struct weir_words input_paths; /* what `input` stands for */
    struct weir_job_step *steps;   /* in the order of the file */
    size_t n_steps;
    struct weir_job_step **order;        /* by level, then in the order of the file */
    struct weir_job_instance *instances; /* in the order of `order` */
    size_t n_instances;
    size_t n_scans;
    struct weir_shelf *shelf;      /* NULL until the first kept trace */
    bool all, no_manifest, hashes; /* of the request */
};

#define WEIR_JOB_MISTAKE(job, node, ...) \
    weir_job_mistake(&(job)->report, (node)->line, (node)->column, __VA_ARGS__)

/* Memory of the job's arena for n * bytes, zeroed, or NULL; and the failure to return then. */
void *weir_job_alloc(struct weir_job *job, size_t n, size_t bytes);
enum weir_status weir_job_no_memory(struct weir_error *err);

/* Notes a key that is none of `names`, with the nearest of them. `of` says what it is a key of. */
void weir_job_unknown_key(struct weir_job *job, const struct weir_node *key, const char *of,
                          const char *const *names, size_t n_names);

/* True when `node` is text that says something; else a mistake is noted: expected `what`. */
bool weir_job_is_text(struct weir_job *job, const struct weir_node *node, const char *what);

/* Reads an `input` entry into *input; false after a mistake. */
bool weir_job_read_input(struct weir_job *job, const struct weir_node *node,
                         struct weir_job_input *input);

/* Appends what `input` stands for to *paths. *complete is false after a mistake. */
enum weir_status weir_job_find_inputs(struct weir_job *job, const struct weir_job_input *input,
                                      const struct weir_job_scope *scope, struct weir_words *paths,
                                      bool *complete, struct weir_error *err) WEIR_MUST_CHECK;

/* True when `path` is among the inputs of an instance. */
bool weir_job_reads(const struct weir_job_instance *instance, const char *path);

/* The passes. `node` is the map below "steps". */
enum weir_status weir_job_read_steps(struct weir_job *job, const struct weir_node *node,
                                     struct weir_error *err) WEIR_MUST_CHECK;
enum weir_status weir_job_make_instances(struct weir_job *job,
                                         struct weir_error *err) WEIR_MUST_CHECK;
enum weir_status weir_job_check_instances(struct weir_job *job,
                                          struct weir_error *err) WEIR_MUST_CHECK;
enum weir_status weir_job_check_outputs(struct weir_job *job,
                                        struct weir_error *err) WEIR_MUST_CHECK;

#endif
