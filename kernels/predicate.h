/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Predicates: programs that turn columns into a mask, one whole vector at a time.
 *
 * A program is a flat list of steps. A step reads one or two vectors (columns of the batch in their
 * own type, or registers in scratch memory), and writes one register or the result. A register
 * holds a mask (bytes 0 or 1), 64-bit integers, or 128-bit integers ("wide"). Whether 64 bits are
 * signed is the step's business: who makes a program has proved that they suffice.
 *
 * Batches are run in strips of WEIR_PREDICATE_STRIP records, so that registers stay in the cache.
 */
#ifndef WEIR_PREDICATE_H
#define WEIR_PREDICATE_H

#include "batch.h"
#include "kernel.h"
#include "number.h"

#define WEIR_PREDICATE_STRIP 1024

/* Operands: the byte offset of a register in scratch (a multiple of 64), a column, or the result
 * mask, which can only be written. */
#define WEIR_PREDICATE_COLUMN(field) (-1 - (int32_t)(field))
#define WEIR_PREDICATE_RESULT        (-1 - (int32_t)WEIR_N_FIELDS)

enum weir_predicate_op {
    /* out = a, column of that type to 64 bits. */
    WEIR_LOAD_I8,
    WEIR_LOAD_U8, /* masks too */
    WEIR_LOAD_I16,
    WEIR_LOAD_U16,
    WEIR_LOAD_I32,
    WEIR_LOAD_U32,
    /* out = a, 64 bits to wide; reals to wide (fault: no whole number, or beyond 128 bits). */
    WEIR_WIDEN_I64,
    WEIR_WIDEN_U64,
    WEIR_WIDEN_F32,
    WEIR_WIDEN_F64,
    WEIR_WIDEN_F32_WHERE, /* b is a mask: 0 where it is 0, whatever a is */
    WEIR_WIDEN_F64_WHERE,
    WEIR_NARROW, /* wide to 64 bits */
    /* out = a where the mask b is 1, else lo. */
    WEIR_SELECT_64,
    WEIR_SELECT_WIDE,
    /* out = lo everywhere. */
    WEIR_FILL_MASK,
    WEIR_FILL_64,
    WEIR_FILL_WIDE,
    /* Mask out = (lo <= a <= hi) != invert, in a's own width; signed or not is all the same as
     * long as lo and hi are values of a's type. */
    WEIR_RANGE_8,
    WEIR_RANGE_16,
    WEIR_RANGE_32,
    WEIR_RANGE_64,
    WEIR_RANGE_WIDE,
    /* Mask out = (a ? b) != invert. */
    WEIR_EQ_64,
    WEIR_LT_I64,
    WEIR_LT_U64,
    WEIR_EQ_WIDE,
    WEIR_LT_WIDE,
    /* Masks. */
    WEIR_AND_MASK,
    WEIR_OR_MASK,
    WEIR_XOR_MASK,
    WEIR_NOT_MASK, /* of a */
    /* 64 bits, modulo 2^64 where the sign is not in the name. Division by 0 and negative counts of
     * shifts are faults (the latter only in steps that are `checked`). */
    WEIR_ADD_64,
    WEIR_SUB_64,
    WEIR_MUL_64,
    WEIR_AND_64,
    WEIR_OR_64,
    WEIR_XOR_64,
    WEIR_NEG_64,    /* -a */
    WEIR_INVERT_64, /* ~a */
    WEIR_SHL_64,    /* 0 for counts over 63 */
    WEIR_SHR_I64,
    WEIR_SHR_U64,
    WEIR_DIV_I64, /* never -2^63 // -1 */
    WEIR_DIV_U64,
    WEIR_MOD_I64,
    WEIR_MOD_U64,
    /* Wide; overflow is a fault in steps that are `checked` and must be impossible in others. */
    WEIR_ADD_WIDE,
    WEIR_SUB_WIDE,
    WEIR_MUL_WIDE,
    WEIR_AND_WIDE,
    WEIR_OR_WIDE,
    WEIR_XOR_WIDE,
    WEIR_NEG_WIDE,
    WEIR_INVERT_WIDE,
    /* These always look. */
    WEIR_SHL_WIDE,
    WEIR_SHR_WIDE,
    WEIR_DIV_WIDE,
    WEIR_MOD_WIDE,
    WEIR_N_PREDICATE_OPS
};

struct weir_predicate_step {
    enum weir_predicate_op op;
    bool invert;
    bool checked;
    int32_t a, b;     /* operands; b is not read by steps that have one */
    int32_t out;      /* another register than a and b, or the result */
    uint32_t column;  /* of the operator in the expression, for the caller's messages */
    weir_i128 lo, hi; /* lo <= hi */
};

/* The vectors of one strip. */
struct weir_predicate_data {
    size_t n;                          /* records, at most WEIR_PREDICATE_STRIP */
    const void *column[WEIR_N_FIELDS]; /* value of the strip's first record; NULL when unused */
    unsigned char *scratch;            /* registers, aligned to 64 bytes */
    uint8_t *result;                   /* n bytes */
};

enum weir_predicate_reason {
    WEIR_FAULT_OVERFLOW,
    WEIR_FAULT_ZERO,     /* division by zero */
    WEIR_FAULT_COUNT,    /* negative shift count */
    WEIR_FAULT_FRACTION, /* a real that is no whole number */
    WEIR_FAULT_SIZE      /* a real that does not fit 128 bits */
};

/* What went wrong at the first record without a value: the first such step in program order. */
struct weir_predicate_fault {
    size_t step;
    enum weir_predicate_reason reason;
};

struct weir_predicate_ops {
    /* Runs all steps for the records of a strip. Returns data->n, or the index of the first record
     * where a step has no value; the result then holds for the records before it, and *fault is
     * set. Deterministic: neither the variant nor the length of the strip makes a difference. */
    size_t (*run)(const struct weir_predicate_step *steps, size_t n_steps,
                  const struct weir_predicate_data *data, struct weir_predicate_fault *fault);
};

#endif
