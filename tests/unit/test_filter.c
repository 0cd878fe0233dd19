/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filters: answers of Python for random expressions, precedence, messages, hostile input, memory.
 */
#include "check.h"
#include "field.h"
#include "filter.h"
#include "log.h"
#include "number.h"

#include <math.h>

#define RECORDS_MAX 64

static struct weir_mem mem;
static struct weir_error err;

static void start(void)
{
    weir_mem_init(&mem, SIZE_MAX);
}

static void stop(void)
{
    CHECK_NO_LEAK(&mem);
}

TestSuite(filter, .init = start, .fini = stop);

/* --- batches --------------------------------------------------------------------------------- */

/* Values of all fields for a few records, and columns made of them. */
struct sample {
    size_t n;
    weir_i128 value[WEIR_N_FIELDS][RECORDS_MAX];
    enum weir_type declared[WEIR_N_FIELDS];
    enum weir_type type[WEIR_N_FIELDS];
    uint64_t storage[WEIR_N_FIELDS][RECORDS_MAX];
};

static void store(void *column, enum weir_type type, size_t i, weir_i128 value)
{
    const size_t bytes = weir_type_bytes(type);
    const uint64_t bits = (uint64_t)value;
    const float single = (float)value;
    const double real = (double)value;
    const void *from = type == WEIR_F32   ? (const void *)&single
                       : type == WEIR_F64 ? (const void *)&real
                                          : (const void *)&bits; /* little-endian */
    memcpy((char *)column + i * bytes, from, bytes);
}

static bool type_holds(enum weir_type type, weir_i128 value)
{
    if (type == WEIR_F32)
        return (weir_i128)(float)value == value;
    if (type == WEIR_F64)
        return (weir_i128)(double)value == value;
    const unsigned bits = 8 * (unsigned)weir_type_bytes(type);
    const weir_i128 one = 1;
    return weir_type_is_signed(type) ? value >= -(one << (bits - 1)) && value < one << (bits - 1)
                                     : value >= 0 && value < one << bits;
}

/* Points a batch at records [begin, begin + n) of the sample in its types. */
static void view(struct sample *sample, size_t begin, size_t n, struct weir_batch *batch)
{
    *batch = (struct weir_batch){.n = n};
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        const struct weir_column whole = {sample->storage[f], sample->type[f]};
        batch->field[f] = (struct weir_column){weir_column_at(&whole, begin), sample->type[f]};
    }
}

/* Fills the columns after types were chosen. */
static void fill(struct sample *sample)
{
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        for (size_t i = 0; i < sample->n; i++)
            store(sample->storage[f], sample->type[f], i, sample->value[f][i]);
}

/* Assignment 0 is the declared one; others pick among all types that hold a column's values. */
static void assign_types(struct sample *sample, unsigned assignment)
{
    uint64_t dice = assignment * UINT64_C(0x9E3779B97F4A7C15);
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        enum weir_type fits[WEIR_N_TYPES];
        size_t n = 0;
        for (int t = WEIR_I8; t < WEIR_N_TYPES; t++) {
            bool all = true;
            for (size_t i = 0; i < sample->n; i++)
                all = all && type_holds((enum weir_type)t, sample->value[f][i]);
            if (all)
                fits[n++] = (enum weir_type)t;
        }
        dice = dice * UINT64_C(6364136223846793005) + 1442695040888963407U;
        sample->type[f] = assignment == 0 ? sample->declared[f] : fits[(dice >> 33) % n];
    }
    fill(sample);
}

static struct weir_filter *parse(const char *text)
{
    struct weir_filter *filter = NULL;
    CHECK_OK(weir_filter_parse(text, &mem, &filter, &err));
    cr_assert_str_eq(weir_filter_text(filter), text);
    return filter;
}

/* --- golden cases ---------------------------------------------------------------------------- */

/* Compares the answers for all records at once, and for each of them alone. */
static void check_answers(struct weir_filter_lane *lane, struct sample *sample, const char *text,
                          const char *answers, const char *level)
{
    struct weir_batch batch;
    uint8_t mask[RECORDS_MAX];
    size_t n_selected = 0;
    size_t bad = 0;
    const size_t good = strcspn(answers, "!");
    view(sample, 0, sample->n, &batch);
    const enum weir_status want = good < sample->n ? WEIR_LIMIT : WEIR_OK;
    const enum weir_status got = weir_filter_run(lane, &batch, mask, &n_selected, &bad, &err);
    cr_assert_eq(got, want, "%s: %s: %s", level, text, err.message);
    cr_assert(got == WEIR_OK || bad == good, "%s: %s: record %zu failed instead of %zu", level,
              text, bad, good);
    size_t ones = 0;
    for (size_t i = 0; i < good; i++) {
        cr_assert_eq(mask[i], answers[i] - '0', "%s: %s: record %zu", level, text, i);
        ones += mask[i];
    }
    cr_assert_eq(n_selected, ones);
    for (size_t i = good; i < sample->n; i++) {
        view(sample, i, 1, &batch);
        const enum weir_status status =
            weir_filter_run(lane, &batch, mask, &n_selected, &bad, &err);
        if (answers[i] == '!')
            cr_assert(status == WEIR_LIMIT && bad == 0, "%s: %s: record %zu", level, text, i);
        else
            cr_assert(status == WEIR_OK && mask[0] == answers[i] - '0', "%s: %s: record %zu", level,
                      text, i);
    }
}

static void check_case(struct sample *sample, const char *text, const char *answers)
{
    struct weir_filter *filter = NULL;
    if (strcmp(answers, "refused") == 0) {
        const enum weir_status status = weir_filter_parse(text, &mem, &filter, &err);
        cr_assert_eq(status, WEIR_USAGE, "%s: %s", text, weir_status_name(status));
        return;
    }
    cr_assert_eq(strlen(answers), sample->n);
    filter = parse(text);
    for (int cpu = 0; cpu <= (int)weir_cpu_detect(); cpu++) {
        struct weir_kernels kernels;
        weir_kernels_choose((enum weir_cpu)cpu, &kernels);
        struct weir_filter_lane *lane = NULL;
        CHECK_OK(weir_filter_lane_new(filter, &kernels, &mem, &lane, &err));
        for (unsigned assignment = 0; assignment < 6; assignment++) {
            assign_types(sample, assignment);
            check_answers(lane, sample, text, answers, weir_cpu_name((enum weir_cpu)cpu));
        }
        weir_filter_lane_free(lane);
    }
    weir_filter_free(filter);
}

static void read_types(struct sample *sample, char *words)
{
    char *rest = NULL;
    char *word = strtok_r(words, " ", &rest);
    for (int f = 0; f < WEIR_N_FIELDS; f++, word = strtok_r(NULL, " ", &rest)) {
        cr_assert(word != NULL);
        sample->declared[f] = weir_type_find(*word);
    }
}

static void read_record(struct sample *sample, char *words)
{
    char *rest = NULL;
    char *word = strtok_r(words, " ", &rest);
    cr_assert(sample->n < RECORDS_MAX);
    for (int f = 0; f < WEIR_N_FIELDS; f++, word = strtok_r(NULL, " ", &rest)) {
        int64_t narrow = 0;
        weir_u128 wide = 0;
        cr_assert(word != NULL);
        if (weir_number_parse_i64(word, strlen(word), &narrow))
            sample->value[f][sample->n] = narrow;
        else {
            cr_assert(weir_number_parse_u128(word, strlen(word), &wide));
            sample->value[f][sample->n] = (weir_i128)wide;
        }
    }
    sample->n++;
}

/* Runs all cases of a file beside this one; returns how many there were. */
static size_t check_file(const char *name)
{
    const char *source = getenv("WEIR_SOURCE");
    cr_assert(source != NULL, "WEIR_SOURCE must name the source tree");
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/unit/%s", source, name);
    FILE *file = fopen(name[0] == '/' ? name : path, "r");
    cr_assert(file != NULL, "%s", path);
    static struct sample sample;
    char line[4096];
    size_t n_cases = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *tab = strchr(line, '\t');
        if (tab != NULL) {
            *tab = '\0';
            check_case(&sample, line, tab + 1);
            n_cases++;
        } else if (strncmp(line, "set ", 4) == 0)
            sample.n = 0;
        else if (strncmp(line, "types ", 6) == 0)
            read_types(&sample, line + 6);
        else if (strncmp(line, "record ", 7) == 0)
            read_record(&sample, line + 7);
    }
    fclose(file);
    return n_cases;
}

/* WEIR_FILTER_CASES, WEIR_FILTER_WORDS: absolute paths of more cases than are kept. */
Test(filter, answers_of_python)
{
    const char *other = getenv("WEIR_FILTER_CASES");
    cr_assert_geq(check_file(other != NULL ? other : "filter_cases.txt"), 3000);
}

Test(filter, answers_of_python_to_words)
{
    const char *other = getenv("WEIR_FILTER_WORDS");
    cr_assert_geq(check_file(other != NULL ? other : "filter_words.txt"), 2100);
}

/* --- by hand --------------------------------------------------------------------------------- */

/* The sample of one record of default types: prot 6, sp 443, dp 80, octets 2^64 - 1, packets 3. */
static void one_record(struct sample *sample)
{
    *sample = (struct sample){.n = 1};
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        sample->declared[f] = weir_field_info((enum weir_field)f)->type;
    sample->value[WEIR_PROT][0] = 6;
    sample->value[WEIR_SP][0] = 443;
    sample->value[WEIR_DP][0] = 80;
    sample->value[WEIR_OCTETS][0] = UINT64_MAX;
    sample->value[WEIR_PACKETS][0] = 3;
    assign_types(sample, 0);
}

static enum weir_status run_one(const char *text, struct sample *sample, uint8_t *mask)
{
    struct weir_filter *filter = parse(text);
    struct weir_filter_lane *lane = NULL;
    struct weir_kernels kernels;
    struct weir_batch batch;
    size_t n_selected = 0;
    size_t bad = 0;
    weir_kernels_choose(weir_cpu_detect(), &kernels);
    CHECK_OK(weir_filter_lane_new(filter, &kernels, &mem, &lane, &err));
    view(sample, 0, sample->n, &batch);
    const enum weir_status status = weir_filter_run(lane, &batch, mask, &n_selected, &bad, &err);
    weir_filter_lane_free(lane);
    weir_filter_free(filter);
    return status;
}

Test(filter, precedence)
{
    static const char *const true_ones[] = {
        "1 + 2 * 3 == 7",
        "2 * 3 % 4 == 2",
        "7 // 2 * 2 == 6",
        "-7 // 2 == -4",
        "-7 % 3 == 2",
        "7 % -3 == -2",
        "10 - 4 - 3 == 3",
        "1 << 2 + 1 == 8",
        "6 & 3 << 1 == 6",
        "1 | 6 ^ 4 & 12 == 3",
        "4 ^ 1 | 2 == 7",
        "-1 >> 100 == -1",
        "- 2 + 5 == 3",
        "~0 == -1",
        "-~5 == 6",
        "~-5 == 4",
        "2 == 2 == 2",
        "1 < 2 > 0 != 5",
        "~(2 == 2 == 1)",
        "~(1 == 2)",
        "(1 == 1) + (2 == 2) == 2",
        "+(1 == 1) == 1",
        "~+(1 == 1) == -2",
        "~((1 == 1) + 0) == -2",
        "((1 == 1) ^ (1 == 2))",
        "((1 == 1) ^ 3) == 2",
        "0x_fF == 0o377 == 0B1111_1111 == 2_5_5",
        "000 == 0",
        "170141183460469231731687303715884105727 > 0",
        "prot - 6 == 6 & dp == 0",
        "(prot==6) & ((sp==443) | (dp==443))",
        "80 <= dp < 1024",
        "octets == 18446744073709551615",
        "octets + 1 == 1 << 64",
        "0 - octets < -18446744073709551614",
        "dp",
        "\tprot\n==\r6 ",
        "dp<1024>79",
    };
    struct sample sample;
    one_record(&sample);
    for (size_t i = 0; i < sizeof true_ones / sizeof *true_ones; i++) {
        const char *text = true_ones[i];
        uint8_t mask = 2;
        const enum weir_status status = run_one(text, &sample, &mask);
        cr_assert(status == WEIR_OK && mask == 1, "%s: %s", text, err.message);
    }
}

/* Sets an address of the sample's only record, and its family. */
static void set_address(struct sample *sample, enum weir_field base, uint8_t af, weir_u128 address)
{
    sample->value[WEIR_AF][0] = af;
    for (size_t w = 0; w < 4; w++)
        sample->value[base + w][0] = (uint32_t)(address >> (32 * (3 - w)));
    assign_types(sample, 0);
}

/* Checks texts, up to a NULL, that all hold for the sample's only record. */
static void check_true(const char *const *texts, struct sample *sample)
{
    for (; *texts != NULL; texts++) {
        uint8_t mask = 2;
        const enum weir_status status = run_one(*texts, sample, &mask);
        cr_assert(status == WEIR_OK && mask == 1, "%s: %s", *texts, err.message);
    }
}

Test(filter, words)
{
    static const char *const true_ones[] = {
        "1 or 1 and 0",
        "not (not 1 or 0)",
        "not 0 and 1",
        "not 1 == 2",
        "not dp == 443 and sp == 443",
        "(5 and 3) == 1",
        "(5 and 3) + (0 or 7) == 2",
        "~(dp and 0)",
        "not not dp",
        "prot==6 and dp==80 or 1//af==1",
        "not(prot==17)and(dp==80)",
        "80 in {443, dp}",
        "dp in (80)",
        "dp in (80,)",
        "dp + 1 in {0x51}",
        "dp not in {81, sp}",
        "not dp in {81, sp}",
        "(dp in {80}) == 1",
        "dp in {1 == 2, sp - 363}",
        "1 in {dp == 80 and sp == 443, 0}",
        "port == 443 and port == 80 and port != 6",
        "400 < port < 500",
        "not 100 < port < 400",
        "port in {443, 1} and port not in {1, 2}",
        "prot == tcp and prot != udp and tcp + 11 == udp",
        NULL,
    };
    struct sample sample;
    one_record(&sample);
    check_true(true_ones, &sample);
}

/* What an absent, odd or doubtful family and the words together say. */
Test(filter, families)
{
    static const char *const ipv4[] = {"src == 0.0.0.1",
                                       "src in 0.0.0.0/0",
                                       "src not in ::/0",
                                       "src != ::1",
                                       "ip in 0.0.0.1/32",
                                       "src in {::/0, 0.0.0.0/8}",
                                       "not src in {::1, 2001:db8::/32}",
                                       NULL};
    static const char *const ipv6[] = {"src == ::1",
                                       "src in ::/0",
                                       "src not in 0.0.0.0/0",
                                       "src != 0.0.0.1",
                                       "src in ::/127",
                                       "src in {0.0.0.0/0, ::/64}",
                                       "src == 0:0:0:0:0:0:0.0.0.1",
                                       NULL};
    static const char *const mapped[] = {"src == ::ffff:0.0.0.1", "src in ::ffff:0:0/96",
                                         "src != 0.0.0.1", "src in ::/0", NULL};
    struct sample sample;
    one_record(&sample);
    set_address(&sample, WEIR_SA0, 2, 1);
    check_true(ipv4, &sample);
    set_address(&sample, WEIR_SA0, 0, 1);
    check_true(ipv4, &sample);
    set_address(&sample, WEIR_SA0, 10, 1);
    check_true(ipv6, &sample);
    set_address(&sample, WEIR_SA0, 2, (weir_u128)0xFFFF << 32 | 1);
    check_true(mapped, &sample);
}

Test(filter, times)
{
    static const char *const true_ones[] = {
        "1970-01-01T00:00 == 0",
        "1969-12-31T23:59:59 == -1",
        "0001-01-01T00:00Z == -62135596800",
        "9999-12-31T23:59:59 == 253402300799",
        "2000-02-29T12:00-00:30 == 951827400",
        "2015-06-10T19:00+02:00 == 1433955600",
        "2015-06-10T19:00+3600 == 1433966400",
        "2015-10-10 == 1995",
        "2015-10-10 - 5 == 1990",
        "first == 2015-06-10T19:00:05",
        "first < 2015-06-10T19:00:05.251Z",
        "first > 2015-06-10T19:00:05.249",
        "first == 2015-06-10T19:00:05.25",
        "first != 2015-06-10T19:00:05.2",
        "2015-06-10T19:00:05.200 < first < 2015-06-10T19:00:06",
        "first in {5, 2015-06-10T19:00:05.250}",
        "first - 2015-06-10T19:00 == 5",
        NULL,
    };
    struct sample sample;
    one_record(&sample);
    sample.value[WEIR_FIRST][0] = 1433962805;
    sample.value[WEIR_FIRST_MS][0] = 250;
    assign_types(&sample, 0);
    check_true(true_ones, &sample);
}

static const struct {
    const char *text;
    enum weir_status status;
    const char *message;
} refusals[] = {
    {"", WEIR_USAGE, "filter: column 1: expected a field, a number or '(', but found the end"},
    {"  ", WEIR_USAGE, "column 3: expected a field, a number or '(', but found the end"},
    {"prot=6", WEIR_USAGE,
     "filter: column 5: expected an operator or the end, but found '=' (use == for 'equals')"},
    {"and dp==443", WEIR_USAGE, "column 1: expected a field, a number or '(', but found 'and'"},
    {"prot==6 and", WEIR_USAGE, "column 12: expected a field, a number or '(', but found the end"},
    {"prot==6 or or dp", WEIR_USAGE,
     "column 12: expected a field, a number or '(', but found 'or'"},
    {"dp == not sp", WEIR_USAGE,
     "column 7: expected a field, a number or '(', but found 'not' (put 'not' and what it denies "
     "in "
     "parentheses)"},
    {"dp not 5", WEIR_USAGE, "column 4: expected an operator or the end, but found 'not'"},
    {"in {5}", WEIR_USAGE, "column 1: expected a field, a number or '(', but found 'in'"},
    {"prot==6 && dp==443", WEIR_USAGE, "column 9: expected an operator or the end, but found '&&'"},
    {"prot==6 || dp==443", WEIR_USAGE, "found '||' (use 'or')"},
    {"!prot", WEIR_USAGE, "found '!' (use 'not')"},
    {"octets/packets > 3", WEIR_USAGE, "column 7: expected an operator or the end, but found '/'"},
    {"2**3", WEIR_USAGE, "found '**'"},
    {"prot<>6", WEIR_USAGE, "use !="},
    {"prot=<6", WEIR_USAGE, "use <="},
    {"prot=>6", WEIR_USAGE, "use >="},
    {"prto==6", WEIR_USAGE, "column 1: expected a field, but found 'prto' (did you mean 'prot'?)"},
    {"dp == 1 | dport == 2", WEIR_USAGE,
     "column 11: expected a field, but found 'dport' (did you mean 'dp'?)"},
    {"bytes > 3", WEIR_USAGE, "did you mean 'octets'?"},
    {"first_m > 3", WEIR_USAGE, "did you mean 'first_ms'?"},
    {"PROT==6", WEIR_USAGE, "but found 'PROT' (fields: af, prot, inif"},
    {"elephant", WEIR_USAGE, "but found 'elephant' (fields: af, prot, inif, outif, sa0"},
    {"True", WEIR_USAGE, "found 'True'"},
    {"prot is 6", WEIR_USAGE, "use =="},
    {"prot(6)", WEIR_USAGE,
     "column 5: expected an operator, but found '(' (there are no functions)"},
    {"prot == 'tcp'", WEIR_USAGE,
     "column 9: expected a field, a number or '(', but found ''' (there are no strings)"},
    {"prot == 6 # tcp", WEIR_USAGE, "there are no comments"},
    {"(prot == 6", WEIR_USAGE,
     "column 11: expected an operator or the ')' of column 1, but found the end"},
    {"((prot == 6) | (dp == 3)", WEIR_USAGE, "')' of column 1, but found the end"},
    {"(prot == (6 dp))", WEIR_USAGE,
     "column 13: expected an operator or the ')' of column 10, but found 'dp'"},
    {"prot == 6)", WEIR_USAGE,
     "column 10: expected an operator or the end, but found ')' (there is no '(' for it)"},
    {"prot == ", WEIR_USAGE, "column 9: expected a field, a number or '(', but found the end"},
    {"== 6", WEIR_USAGE, "column 1: expected a field, a number or '(', but found '=='"},
    {"prot ~ 6", WEIR_USAGE, "column 6: expected an operator or the end, but found '~'"},
    {"()", WEIR_USAGE, "column 2: expected a field, a number or '(', but found ')'"},
    {"prot dp", WEIR_USAGE, "column 6: expected an operator or the end, but found 'dp'"},
    {"prot, dp", WEIR_USAGE, "column 5: expected an operator or the end, but found ','"},
    {"prot == 6\x01", WEIR_USAGE, "found byte 0x01"},
    {"pr\xc3\xb6t", WEIR_USAGE, "but found 'pr'"},
    {"dp == \xe2\x89\xa4", WEIR_USAGE,
     "column 7: expected a field, a number or '(', but found byte 0xE2"},
    {"dp == 080", WEIR_USAGE,
     "column 7: expected a field, a number or '(', but found '080' (a decimal number must not "
     "start with 0; octal is 0o)"},
    {"dp == 8_", WEIR_USAGE, "_ may only stand between two digits"},
    {"dp == 8__0", WEIR_USAGE, "_ may only stand between two digits"},
    {"dp == 0x", WEIR_USAGE, "digits must follow the base"},
    {"dp == 0x_", WEIR_USAGE, "_ may only stand between two digits"},
    {"dp == 0b12", WEIR_USAGE, "before a letter or a wrong digit"},
    {"dp == 0o8", WEIR_USAGE, "before a letter or a wrong digit"},
    {"dp == 1e3", WEIR_USAGE, "found '1e3' (a number must end before a letter"},
    {"dp == 1.5", WEIR_USAGE, "numbers are whole"},
    {"dp == .5", WEIR_USAGE, "numbers are whole"},
    {"170141183460469231731687303715884105728", WEIR_USAGE, "numbers have at most 127 bits"},
    {"0x1_00000000000000000000000000000000", WEIR_USAGE, "numbers have at most 127 bits"},
    {"dp + 1 // 0", WEIR_USAGE, "filter: column 8: '//' of constants: division by zero"},
    {"dp + 1 % 0", WEIR_USAGE, "column 8: '%' of constants: division by zero"},
    {"dp + (1 << -1)", WEIR_USAGE, "column 9: '<<' of constants: negative shift count"},
    {"dp + (1 >> -1)", WEIR_USAGE, "column 9: '>>' of constants: negative shift count"},
    {"dp + (1 << 127)", WEIR_USAGE, "column 9: '<<' of constants: the result does not fit 128"},
    {"dp == (1 << 126) * 2", WEIR_USAGE, "column 18: '*' of constants: the result does not fit"},
    {"-(-(1<<126)-(1<<126))", WEIR_USAGE, "column 1: '-' of constants: the result does not fit"},
    {"dp > 0 and 1 // 0", WEIR_USAGE, "column 14: '//' of constants: division by zero"},
    /* lists */
    {"dp in 80", WEIR_USAGE,
     "column 7: expected a list as in {80, 443}, or an address, but found '80'"},
    {"dp in", WEIR_USAGE,
     "column 6: expected a list as in {80, 443}, or an address, but found the"},
    {"dp in [80]", WEIR_USAGE, "found '[' (a list is written as in {80, 443})"},
    {"dp in {}", WEIR_USAGE, "column 8: expected a field, a number or '(', but found '}'"},
    {"dp in ()", WEIR_USAGE, "column 8: expected a field, a number or '(', but found ')'"},
    {"dp in {80,,443}", WEIR_USAGE, "column 11: expected a field, a number or '(', but found ','"},
    {"dp in {80 443}", WEIR_USAGE,
     "column 11: expected ',' or the '}' of column 7, but found '443'"},
    {"dp in (80, 443", WEIR_USAGE,
     "column 15: expected ',' or the ')' of column 7, but found the end"},
    {"dp in (80, 443}", WEIR_USAGE,
     "column 15: expected ',' or the ')' of column 7, but found '}'"},
    {"dp in {80} == 1", WEIR_USAGE,
     "column 12: expected 'and', 'or' or the end behind a list, but found '=='"},
    {"dp in {80} + 1", WEIR_USAGE, "column 12: expected 'and', 'or' or the end behind a list"},
    {"5 < dp in {80}", WEIR_USAGE,
     "column 8: expected a comparison or a list, not both in a chain, but found 'in'"},
    {"5 < dp not in {80}", WEIR_USAGE, "column 8: expected a comparison or a list, not both"},
    {"dp == 80}", WEIR_USAGE, "found '}' (there is no '{' for it)"},
    {"dp in {80, 1 // 0}", WEIR_USAGE, "column 14: '//' of constants: division by zero"},
    /* addresses */
    {"sa3 == 10.0.0.1", WEIR_USAGE,
     "filter: column 8: expected a comparison of this address with src, dst or ip, but found "
     "another use"},
    {"dp in 10.0.0.0/8", WEIR_USAGE, "column 7: expected a comparison of this address with src"},
    {"10.0.0.1", WEIR_USAGE, "column 1: expected a comparison of this address"},
    {"not 10.0.0.1", WEIR_USAGE, "column 5: expected a comparison of this address"},
    {"-2001:db8::1 == src", WEIR_USAGE, "column 2: expected a comparison of this address"},
    {"10.0.0.1 == 10.0.0.1", WEIR_USAGE, "column 1: expected a comparison of this address"},
    {"src", WEIR_USAGE,
     "filter: column 1: expected a comparison of 'src' with an address, but found another use"},
    {"dst & 255 == 1", WEIR_USAGE, "column 1: expected a comparison of 'dst' with an address"},
    {"dp == 1 and ip", WEIR_USAGE, "column 13: expected a comparison of 'ip' with an address"},
    {"src == 5", WEIR_USAGE, "column 1: expected a comparison of 'src' with an address"},
    {"src == dst", WEIR_USAGE, "column 1: expected a comparison of 'src' with an address"},
    {"src in {10.0.0.1, 5}", WEIR_USAGE, "column 1: expected a comparison of 'src' with an"},
    {"src in dst", WEIR_USAGE, "column 8: expected a list as in {80, 443}, or an address"},
    {"src < 10.0.0.1", WEIR_USAGE,
     "filter: column 5: expected ==, !=, in or not in between addresses, but found '<'"},
    {"10.0.0.1 <= src", WEIR_USAGE, "column 10: expected ==, !=, in or not in between addresses"},
    {"src == 10.0.0.0/8", WEIR_USAGE,
     "filter: column 5: expected 'in' before a prefix, but found '=='"},
    {"src != 10.0.0.0/8", WEIR_USAGE,
     "column 5: expected 'not in' before a prefix, but found '!='"},
    {"src in 10.0.0.1/8", WEIR_USAGE,
     "filter: column 8: expected no bits set behind the prefix, but found '10.0.0.1/8' (did you "
     "mean 10.0.0.0/8?)"},
    {"src in 10.0.0.0/0", WEIR_USAGE, "(did you mean 0.0.0.0/0?)"},
    {"src in 2001:db8::1/32", WEIR_USAGE, "(did you mean 2001:db8::/32?)"},
    {"src in ::1/0", WEIR_USAGE, "(did you mean ::/0?)"},
    {"src in {10.0.0.0/8, 10.0.0.1/31}", WEIR_USAGE, "column 21: expected no bits set behind"},
    {"src == 10.0.0.256", WEIR_USAGE,
     "column 8: expected a field, a number or '(', but found '10.0.0.256' (numbers are whole; an "
     "IPv4 address has four parts of 0 to 255)"},
    {"src == 10.0.0", WEIR_USAGE, "found '10.0.0' (numbers are whole; an IPv4"},
    {"src == 10.0.0.1.2", WEIR_USAGE, "found '10.0.0.1.2' (numbers"},
    {"src == 10.0.0.01", WEIR_USAGE, "found '10.0.0.01' (numbers"},
    {"src == 10.0.0.1x", WEIR_USAGE, "found '10.0.0.1x' (numbers"},
    {"src == 10.0..1", WEIR_USAGE, "found '10.0..1' (numbers"},
    {"src in 10.0.0.0/33", WEIR_USAGE, "found '10.0.0.0/33' (the length of a prefix is 0 to 32)"},
    {"src in 10.0.0.0/255.0.0.0", WEIR_USAGE, "found '10.0.0.0/255.0.0.0' (the length of a prefix"},
    {"src in 10.0.0.0/08", WEIR_USAGE, "found '10.0.0.0/08' (the length"},
    {"src in 10.0.0.0/8x", WEIR_USAGE, "found '10.0.0.0/8x' (the length"},
    {"src in 10.0.0.0/99999999999", WEIR_USAGE, "found '10.0.0.0/99999999999' (the length"},
    {"src in 2001:db8::/129", WEIR_USAGE, "(the length of a prefix is 0 to 128)"},
    {"src in 10.0.0.0/ 8", WEIR_USAGE, "column 16: expected an operator or the end, but found '/'"},
    {"src == 2001:db8:1", WEIR_USAGE,
     "found '2001:db8:1' (an IPv6 address is written as in 2001:db8::1)"},
    {"src == 1::2::3", WEIR_USAGE, "found '1::2::3' (an IPv6 address"},
    {"src == ::12345", WEIR_USAGE, "found '::12345' (an IPv6 address"},
    {"src == fe80::1%eth0", WEIR_USAGE, "column 16: expected a field, but found 'eth0'"},
    {"src == ::g", WEIR_USAGE, "found '::g' (an IPv6"},
    {"src == 1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16:17:18:19:20", WEIR_USAGE, "'... (an IPv6"},
    {"dp == :", WEIR_USAGE, "found ':' (an IPv6 address"},
    /* ports */
    {"port", WEIR_USAGE,
     "filter: column 1: expected a comparison of 'port' with a number, but found another use"},
    {"port + 1 == 80", WEIR_USAGE, "column 1: expected a comparison of 'port'"},
    {"~port == 80", WEIR_USAGE, "column 2: expected a comparison of 'port'"},
    {"dp == 1 or port", WEIR_USAGE, "column 12: expected a comparison of 'port'"},
    {"1 < port != 80", WEIR_USAGE,
     "column 10: expected port != with one number only, but found a chain of comparisons"},
    {"port == 10.0.0.1", WEIR_USAGE, "column 9: expected a comparison of this address"},
    {"port == src", WEIR_USAGE, "column 9: expected a comparison of 'src'"},
    /* times */
    {"first > 2015-06-10", WEIR_USAGE,
     "column 9: expected a field, a number or '(', but found '2015-06-10' (a time is written as in "
     "2015-06-10T00:00)"},
    {"first > 2015-10-01", WEIR_USAGE, "a time is written as in 2015-06-10T00:00"},
    {"first > 2015-06-10T", WEIR_USAGE,
     "found '2015-06-10T' (a time is written as in 2015-06-10T19:00 or"},
    {"first > 2015-06-10T19", WEIR_USAGE, "found '2015-06-10T19' (a time is written"},
    {"first > 2015-06-10T9:00", WEIR_USAGE, "found '2015-06-10T9:00' (a time is written"},
    {"first > 2015-06-10T19:00:5", WEIR_USAGE, "found '2015-06-10T19:00:5' (a time is written"},
    {"first > 2015-06-10T19:00:05.", WEIR_USAGE, "found '2015-06-10T19:00:05.' (a time is written"},
    {"first > 2015-06-10T19:00z", WEIR_USAGE, "(a time is written"},
    {"first > 2015-06-10T19:00ZZ", WEIR_USAGE, "(a time is written"},
    {"first > 2015-06-10T24:00", WEIR_USAGE,
     "found '2015-06-10T24:00' (there is no such date, time of day or offset)"},
    {"first > 2015-06-10T19:60", WEIR_USAGE, "there is no such date"},
    {"first > 2015-06-10T23:59:60", WEIR_USAGE, "there is no such date"},
    {"first > 2015-02-29T00:00", WEIR_USAGE, "there is no such date"},
    {"first > 1900-02-29T00:00", WEIR_USAGE, "there is no such date"},
    {"first > 2015-00-10T00:00", WEIR_USAGE, "there is no such date"},
    {"first > 2015-13-10T00:00", WEIR_USAGE, "there is no such date"},
    {"first > 2015-04-31T00:00", WEIR_USAGE, "there is no such date"},
    {"first > 2015-04-00T00:00", WEIR_USAGE, "there is no such date"},
    {"first > 0000-04-01T00:00", WEIR_USAGE, "there is no such date"},
    {"first > 2015-06-10T19:00+24:00", WEIR_USAGE, "there is no such date, time of day or offset"},
    {"first > 2015-06-10T19:00+02:60", WEIR_USAGE, "there is no such date, time of day or offset"},
    {"first > 2015-06-10T19:00+02:000", WEIR_USAGE, "a time is written"},
    {"first > 2015-06-10T19:00:05.2505", WEIR_USAGE,
     "found '2015-06-10T19:00:05.2505' (a second has at most three digits of fraction)"},
    {"packets > 2015-06-10T19:00:05.250", WEIR_USAGE,
     "filter: column 11: expected a comparison of this time, which has a fraction, with first or "
     "last, but found another use"},
    {"first + 0 > 2015-06-10T19:00:05.250", WEIR_USAGE, "column 13: expected a comparison of this"},
    {"first > 2015-06-10T19:00:05.250 + 1", WEIR_USAGE, "column 9: expected a comparison of this"},
    {"2015-06-10T19:00:05.250", WEIR_USAGE, "column 1: expected a comparison of this time"},
    /* names */
    {"start > 3", WEIR_USAGE, "did you mean 'first'?"},
    {"srcip == 10.0.0.1", WEIR_USAGE, "did you mean 'src'?"},
    {"prot == icmpv6", WEIR_USAGE, "did you mean 'icmp6'?"},
    {"prot == tpc", WEIR_USAGE, "did you mean 'tcp'?"},
    {"duratoin > 1", WEIR_USAGE, "did you mean 'duration'?"},
    {"tcp(6)", WEIR_USAGE,
     "column 4: expected an operator, but found '(' (there are no functions)"},
};

Test(filter, refusals)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct weir_filter *filter = NULL;
        const enum weir_status status = weir_filter_parse(refusals[i].text, &mem, &filter, &err);
        cr_assert_eq(status, refusals[i].status, "%s: %s", refusals[i].text,
                     weir_status_name(status));
        CHECK_MESSAGE(refusals[i].message);
        cr_assert(filter == NULL);
    }
}

static void keep_line(enum weir_log_level level, const char *text, void *context)
{
    cr_assert_eq(level, WEIR_LOG_WARNING);
    snprintf(context, 256, "%s", text);
}

Test(filter, warns_of_chains_through_and)
{
    char line[256] = "";
    weir_log_install(keep_line, line);
    weir_filter_free(parse("(prot==6) & (dp==443)"));
    weir_filter_free(parse("prot == (6 & dp) == 443"));
    weir_filter_free(parse("80 <= dp < 1024"));
    cr_assert_str_eq(line, "");
    weir_filter_free(parse("prot==6 & dp==443"));
    cr_assert(strstr(line, "column 9: '&' binds more tightly") != NULL, "%s", line);
    line[0] = '\0';
    weir_filter_free(parse("first >= 2015 - 10-10 and first >= 2015-10-10T00:00"));
    weir_filter_free(parse("prot==6 and dp==443"));
    cr_assert_str_eq(line, "");
    weir_filter_free(parse("first >= 2015-10-10"));
    cr_assert_str_eq(line,
                     "filter: column 10: '2015-10-10' is a difference of numbers; the begin of "
                     "that day is 2015-10-10T00:00");
    weir_log_install(NULL, NULL);
}

Test(filter, fields)
{
    struct weir_filter *filter = parse("(prot==6) & ((sp==443) | (dp==443)) | (0 * octets == 0)");
    cr_assert_eq(weir_filter_fields(filter), WEIR_FIELD_BIT(WEIR_PROT) | WEIR_FIELD_BIT(WEIR_SP) |
                                                 WEIR_FIELD_BIT(WEIR_DP) |
                                                 WEIR_FIELD_BIT(WEIR_OCTETS));
    weir_filter_free(filter);
    filter = parse("1 == 1");
    cr_assert_eq(weir_filter_fields(filter), 0);
    weir_filter_free(filter);
    weir_filter_free(NULL);
    weir_filter_lane_free(NULL);
}

#define BIT(field) WEIR_FIELD_BIT(WEIR_##field)

Test(filter, fields_of_words)
{
    static const struct {
        const char *text;
        weir_fields fields;
    } cases[] = {
        {"src == 10.0.0.1", BIT(AF) | BIT(SA0) | BIT(SA1) | BIT(SA2) | BIT(SA3)},
        {"dst in ::/0", BIT(AF) | BIT(DA0) | BIT(DA1) | BIT(DA2)},
        {"dst in 0.0.0.0/0", BIT(AF) | BIT(DA0) | BIT(DA1) | BIT(DA2)},
        {"src in 2001:db8::/32", BIT(SA0)},
        {"ip in 2001:db8::/33", BIT(SA0) | BIT(SA1) | BIT(DA0) | BIT(DA1)},
        {"dst == 2001:db8::1", BIT(DA0) | BIT(DA1) | BIT(DA2) | BIT(DA3)},
        {"port == 53", BIT(SP) | BIT(DP)},
        {"proto in {tcp, udp}", BIT(PROT)},
        {"duration > 5", BIT(FIRST) | BIT(FIRST_MS) | BIT(LAST) | BIT(LAST_MS) | BIT(PACKETS)},
        {"rate and rate",
         BIT(FIRST) | BIT(FIRST_MS) | BIT(LAST) | BIT(LAST_MS) | BIT(PACKETS) | BIT(OCTETS)},
        {"first > 2015-06-10T19:00", BIT(FIRST)},
        {"last > 2015-06-10T19:00:00.000", BIT(LAST) | BIT(LAST_MS)},
        {"0 and dp", BIT(DP)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_filter *filter = parse(cases[i].text);
        cr_assert_eq(weir_filter_fields(filter), cases[i].fields, "%s", cases[i].text);
        weir_filter_free(filter);
    }
}

/* --- failures of records --------------------------------------------------------------------- */

static void check_fault(const char *text, struct sample *sample, enum weir_status want,
                        const char *message)
{
    uint8_t mask[RECORDS_MAX];
    const enum weir_status status = run_one(text, sample, mask);
    cr_assert_eq(status, want, "%s: %s: %s", text, weir_status_name(status), err.message);
    CHECK_MESSAGE(message);
}

Test(filter, faults)
{
    struct sample sample;
    one_record(&sample);
    check_fault("dp + octets // (prot-6) == 0", &sample, WEIR_LIMIT,
                "filter: column 13: expected another divisor for '//', but found 0");
    check_fault("dp // (prot * 0)", &sample, WEIR_LIMIT, "column 4: expected another divisor");
    check_fault("dp % af", &sample, WEIR_LIMIT, "column 4: expected another divisor for '%'");
    check_fault("(dp - 81) % (af * 0) == 0", &sample, WEIR_LIMIT, "column 11: ");
    check_fault("octets % (af * octets)", &sample, WEIR_LIMIT, "column 8: ");
    check_fault("dp >> (79 - dp)", &sample, WEIR_LIMIT,
                "column 4: expected a count of 0 or more for '>>', but found a negative one");
    check_fault("dp << (79 - dp)", &sample, WEIR_LIMIT, "column 4: expected a count of 0 or more");
    check_fault("octets << (79 - dp)", &sample, WEIR_LIMIT, "column 8: expected a count of 0 or");
    check_fault("octets >> (79 - dp)", &sample, WEIR_LIMIT, "column 8: expected a count of 0 or");
    check_fault("dp << sp", &sample, WEIR_LIMIT,
                "column 4: expected a result of at most 128 bits for '<<', but found an overflow");
    check_fault("octets * octets > 1", &sample, WEIR_LIMIT, "column 8: expected a result of at");
    check_fault("-(octets<<63)-(dp<<120)==0", &sample, WEIR_LIMIT, "column 14: ");
    check_fault("-((dp-81)<<127) == 0", &sample, WEIR_LIMIT, "column 1: ");
    check_fault("(prot==6) | (1//af==1)", &sample, WEIR_LIMIT, "column 15: ");
    check_fault("(1//af) * 0 == 1", &sample, WEIR_LIMIT, "column 3: ");
    check_fault("1//af < 2 | 1//sp < 5", &sample, WEIR_LIMIT, "column 2: ");
}

/* and, or: what the left side decides cannot fail on the right. */
Test(filter, guards)
{
    static const char *const true_ones[] = {
        "not (af > 0 and dp // af > 1)",
        "af == 0 or dp % af == 1",
        "af == 0 or (dp > 9 and dp // af > 1)",
        "dp and (af == 0 or dp >> af - 1 == 9)",
        "not (af and (dp // af or octets * octets))",
        "not (0 and dp // af)",
        "1 or dp // af",
        "not (af and -(octets << 63) - (dp << 120) == 0)",
        "rate == 0 or dp // rate == 0",
        NULL,
    };
    struct sample sample;
    one_record(&sample);
    check_true(true_ones, &sample);
    check_fault("af == 0 and dp // af > 1", &sample, WEIR_LIMIT,
                "filter: column 16: expected another divisor for '//', but found 0");
    check_fault("dp // af > 1 and af > 0", &sample, WEIR_LIMIT, "column 4: ");
    check_fault("(dp > 0 and dp // af > 1) or 1", &sample, WEIR_LIMIT, "column 16: ");
    check_fault("(af > 0) & (dp // af > 1)", &sample, WEIR_LIMIT, "column 16: ");
    check_fault("dp in {80, 1 // af}", &sample, WEIR_LIMIT, "column 14: ");
    check_fault("1 and dp // af", &sample, WEIR_LIMIT, "column 10: ");
    check_fault("dp // duration", &sample, WEIR_LIMIT, "column 4: ");
}

/* Reals that are no whole numbers count as failures too. */
Test(filter, guards_of_reals)
{
    static const char *const true_ones[] = {"not (af and dp > 5)", "af == 0 or sp == 3",
                                            "packets == 3 or 0 * dp", NULL};
    static const double half = 80.5;
    static const float small_half = 80.5F;
    struct sample sample;
    one_record(&sample);
    sample.declared[WEIR_DP] = WEIR_F64;
    sample.declared[WEIR_SP] = WEIR_F32;
    assign_types(&sample, 0);
    memcpy(sample.storage[WEIR_DP], &half, sizeof half);
    memcpy(sample.storage[WEIR_SP], &small_half, sizeof small_half);
    check_true(true_ones, &sample);
    check_fault("af == 0 and dp > 5", &sample, WEIR_FORMAT,
                "filter: field 'dp': expected a whole number, but found 80.5");
    check_fault("af == 0 and sp > 5", &sample, WEIR_FORMAT, "filter: field 'sp': expected a whole");
    check_fault("af or port > 5", &sample, WEIR_FORMAT, "filter: field 'sp': expected a whole");
    sample.declared[WEIR_LAST] = WEIR_F64;
    sample.value[WEIR_LAST][0] = (weir_i128)1 << 120;
    assign_types(&sample, 0);
    check_fault("3 < duration", &sample, WEIR_LIMIT,
                "filter: column 5: expected a result of at most 128 bits for 'duration', but found "
                "an overflow");
    check_fault("last > 2015-06-10T19:00:00.5", &sample, WEIR_LIMIT,
                "filter: column 1: expected a result of at most 128 bits for 'last', but found");
}

Test(filter, reals)
{
    struct sample sample;
    uint8_t mask[RECORDS_MAX];
    static const double numbers[] = {80.5, INFINITY, -INFINITY, NAN, 0x1p127, -0x1.8p127, 1e-300};
    one_record(&sample);
    sample.declared[WEIR_DP] = WEIR_F64;
    sample.declared[WEIR_SP] = WEIR_F32;
    assign_types(&sample, 0);
    CHECK_OK(run_one("dp == 80 < sp != 444", &sample, mask));
    cr_assert_eq(mask[0], 1);
    const double ends[] = {-0x1p127, 0x1.fffffffffffffp126, -0.0};
    for (size_t i = 0; i < 3; i++) {
        memcpy(sample.storage[WEIR_DP], &ends[i], sizeof ends[i]);
        CHECK_OK(run_one("dp < 0", &sample, mask));
        cr_assert_eq(mask[0], i == 0);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        memcpy(sample.storage[WEIR_DP], &numbers[i], sizeof numbers[i]);
        check_fault("dp == dp", &sample, WEIR_FORMAT, "filter: field 'dp': expected a whole");
    }
    const float half = 0.5F;
    memcpy(sample.storage[WEIR_SP], &half, sizeof half);
    check_fault("0 * sp == 0", &sample, WEIR_FORMAT,
                "filter: field 'sp': expected a whole number, but found 0.5");
    const float large = 0x1p127F;
    memcpy(sample.storage[WEIR_SP], &large, sizeof large);
    check_fault("sp", &sample, WEIR_FORMAT, "expected a whole number within 128 bits, but found");
}

Test(filter, missing_fields)
{
    struct sample sample;
    uint8_t mask[RECORDS_MAX];
    one_record(&sample);
    sample.type[WEIR_DP] = WEIR_TYPE_NONE;
    CHECK_OK(run_one("prot == 6", &sample, mask));
    check_fault("prot == dp", &sample, WEIR_FORMAT,
                "filter: expected field 'dp', but found an input without it");
    check_fault("prot == 6 + 0 * dp", &sample, WEIR_FORMAT, "field 'dp'");
    sample.type[WEIR_AF] = WEIR_TYPE_NONE;
    CHECK_OK(run_one("src in 2001:db8::/32", &sample, mask));
    check_fault("src in 10.0.0.0/8", &sample, WEIR_FORMAT, "expected field 'af', but found an");
    check_fault("port == 53", &sample, WEIR_FORMAT, "expected field 'dp', but found an input");
}

/* A batch of several strips, where two operators fail at different records: the first record wins,
 * whichever operator comes first in the text. */
static void check_first_fault(const struct weir_filter *filter, const struct weir_kernels *kernels,
                              size_t bad_sp, size_t bad_dp)
{
    static uint16_t sp[WEIR_BATCH_RECORDS];
    static uint16_t dp[WEIR_BATCH_RECORDS];
    static uint8_t mask[WEIR_BATCH_RECORDS];
    struct weir_filter_lane *lane = NULL;
    size_t n_selected = 0;
    size_t bad = 0;
    CHECK_OK(weir_filter_lane_new(filter, kernels, &mem, &lane, &err));
    for (size_t i = 0; i < WEIR_BATCH_RECORDS; i++) {
        sp[i] = i == bad_sp ? 0 : 5;
        dp[i] = i == bad_dp ? 0 : (uint16_t)(1 + i % 4);
    }
    struct weir_batch batch = {.n = WEIR_BATCH_RECORDS};
    batch.field[WEIR_SP] = (struct weir_column){sp, WEIR_U16};
    batch.field[WEIR_DP] = (struct weir_column){dp, WEIR_U16};
    CHECK_STATUS(weir_filter_run(lane, &batch, mask, &n_selected, &bad, &err), WEIR_LIMIT);
    cr_assert_eq(bad, bad_sp < bad_dp ? bad_sp : bad_dp);
    CHECK_MESSAGE(bad_sp <= bad_dp ? "column 5:" : "column 22:");
    size_t ones = 0;
    for (size_t i = 0; i < bad; i++) {
        cr_assert_eq(mask[i], i % 4 < 2);
        ones += mask[i];
    }
    cr_assert_eq(n_selected, ones);
    weir_filter_lane_free(lane);
}

Test(filter, the_first_record_without_an_answer_is_named)
{
    struct weir_filter *filter = parse("(10 // sp > 3) | (10 // dp > 3)");
    for (int cpu = 0; cpu <= (int)weir_cpu_detect(); cpu++) {
        struct weir_kernels kernels;
        weir_kernels_choose((enum weir_cpu)cpu, &kernels);
        for (size_t bad_sp = 0; bad_sp < WEIR_BATCH_RECORDS; bad_sp += 371)
            check_first_fault(filter, &kernels, bad_sp, 1855);
    }
    weir_filter_free(filter);
}

/* --- hostile input --------------------------------------------------------------------------- */

static char *repeat(const char *before, const char *unit, size_t n, const char *after)
{
    char *text = malloc(strlen(before) + n * strlen(unit) + strlen(after) + 1);
    cr_assert(text != NULL);
    size_t used = strlen(before);
    memcpy(text, before, used);
    for (size_t i = 0; i < n; i++, used += strlen(unit))
        memcpy(text + used, unit, strlen(unit));
    memcpy(text + used, after, strlen(after) + 1);
    return text;
}

static enum weir_status parse_repeated(const char *before, const char *unit, size_t n,
                                       const char *after)
{
    char *text = repeat(before, unit, n, after);
    struct weir_filter *filter = NULL;
    const enum weir_status status = weir_filter_parse(text, &mem, &filter, &err);
    weir_filter_free(filter);
    free(text);
    return status;
}

Test(filter, depth_and_length)
{
    cr_assert_eq(parse_repeated("", "(", 200, "dp"), WEIR_USAGE);
    char *inner = repeat("dp", ")", 200, "");
    cr_assert_eq(parse_repeated("", "(", 200, inner), WEIR_OK, "%s", err.message);
    free(inner);
    cr_assert_eq(parse_repeated("", "(", 201, "dp"), WEIR_LIMIT);
    CHECK_MESSAGE("filter: column 201: expected at most 200 parentheses and signs inside each");
    cr_assert_eq(parse_repeated("", "(", 65536, ""), WEIR_LIMIT);
    cr_assert_eq(parse_repeated("", "-", 200, "dp"), WEIR_OK);
    cr_assert_eq(parse_repeated("", "-", 201, "dp"), WEIR_LIMIT);
    cr_assert_eq(parse_repeated("", "~", 65535, "1"), WEIR_LIMIT);
    cr_assert_eq(parse_repeated("", "not ", 200, "dp"), WEIR_OK);
    cr_assert_eq(parse_repeated("", "not ", 201, "dp"), WEIR_LIMIT);
    cr_assert_eq(parse_repeated("", "not ", 16000, "dp"), WEIR_LIMIT);
    cr_assert_eq(parse_repeated("", "dp in{", 200, "dp"), WEIR_USAGE);
    cr_assert_eq(parse_repeated("", "dp in{", 201, "dp"), WEIR_LIMIT);
    cr_assert_eq(parse_repeated("", "5+(dp in{(", 66, "dp"), WEIR_USAGE);
    cr_assert_eq(parse_repeated("", "5+(dp in{(", 6000, "dp"), WEIR_LIMIT);
    cr_assert_eq(parse_repeated("ip in {", "10.0.0.0/8,", 5000, "}"), WEIR_OK);
    cr_assert_eq(parse_repeated("ip in {", "::,", 20000, "}"), WEIR_OK);
    cr_assert_eq(parse_repeated("ip in {::", ":", 65000, ""), WEIR_USAGE);
    cr_assert_eq(parse_repeated("ip in 1.", "1", 65000, ""), WEIR_USAGE);
    cr_assert_eq(parse_repeated("ip in ::/", "1", 65000, ""), WEIR_USAGE);
    cr_assert_eq(parse_repeated("first > 2015-06-10T19:00:00.", "1", 65000, ""), WEIR_USAGE);
    cr_assert_eq(parse_repeated("", ")", 65536, ""), WEIR_USAGE);
    cr_assert_eq(parse_repeated("d", "p", 65535, ""), WEIR_USAGE);
    cr_assert_eq(parse_repeated("", "9", 65536, ""), WEIR_USAGE);
    cr_assert_eq(parse_repeated("dp", " ", 65534, ""), WEIR_OK);
    cr_assert_eq(parse_repeated("dp", " ", 65535, ""), WEIR_LIMIT);
    CHECK_MESSAGE("filter: expected at most 65536 characters, but found more");
}

/* Long and deep expressions run within a modest budget: registers are used again. */
Test(filter, long_expressions_run)
{
    struct sample sample;
    uint8_t mask[RECORDS_MAX];
    one_record(&sample);
    char *text = repeat("dp", "+dp", 20000, " == 80 * 20001");
    weir_mem_init(&mem, (size_t)64 << 20);
    CHECK_OK(run_one(text, &sample, mask));
    cr_assert_eq(mask[0], 1);
    free(text);
    text = repeat("dp", " and dp // dp", 4000, "");
    CHECK_OK(run_one(text, &sample, mask));
    cr_assert_eq(mask[0], 1);
    free(text);
    text = repeat("dp in {0", ", 70+1", 9000, ", 80}");
    CHECK_OK(run_one(text, &sample, mask));
    cr_assert_eq(mask[0], 1);
    free(text);
    text = repeat("0", " <= port", 7000, "");
    CHECK_OK(run_one(text, &sample, mask));
    cr_assert_eq(mask[0], 1);
    free(text);
    text = repeat("1", " and rate == 0", 4000, " and duration == 0");
    CHECK_OK(run_one(text, &sample, mask));
    cr_assert_eq(mask[0], 1);
    free(text);
    text = repeat("dp", " == dp", 9000, " - prot * 0");
    CHECK_OK(run_one(text, &sample, mask));
    cr_assert_eq(mask[0], 1);
    free(text);
    char *inner = repeat("1", ")", 199, "");
    text = repeat("", "dp+prot*(", 199, inner);
    const enum weir_status status = run_one(text, &sample, mask); /* 80 * 6^n is soon too large */
    cr_assert(status == WEIR_LIMIT, "%s", err.message);
    free(text);
    text = repeat("", "dp and sp // dp or (", 199, inner);
    CHECK_OK(run_one(text, &sample, mask));
    free(text);
    text = repeat("", "sp<dp|sp^dp&dp+(", 199, inner);
    CHECK_OK(run_one(text, &sample, mask));
    free(text);
    free(inner);
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return *state >> 33;
}

/* Kind 0 is bytes, 1 tokens of numbers, 2 all tokens. */
static void random_text(uint64_t *dice, int kind, char *text, size_t capacity)
{
    static const char *const tokens[] = {"(",  ")",  "dp",  "sp", "octets", "1",    "0",  "0x7f",
                                         "<",  "<=", "==",  "!=", ">",      ">=",   "&",  "|",
                                         "^",  "~",  "-",   "+",  "*",      "//",   "%",  "<<",
                                         ">>", " ",  "and", "=",  "1_0",    "prot", "99", "last"};
    static const char *const words[] = {" and ",
                                        " or ",
                                        " not ",
                                        " in ",
                                        " not in ",
                                        "src",
                                        "dst",
                                        "ip",
                                        "port",
                                        "10.0.0.0/8",
                                        "2001:db8::/32",
                                        "10.1.2.3",
                                        "::1",
                                        "{",
                                        "}",
                                        ", ",
                                        "(",
                                        ")",
                                        "==",
                                        "!=",
                                        "<",
                                        "tcp",
                                        "duration",
                                        "rate",
                                        "2015-06-10T19:00",
                                        "2015-06-10T19:00:00.25",
                                        "first",
                                        "//",
                                        "-",
                                        "af",
                                        "dp",
                                        "1"};
    const uint64_t n = 1 + next_random(dice) % 12;
    size_t used = 0;
    for (uint64_t i = 0; i < n; i++) {
        const uint64_t choice = next_random(dice);
        if (kind == 0)
            text[used++] = (char)(1 + choice % 255);
        else
            used += (size_t)snprintf(text + used, capacity - used, "%s",
                                     kind == 2 && choice % 4 != 0 ? words[choice / 4 % 32]
                                                                  : tokens[choice / 4 % 32]);
    }
    text[used] = '\0';
}

/* Whatever the text, there is a filter or a message; what parses runs. */
Test(filter, random_texts)
{
    uint64_t dice = 1;
    struct sample sample;
    uint8_t mask[RECORDS_MAX];
    size_t n_parsed = 0;
    one_record(&sample);
    for (int round = 0; round < 80000; round++) {
        char text[512];
        random_text(&dice, round % 5 == 0 ? 0 : 1 + round % 2, text, sizeof text);
        struct weir_filter *filter = NULL;
        err.message[0] = '\0';
        const enum weir_status status = weir_filter_parse(text, &mem, &filter, &err);
        weir_filter_free(filter);
        cr_assert(status == WEIR_OK || (status == WEIR_USAGE && err.message[0] != '\0'));
        if (status != WEIR_OK)
            continue;
        n_parsed++;
        const enum weir_status ran = run_one(text, &sample, mask);
        cr_assert(ran == WEIR_LIMIT || (ran == WEIR_OK && mask[0] <= 1), "%s: %s", text,
                  err.message);
    }
    cr_assert_geq(n_parsed, 500);
}

/* --- memory and types ------------------------------------------------------------------------ */

static void fail_every_allocation(const char *text)
{
    struct weir_kernels kernels;
    struct weir_batch batch;
    struct sample sample;
    uint8_t mask[RECORDS_MAX];
    one_record(&sample);
    view(&sample, 0, 1, &batch);
    weir_kernels_choose(weir_cpu_detect(), &kernels);
    enum weir_status status = WEIR_MEMORY;
    long long n = 0;
    for (; status != WEIR_OK; n++) {
        struct weir_filter *filter = NULL;
        struct weir_filter_lane *lane = NULL;
        size_t n_selected = 0;
        size_t bad = 0;
        cr_assert_lt(n, 100);
        weir_mem_fail_after(&mem, n);
        status = weir_filter_parse(text, &mem, &filter, &err);
        if (status == WEIR_OK)
            status = weir_filter_lane_new(filter, &kernels, &mem, &lane, &err);
        if (status == WEIR_OK)
            status = weir_filter_run(lane, &batch, mask, &n_selected, &bad, &err);
        cr_assert(status == WEIR_OK || status == WEIR_MEMORY);
        if (status != WEIR_OK)
            CHECK_MESSAGE("filter: no memory");
        if (status != WEIR_OK && lane != NULL) /* the lane is still good */
            CHECK_OK(weir_filter_run(lane, &batch, mask, &n_selected, &bad, &err));
        weir_filter_lane_free(lane);
        weir_filter_free(filter);
        CHECK_NO_LEAK(&mem);
    }
    cr_assert_geq(n, 8);
    weir_mem_fail_after(&mem, -1);
}

Test(filter, every_allocation_may_fail)
{
    fail_every_allocation("(octets * packets + 3 * dp // sp > 100) & ((sp == dp) | (af < 3)) &"
                          "(octets % 7 == packets * packets) ^ (sp - dp << 3 < last * first)");
    fail_every_allocation("packets > 0 and octets // packets > 3 or ip in {10.0.0.0/8, ::1} and "
                          "not rate > 5 and port not in {53, dp} and (duration or dp // sp) or "
                          "first < 2015-06-10T19:00:00.5 < last");
}

Test(filter, memory_is_taken_when_types_change_and_not_per_batch)
{
    struct weir_kernels kernels;
    struct weir_batch batch;
    struct sample sample;
    struct weir_filter_lane *lane = NULL;
    uint8_t mask[RECORDS_MAX];
    size_t n_selected = 0;
    size_t bad = 0;
    one_record(&sample);
    weir_kernels_choose(weir_cpu_detect(), &kernels);
    struct weir_filter *filter = parse("octets // packets > 1");
    CHECK_OK(weir_filter_lane_new(filter, &kernels, &mem, &lane, &err));
    view(&sample, 0, 1, &batch);
    CHECK_OK(weir_filter_run(lane, &batch, mask, &n_selected, &bad, &err));
    weir_mem_fail_after(&mem, 0);
    sample.type[WEIR_DP] = WEIR_I64; /* a field that is not read */
    view(&sample, 0, 1, &batch);
    CHECK_OK(weir_filter_run(lane, &batch, mask, &n_selected, &bad, &err));
    batch.n = 0;
    CHECK_OK(weir_filter_run(lane, &batch, mask, &n_selected, &bad, &err));
    cr_assert_eq(n_selected, 0);
    sample.type[WEIR_PACKETS] = WEIR_I64;
    fill(&sample);
    view(&sample, 0, 1, &batch);
    CHECK_STATUS(weir_filter_run(lane, &batch, mask, &n_selected, &bad, &err), WEIR_MEMORY);
    CHECK_OK(weir_filter_run(lane, &batch, mask, &n_selected, &bad, &err));
    cr_assert(n_selected == 1 && mask[0] == 1);
    weir_filter_lane_free(lane);
    weir_filter_free(filter);
}
