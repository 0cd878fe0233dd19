/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Predicate kernels: every step of every variant against the reference, on hostile values, for
 * short lengths and odd places, with and without faults; and the reference's meaning by hand.
 * (Whole expressions are compared with Python's answers in test_filter.) */
#include "check.h"
#include "predicate.h"

#include <math.h>

#define LENGTH_MAX WEIR_PREDICATE_STRIP

static uint64_t random_state = 0x9E3779B97F4A7C15;

static uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* What a step reads and writes, in bytes per record; 0: no second operand. */
struct shape {
    size_t a, b, out;
};

static struct shape shape_of(enum weir_predicate_op op)
{
    static const struct shape loads[] = {
        [WEIR_LOAD_I8] = {1, 0, 8},          [WEIR_LOAD_U8] = {1, 0, 8},
        [WEIR_LOAD_I16] = {2, 0, 8},         [WEIR_LOAD_U16] = {2, 0, 8},
        [WEIR_LOAD_I32] = {4, 0, 8},         [WEIR_LOAD_U32] = {4, 0, 8},
        [WEIR_WIDEN_I64] = {8, 0, 16},       [WEIR_WIDEN_U64] = {8, 0, 16},
        [WEIR_WIDEN_F32] = {4, 0, 16},       [WEIR_WIDEN_F64] = {8, 0, 16},
        [WEIR_WIDEN_F32_WHERE] = {4, 1, 16}, [WEIR_WIDEN_F64_WHERE] = {8, 1, 16},
        [WEIR_SELECT_64] = {8, 1, 8},        [WEIR_SELECT_WIDE] = {16, 1, 16},
        [WEIR_NARROW] = {16, 0, 8},          [WEIR_FILL_MASK] = {1, 0, 1},
        [WEIR_FILL_64] = {8, 0, 8},          [WEIR_FILL_WIDE] = {16, 0, 16},
        [WEIR_RANGE_8] = {1, 0, 1},          [WEIR_RANGE_16] = {2, 0, 1},
        [WEIR_RANGE_32] = {4, 0, 1},         [WEIR_RANGE_64] = {8, 0, 1},
        [WEIR_RANGE_WIDE] = {16, 0, 1},      [WEIR_EQ_64] = {8, 8, 1},
        [WEIR_LT_I64] = {8, 8, 1},           [WEIR_LT_U64] = {8, 8, 1},
        [WEIR_EQ_WIDE] = {16, 16, 1},        [WEIR_LT_WIDE] = {16, 16, 1},
    };
    if (op <= WEIR_LT_WIDE)
        return loads[op];
    if (op <= WEIR_NOT_MASK)
        return (struct shape){1, 1, 1};
    return op <= WEIR_MOD_U64 ? (struct shape){8, 8, 8} : (struct shape){16, 16, 16};
}

static bool is_mask_op(enum weir_predicate_op op)
{
    return op >= WEIR_AND_MASK && op <= WEIR_NOT_MASK;
}

/* Whether the second operand is a mask beside values of another kind. */
static bool has_mask(enum weir_predicate_op op)
{
    return op == WEIR_WIDEN_F32_WHERE || op == WEIR_WIDEN_F64_WHERE || op == WEIR_SELECT_64 ||
           op == WEIR_SELECT_WIDE;
}

/* Values with the ends of all widths among them, small ones, and few zeros. */
static weir_i128 hostile_integer(void)
{
    const unsigned dice = (unsigned)(random_u64() >> 40);
    const unsigned bits = dice / 16 % 129;
    const weir_u128 power = bits == 128 ? 0 : (weir_u128)1 << bits;
    switch (dice % 4) {
    case 0:
        return (weir_i128)(power - dice / 4096 % 3);
    case 1:
        return (weir_i128)(0 - power + dice / 4096 % 3);
    case 2:
        return (weir_i128)(1 + random_u64() % 1000);
    default:
        return (weir_i128)(((weir_u128)random_u64() << 64 | random_u64()) >> (dice / 64 % 128));
    }
}

static double hostile_real(bool whole)
{
    static const double odd[] = {0.5,     -1.5,       1e300,  -1e300,
                                 0x1p127, -0x1.8p127, 1e-310, 4503599627370495.5};
    if (!whole && random_u64() % 64 == 0)
        return random_u64() % 4 == 0 ? (double)NAN : odd[random_u64() % 8];
    const double real = (double)(float)hostile_integer();
    return real < 0x1p127 ? real : 0.0;
}

/* Fills a vector for an operand of `op`. Divisors and counts are good ones unless `faulty`. */
static void fill_operand(enum weir_predicate_op op, bool second, bool faulty, size_t bytes,
                         size_t n, unsigned char *out)
{
    const bool shift =
        (op >= WEIR_SHL_64 && op <= WEIR_SHR_U64) || op == WEIR_SHL_WIDE || op == WEIR_SHR_WIDE;
    for (size_t i = 0; i < n; i++) {
        weir_i128 value = hostile_integer();
        const bool bad = faulty && random_u64() % 32 == 0;
        if (second && has_mask(op)) {
            out[i] = (unsigned char)(value & 1);
            continue;
        }
        if (is_mask_op(op))
            value &= 1;
        if (second && shift && !bad)
            value = (weir_i128)(random_u64() % 140);
        if (second && !shift && !is_mask_op(op) && !bad && (uint64_t)(weir_u128)value == 0)
            value = 7;
        if (second && bad)
            value = shift ? -1 - (weir_i128)(random_u64() % 9) : 0;
        if (op == WEIR_WIDEN_F64 || op == WEIR_WIDEN_F64_WHERE) {
            const double real = hostile_real(!faulty);
            memcpy(out + i * bytes, &real, bytes);
        } else if (op == WEIR_WIDEN_F32 || op == WEIR_WIDEN_F32_WHERE) {
            const float real = (float)hostile_real(!faulty);
            memcpy(out + i * bytes, &real, bytes);
        } else
            memcpy(out + i * bytes, &value, bytes);
    }
}

/* DIV_I64 must not see -2^63 // -1, and unchecked wide steps no overflow. */
static void tame(enum weir_predicate_op op, bool checked, size_t n, unsigned char *a,
                 unsigned char *b)
{
    for (size_t i = 0; i < n; i++) {
        int64_t x, y;
        memcpy(&x, a + i * 8, 8);
        memcpy(&y, b + i * 8, 8);
        if (op == WEIR_DIV_I64 && x == INT64_MIN && y == -1)
            memset(a + i * 8, 1, 8);
        if (op >= WEIR_ADD_WIDE && op <= WEIR_NEG_WIDE && !checked) {
            memset(a + i * 16 + 7, 0, 9);
            memset(b + i * 16 + 7, 0, 9);
        }
    }
}

struct outcome {
    size_t good;
    struct weir_predicate_fault fault;
    unsigned char *out; /* the register, then the result */
};

struct trial {
    struct weir_predicate_step step;
    unsigned char *a, *b;
    size_t n;
    size_t out_bytes;
};

/* Runs one step on columns; mask steps write the result, others a register. */
static void run_trial(const struct weir_predicate_ops *ops, const struct trial *trial,
                      unsigned char *scratch, struct outcome *outcome)
{
    struct weir_predicate_data data = {.n = trial->n, .scratch = scratch};
    data.column[WEIR_SP] = trial->a;
    data.column[WEIR_DP] = trial->b;
    data.result = outcome->out;
    outcome->fault = (struct weir_predicate_fault){99, WEIR_FAULT_OVERFLOW};
    outcome->good = ops->run(&trial->step, 1, &data, &outcome->fault);
    if (trial->step.out >= 0)
        memcpy(outcome->out, scratch, trial->n * trial->out_bytes);
}

/* The same random step for the reference and a variant. */
static void compare_step(const struct weir_predicate_ops *ops, enum weir_predicate_op op, size_t n,
                         bool faulty)
{
    const struct shape shape = shape_of(op);
    unsigned char *blocks[5] = {NULL};
    const size_t odd_a = random_u64() % 8 * (shape.a < 16 ? shape.a : 0);
    const size_t odd_b = random_u64() % 8 * (shape.b < 16 ? shape.b : 0);
    /* exactly as large as need be, for sanitizers to see what goes beyond */
    const size_t bytes[5] = {odd_a + n * shape.a, odd_b + n * shape.b, n * shape.out, n * shape.out,
                             n * shape.out};
    for (size_t i = 0; i < 5; i++) {
        blocks[i] = malloc(bytes[i] + (bytes[i] == 0));
        cr_assert(blocks[i] != NULL);
    }
    struct trial trial = {
        .a = blocks[0] + odd_a, .b = blocks[1] + odd_b, .n = n, .out_bytes = shape.out};
    weir_i128 x = hostile_integer();
    weir_i128 y = hostile_integer();
    if (shape.a < 16) { /* values of the operand's own type */
        x = (int64_t)(weir_u128)x >> (64 - 8 * shape.a);
        y = (int64_t)(weir_u128)y >> (64 - 8 * shape.a);
    }
    trial.step = (struct weir_predicate_step){
        .op = op,
        .invert = random_u64() % 2 == 0,
        .checked = faulty,
        .a = WEIR_PREDICATE_COLUMN(WEIR_SP),
        .b = WEIR_PREDICATE_COLUMN(WEIR_DP),
        .out = shape.out == 1 ? WEIR_PREDICATE_RESULT : 0,
        .lo = x < y ? x : y,
        .hi = x < y ? y : x,
    };
    fill_operand(op, false, faulty, shape.a, n, trial.a);
    if (shape.b != 0)
        fill_operand(op, true, faulty, shape.b, n, trial.b);
    if (shape.b >= 8)
        tame(op, faulty, n, trial.a, trial.b);
    struct weir_kernels reference;
    weir_kernels_choose(WEIR_CPU_REF, &reference);
    struct outcome want = {.out = blocks[2]};
    struct outcome got = {.out = blocks[3]};
    run_trial(reference.predicate, &trial, blocks[4], &want);
    run_trial(ops, &trial, blocks[4], &got);
    cr_assert_eq(got.good, want.good, "op %d: n = %zu: %zu good records instead of %zu", (int)op, n,
                 got.good, want.good);
    cr_assert(got.fault.step == want.fault.step && got.fault.reason == want.fault.reason);
    cr_assert(memcmp(got.out, want.out, want.good * shape.out) == 0, "op %d: n = %zu", (int)op, n);
    for (size_t i = 0; i < 5; i++)
        free(blocks[i]);
}

Test(predicate, variants_agree_with_the_reference)
{
    struct weir_kernel_row row;
    size_t n_variants = 0;
    for (int i = 0; weir_kernel_row(i, &row); i++) {
        if (strcmp(row.module, "predicate") != 0 || row.cpu > weir_cpu_detect())
            continue;
        n_variants++;
        for (int op = 0; op < WEIR_N_PREDICATE_OPS; op++) {
            for (size_t n = 0; n <= 150; n++)
                compare_step(row.ops, (enum weir_predicate_op)op, n, n % 2 == 1);
            for (size_t n = LENGTH_MAX - 3; n <= LENGTH_MAX; n++)
                compare_step(row.ops, (enum weir_predicate_op)op, n, n % 2 == 1);
        }
    }
    cr_assert_eq(n_variants, (size_t)weir_cpu_detect() + 1);
}

/* --- meaning --------------------------------------------------------------------------------- */

/* Division through doubles: every quotient around the places where rounding could go wrong. */
Test(predicate, division_is_exact)
{
    static uint64_t a[LENGTH_MAX], b[LENGTH_MAX];
    static _Alignas(64) unsigned char scratch[2 * LENGTH_MAX * 8];
    static const uint64_t largest[] = {
        3, 1000, (uint64_t)1 << 26, ((uint64_t)1 << 51) - 1, (uint64_t)1 << 51, UINT64_MAX};
    struct weir_kernel_row row;
    const struct weir_predicate_step steps[] = {
        {.op = WEIR_DIV_U64, .a = -1, .b = -2, .out = 0},
        {.op = WEIR_MOD_U64, .a = -1, .b = -2, .out = LENGTH_MAX * 8},
    };
    for (int i = 0; weir_kernel_row(i, &row); i++)
        for (unsigned round = 0; round < 120; round++) {
            if (strcmp(row.module, "predicate") != 0 || row.cpu > weir_cpu_detect())
                continue;
            const struct weir_predicate_ops *ops = row.ops;
            const uint64_t most = largest[round % 6];
            for (size_t k = 0; k < LENGTH_MAX; k++) {
                b[k] = 1 + random_u64() % most;
                b[k] = b[k] == 0 ? 1 : b[k];
                const uint64_t multiple = random_u64() % (most / b[k] + 1) * b[k];
                const uint64_t step = random_u64() % 3;
                a[k] = k % 8 == 0 ? random_u64() % most
                                  : multiple - (multiple > 0 && step == 0) +
                                        (step == 2 && multiple < most);
            }
            const struct weir_predicate_data data = {
                .n = LENGTH_MAX, .column = {a, b}, .scratch = scratch, .result = NULL};
            struct weir_predicate_fault fault;
            cr_assert_eq(ops->run(steps, 2, &data, &fault), (size_t)LENGTH_MAX);
            const uint64_t *quotient = (const uint64_t *)(const void *)scratch;
            for (size_t k = 0; k < LENGTH_MAX; k++) {
                cr_assert_eq(quotient[k], a[k] / b[k], "%lu // %lu", a[k], b[k]);
                cr_assert_eq(quotient[LENGTH_MAX + k], a[k] % b[k], "%lu %% %lu", a[k], b[k]);
            }
        }
}

/* Which of two faulty steps is named: the one that fails at the first record, and of two that fail
 * there the first step. */
Test(predicate, first_fault)
{
    struct weir_kernels kernels;
    const struct weir_predicate_step steps[] = {
        {.op = WEIR_DIV_U64, .a = -1, .b = -2, .out = 0},
        {.op = WEIR_SHL_64, .checked = true, .a = -1, .b = -3, .out = 8 * 64},
        {.op = WEIR_RANGE_64, .a = -1, .b = -1, .out = WEIR_PREDICATE_RESULT, .lo = 0, .hi = 5},
    };
    static _Alignas(64) unsigned char scratch[2 * 8 * 64];
    for (int cpu = 0; cpu <= (int)weir_cpu_detect(); cpu++)
        for (size_t zero = 0; zero < 10; zero++)
            for (size_t negative = 0; negative < 10; negative++) {
                uint64_t a[10], b[10];
                int64_t c[10];
                uint8_t result[10];
                for (size_t i = 0; i < 10; i++) {
                    a[i] = i;
                    b[i] = i == zero ? 0 : 3;
                    c[i] = i == negative ? -1 : 3;
                }
                const struct weir_predicate_data data = {
                    .n = 10, .column = {a, b, c}, .scratch = scratch, .result = result};
                struct weir_predicate_fault fault;
                weir_kernels_choose((enum weir_cpu)cpu, &kernels);
                const size_t good = kernels.predicate->run(steps, 3, &data, &fault);
                const size_t want = zero < negative ? zero : negative;
                cr_assert_eq(good, want);
                cr_assert_eq(fault.step, zero <= negative ? 0 : 1);
                cr_assert_eq(fault.reason, zero <= negative ? WEIR_FAULT_ZERO : WEIR_FAULT_COUNT);
                for (size_t i = 0; i < good; i++)
                    cr_assert_eq(result[i], i <= 5);
            }
}
