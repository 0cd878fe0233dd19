/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report_match: mixtures find their histograms by mode files and by place, in directories made for
 * it; many at random against a search over components that is written down here. */
#include "check.h"
#include "report_match.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define PLACED_MAX 8

/* A mixture, what its mode file names (NULL: it has none), and the histogram that is meant (NULL:
 * none). */
struct placed {
    const char *mixture, *in_file, *hist;
};

struct scene {
    const char *hist[PLACED_MAX];
    struct placed placed[PLACED_MAX];
};

static char directory[256];
static struct weir_mem mem;
static struct weir_report_files files;

static void enter(void)
{
    check_enter_directory(directory, sizeof directory);
    weir_mem_init(&mem, SIZE_MAX);
    files = (struct weir_report_files){0};
}

static void leave(void)
{
    weir_report_files_release(&files);
    CHECK_NO_LEAK(&mem);
    check_leave_directory(directory);
}

TestSuite(report_match, .init = enter, .fini = leave);

/* Writes `top`/`name`, its directories made. */
static void put(const char *top, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", top, name);
    for (char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
    check_write_file(path, text, strlen(text));
}

static void put_hist(const char *top, const char *name)
{
    put(top, name, "bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1,2,1,1,1\n");
}

/* Nobody reads mixtures here. Without `in_file` there is no mode file. */
static void put_mixture(const char *top, const char *name, const char *in_file)
{
    char mode[256];
    char text[256];
    put(top, name, "");
    if (in_file == NULL)
        return;
    snprintf(mode, sizeof mode, "%.*s.mode", (int)(strlen(name) - strlen(".json")), name);
    snprintf(text, sizeof text, "{\"max_iter\": 7, \"in_file\": \"%s\"}\n", in_file);
    put(top, mode, text);
}

static void match(const char *top)
{
    struct weir_error err = {0};
    weir_report_files_release(&files);
    CHECK_OK(weir_report_files_find(&files, (const char *[]){top}, 1, &mem, &err));
    CHECK_OK(weir_report_match(&files, &err));
    cr_assert(files.n_models <= files.mixtures.n);
}

static const char *hist_name(size_t hist)
{
    return hist == WEIR_REPORT_NONE ? "none" : files.hists.file[hist].name;
}

/* The one model that has a mixture, which has to be at its y. */
static const struct weir_report_model *model_of(const char *mixture)
{
    const struct weir_report_model *found = NULL;
    for (size_t m = 0; m < files.n_models; m++)
        for (size_t y = 0; y < WEIR_REPORT_N_Y; y++) {
            const size_t number = files.model[m].mixture[y];
            if (number == WEIR_REPORT_NONE)
                continue;
            cr_assert(number < files.mixtures.n);
            const char *name = files.mixtures.file[number].name;
            if (strcmp(name, mixture) != 0)
                continue;
            cr_assert(found == NULL, "%s is in two models", mixture);
            cr_assert(y == weir_report_mixture_y(name), "%s is at %zu", mixture, y);
            found = &files.model[m];
        }
    cr_assert(found != NULL, "%s is in no model", mixture);
    return found;
}

static void check_placed(const struct placed *placed)
{
    const char *want = placed->hist == NULL ? "none" : placed->hist;
    const char *got = hist_name(model_of(placed->mixture)->hist);
    cr_assert(strcmp(got, want) == 0, "%s of \"%s\": %s instead of %s", placed->mixture,
              placed->in_file == NULL ? "" : placed->in_file, got, want);
}

static void check_scene(const char *top, const struct scene *scene)
{
    for (size_t i = 0; i < PLACED_MAX && scene->hist[i] != NULL; i++)
        put_hist(top, scene->hist[i]);
    for (size_t i = 0; i < PLACED_MAX && scene->placed[i].mixture != NULL; i++)
        put_mixture(top, scene->placed[i].mixture, scene->placed[i].in_file);
    match(top);
    for (size_t i = 0; i < PLACED_MAX && scene->placed[i].mixture != NULL; i++)
        check_placed(&scene->placed[i]);
}

static void check_scenes(const struct scene *scenes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char top[32];
        snprintf(top, sizeof top, "scene%zu", i);
        check_scene(top, &scenes[i]);
    }
}

/* --- names ----------------------------------------------------------------------------------- */

Test(report_match, names_are_compared_from_their_ends)
{
    static const struct scene scenes[] = {
        {{"histograms/tcp/length.csv", "histograms/udp/length.csv"},
         {{"a/flows.json", "/elsewhere/histograms/tcp/length.csv", "histograms/tcp/length.csv"},
          {"b/flows.json", "../udp/length.csv", "histograms/udp/length.csv"},
          {"c/flows.json", "histograms/icmp/length.csv", NULL},
          {"d/flows.json", "histograms/tcp/size.csv", NULL},
          {"e/flows.json", "length", NULL}}},
        /* The longest wins, wherever it stands in the list. */
        {{"all/tcp/length.csv", "length.csv", "tcp/length.csv", "x/all/tcp/length.csv"},
         {{"a/flows.json", "y/all/tcp/length.csv", NULL},
          {"b/flows.json", "x/all/tcp/length.csv", "x/all/tcp/length.csv"},
          {"c/flows.json", "tcp/length.csv", NULL}}},
        {{"all/tcp/length.csv", "length.csv", "tcp/length.csv"},
         {{"a/flows.json", "y/all/tcp/length.csv", "all/tcp/length.csv"}}},
        {{"a/length.csv", "b/tcp/length.csv", "c/length.csv"},
         {{"x/flows.json", "/tcp/length.csv", "b/tcp/length.csv"}}},
    };
    check_scenes(scenes, sizeof scenes / sizeof *scenes);
}

/* Components count, not characters; empty ones and "." do not. */
Test(report_match, names_have_components)
{
    static const struct scene scenes[] = {
        {{"b/length.csv", "wavelength.csv"},
         {{"a/flows.json", "data/length.csv", "b/length.csv"}, {"c/flows.json", "gth.csv", NULL}}},
        {{"tcp/length.csv", "udp/length.csv"},
         {{"a/flows.json", "./udp//./length.csv", "udp/length.csv"},
          {"b/flows.json", "xtcp/length.csv", NULL},
          {"c/flows.json", "tcp/./", NULL},
          {"d/flows.json", "", NULL}}},
        {{"h.csv", "x/y/h.csv"},
         {{"a/flows.json", "h.csv", NULL}, {"b/flows.json", "y/../h.csv", NULL}}},
    };
    check_scenes(scenes, sizeof scenes / sizeof *scenes);
}

/* --- places ---------------------------------------------------------------------------------- */

Test(report_match, places_decide_where_names_do_not)
{
    static const struct scene scenes[] = {
        /* No mode file, or one that names nothing that is there. */
        {{"histograms/tcp/length.csv", "histograms/udp/length.csv"},
         {{"models/tcp/length/flows.json", NULL, "histograms/tcp/length.csv"},
          {"models/udp/length/flows.json", "/tmp/x.csv", "histograms/udp/length.csv"},
          {"models/icmp/length/flows.json", NULL, NULL},
          {"models/tcp/size/flows.json", NULL, NULL},
          {"tcp/length/more/flows.json", NULL, NULL}}},
        /* Names that agree equally well; one that agrees best is stronger than any place. */
        {{"histograms/tcp/length.csv", "histograms/udp/length.csv", "tcp/length/size.csv"},
         {{"models/tcp/length/flows.json", "length.csv", "histograms/tcp/length.csv"},
          {"models/udp/length/flows.json", "all/length.csv", "histograms/udp/length.csv"},
          {"models/x/length/flows.json", "length.csv", NULL},
          {"other/tcp/length/flows.json", "udp/length.csv", "histograms/udp/length.csv"},
          {"tcp/length/flows.json", "length.csv", "histograms/tcp/length.csv"}}},
        /* What an extension is. */
        {{"h/a.b.csv", "h/a.csv", "h.d/length", "h/size.data"},
         {{"m/a.b/flows.json", NULL, "h/a.b.csv"},
          {"m/a/flows.json", NULL, "h/a.csv"},
          {"m/h.d/length/flows.json", NULL, "h.d/length"},
          {"m/h/flows.json", NULL, NULL},
          {"m/size/flows.json", NULL, "h/size.data"}}},
    };
    check_scenes(scenes, sizeof scenes / sizeof *scenes);
}

Test(report_match, one_histogram_beside)
{
    static const struct scene scenes[] = {
        {{"fit/h.csv", "fut/h.csv", "fi/h.csv", "fit/deep/h.csv"},
         {{"fit/flows.json", NULL, "fit/h.csv"},
          {"fut/packets.json", "h.csv", "fut/h.csv"},
          {"fat/flows.json", NULL, NULL},
          {"fit/deep/er/flows.json", NULL, NULL}}},
        {{"fit/a.csv", "fit/b.csv", "x/c.csv"},
         {{"fit/flows.json", NULL, NULL},
          {"fit/packets.json", "b.csv", "fit/b.csv"},
          {"fit/octets.json", "c.csv", "x/c.csv"}}},
        {{"h.csv", "sub/g.csv"}, {{"flows.json", NULL, "h.csv"}}},
        {{"g.csv", "h.csv"}, {{"flows.json", NULL, NULL}}},
        /* The like place is stronger than the same directory. */
        {{"m/length/x.csv", "length.csv"}, {{"m/length/flows.json", NULL, "length.csv"}}},
        {{NULL}, {{"m/flows.json", "h.csv", NULL}}},
    };
    check_scenes(scenes, sizeof scenes / sizeof *scenes);
}

/* --- mode files ------------------------------------------------------------------------------ */

Test(report_match, modes_that_cannot_be_read_count_as_none)
{
    static const char *const modes[] = {
        "",
        "{\"in_file\": \"udp/length.csv\"",
        "{\"in_file\": \"udp/length.csv\"} x",
        "{\"in_file\": \"udp/length.csv\", \"in_file\": \"udp/length.csv\"}",
        "{\"in_file\": [\"udp/length.csv\"]}",
        "{\"in_file\": null}",
        "{\"file\": \"udp/length.csv\"}",
        "[\"udp/length.csv\"]",
    };
    put_hist("top", "h/tcp/length.csv");
    put_hist("top", "h/udp/length.csv");
    put_mixture("top", "m/tcp/length/flows.json", "udp/length.csv");
    match("top");
    check_placed(&(struct placed){"m/tcp/length/flows.json", "", "h/udp/length.csv"});
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        put("top", "m/tcp/length/flows.mode", modes[i]);
        match("top");
        check_placed(&(struct placed){"m/tcp/length/flows.json", modes[i], "h/tcp/length.csv"});
    }
    cr_assert(unlink("top/m/tcp/length/flows.mode") == 0);
    cr_assert(mkdir("top/m/tcp/length/flows.mode", 0777) == 0);
    match("top");
    check_placed(&(struct placed){"m/tcp/length/flows.json", "a directory", "h/tcp/length.csv"});
}

/* A mode file is that of its own y. */
Test(report_match, modes_are_those_of_a_mixture)
{
    put_hist("top", "a.csv");
    put_hist("top", "b.csv");
    put_hist("top", "c.csv");
    put_mixture("top", "m/flows.json", "c.csv");
    put_mixture("top", "m/packets.json", "a.csv");
    put_mixture("top", "m/octets.json", NULL);
    match("top");
    check_placed(&(struct placed){"m/flows.json", "", "c.csv"});
    check_placed(&(struct placed){"m/packets.json", "", "a.csv"});
    check_placed(&(struct placed){"m/octets.json", "", NULL});
}

/* --- models ---------------------------------------------------------------------------------- */

Test(report_match, models_are_of_one_directory_and_histogram)
{
    static const char *const y[] = {"flows", "packets", "octets"};
    static const char *const directories[] = {"m", "ma", "mb", "m/a"};
    char path[64];
    put_hist("top", "a.csv");
    put_hist("top", "b.csv");
    for (size_t d = 0; d < 4; d++)
        for (size_t i = 0; i < 3; i++) {
            snprintf(path, sizeof path, "%s/%s.json", directories[d], y[i]);
            put_mixture("top", path, d == 2 && i == 1 ? "b.csv" : "a.csv");
        }
    match("top");
    cr_assert(files.n_models == 5 && files.mixtures.n == 12);
    for (size_t d = 0; d < 4; d++) {
        const struct weir_report_model *model[3];
        for (size_t i = 0; i < 3; i++) {
            snprintf(path, sizeof path, "%s/%s.json", directories[d], y[i]);
            model[i] = model_of(path);
        }
        cr_assert(model[0] == model[2], "%s", directories[d]);
        cr_assert((model[0] == model[1]) == (d != 2), "%s", directories[d]);
    }
    const struct weir_report_model *apart = model_of("mb/packets.json");
    cr_assert_str_eq(hist_name(apart->hist), "b.csv");
    cr_assert(apart->mixture[0] == WEIR_REPORT_NONE && apart->mixture[2] == WEIR_REPORT_NONE);
}

/* Mixtures without a histogram are in models, too. */
Test(report_match, models_without_a_histogram)
{
    put_hist("top", "a.csv");
    put_hist("top", "b.csv");
    put_mixture("top", "m/flows.json", NULL);
    put_mixture("top", "m/octets.json", NULL);
    put_mixture("top", "m/packets.json", "b.csv");
    put_mixture("top", "n/octets.json", "c.csv");
    match("top");
    cr_assert(files.n_models == 3);
    cr_assert(model_of("m/flows.json") == model_of("m/octets.json"));
    cr_assert(model_of("m/flows.json") != model_of("n/octets.json"));
    cr_assert(model_of("m/flows.json")->hist == WEIR_REPORT_NONE);
    cr_assert(model_of("m/flows.json")->mixture[1] == WEIR_REPORT_NONE);
    cr_assert_str_eq(hist_name(model_of("m/packets.json")->hist), "b.csv");
}

Test(report_match, models_in_the_order_of_paths)
{
    static const char *const names[] = {"z/flows.json", "k/9/packets.json", "k/10/flows.json",
                                        "k/9/octets.json", "B/octets.json"};
    static const char *const want[] = {"B/octets.json", "k/10/flows.json", "k/9/octets.json",
                                       "z/flows.json"};
    put_hist("top", "a.csv");
    put_hist("top", "b.csv");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        put_mixture("top", names[i], "a.csv");
    match("top");
    cr_assert(files.n_models == 4);
    for (size_t m = 0; m < 4; m++)
        cr_assert(model_of(want[m]) == &files.model[m], "%s", want[m]);
    match("top/B");
    cr_assert(files.n_models == 1 && files.model[0].hist == WEIR_REPORT_NONE);
    cr_assert(rename("top/B/octets.json", "top/a.json") == 0);
    match("top/B");
    cr_assert(files.n_models == 0);
}

/* --- brute force ----------------------------------------------------------------------------- */

#define N_HISTS  5
#define N_PLACES 6
#define DEPTH    3

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return *state >> 33;
}

/* Components from the last one to the first: few names, so that many agree. */
struct names {
    size_t n;
    char name[DEPTH + 1];
};

static void make_names(uint64_t *seed, size_t least, struct names *names)
{
    names->n = least + next_random(seed) % (DEPTH + 1 - least);
    for (size_t i = 0; i < names->n; i++)
        names->name[i] = (char)('p' + next_random(seed) % 2);
}

/* "q/p/q" + `end`, or `alone` where there are no names. */
static void spell(const struct names *names, const char *end, const char *alone, char path[64])
{
    size_t length = 0;
    for (size_t i = names->n; i > 0; i--) {
        path[length++] = names->name[i - 1];
        path[length++] = '/';
    }
    length -= names->n > 0;
    snprintf(path + length, 64 - length, "%s", names->n > 0 ? end : alone);
}

static size_t common(const struct names *a, const struct names *b)
{
    size_t n = 0;
    while (n < a->n && n < b->n && a->name[n] == b->name[n])
        n++;
    return n;
}

/* What speaks for a histogram, in a number. */
static size_t score(const struct names *hist, const struct names *place,
                    const struct names *in_file)
{
    bool beside = hist->n == place->n + 1;
    for (size_t i = 0; i < place->n && beside; i++)
        beside = hist->name[i + 1] == place->name[i];
    return 100 * common(hist, in_file) + 10 * common(hist, place) + beside;
}

/* The only histogram of the highest score, or NULL. */
static const struct names *find_meant(const struct names hist[N_HISTS], const struct names *place,
                                      const struct names *in_file)
{
    size_t highest = 1;
    size_t n = 0;
    const struct names *meant = NULL;
    for (size_t i = 0; i < N_HISTS; i++)
        if (score(&hist[i], place, in_file) > highest)
            highest = score(&hist[i], place, in_file);
    for (size_t i = 0; i < N_HISTS; i++)
        if (score(&hist[i], place, in_file) == highest && hist[i].n > 0) {
            meant = &hist[i];
            n++;
        }
    return n == 1 ? meant : NULL;
}

static void check_at_random(const char *top, uint64_t *seed)
{
    struct names hist[N_HISTS];
    struct names place[N_PLACES];
    struct names in_file[N_PLACES];
    char path[64];
    char named[64];
    for (size_t i = 0; i < N_HISTS; i++) {
        make_names(seed, 1, &hist[i]);
        spell(&hist[i], ".csv", "", path);
        put_hist(top, path);
        for (size_t k = 0; k < i; k++) /* twice the same name is one file */
            if (hist[k].n == hist[i].n && common(&hist[k], &hist[i]) == hist[i].n)
                hist[k].n = 0;
    }
    for (size_t i = 0; i < N_PLACES; i++) {
        make_names(seed, 0, &place[i]);
        make_names(seed, 0, &in_file[i]);
        spell(&place[i], "/flows.json", "flows.json", path);
        spell(&in_file[i], ".csv", "", named);
        put_mixture(top, path, named);
        for (size_t k = 0; k < i; k++)
            if (place[k].n == place[i].n && common(&place[k], &place[i]) == place[i].n)
                in_file[k] = in_file[i];
    }
    match(top);
    for (size_t i = 0; i < N_PLACES; i++) {
        char meant[64] = "";
        const struct names *found = find_meant(hist, &place[i], &in_file[i]);
        spell(&place[i], "/flows.json", "flows.json", path);
        spell(&in_file[i], ".csv", "", named);
        if (found != NULL)
            spell(found, ".csv", "", meant);
        check_placed(&(struct placed){path, named, found == NULL ? NULL : meant});
    }
}

Test(report_match, at_random)
{
    uint64_t seed = 11;
    for (int round = 0; round < 12; round++) {
        char top[32];
        snprintf(top, sizeof top, "round%d", round);
        check_at_random(top, &seed);
    }
}

/* --- the rest -------------------------------------------------------------------------------- */

Test(report_match, directory_length)
{
    cr_assert(weir_report_directory_length("flows.json") == 0);
    cr_assert(weir_report_directory_length("") == 0);
    cr_assert(weir_report_directory_length("m/flows.json") == 1);
    cr_assert(weir_report_directory_length("models/tcp/flows.json") == strlen("models/tcp"));
}

Test(report_match, every_request_for_memory_may_fail)
{
    struct weir_error err = {0};
    long long n = 0;
    put_hist("top", "a.csv");
    put_hist("top", "b.csv");
    put_mixture("top", "m/flows.json", "b.csv");
    put_mixture("top", "m/octets.json", "b.csv");
    for (enum weir_status status = WEIR_MEMORY; status != WEIR_OK; n++) {
        weir_report_files_release(&files);
        CHECK_OK(weir_report_files_find(&files, (const char *[]){"top"}, 1, &mem, &err));
        weir_mem_fail_after(&mem, n);
        status = weir_report_match(&files, &err);
        weir_mem_fail_after(&mem, -1);
        cr_assert(status == WEIR_OK || status == WEIR_MEMORY, "%lld: %s", n, err.message);
        cr_assert(status == WEIR_OK || strstr(err.message, "memory") != NULL, "%s", err.message);
    }
    cr_assert(n > 3, "only %lld requests", n); /* the list, and what is read of every mode file */
    check_placed(&(struct placed){"m/flows.json", "", "b.csv"});
    check_placed(&(struct placed){"m/octets.json", "", "b.csv"});
}
