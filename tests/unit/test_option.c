/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options: every kind, every way to write them, every mistake. */
#include "check.h"
#include "option.h"

#include <math.h>

struct params {
    bool flag;
    bool other;
    int64_t count;
    bool count_given;
    int64_t any;
    uint64_t bytes;
    double ratio;
    const char *text;
    int choice;
    struct weir_words names;
    struct weir_words keys;
};

#define MEMBER(member) .offset = offsetof(struct params, member)

static const struct weir_option first_rows[] = {
    {.name = "flag", .letter = 'f', .kind = WEIR_OPTION_FLAG, MEMBER(flag), .help = "a flag"},
    {.name = "other", .letter = 'g', .kind = WEIR_OPTION_FLAG, MEMBER(other), .help = "another"},
    {.name = "count-in",
     .letter = 'c',
     .kind = WEIR_OPTION_INTEGER,
     MEMBER(count),
     .given_offset = offsetof(struct params, count_given),
     .initial = "7",
     .least = -10,
     .most = 63,
     .value = "N",
     .help = "a count"},
    {.name = "count-any", .kind = WEIR_OPTION_INTEGER, MEMBER(any), .help = "any integer"},
    {.name = "size", .letter = 's', .kind = WEIR_OPTION_SIZE, MEMBER(bytes), .help = "a size"},
    {0},
};

static const struct weir_option second_rows[] = {
    {.name = "ratio",
     .letter = 'r',
     .kind = WEIR_OPTION_REAL,
     MEMBER(ratio),
     .least = 0,
     .most = 1,
     .help = "a ratio"},
    {.name = "output",
     .letter = 'O',
     .kind = WEIR_OPTION_TEXT,
     MEMBER(text),
     .initial = "-",
     .value = "PATH",
     .help = "a path"},
    {.name = "x-value",
     .letter = 'x',
     .kind = WEIR_OPTION_CHOICE,
     MEMBER(choice),
     .initial = "size",
     .choices = "length|size|rate",
     .help = "what it is"},
    {.name = "column",
     .kind = WEIR_OPTION_APPEND,
     MEMBER(names),
     .choices = "aggs|rate|duration",
     .help = "a sum"},
    {.name = "key", .letter = 'k', .kind = WEIR_OPTION_LIST, MEMBER(keys), .help = "the keys"},
    {.name = "fft", .kind = WEIR_OPTION_IGNORED, .help = "ignored"},
    {.name = "old", .kind = WEIR_OPTION_IGNORED, .takes_value = true, .help = "ignored too"},
    {0},
};

/* The second half is moved, as a command's parameters are behind the global ones. */
#define SHIFT sizeof(struct params)
static const struct weir_option_group first = {.title = "First", .rows = first_rows};
static const struct weir_option_group second = {
    .title = "Second", .rows = second_rows, .offset = SHIFT};
static const struct weir_option_set set = {.groups = {&first, &second}};

static struct weir_mem mem;
static struct weir_option_arena arena;
static struct {
    struct params a, b;
} values;
static struct weir_words operands;
static struct weir_error err;
static bool help;

static void begin(void)
{
    weir_mem_init(&mem, SIZE_MAX);
    arena.mem = &mem;
}

static void end(void)
{
    weir_option_arena_release(&arena);
    CHECK_NO_LEAK(&mem);
}

TestSuite(option, .init = begin, .fini = end);

/* Parses words separated by '|' from defaults. */
static enum weir_status parse(const char *line)
{
    static char words[4096];
    char *argv[128];
    int argc = 0;
    weir_option_arena_release(&arena);
    memset(&values, 0, sizeof values);
    memset(&operands, 0, sizeof operands);
    const enum weir_status status = weir_option_defaults(&set, &values, &arena, &err);
    if (status != WEIR_OK)
        return status;
    snprintf(words, sizeof words, "%s", line);
    for (char *word = words; word != NULL && *word != '\0';) {
        argv[argc++] = word;
        word = strchr(word, '|');
        if (word != NULL)
            *word++ = '\0';
    }
    return weir_option_parse(&set, argc, argv, &values, &operands, &help, &arena, &err);
}

static void check_words(const struct weir_words *words, const char *want)
{
    char got[512] = "";
    for (size_t i = 0; i < words->n; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i == 0 ? "" : "|",
                 words->word[i]);
    cr_assert(strcmp(got, want) == 0, "\"%s\" instead of \"%s\"", got, want);
}

Test(option, defaults)
{
    CHECK_OK(parse(""));
    cr_assert(!values.a.flag && values.a.count == 7 && !values.a.count_given);
    cr_assert(values.a.any == 0 && values.a.bytes == 0 && values.b.choice == 1);
    cr_assert_str_eq(values.b.text, "-");
    cr_assert(!help && operands.n == 0 && values.b.keys.n == 0);
}

Test(option, every_way_to_write_an_option)
{
    static const char *const lines[] = {"--count-in|12", "--count-in=12", "-c|12",
                                        "-c12",          "-c=12",         "-fc12",
                                        "-fc|12",        "--count-i|12",  "--count-i=12"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        CHECK_OK(parse(lines[i]));
        cr_assert(values.a.count == 12 && values.a.count_given, "%s", lines[i]);
        cr_assert(operands.n == 0, "%s", lines[i]);
    }
    CHECK_OK(parse("-fg"));
    cr_assert(values.a.flag && values.a.other);
    CHECK_OK(parse("--fl"));
    cr_assert(values.a.flag);
    CHECK_OK(parse("--count-in=1|--count-in=2"));
    cr_assert(values.a.count == 2);
}

Test(option, values_of_every_kind)
{
    CHECK_OK(parse("-s|2G|-r|0.25|--out|a=b|-x|rate|--count-any|-9223372036854775808"));
    cr_assert(values.a.bytes == (uint64_t)2 << 30 && values.b.choice == 2);
    cr_assert(fabs(values.b.ratio - 0.25) < 1e-15);
    cr_assert(values.a.any == INT64_MIN);
    cr_assert_str_eq(values.b.text, "a=b");
    CHECK_OK(parse("--output="));
    cr_assert_str_eq(values.b.text, "");
    CHECK_OK(parse("--fft|--old|5|rest|--old=6"));
    check_words(&operands, "rest");
}

Test(option, negative_numbers_are_values)
{
    CHECK_OK(parse("--count-in|-5|-7|-.5"));
    cr_assert(values.a.count == -5);
    check_words(&operands, "-7|-.5");
    CHECK_OK(parse("-c-5"));
    cr_assert(values.a.count == -5);
    CHECK_OK(parse("--output|-"));
    cr_assert_str_eq(values.b.text, "-");
    /* A text with a blank is an option only when it names one. */
    CHECK_OK(parse("--output|-dp == -80"));
    cr_assert_str_eq(values.b.text, "-dp == -80");
    CHECK_STATUS(parse("--output|-f == 5"), WEIR_USAGE);
    CHECK_STATUS(parse("--output|--output=a b"), WEIR_USAGE);
}

Test(option, lists_end_at_options)
{
    static const char *const lines[] = {"-k|first|first_ms",    "-k|first,first_ms",
                                        "-kfirst,first_ms",     "--key=first,first_ms",
                                        "-k|first|first_ms|-f", "-k|last|--key|first|first_ms"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        CHECK_OK(parse(lines[i]));
        check_words(&values.b.keys, "first|first_ms");
        cr_assert(operands.n == 0, "%s", lines[i]);
    }
    CHECK_OK(parse("in|-k|a|b|--|c|-d"));
    check_words(&values.b.keys, "a|b");
    check_words(&operands, "in|c|-d");
    CHECK_OK(parse("--key=a|b"));
    check_words(&values.b.keys, "a");
    check_words(&operands, "b");
    CHECK_STATUS(parse("-k"), WEIR_USAGE);
    CHECK_STATUS(parse("-k|--|a"), WEIR_USAGE);
    CHECK_STATUS(parse("-k|a,,b"), WEIR_USAGE);
    CHECK_MESSAGE("\"a,,b\"");
}

Test(option, appended_values)
{
    CHECK_OK(parse("--column|rate|in|--column=aggs|--column|duration|--column|rate"));
    check_words(&values.b.names, "rate|aggs|duration|rate");
    check_words(&operands, "in");
    CHECK_STATUS(parse("--column|size"), WEIR_USAGE);
    CHECK_MESSAGE("option --column: expected one of aggs, rate, duration, but found \"size\"");
}

Test(option, operands)
{
    CHECK_OK(parse("a|-|-f|b|--|-g|--|c"));
    check_words(&operands, "a|-|b|-g|--|c");
    cr_assert(values.a.flag && !values.a.other);
}

Test(option, help_stops)
{
    CHECK_OK(parse("-f|--help|--nonsense"));
    cr_assert(help && values.a.flag);
    CHECK_OK(parse("--he"));
    cr_assert(help);
    CHECK_OK(parse("-fh|-Z"));
    cr_assert(help);
    CHECK_OK(parse("--|--help"));
    cr_assert(!help);
    CHECK_STATUS(parse("--help=3"), WEIR_USAGE);
}

Test(option, mistakes)
{
    static const struct {
        const char *line, *message;
    } cases[] = {
        {"--count|5", "option --count is ambiguous: --count-in, --count-any"},
        {"--nonsense", "unknown option --nonsense"},
        {"--outptu=3", "unknown option --outptu; did you mean --output?"},
        {"--flga", "unknown option --flga; did you mean --flag?"},
        {"-Z", "unknown option -Z"},
        {"-fZ", "unknown option -Z in -fZ"},
        {"--=5", "unknown option --"},
        {"--flag=true", "option --flag takes no value"},
        {"--count-in", "option --count-in: expected N after it"},
        {"-c", "option -c: expected N after it"},
        {"-c|--", "option -c: expected N after it"},
        {"-c|-f", "option -c: expected N, but found option \"-f\""},
        {"--output|--flag", "--output=PATH"},
        {"--count-in|64",
         "option --count-in: expected an integer from -10 to 63, but found \"64\""},
        {"--count-in|-11", "found \"-11\""},
        {"--count-in|1.5", "found \"1.5\""},
        {"--count-in=", "found \"\""},
        {"--count-in|5x", "found \"5x\""},
        {"--count-any|9223372036854775808",
         "expected an integer of 64 bits, but found \"9223372036854775808\""},
        {"--size|1X", "expected a size in bytes such as 512M or 2G, but found \"1X\""},
        {"--size|99999999999T", "found \"99999999999T\""},
        {"--ratio|1.01", "expected a number from 0 to 1, but found \"1.01\""},
        {"--ratio|nan", "found \"nan\""},
        {"-x|len", "option -x: expected one of length, size, rate, but found \"len\""},
        {"-fltg", "unknown option -fltg; did you mean --flag?"},
        {"-ratoi", "option -r: expected a number from 0 to 1, but found \"atoi\""},
        {"-flag", "unknown option -flag; did you mean --flag?"},
        {"-outptu", "unknown option -outptu; did you mean --output?"},
        {"--old", "option --old: expected VALUE after it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const enum weir_status status = parse(cases[i].line);
        cr_assert(status == WEIR_USAGE, "%s: %s", cases[i].line, weir_status_name(status));
        CHECK_MESSAGE(cases[i].message);
    }
    /* A failed value leaves the member alone. */
    CHECK_STATUS(parse("-c5|-c99"), WEIR_USAGE);
    cr_assert(values.a.count == 5);
    CHECK_STATUS(parse("-ka,b|-kc,,d"), WEIR_USAGE);
    check_words(&values.b.keys, "a|b");
}

Test(option, leading_part_stops_at_the_first_operand)
{
    char *argv[] = {(char[]){"-f"}, (char[]){"-c"}, (char[]){"-3"}, (char[]){"hist"},
                    (char[]){"-Z"}};
    int taken = 0;
    CHECK_OK(weir_option_parse_leading(&set, 5, argv, &values, &taken, &help, &arena, &err));
    cr_assert(taken == 3 && values.a.flag && values.a.count == -3 && !help);
    char *with_help[] = {(char[]){"--help"}, (char[]){"hist"}};
    CHECK_OK(weir_option_parse_leading(&set, 2, with_help, &values, &taken, &help, &arena, &err));
    cr_assert(taken == 1 && help);
    char *ended[] = {(char[]){"--"}, (char[]){"-f"}};
    CHECK_OK(weir_option_parse_leading(&set, 2, ended, &values, &taken, &help, &arena, &err));
    cr_assert(taken == 1 && !help);
    CHECK_OK(weir_option_parse_leading(&set, 0, ended, &values, &taken, &help, &arena, &err));
    cr_assert(taken == 0);
}

Test(option, find_and_set_text)
{
    CHECK_OK(weir_option_defaults(&set, &values, &arena, &err));
    size_t offset = 0;
    const struct weir_option *row = weir_option_find(&set, "output", &offset);
    cr_assert(row == &second_rows[1] && offset == SHIFT + offsetof(struct params, text));
    char text[] = "abc";
    CHECK_OK(weir_option_set_text(row, offset, &values, text, &arena, &err));
    text[0] = 'z'; /* the value is a copy */
    cr_assert_str_eq(values.b.text, "abc");
    cr_assert(weir_option_find(&set, "outpu", &offset) == NULL);
    row = weir_option_find(&set, "flag", &offset);
    CHECK_OK(weir_option_set_text(row, offset, &values, "true", &arena, &err));
    cr_assert(values.a.flag);
    CHECK_OK(weir_option_set_text(row, offset, &values, "false", &arena, &err));
    cr_assert(!values.a.flag);
    CHECK_STATUS(weir_option_set_text(row, offset, &values, "yes", &arena, &err), WEIR_USAGE);
    CHECK_MESSAGE("expected true or false, but found \"yes\"");
    row = weir_option_find(&set, "count-in", &offset);
    CHECK_OK(weir_option_set_text(row, offset, &values, "3", &arena, &err));
    cr_assert(values.a.count == 3 && values.a.count_given);
}

Test(option, bad_default_is_our_bug)
{
    static const struct weir_option rows[] = {
        {.name = "n", .kind = WEIR_OPTION_INTEGER, .initial = "x", .help = "n"}, {0}};
    static const struct weir_option_group group = {.title = "Group", .rows = rows};
    const struct weir_option_set bad = {.groups = {&group}};
    CHECK_STATUS(weir_option_defaults(&bad, &values, &arena, &err), WEIR_INTERNAL);
    CHECK_MESSAGE("default of --n: ");
}

Test(option, many_operands)
{
    enum { N = 100000 };
    char **argv = malloc(N * sizeof *argv);
    char(*text)[16] = malloc(N * sizeof *text);
    cr_assert(argv != NULL && text != NULL);
    for (int i = 0; i < N; i++) {
        snprintf(text[i], sizeof text[i], "file%d", i);
        argv[i] = text[i];
    }
    CHECK_OK(weir_option_parse(&set, N, argv, &values, &operands, &help, &arena, &err));
    cr_assert(operands.n == N);
    for (int i = 0; i < N; i++)
        cr_assert(strcmp(operands.word[i], text[i]) == 0, "operand %d", i);
    cr_assert(atomic_load(&mem.peak_bytes) < (size_t)N * 64);
    free(argv);
    free(text);
}

Test(option, every_failing_allocation)
{
    /* A text longer than the arena's blocks makes blocks of its own. */
    char line[4096] = "-k|a|b|c|--column|rate|--output|";
    memset(line + strlen(line), 'x', 2000);
    strncat(line, "|in", sizeof line - strlen(line) - 1);
    long long n = 0;
    for (;; n++) {
        weir_mem_fail_after(&mem, n);
        const enum weir_status status = parse(line);
        if (status == WEIR_OK)
            break;
        cr_assert(status == WEIR_MEMORY, "%lld: %s", n, err.message);
        CHECK_MESSAGE("no memory for");
    }
    cr_assert(n >= 1);
    weir_mem_fail_after(&mem, -1);
}

Test(option, nearest)
{
    static const char *const names[] = {"convert", "hist", "hist-np", "run", "version"};
    static const struct {
        const char *word, *want;
    } cases[] = {{"hits", "hist"},
                 {"histt", "hist"},
                 {"covnert", "convert"},
                 {"verson", "version"},
                 {"hist_np", "hist-np"},
                 {"rn", "run"},
                 {"foo", NULL},
                 {"", NULL},
                 {"x", NULL},
                 {"generate", NULL},
                 {"runn", "run"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = weir_option_nearest(cases[i].word, names, 5);
        cr_assert(got == cases[i].want ||
                      (got != NULL && cases[i].want != NULL && strcmp(got, cases[i].want) == 0),
                  "%s: %s", cases[i].word, got == NULL ? "none" : got);
    }
    char longest[300];
    memset(longest, 'h', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    cr_assert(weir_option_nearest(longest, names, 5) == NULL);
}

Test(option, help_text)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    cr_assert(out != NULL);
    weir_option_print_help(&set, out);
    fclose(out);
    static const char *const pieces[] = {
        "First:\n  -f, --flag              a flag\n",
        "\n\nSecond:\n",
        "  -c, --count-in N        a count (-10 to 63) (default: 7)\n",
        "  -x, --x-value VALUE     what it is: length, size, rate (default: size)\n",
        "      --column VALUE      a sum: aggs, rate, duration (repeatable)\n",
        "  -k, --key VALUE...      the keys\n",
        "      --fft               ignored\n",
        "  -h, --help              show this help\n",
    };
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        cr_assert(strstr(text, pieces[i]) != NULL, "no \"%s\" in:\n%s", pieces[i], text);
    free(text);
}
