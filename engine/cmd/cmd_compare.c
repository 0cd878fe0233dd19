/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir compare: how well mixtures fit a histogram, side by side. */
#include "blocks.h"
#include "command.h"
#include "fit_data.h"
#include "hist_combine.h"
#include "mixture_json.h"
#include "path.h"
#include "quality_table.h"
#include "step_file.h"

#include <stddef.h>
#include <string.h>

struct compare_params {
    struct weir_scan_params scan; /* operands and --output only */
    struct weir_words hist;
    struct weir_words y;
    int64_t bin_exp;
    bool bin_exp_given;
    int out_format; /* enum weir_quality_format */
};

/* The table on its way: row i is of y number i / n and mixture i % n, of n mixtures. */
struct comparison {
    struct weir_run *run;
    const struct compare_params *params;
    const char **word; /* histograms, of --hist and among the operands, then mixtures */
    struct weir_words hists;
    struct weir_words mixtures; /* files, or directories of Y.json */
    struct weir_hist hist;
    size_t n_rows;
    struct weir_quality_row *rows;
    char **path; /* n_rows files of mixtures */
};

static const struct weir_option compare_rows[] = {
    {.name = "hist",
     .kind = WEIR_OPTION_APPEND,
     .offset = offsetof(struct compare_params, hist),
     .input = "",
     .value = "FILE",
     .help = "the histogram, a csv_hist file, which may as well be an operand; several are added "
             "up"},
    {.name = "y-value",
     .letter = 'y',
     .kind = WEIR_OPTION_LIST,
     .offset = offsetof(struct compare_params, y),
     .initial = "flows",
     .value = "Y...",
     .help = "what the mixtures distribute over x: flows, packets, octets or another sum of the "
             "histogram; several when all operands are directories"},
    {.name = "bin-exp",
     .letter = 'b',
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct compare_params, bin_exp),
     .given_offset = offsetof(struct compare_params, bin_exp_given),
     .least = 0,
     .most = 63,
     .value = "N",
     .help = "make the bins of the histogram grow beyond 2^N; as they are when not given"},
    {.name = "out-format",
     .letter = 'o',
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct compare_params, out_format),
     .initial = "text",
     .choices = "text|markdown|json|csv",
     .value = "FORMAT",
     .help = "format of the output"},
    {.name = "output",
     .letter = 'O',
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct compare_params, scan.output),
     .initial = "-",
     .value = "PATH",
     .help = "output file, - for standard output"},
    {0},
};

static const struct weir_option_group compare_options = {.title = "Compare", .rows = compare_rows};

/* --- before anything is read ----------------------------------------------------------------- */

static size_t count_standard_input(const struct weir_words *paths)
{
    size_t n = 0;
    for (size_t i = 0; i < paths->n; i++)
        n += strcmp(paths->word[i], "-") == 0;
    return n;
}

/* Tells histograms and mixtures among the operands apart. */
static enum weir_status sort_operands(struct comparison *comparison, struct weir_error *err)
{
    const struct compare_params *params = comparison->params;
    const struct weir_words *paths = &params->scan.paths;
    const size_t n = params->hist.n + paths->n;
    comparison->word = weir_mem_zalloc(&comparison->run->mem, 2 * n, sizeof *comparison->word);
    if (comparison->word == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    struct weir_words *hists = &comparison->hists, *mixtures = &comparison->mixtures;
    hists->word = comparison->word;
    mixtures->word = comparison->word + n;
    for (size_t i = 0; i < params->hist.n; i++)
        hists->word[hists->n++] = params->hist.word[i];
    for (size_t i = 0; i < paths->n; i++)
        if (weir_hist_combine_detect(paths->word[i]))
            hists->word[hists->n++] = paths->word[i];
        else
            mixtures->word[mixtures->n++] = paths->word[i];
    if (hists->n == 0)
        return weir_error_set(err, WEIR_USAGE,
                              "expected a histogram, as an operand or by --hist FILE");
    for (size_t i = 1; i < hists->n; i++)
        if (weir_step_replaces(hists->word[i], hists->word, i))
            return weir_error_set(err, WEIR_USAGE,
                                  "expected each histogram once, because several are added up, but "
                                  "found %s twice",
                                  hists->word[i]);
    return mixtures->n > 0 ? WEIR_OK
                           : weir_error_set(err, WEIR_USAGE,
                                            "expected mixtures to compare, but found histograms "
                                            "alone");
}

static enum weir_status check_operands(const struct comparison *comparison, struct weir_error *err)
{
    const struct weir_words *mixtures = &comparison->mixtures;
    const size_t n_y = comparison->params->y.n;
    if (count_standard_input(mixtures) + count_standard_input(&comparison->hists) > 1)
        return weir_error_set(err, WEIR_USAGE, "standard input is named twice");
    for (size_t i = 0; i < mixtures->n && n_y > 1; i++)
        if (!weir_path_is_directory(mixtures->word[i]))
            return weir_error_set(err, WEIR_USAGE,
                                  "%s: expected a directory with a mixture for every y, because "
                                  "--y-value names %zu",
                                  mixtures->word[i], n_y);
    return WEIR_OK;
}

/* The file of a mixture for y: a directory holds those that weir fit writes. */
static enum weir_status make_path(struct weir_mem *mem, const char *operand, const char *y,
                                  char **made, struct weir_error *err)
{
    char path[PATH_MAX];
    const bool is_directory = weir_path_is_directory(operand);
    if (is_directory) {
        const enum weir_status status = weir_path_of_mixture(operand, y, path, err);
        if (status != WEIR_OK)
            return status;
    }
    *made = weir_mem_strdup(mem, is_directory ? path : operand);
    return *made != NULL ? WEIR_OK : weir_error_set(err, WEIR_MEMORY, "no memory to start");
}

static enum weir_status list_rows(struct comparison *comparison, struct weir_error *err)
{
    const struct weir_words *mixtures = &comparison->mixtures;
    const struct weir_words *y = &comparison->params->y;
    struct weir_mem *mem = &comparison->run->mem;
    const size_t n = y->n * mixtures->n;
    enum weir_status status = WEIR_OK;
    comparison->rows = weir_mem_zalloc(mem, n, sizeof *comparison->rows);
    comparison->path = weir_mem_zalloc(mem, n, sizeof *comparison->path);
    if (comparison->rows == NULL || comparison->path == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    comparison->n_rows = n;
    for (size_t i = 0; i < n && status == WEIR_OK; i++) {
        const char *operand = mixtures->word[i % mixtures->n];
        struct weir_quality_row *row = &comparison->rows[i];
        row->y = y->word[i / mixtures->n];
        status = make_path(mem, operand, row->y, &comparison->path[i], err);
        row->mixture = strcmp(operand, "-") == 0 ? "standard input" : comparison->path[i];
    }
    return status;
}

static enum weir_status create_output(const struct comparison *comparison,
                                      struct weir_output **output, struct weir_error *err)
{
    const char *path = comparison->params->scan.output;
    const struct weir_words *hists = &comparison->hists;
    if (weir_step_replaces(path, hists->word, hists->n) ||
        weir_step_replaces(path, (const char *const *)comparison->path, comparison->n_rows))
        return weir_error_set(
            err, WEIR_USAGE, "--output: expected another file than the inputs, but found %s", path);
    return weir_output_create(path, comparison->run->sync, &comparison->run->mem, output, err);
}

/* --- measuring ------------------------------------------------------------------------------- */

static enum weir_status read_hist(struct comparison *comparison, struct weir_error *err)
{
    const struct compare_params *params = comparison->params;
    struct weir_hist *hist = &comparison->hist;
    enum weir_status status =
        weir_hist_combine(comparison->hists.word, comparison->hists.n, params->bin_exp_given,
                          (unsigned)params->bin_exp, hist, err);
    if (status != WEIR_OK)
        return status;
    status = weir_fit_data_check_each(hist, &params->y, err);
    if (status != WEIR_OK)
        weir_error_prepend(err, "%s: ", comparison->hists.word[0]);
    return status;
}

static enum weir_status measure_row(void *context, int thread, uint64_t i, struct weir_error *err)
{
    const struct comparison *comparison = context;
    struct weir_quality_row *row = &comparison->rows[i];
    struct weir_mem *mem = &comparison->run->mem;
    struct weir_mixture mixture;
    size_t column = 0;
    (void)thread;
    weir_mixture_init(&mixture, mem);
    enum weir_status status = weir_mixture_json_read(comparison->path[i], &mixture, err);
    if (status == WEIR_OK)
        status = weir_fit_data_column(&comparison->hist, row->y, &column, err);
    if (status == WEIR_OK)
        status =
            weir_fit_quality_measure(&comparison->hist, column, &mixture, &row->quality, mem, err);
    weir_mixture_release(&mixture);
    return status;
}

static enum weir_status write_table(const struct comparison *comparison, struct weir_output *output,
                                    struct weir_error *err)
{
    struct weir_text text;
    weir_text_init(&text, &comparison->run->mem);
    weir_quality_table_add(comparison->rows, comparison->n_rows,
                           (enum weir_quality_format)comparison->params->out_format, &text);
    const enum weir_status status = weir_text_write(&text, output, err);
    weir_text_release(&text);
    return status;
}

static enum weir_status compare_prepare(struct weir_step *step, struct weir_error *err)
{
    const struct compare_params *params = step->params;
    struct comparison *comparison = weir_mem_zalloc(&step->run->mem, 1, sizeof *comparison);
    if (comparison == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    *comparison = (struct comparison){.run = step->run, .params = params};
    step->state = comparison;
    weir_hist_init(&comparison->hist, &step->run->mem);
    return weir_fit_data_check_words(&params->y, err);
}

static enum weir_status compare_combine(struct weir_step *step, bool *done,
                                        struct weir_report *report, struct weir_error *err)
{
    struct comparison *comparison = step->state;
    struct weir_output *output = NULL;
    *done = true;
    enum weir_status status = sort_operands(comparison, err);
    if (status == WEIR_OK)
        status = check_operands(comparison, err);
    if (status == WEIR_OK)
        status = list_rows(comparison, err);
    if (status == WEIR_OK)
        status = read_hist(comparison, err);
    if (status == WEIR_OK)
        status = create_output(comparison, &output, err);
    if (status == WEIR_OK)
        status = weir_blocks_run(comparison->run->n_threads, comparison->n_rows, measure_row,
                                 comparison, err);
    if (status == WEIR_OK)
        status = write_table(comparison, output, err);
    if (status != WEIR_OK) {
        weir_output_discard(output);
        return status;
    }
    report->combined = "compared";
    report->row_name = "rows";
    report->rows_written = comparison->n_rows;
    report->bytes_written = weir_output_bytes(output);
    report->n_inputs = comparison->hists.n + comparison->n_rows;
    return weir_output_commit(output, err);
}

static void compare_release(struct weir_step *step)
{
    struct comparison *comparison = step->state;
    if (comparison == NULL)
        return;
    struct weir_mem *mem = &step->run->mem;
    for (size_t i = 0; i < comparison->n_rows; i++)
        weir_mem_free(mem, comparison->path[i]);
    weir_mem_free(mem, comparison->path);
    weir_mem_free(mem, comparison->rows);
    weir_mem_free(mem, comparison->word);
    weir_hist_release(&comparison->hist);
    weir_mem_free(mem, comparison);
    step->state = NULL;
}

const struct weir_command weir_command_compare = {
    .name = "compare",
    .summary = "tell how well mixtures fit a histogram, side by side",
    .description =
        "Measures mixtures, whoever made them, against a histogram, and prints a table with a line "
        "for each. An operand is the JSON file of a mixture, or a directory with one Y.json per y, "
        "as weir fit writes it; or the histogram. In tables for people '*', or bold type, marks "
        "the best values of "
        "a column.\n"
        "\n"
        "A bin has the probability F(hi - 1) - F(lo - 1), where F is the cdf of the mixture; the "
        "first one has F(hi - 1) - F(0). The measures are:\n"
        "\n"
        "  params          free parameters, k\n"
        "  flows           number n of flows; of other sums s the effective one,\n"
        "                  (sum s)^2 / sum s^2 over flows\n"
        "  log-likelihood  mean per unit of weight, l\n"
        "  AIC, BIC        2 k - 2 n l, and k ln n - 2 n l: less is better\n"
        "  KS, KS at       largest difference of the cdfs of mixture and data, and x there\n"
        "  AD              Anderson-Darling distance per unit of weight\n"
        "  tail            root mean square of ln(ccdf of mixture / ccdf of data), at powers of\n"
        "                  two where that of the data is from 0.1 down to 20 flows\n"
        "  far tail        the same where it is 0.001 and less\n"
        "  mean            of the mixture / of the middles of the bins\n"
        "\n"
        "csv and json have all digits, and also ks_sign (1 where the cdf of the mixture is the "
        "higher one, -1) and the numbers of points of both tails.",
    .operands = "PATH...",
    .min_operands = 1,
    .example = "weir compare length.csv mixtures published/flows.json",
    .options = {.groups = {&compare_options}},
    .params_bytes = sizeof(struct compare_params),
    .reads_histograms = true,
    .reads_models = true,
    .reads_no_records = true,
    .prepare = compare_prepare,
    .combine = compare_combine,
    .release = compare_release,
};
