/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of formats, detection, and what all readers share. */
#include "format.h"

#include "field.h"
#include "guard.h"
#include "hist_csv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROBE_BYTES 4096

#define WEIR_FORMAT(name) extern const struct weir_format weir_format_##name;
#include "formats.def"
#undef WEIR_FORMAT

static const struct weir_format *const formats[] = {
#define WEIR_FORMAT(name) &weir_format_##name,
#include "formats.def"
#undef WEIR_FORMAT
};

#define N_FORMATS (sizeof formats / sizeof *formats)

const struct weir_format *const *weir_format_list(size_t *n)
{
    *n = N_FORMATS;
    return formats;
}

const struct weir_format *weir_format_find(const char *name)
{
    for (size_t i = 0; i < N_FORMATS; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

/* The program that unpacks what these bytes begin, or NULL: people keep dumps compressed. */
static const char *unpacker(const unsigned char *bytes, size_t n_bytes)
{
    static const struct {
        const char *magic, *program;
    } packers[] = {{"\x1f\x8b", "zcat"},
                   {"BZh", "bzcat"},
                   {"\xfd\x37zXZ", "xzcat"},
                   {"\x28\xb5\x2f\xfd", "zstdcat"}};
    for (size_t i = 0; i < sizeof packers / sizeof *packers; i++) {
        const size_t n = strlen(packers[i].magic);
        if (n_bytes >= n && memcmp(bytes, packers[i].magic, n) == 0)
            return packers[i].program;
    }
    return NULL;
}

enum weir_status weir_format_detect_bytes(const struct weir_probe *probe,
                                          const struct weir_format **format, struct weir_error *err)
{
    *format = NULL;
    if (!probe->is_directory && probe->n_bytes == 0)
        return WEIR_OK;
    for (size_t i = 0; i < N_FORMATS; i++)
        if (formats[i]->detect != NULL && formats[i]->detect(probe)) {
            *format = formats[i];
            return WEIR_OK;
        }
    if (probe->is_directory)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected a trace (a directory of column files), but found none",
                              probe->path);
    const char *program = unpacker(probe->bytes, probe->n_bytes);
    if (program != NULL)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected flow records, but found a compressed file; read the "
                              "output of %s from standard input (-)",
                              probe->path, program);
    if (weir_hist_csv_detect((const char *)probe->bytes, probe->n_bytes))
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected flow records, but found a histogram; to a command that "
                              "reads both, --in-format csv_hist tells what comes through a pipe",
                              probe->path);
    char shown[33];
    size_t n = 0;
    while (n < sizeof shown - 1 && n < probe->n_bytes && probe->bytes[n] >= ' ' &&
           probe->bytes[n] < 0x7f) {
        shown[n] = (char)probe->bytes[n];
        n++;
    }
    shown[n] = '\0';
    return weir_error_set(err, WEIR_FORMAT,
                          "%s: expected flow records, but found %s%s%s (bytes %02x %02x ...); "
                          "--in-format names the format",
                          probe->path, n > 3 ? "\"" : "", n > 3 ? shown : "unknown content",
                          n > 3 ? "\"" : "", probe->bytes[0],
                          probe->n_bytes > 1 ? probe->bytes[1] : 0);
}

/* Reads the first bytes of a file, up to PROBE_BYTES; fewer mean that there are no more. */
static enum weir_status read_probe(const char *path, int fd, unsigned char *bytes, size_t *n,
                                   struct weir_error *err)
{
    while (*n < PROBE_BYTES) {
        const ssize_t got = read(fd, bytes + *n, PROBE_BYTES - *n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be read", path);
        if (got == 0)
            break;
        *n += (size_t)got;
    }
    return WEIR_OK;
}

enum weir_status weir_format_detect(const char *path, const struct weir_format **format,
                                    struct weir_error *err)
{
    *format = NULL;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be opened", path);
    struct stat st;
    unsigned char bytes[PROBE_BYTES];
    size_t n = 0;
    enum weir_status status = WEIR_OK;
    if (fstat(fd, &st) != 0)
        status = weir_error_errno(err, WEIR_IO, errno, "%s", path);
    else if (S_ISREG(st.st_mode))
        status = read_probe(path, fd, bytes, &n, err);
    else if (!S_ISDIR(st.st_mode))
        status = weir_error_set(err, WEIR_IO, "%s: neither a file nor a directory", path);
    close(fd);
    if (status != WEIR_OK)
        return status;
    const struct weir_probe probe = {.path = path,
                                     .is_directory = S_ISDIR(st.st_mode),
                                     .bytes = bytes,
                                     .n_bytes = n,
                                     .is_whole = n < sizeof bytes};
    return weir_format_detect_bytes(&probe, format, err);
}

weir_fields weir_schema_fields(const struct weir_schema *schema)
{
    weir_fields fields = 0;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if (schema->field[f] != WEIR_TYPE_NONE)
            fields |= WEIR_FIELD_BIT(f);
    return fields;
}

void weir_schema_set_default(struct weir_schema *schema, bool wide)
{
    *schema = (struct weir_schema){0};
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        schema->field[f] = weir_field_info((enum weir_field)f)->type;
    if (wide)
        schema->field[WEIR_INIF] = schema->field[WEIR_OUTIF] = WEIR_U32;
}

void weir_losses_add(struct weir_losses *total, const struct weir_losses *part)
{
    total->blocks += part->blocks;
    total->bytes += part->bytes;
    total->records += part->records;
    total->phantom_lines += part->phantom_lines;
    total->notice_lines += part->notice_lines;
    total->rejected_lines += part->rejected_lines;
    total->skipped += part->skipped;
    total->unmapped += part->unmapped;
}

static enum weir_status map_descriptor(const char *path, int fd, struct weir_mapping *mapping,
                                       struct weir_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return weir_error_set(err, WEIR_IO, "%s: expected a regular file", path);
    if (st.st_size == 0)
        return WEIR_OK;
    const size_t n_bytes = (size_t)st.st_size;
    void *data = mmap(NULL, n_bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be mapped", path);
    (void)madvise(data, n_bytes, MADV_HUGEPAGE); /* fewer faults where the file system can */
    weir_guard_add_mapping(data, n_bytes, path);
    mapping->data = data;
    mapping->n_bytes = n_bytes;
    return WEIR_OK;
}

enum weir_status weir_mapping_open(const char *path, int fd, struct weir_mapping *mapping,
                                   struct weir_error *err)
{
    *mapping = (struct weir_mapping){0};
    if (fd >= 0)
        return map_descriptor(path, fd, mapping, err);
    const int own = open(path, O_RDONLY | O_CLOEXEC);
    if (own < 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be opened", path);
    const enum weir_status status = map_descriptor(path, own, mapping, err);
    close(own);
    return status;
}

void weir_mapping_close(struct weir_mapping *mapping)
{
    if (mapping->data != NULL) {
        weir_guard_drop_mapping(mapping->data);
        munmap((void *)(uintptr_t)mapping->data, mapping->n_bytes);
    }
    *mapping = (struct weir_mapping){0};
}
