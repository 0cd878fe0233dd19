/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scans under ThreadSanitizer: command lines that share a scan, run on one thread and on four, must
 * answer the same; the sanitizer says whether they did so by luck.
 *
 *     race DATASETS [ROUNDS]      DATASETS: the folder of the small nfcapd files
 *
 * A plain main, since Criterion does not run under the sanitizer. Inputs are short and named many
 * times over: borders between inputs are where threads meet. */
#include "driver.h"
#include "format.h"
#include "kernel.h"
#include "option.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_THREADS  4
#define N_WORDS    40
#define N_LINES    3
#define LINE_BYTES 1024
#define N_RECORDS  20000 /* seven blocks of text */

#define SLICED "trace csv wide text.csv csv text.csv text.csv csv trace text.csv"

/* One shared scan. %O stands for the folder of the outputs, %D for the small nfcapd files. */
struct scenario {
    const char *name;
    enum weir_status want;
    const char *piped; /* file that comes through standard input, or NULL */
    const char *lines[N_LINES];
};

static const struct scenario scenarios[] = {
    {.name = "traces into traces, a column growing wider in the middle",
     .lines =
         {"convert -o binary -O %O/t trace none trace trace wide trace trace trace wide trace"}},
    {.name = "text into text and histograms",
     .lines =
         {"convert -O %O/c csv text.csv csv empty.csv text.csv text.csv",
          "hist -x length -O %O/h csv text.csv csv empty.csv text.csv text.csv",
          "hist -x size -b 4 --filter-expr prot==6 -O %O/i csv text.csv csv empty.csv text.csv "
          "text.csv"}},
    {.name = "slices of every kind",
     .lines = {"convert -O %O/c --skip-in 5000 --count-in 120000 --filter-expr sp>9 " SLICED,
               "convert -O %O/d --skip-out 7000 --count-out 60001 --filter-expr prot==6 " SLICED,
               "hist -x duration --skip-in 1 --count-in 1 --skip-out 0 -O %O/h " SLICED}},
    {.name = "nfcapd files",
     .lines = {"convert -o binary -O %O/t %D trace %D", "hist -x rate -O %O/h %D trace %D"}},
    {.name = "a stream between files",
     .piped = "text.csv",
     .lines = {"convert -O %O/c --in-format csv_flow csv - csv text.csv",
               "hist -x length -O %O/h --in-format csv_flow csv - csv text.csv"}},
    {.name = "nfcapd through a pipe",
     .piped = "%D/nfcapd.202503041000",
     .lines = {"convert -O %O/c csv - csv"}},
    {.name = "bad lines kept",
     .lines = {"convert -O %O/c --rejects %O/r csv bad.csv text.csv bad.csv csv"}},
    {.name = "bad lines kept up to the last wanted record",
     .lines =
         {"convert -O %O/c --rejects %O/r --count-in 20100 bad.csv bad.csv bad.csv cut.nfcapd"}},
    {.name = "a bad line in the middle",
     .want = WEIR_FORMAT,
     .lines = {"convert -O %O/c csv text.csv bad.csv text.csv bad.csv",
               "hist -x length -O %O/h csv text.csv bad.csv text.csv bad.csv"}},
    {.name = "a bad line in the middle of a stream",
     .piped = "bad.csv",
     .want = WEIR_FORMAT,
     .lines = {"convert -o binary -O %O/t text.csv - text.csv"}},
    {.name = "an error of a filter, and a column that cannot be had later",
     .want = WEIR_LIMIT,
     .lines = {"convert -O %O/c --filter-expr 1//(packets-8000)>=0 trace wide cut.nfcapd"}},
};

static char top[4096];
static struct weir_run run;

WEIR_PRINTF(1, 2)
static void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

/* --- command lines ---------------------------------------------------------------------------- */

/* A line with its words; everything in it lives as long as the run. */
struct line {
    char text[LINE_BYTES];
    struct weir_option_arena arena;
    struct weir_words operands;
};

/* Copies `pattern` with %O and %D filled in. */
static void fill_in(const char *pattern, const char *output, const char *datasets, char *out)
{
    size_t n = 0;
    for (const char *at = pattern; *at != '\0'; at++) {
        const char *insert = at[0] != '%' ? NULL : at[1] == 'O' ? output : datasets;
        n += (size_t)snprintf(out + n, LINE_BYTES - n, "%.*s", insert != NULL ? LINE_BYTES : 1,
                              insert != NULL ? insert : at);
        if (n >= LINE_BYTES)
            die("%s: too long", pattern);
        at += insert != NULL;
    }
    out[n] = '\0';
}

static void parse_line(struct line *line, struct weir_step *step)
{
    char *words[N_WORDS];
    int n = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line->text, " ", &rest); word != NULL && n < N_WORDS;
         word = strtok_r(NULL, " ", &rest))
        words[n++] = word;
    struct weir_error err = {{0}};
    bool help = false;
    const struct weir_command *command = weir_command_find(words[0]);
    line->arena.mem = &run.mem;
    void *params = weir_option_arena_alloc(&line->arena, command->params_bytes);
    if (params == NULL ||
        weir_option_defaults(&command->options, params, &line->arena, &err) != WEIR_OK ||
        weir_option_parse(&command->options, n - 1, words + 1, params, &line->operands, &help,
                          &line->arena, &err) != WEIR_OK)
        die("%s: %s", words[0], err.message);
    ((struct weir_scan_params *)params)->paths = line->operands;
    *step = (struct weir_step){
        .command = command, .name = command->name, .run = &run, .params = params};
}

/* --- standard input --------------------------------------------------------------------------- */

static char piped_path[LINE_BYTES];

/* Copies a file into a pipe, in pieces of odd sizes. */
static void *feed(void *context)
{
    const int fd = *(const int *)context;
    FILE *file = fopen(piped_path, "rb");
    char bytes[7001];
    size_t n = 0;
    while (file != NULL && (n = fread(bytes, 1, sizeof bytes, file)) > 0)
        if (write(fd, bytes, n) != (ssize_t)n)
            break; /* the reader has failed, as it should */
    if (file != NULL)
        fclose(file);
    close(fd);
    return NULL;
}

/* --- one scenario ----------------------------------------------------------------------------- */

static enum weir_status scan_lines(const struct scenario *scenario, const char *output,
                                   const char *datasets, struct weir_error *err)
{
    struct line lines[N_LINES] = {0};
    struct weir_step steps[N_LINES];
    enum weir_status status = WEIR_OK;
    size_t n = 0;
    for (; n < N_LINES && scenario->lines[n] != NULL; n++) {
        fill_in(scenario->lines[n], output, datasets, lines[n].text);
        parse_line(&lines[n], &steps[n]);
        if (status == WEIR_OK)
            status = weir_driver_prepare(&steps[n], err);
        if (n > 0 && !weir_driver_shares_input(&steps[0], &steps[n]))
            die("%s: its lines do not share a scan", scenario->name);
    }
    if (status == WEIR_OK)
        status = weir_driver_scan(&run, steps, n, err);
    for (size_t i = 0; i < n; i++) {
        weir_driver_release(&steps[i]);
        weir_option_arena_release(&lines[i].arena);
    }
    return status;
}

/* Runs a scenario with its standard input; outputs land below `output`. */
static enum weir_status play(const struct scenario *scenario, const char *output,
                             const char *datasets, struct weir_error *err)
{
    if (mkdir(output, 0777) != 0)
        die("%s cannot be made", output);
    if (scenario->piped == NULL)
        return scan_lines(scenario, output, datasets, err);
    int ends[2];
    pthread_t feeder;
    fill_in(scenario->piped, output, datasets, piped_path);
    if (pipe(ends) != 0 || dup2(ends[0], STDIN_FILENO) < 0 || close(ends[0]) != 0)
        die("no pipe");
    if (pthread_create(&feeder, NULL, feed, &ends[1]) != 0)
        die("no thread");
    const enum weir_status status = scan_lines(scenario, output, datasets, err);
    const int nothing = open("/dev/null", O_RDONLY);
    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0) /* lets a blocked feeder go */
        die("no /dev/null");
    close(nothing);
    pthread_join(feeder, NULL);
    return status;
}

static void shell(const char *command)
{
    if (system(command) != 0)
        die("failed: %s", command);
}

static void check(const struct scenario *scenario, const char *datasets, int round)
{
    struct weir_error want = {{0}};
    struct weir_error got = {{0}};
    run.n_threads = 1;
    const enum weir_status serial = play(scenario, "one", datasets, &want);
    if (serial != scenario->want)
        die("%s: %s: %s", scenario->name, weir_status_name(serial), want.message);
    run.n_threads = N_THREADS;
    if (play(scenario, "many", datasets, &got) != serial)
        die("%s: %s with threads, %s without", scenario->name, got.message, want.message);
    if (strcmp(got.message, want.message) != 0)
        die("%s: \"%s\" with threads, \"%s\" without", scenario->name, got.message, want.message);
    if (atomic_load(&run.mem.used_bytes) != 0)
        die("%s: a leak", scenario->name);
    shell("diff -r one many >/dev/null && rm -r one many");
    if (round == 0)
        fprintf(stderr, "same: %s\n", scenario->name);
}

/* --- inputs ----------------------------------------------------------------------------------- */

/* Writes records as text; from `wide_from` on interfaces need 32 bits, and record `bad` is none. */
static void write_text(const char *path, int first, int n, int wide_from, int bad)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        die("%s cannot be written", path);
    for (int i = first; i < first + n; i++) {
        if (i == bad)
            fprintf(file, "2, 6, rubbish in line %d\n", i);
        fprintf(file,
                "2, %d, %d, 7, 0, 0, 0, %d, 0, 0, 0, %d, %d, 443, 1500000000, 1, 15000%05d, 2, %d, "
                "%d, 0\n",
                i % 3 == 0 ? 17 : 6, i < wide_from ? 3 : 70000, i, 2 * i, i % 1000, i, i + 1,
                100 * i + 40);
    }
    if (fclose(file) != 0)
        die("%s cannot be written", path);
}

static void write_inputs(const char *datasets)
{
    static const struct scenario traces[] = {
        {.name = "trace", .lines = {"convert -o binary -O trace text.csv"}},
        {.name = "wide", .lines = {"convert -o binary -O wide wide.csv"}},
        {.name = "none", .lines = {"convert -o binary -O none empty.csv"}},
    };
    const int never = -1;
    write_text("text.csv", 0, N_RECORDS, N_RECORDS, never);
    write_text("wide.csv", 0, N_RECORDS, N_RECORDS / 3, never);
    write_text("bad.csv", 0, N_RECORDS, N_RECORDS, N_RECORDS / 2);
    write_text("empty.csv", 0, 0, 0, never);
    shell("mkdir csv");
    for (int i = 0; i < 40; i++) {
        char path[64];
        snprintf(path, sizeof path, "csv/%02d.csv", i);
        write_text(path, 10 * i, i % 7, N_RECORDS, never);
    }
    run.n_threads = 1;
    for (size_t i = 0; i < sizeof traces / sizeof *traces; i++) {
        struct weir_error err = {{0}};
        if (scan_lines(&traces[i], "", datasets, &err) != WEIR_OK)
            die("%s: %s", traces[i].name, err.message);
    }
    char command[LINE_BYTES]; /* known for what it is, but not to be opened */
    fill_in("head -c 100 %D/nfcapd.202503041000 >cut.nfcapd", "", datasets, command);
    shell(command);
}

int main(int argc, char *argv[])
{
    char datasets[4096];
    if (argc < 2 || realpath(argv[1], datasets) == NULL)
        die("usage: race DATASETS [ROUNDS]");
    const int rounds = argc > 2 ? atoi(argv[2]) : 1;
    const char *scratch = getenv("TMPDIR");
    snprintf(top, sizeof top, "%s/weir-race.XXXXXX", scratch != NULL ? scratch : "/tmp");
    if (mkdtemp(top) == NULL || chdir(top) != 0)
        die("%s cannot be made", top);
    weir_mem_init(&run.mem, SIZE_MAX);
    run.cpu = weir_cpu_detect();
    weir_kernels_choose(run.cpu, &run.kernels);
    run.quiet = true;
    signal(SIGPIPE, SIG_IGN);
    write_inputs(datasets);
    for (int round = 0; round < rounds; round++)
        for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
            check(&scenarios[i], datasets, round);
    char command[4200];
    snprintf(command, sizeof command, "cd / && rm -r '%s'", top);
    shell(command);
    return 0;
}
