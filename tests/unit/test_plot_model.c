/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot_model: models in directories and files, their labels; values of uniform and exponential
 * components, worked out by hand. */
#include "check.h"
#include "plot_model.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <sys/stat.h>

#define UNIFORM_4   "[[1, \"uniform\", [0, 4]]]"
#define UNIFORM_10  "{\"sum\": 300, \"mix\": [[1, \"uniform\", [0, 10]]]}"
#define UNIFORM_100 "{\"sum\": 0, \"mix\": [[1, \"uniform\", [0, 100]]]}"

static char directory[256];
static struct weir_mem mem;
static struct weir_plot_model model;
static const struct weir_plot_lines lines = {.sum = {11, 22, 33}};
static const bool all[WEIR_PLOT_N_Y] = {true, true, true};

static void enter(void)
{
    gsl_set_error_handler_off();
    check_enter_directory(directory, sizeof directory);
    weir_mem_init(&mem, SIZE_MAX);
    cr_assert(mkdir("m", 0777) == 0);
}

static void leave(void)
{
    weir_plot_model_release(&model);
    CHECK_NO_LEAK(&mem);
    check_leave_directory(directory);
}

TestSuite(plot_model, .init = enter, .fini = leave);

static void put(const char *path, const char *text)
{
    check_write_file(path, text, strlen(text));
}

static enum weir_status read_model(const char *path, const bool wanted[WEIR_PLOT_N_Y],
                                   struct weir_error *err)
{
    weir_plot_model_release(&model);
    weir_plot_model_init(&model, path, &mem);
    cr_assert(model.path == path && !model.has[0] && !model.has[1] && !model.has[2]);
    return weir_plot_model_read(&model, wanted, &lines, err);
}

/* The width of its only component, a uniform one; 0: there is no mixture. */
static void check_mixture(enum weir_plot_y y, double width, double sum)
{
    const struct weir_mixture *mixture = &model.mixture[y];
    cr_assert(model.has[y] == (width > 0), "%d", (int)y);
    cr_assert(mixture->n_components == (width > 0), "%d: %zu", (int)y, mixture->n_components);
    if (width == 0)
        return;
    cr_assert(mixture->component[0].kind == WEIR_UNIFORM);
    cr_assert(mixture->component[0].parameter[1] == width, "%d: %g", (int)y,
              mixture->component[0].parameter[1]);
    cr_assert(model.sum[y] == sum, "%d: %g", (int)y, model.sum[y]);
}

static void check_near(double got, double want)
{
    cr_assert((isnan(got) && isnan(want)) || fabs(got - want) <= 1e-12 * fabs(want),
              "%.17g instead of %.17g", got, want);
}

/* --- operands -------------------------------------------------------------------------------- */

Test(plot_model, directories_and_json_files_are_models)
{
    cr_assert(mkdir("h.csv", 0777) == 0 && symlink("m", "link") == 0);
    put("file", "");
    put("a.json.csv", "");
    put("b.json", "");
    cr_assert(weir_plot_model_is("m") && weir_plot_model_is("m/") && weir_plot_model_is("."));
    cr_assert(weir_plot_model_is("h.csv") && weir_plot_model_is("link"));
    cr_assert(weir_plot_model_is("b.json") && weir_plot_model_is("m/gone.json"));
    cr_assert_not(weir_plot_model_is("file"));
    cr_assert_not(weir_plot_model_is("a.json.csv"));
    cr_assert_not(weir_plot_model_is("gone"));
    cr_assert_not(weir_plot_model_is("json"));
    cr_assert_not(weir_plot_model_is("filejson"));
    cr_assert_not(weir_plot_model_is("b.json/"));
    cr_assert_not(weir_plot_model_is("b.JSON"));
    cr_assert_not(weir_plot_model_is(""));
}

/* --- reading --------------------------------------------------------------------------------- */

Test(plot_model, directories_hold_a_mixture_per_y)
{
    struct weir_error err = {0};
    put("m/flows.json", UNIFORM_4);
    put("m/packets.json", UNIFORM_10);
    put("m/octets.json", UNIFORM_100);
    CHECK_OK(read_model("m", all, &err));
    check_mixture(WEIR_PLOT_FLOWS, 4, 11);
    check_mixture(WEIR_PLOT_PACKETS, 10, 300);
    check_mixture(WEIR_PLOT_OCTETS, 100, 0);
    CHECK_OK(read_model("m/", all, &err));
    check_mixture(WEIR_PLOT_OCTETS, 100, 0);
}

Test(plot_model, directories_may_lack_a_mixture)
{
    struct weir_error err = {0};
    put("m/packets.json", UNIFORM_4);
    CHECK_OK(read_model("m", all, &err));
    check_mixture(WEIR_PLOT_FLOWS, 0, 0);
    check_mixture(WEIR_PLOT_PACKETS, 4, 22);
    check_mixture(WEIR_PLOT_OCTETS, 0, 0);
}

/* What is not asked for is not even looked at. */
Test(plot_model, mixtures_that_are_not_wanted)
{
    struct weir_error err = {0};
    put("m/flows.json", "broken");
    put("m/octets.json", UNIFORM_4);
    CHECK_OK(read_model("m", (const bool[]){false, true, true}, &err));
    check_mixture(WEIR_PLOT_FLOWS, 0, 0);
    check_mixture(WEIR_PLOT_OCTETS, 4, 33);
    CHECK_STATUS(read_model("m", (const bool[]){false, true, false}, &err), WEIR_FORMAT);
    CHECK_MESSAGE("m: expected mixtures");
    check_mixture(WEIR_PLOT_OCTETS, 0, 0);
}

Test(plot_model, directories_without_a_mixture)
{
    struct weir_error err = {0};
    put("m/flow.json", UNIFORM_4);
    put("m/flows.mode", UNIFORM_4);
    CHECK_STATUS(read_model("m", all, &err), WEIR_FORMAT);
    CHECK_MESSAGE("m: expected mixtures");
}

Test(plot_model, broken_mixtures_of_a_directory)
{
    struct weir_error err = {0};
    put("m/flows.json", UNIFORM_4);
    put("m/octets.json", "[[1, \"uniform\", [0, 4]]");
    CHECK_STATUS(read_model("m", all, &err), WEIR_FORMAT);
    CHECK_MESSAGE("m/octets.json");
    cr_assert_not(model.has[WEIR_PLOT_OCTETS]);
    put("m/octets.json", "[[1, \"uniform\", [0]]]");
    CHECK_STATUS(read_model("m", all, &err), WEIR_FORMAT);
    CHECK_MESSAGE("m/octets.json");
    put("m/octets.json", "");
    CHECK_STATUS(read_model("m", all, &err), WEIR_FORMAT);
    cr_assert(unlink("m/octets.json") == 0 && mkdir("m/octets.json", 0777) == 0);
    CHECK_STATUS(read_model("m", all, &err), WEIR_IO);
    CHECK_MESSAGE("m/octets.json");
}

Test(plot_model, files_are_the_mixture_of_one_y)
{
    struct weir_error err = {0};
    put("any.json", UNIFORM_4);
    put("m/flows.json", UNIFORM_10);
    for (int y = 0; y < WEIR_PLOT_N_Y; y++) {
        const bool wanted[] = {y == 0, y == 1, y == 2};
        CHECK_OK(read_model("any.json", wanted, &err));
        for (int other = 0; other < WEIR_PLOT_N_Y; other++)
            check_mixture((enum weir_plot_y)other, other == y ? 4 : 0, lines.sum[y]);
        /* Its name does not matter. */
        CHECK_OK(read_model("m/flows.json", wanted, &err));
        check_mixture((enum weir_plot_y)y, 10, 300);
    }
}

Test(plot_model, files_of_another_number_of_y)
{
    static const bool wanted[][WEIR_PLOT_N_Y] = {
        {true, true, true}, {true, true, false}, {false, true, true}, {false, false, false}};
    struct weir_error err = {0};
    put("m/flows.json", UNIFORM_4);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        CHECK_STATUS(read_model("m/flows.json", wanted[i], &err), WEIR_USAGE);
        CHECK_MESSAGE("m/flows.json: expected a directory");
        check_mixture(WEIR_PLOT_FLOWS, 0, 0);
    }
}

Test(plot_model, files_that_cannot_be_read)
{
    const bool flows[] = {true, false, false};
    struct weir_error err = {0};
    put("broken.json", "{\"mix\": [[1, \"uniform\", [0, 4]]}");
    CHECK_STATUS(read_model("gone.json", flows, &err), WEIR_IO);
    CHECK_MESSAGE("gone.json");
    CHECK_STATUS(read_model("broken.json", flows, &err), WEIR_FORMAT);
    CHECK_MESSAGE("broken.json");
    cr_assert_not(model.has[WEIR_PLOT_FLOWS]);
}

Test(plot_model, every_request_for_memory_may_fail)
{
    struct weir_error err = {0};
    long long n = 0;
    put("m/flows.json", UNIFORM_4);
    put("m/octets.json", UNIFORM_10);
    for (enum weir_status status = WEIR_MEMORY; status != WEIR_OK; n++) {
        weir_mem_fail_after(&mem, n);
        status = read_model("m", all, &err);
        cr_assert(status == WEIR_OK || status == WEIR_MEMORY, "%lld: %s", n, err.message);
    }
    weir_mem_fail_after(&mem, -1);
    cr_assert(n > 2, "only %lld requests", n);
    check_mixture(WEIR_PLOT_OCTETS, 10, 300);
}

Test(plot_model, nothing_to_release)
{
    struct weir_plot_model zeroed = {.path = NULL};
    weir_plot_model_release(&zeroed);
    cr_assert(zeroed.path == NULL);
}

/* --- labels ---------------------------------------------------------------------------------- */

#define LABELS_MAX 3

Test(plot_model, labels)
{
    static const struct {
        const char *path[LABELS_MAX], *label[LABELS_MAX];
    } cases[] = {
        {{"length"}, {"length"}},
        {{"tcp/length"}, {"tcp/length"}},
        {{"/a/models/tcp/length"}, {"tcp/length"}},
        {{"a/models/tcp/length/"}, {"tcp/length/"}},
        {{"a/models//tcp//length"}, {"tcp//length"}},
        {{"a/x/tcp/m", "a/x/udp/m"}, {"tcp/m", "udp/m"}},
        {{"a/x/tcp/m", "a/y/tcp/m"}, {"x/tcp/m", "y/tcp/m"}},
        {{"a/x/y/tcp/m", "b/x/y/tcp/m", "c/other"}, {"a/x/y/tcp/m", "b/x/y/tcp/m", "c/other"}},
        {{"q/a/x/m", "q/a/y/m", "q/b/x/m"}, {"a/x/m", "a/y/m", "b/x/m"}},
        {{"tcp/m", "a/tcp/m"}, {"tcp/m", "a/tcp/m"}},
        {{"/tcp/m", "tcp/m"}, {"/tcp/m", "tcp/m"}},
        /* The same model twice cannot be told apart. */
        {{"a/b/c/m", "a/b/c/m"}, {"c/m", "c/m"}},
        {{"a/b/c/m", "a/b/c/m", "a/x/c/m"}, {"b/c/m", "b/c/m", "x/c/m"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_plot_model models[LABELS_MAX];
        char path[LABELS_MAX][64]; /* equal ones at places of their own, as operands are */
        size_t n = 0;
        for (; n < LABELS_MAX && cases[i].path[n] != NULL; n++) {
            snprintf(path[n], sizeof path[n], "%s", cases[i].path[n]);
            weir_plot_model_init(&models[n], path[n], &mem);
        }
        weir_plot_model_label(models, n);
        for (size_t k = 0; k < n; k++)
            cr_assert(strcmp(models[k].label, cases[i].label[k]) == 0, "%s: \"%s\"",
                      cases[i].path[k], models[k].label);
    }
    weir_plot_model_label(NULL, 0);
}

/* --- values ---------------------------------------------------------------------------------- */

/* Three quarters from 0 to 4, a quarter exponential of mean 100; weights add up to 8. */
static struct weir_component parts[] = {{6, WEIR_UNIFORM, {0, 4}},
                                        {2, WEIR_GENPARETO, {0, 0, 100}}};
static const struct weir_mixture two = {.n_components = 2, .component = parts};
static const struct weir_mixture uniform = {.n_components = 1, .component = &parts[0]};
static const struct weir_mixture exponential = {.n_components = 1, .component = &parts[1]};

/* P(a < X <= b) of the exponential one. */
static double between(double a, double b)
{
    return exp(-a / 100) - exp(-b / 100);
}

Test(plot_model, pdf_of_whole_numbers)
{
    check_near(weir_plot_model_pdf(&uniform, 1, 1), .25);
    check_near(weir_plot_model_pdf(&uniform, 2, 1), .25);
    check_near(weir_plot_model_pdf(&uniform, 5, 1), 0);
    check_near(weir_plot_model_pdf(&exponential, 7, 1), between(6, 7));
    check_near(weir_plot_model_pdf(&exponential, 700, 1), between(699, 700));
    check_near(weir_plot_model_pdf(&exponential, 1023, 1), between(1022, 1023));
    check_near(weir_plot_model_pdf(&two, 3, 1), .75 / 4 + .25 * between(2, 3));
}

/* From 1024 on it is the density, which is 0.5 % less here. */
Test(plot_model, pdf_of_large_numbers)
{
    check_near(weir_plot_model_pdf(&exponential, 1024, 1), exp(-10.24) / 100);
    check_near(weir_plot_model_pdf(&exponential, 5000, 64), exp(-50) / 100);
    check_near(weir_plot_model_pdf(&two, 2000, 1), .25 * exp(-20) / 100);
}

Test(plot_model, pdf_of_the_smallest_number)
{
    check_near(weir_plot_model_pdf(&uniform, 3, 3), .75);
    check_near(weir_plot_model_pdf(&uniform, 4, 3), .25);
    check_near(weir_plot_model_pdf(&exponential, 64, 64), between(0, 64));
    check_near(weir_plot_model_pdf(&exponential, 65, 64), between(64, 65));
    check_near(weir_plot_model_pdf(&exponential, 1024, 1024), between(0, 1024));
    check_near(weir_plot_model_pdf(&exponential, 2000, 2000), between(0, 2000));
    check_near(weir_plot_model_pdf(&two, 10, 10), .75 + .25 * between(0, 10));
}

Test(plot_model, components_have_their_share)
{
    check_near(weir_plot_component_pdf(&two, 0, 3, 1), .75 / 4);
    check_near(weir_plot_component_pdf(&two, 1, 3, 1), .25 * between(2, 3));
    check_near(weir_plot_component_pdf(&two, 0, 3, 3), .75 * .75);
    check_near(weir_plot_component_pdf(&two, 1, 1024, 1), .25 * exp(-10.24) / 100);
    check_near(weir_plot_component_cdf(&two, 0, 1), .75 / 4);
    check_near(weir_plot_component_cdf(&two, 0, 9), .75);
    check_near(weir_plot_component_cdf(&two, 1, 50), .25 * between(0, 50));
    check_near(weir_plot_component_cdf(&two, 1, 0), 0);
    cr_assert(parts[0].weight == 6 && parts[1].weight == 2);
}

Test(plot_model, averages)
{
    struct weir_plot_model made = {.has = {true, true, true}, .sum = {10, 60, 0}};
    made.mixture[WEIR_PLOT_FLOWS] = uniform;
    made.mixture[WEIR_PLOT_PACKETS] = exponential;
    made.mixture[WEIR_PLOT_OCTETS] = exponential;
    check_near(weir_plot_model_average(&made, WEIR_PLOT_PACKETS, WEIR_PLOT_FLOWS, 2, 1),
               60 * between(1, 2) / (10 * .25));
    check_near(weir_plot_model_average(&made, WEIR_PLOT_PACKETS, WEIR_PLOT_FLOWS, 3, 3),
               60 * between(0, 3) / (10 * .75));
    check_near(weir_plot_model_average(&made, WEIR_PLOT_FLOWS, WEIR_PLOT_PACKETS, 2000, 1), 0);
    check_near(weir_plot_model_average(&made, WEIR_PLOT_PACKETS, WEIR_PLOT_FLOWS, 5, 1), NAN);
    check_near(weir_plot_model_average(&made, WEIR_PLOT_FLOWS, WEIR_PLOT_OCTETS, 2, 1), NAN);
}
