/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Binding in three passes over the tree, which has operands before operators:
 *
 *  1. upwards: ranges; constants; comparisons with constants become tests of a range, and several
 *     tests of one operand become one;
 *  2. downwards: which values are needed, by an operator that is, or because they may fail;
 *  3. upwards: steps and registers. A value lives in the representation that its range asks for,
 * and is loaded or widened by the operator that wants it wider.
 *
 * An operator that may fail and stands under a guard gets, where the guard is false, a right
 * operand with which it cannot fail: 1 to divide or multiply by, else 0. */
#include "filter_bind.h"

#include "filter_range.h"

#define NONE WEIR_FILTER_NO_NODE

enum lane { LANE_MASK, LANE_64, LANE_WIDE, N_LANES };

static const int32_t register_bytes[N_LANES] = {
    [LANE_MASK] = WEIR_PREDICATE_STRIP,
    [LANE_64] = WEIR_PREDICATE_STRIP * 8,
    [LANE_WIDE] = WEIR_PREDICATE_STRIP * 16,
};

/* What binding knows of a node. */
struct value {
    enum weir_filter_kind kind; /* CONST when the ranges decide it: its value is range.lo */
    bool boolean;
    bool faults; /* the operator itself may have no value */
    bool needed;
    bool is_test; /* (test.lo <= left <= test.hi) != invert, whatever the kind was */
    bool invert;
    enum weir_field field;
    uint32_t column;
    uint32_t left, right; /* never a PLUS */
    uint32_t guard;       /* of a value that may fail, or NONE */
    uint32_t last_use;    /* the last node that reads it, or NONE */
    int32_t home;         /* its register; negative: none (yet, or any more) */
    struct weir_range range;
    struct weir_range test;
};

struct binder {
    const enum weir_type *type;
    struct value *values; /* one per node, and one more for `root != 0` */
    size_t n_values;
    uint32_t root;
    int32_t *free[N_LANES]; /* stacks of registers that are not in use */
    size_t n_free[N_LANES];
    int32_t scratch_bytes;
    struct weir_filter_program *program;
    struct weir_error *err;
};

/* --- pass 1 ---------------------------------------------------------------------------------- */

static void set_const(struct value *v, weir_i128 value)
{
    v->kind = WEIR_FILTER_CONST;
    v->is_test = false;
    v->range = (struct weir_range){value, value};
}

/* The comparison as seen from the other side. */
static enum weir_filter_kind mirrored(enum weir_filter_kind kind)
{
    switch (kind) {
    case WEIR_FILTER_LT:
        return WEIR_FILTER_GT;
    case WEIR_FILTER_LE:
        return WEIR_FILTER_GE;
    case WEIR_FILTER_GT:
        return WEIR_FILTER_LT;
    case WEIR_FILTER_GE:
        return WEIR_FILTER_LE;
    default:
        return kind;
    }
}

/* Turns a comparison of `operand` with a constant, which the ranges leave open, into a test within
 * the operand's range. */
static void make_test(struct binder *b, struct value *v, enum weir_filter_kind kind,
                      uint32_t operand, weir_i128 bound)
{
    v->is_test = true;
    v->left = operand;
    v->right = operand;
    v->invert = kind == WEIR_FILTER_NE;
    v->test = (struct weir_range){bound, bound};
    if (kind == WEIR_FILTER_LT || kind == WEIR_FILTER_LE) {
        v->test.lo = b->values[operand].range.lo;
        v->test.hi = kind == WEIR_FILTER_LE ? bound : bound - 1;
    }
    if (kind == WEIR_FILTER_GT || kind == WEIR_FILTER_GE) {
        v->test.lo = kind == WEIR_FILTER_GE ? bound : bound + 1;
        v->test.hi = b->values[operand].range.hi;
    }
}

static void simplify_comparison(struct binder *b, struct value *v)
{
    const struct value *left = &b->values[v->left];
    const struct value *right = &b->values[v->right];
    if (right->kind == WEIR_FILTER_CONST)
        make_test(b, v, v->kind, v->left, right->range.lo);
    else if (left->kind == WEIR_FILTER_CONST)
        make_test(b, v, mirrored(v->kind), v->right, left->range.lo);
}

static bool same_operand(const struct binder *b, uint32_t x, uint32_t y)
{
    return x == y ||
           (b->values[x].kind == WEIR_FILTER_FIELD && b->values[y].kind == WEIR_FILTER_FIELD &&
            b->values[x].field == b->values[y].field);
}

/* 80 <= dp & dp < 1024 is one test of dp; outside of one range or of another is the same. */
static void simplify_logic(struct binder *b, struct value *v)
{
    const struct value *left = &b->values[v->left];
    const struct value *right = &b->values[v->right];
    if (v->kind == WEIR_FILTER_NOT && left->is_test) {
        v->is_test = true;
        v->invert = !left->invert;
        v->test = left->test;
        v->right = v->left = left->left;
        return;
    }
    const bool invert = v->kind == WEIR_FILTER_OR;
    if ((v->kind != WEIR_FILTER_AND && v->kind != WEIR_FILTER_OR) || !left->is_test ||
        !right->is_test || left->invert != invert || right->invert != invert ||
        !same_operand(b, left->left, right->left))
        return;
    const struct weir_range x = left->test;
    const struct weir_range y = right->test;
    v->test = (struct weir_range){x.lo > y.lo ? x.lo : y.lo, x.hi < y.hi ? x.hi : y.hi};
    v->is_test = true;
    v->invert = invert;
    v->right = v->left = left->left;
    if (v->test.lo > v->test.hi)
        set_const(v, invert);
}

/* x // 2^k is x >> k and x % 2^k is x & (2^k - 1), for negative x too. The constant has no other
 * reader: only operands of comparisons have two. */
static void simplify_division(struct binder *b, struct value *v)
{
    struct value *divisor = &b->values[v->right];
    const weir_i128 d = divisor->range.lo;
    if (divisor->kind != WEIR_FILTER_CONST || d <= 0 || (d & (d - 1)) != 0)
        return;
    if (v->kind == WEIR_FILTER_DIV)
        set_const(divisor, (weir_i128)weir_number_bits_u128((weir_u128)d) - 1);
    else
        set_const(divisor, d - 1);
    v->kind = v->kind == WEIR_FILTER_DIV ? WEIR_FILTER_SHR : WEIR_FILTER_AND;
}

/* The value behind signs that change nothing. */
static uint32_t behind_plus(const struct binder *b, uint32_t index)
{
    while (b->values[index].kind == WEIR_FILTER_PLUS)
        index = b->values[index].left;
    return index;
}

/* What a positive value of `left` says about the value of `left when left > 0`. */
static void clip_when(struct binder *b, struct value *v)
{
    const struct value *mask = &b->values[v->right];
    const struct weir_range zero = {0, 0};
    if (mask->is_test && !mask->invert && mask->left == v->left)
        v->range = weir_range_join(mask->test, zero);
}

static void analyse_operator(struct binder *b, struct value *v)
{
    v->left = behind_plus(b, v->left);
    v->right = behind_plus(b, v->right);
    if (v->kind == WEIR_FILTER_PLUS)
        return;
    v->range =
        weir_range_apply(v->kind, b->values[v->left].range, b->values[v->right].range, &v->faults);
    if (v->range.lo == v->range.hi && !v->faults)
        set_const(v, v->range.lo);
    else if (v->kind == WEIR_FILTER_WHEN)
        clip_when(b, v);
    else if (v->kind >= WEIR_FILTER_EQ)
        simplify_comparison(b, v);
    else if (v->boolean)
        simplify_logic(b, v);
    else if (v->kind == WEIR_FILTER_DIV || v->kind == WEIR_FILTER_MOD)
        simplify_division(b, v);
}

/* The right operand with which an operator cannot fail; what is left is then the left one. */
static weir_i128 neutral(enum weir_filter_kind kind)
{
    return kind == WEIR_FILTER_MUL || kind == WEIR_FILTER_DIV || kind == WEIR_FILTER_MOD;
}

/* Where the guard of a value decides it, the value does not fail, or needs no guard. Else the
 * range gets what the value is where the guard is false. */
static void analyse_guard(struct binder *b, struct value *v)
{
    v->guard = v->faults ? v->guard : NONE;
    if (v->guard == NONE)
        return;
    const struct value *guard = &b->values[v->guard];
    const struct weir_range zero = {0, 0};
    if (guard->kind == WEIR_FILTER_CONST) {
        if (guard->range.lo == 0) {
            v->faults = false;
            set_const(v, 0);
        }
        v->guard = NONE;
        return;
    }
    const bool gives_zero =
        v->kind == WEIR_FILTER_FIELD || v->kind == WEIR_FILTER_NEG || v->kind == WEIR_FILTER_MOD;
    v->range = weir_range_join(v->range, gives_zero ? zero : b->values[v->left].range);
}

static void analyse(struct binder *b, const struct weir_filter_tree *tree)
{
    for (size_t i = 0; i < tree->n_nodes; i++) {
        const struct weir_filter_node *node = &tree->nodes[i];
        struct value *v = &b->values[i];
        *v = (struct value){.kind = node->kind,
                            .boolean = node->boolean,
                            .field = node->field,
                            .column = node->column,
                            .left = node->left,
                            .right = node->right,
                            .guard = node->guard,
                            .last_use = NONE,
                            .home = -1};
        if (node->kind == WEIR_FILTER_CONST)
            set_const(v, node->value);
        else if (node->kind == WEIR_FILTER_FIELD) {
            v->range = weir_range_of_type(b->type[node->field]);
            v->faults = weir_type_is_real(b->type[node->field]);
        } else
            analyse_operator(b, v);
        analyse_guard(b, v);
    }
    b->root = behind_plus(b, tree->root);
    if (b->values[b->root].boolean)
        return;
    struct value *v = &b->values[tree->n_nodes];
    const struct weir_range zero = {0, 0};
    *v = (struct value){
        .kind = WEIR_FILTER_NE, .boolean = true, .guard = NONE, .last_use = NONE, .home = -1};
    v->range = weir_range_apply(v->kind, b->values[b->root].range, zero, &v->faults);
    if (v->range.lo == v->range.hi)
        set_const(v, v->range.lo);
    else
        make_test(b, v, v->kind, b->root, 0);
    b->root = (uint32_t)tree->n_nodes;
}

/* --- pass 2 ---------------------------------------------------------------------------------- */

static void need(struct binder *b, uint32_t operand, uint32_t reader)
{
    struct value *v = &b->values[operand];
    v->needed = true;
    if (v->last_use == NONE)
        v->last_use = reader;
}

/* Field names and constants in tree.fields may be needed by nobody: they then cost nothing. */
static void find_needed(struct binder *b)
{
    b->values[b->root].needed = true;
    for (uint32_t i = (uint32_t)b->n_values; i-- > 0;) {
        struct value *v = &b->values[i];
        v->needed = v->needed || v->faults;
        if (!v->needed || v->kind == WEIR_FILTER_CONST)
            continue;
        if (v->guard != NONE)
            need(b, v->guard, i);
        if (v->kind == WEIR_FILTER_FIELD)
            continue;
        need(b, v->left, i);
        need(b, v->right, i);
    }
}

/* --- pass 3 ---------------------------------------------------------------------------------- */

static enum lane lane_of(const struct value *v)
{
    if (v->boolean)
        return LANE_MASK;
    return weir_range_fits_i64(v->range) || weir_range_fits_u64(v->range) ? LANE_64 : LANE_WIDE;
}

static int32_t take_register(struct binder *b, enum lane lane)
{
    if (b->n_free[lane] > 0)
        return b->free[lane][--b->n_free[lane]];
    const int32_t place = b->scratch_bytes;
    b->scratch_bytes += register_bytes[lane];
    return place;
}

static void give_register(struct binder *b, enum lane lane, int32_t place)
{
    b->free[lane][b->n_free[lane]++] = place;
}

static enum weir_status emit(struct binder *b, const struct weir_predicate_step *step)
{
    struct weir_filter_program *program = b->program;
    if (program->n_steps == program->capacity) {
        const size_t capacity = program->capacity == 0 ? 16 : 2 * program->capacity;
        struct weir_predicate_step *steps =
            weir_mem_resize(program->mem, program->steps, capacity * sizeof *steps);
        if (steps == NULL)
            return weir_error_set(b->err, WEIR_MEMORY, "filter: no memory for %zu steps", capacity);
        program->steps = steps;
        program->capacity = capacity;
    }
    program->steps[program->n_steps++] = *step;
    return WEIR_OK;
}

/* A vector to read: a value's home, a column, or a register that was taken for one reader. */
struct operand {
    int32_t place;
    enum lane lane;
    bool temporary;
};

static void drop(struct binder *b, const struct operand *operand)
{
    if (operand->temporary)
        give_register(b, operand->lane, operand->place);
}

/* Replaces an operand by its conversion into a register of `lane`. */
static enum weir_status convert(struct binder *b, enum weir_predicate_op op, enum lane lane,
                                weir_i128 constant, struct operand *operand)
{
    const struct operand wider = {take_register(b, lane), lane, true};
    const struct weir_predicate_step step = {.op = op,
                                             .a = operand->place,
                                             .b = operand->place,
                                             .out = wider.place,
                                             .lo = constant,
                                             .hi = constant};
    drop(b, operand);
    *operand = wider;
    return emit(b, &step);
}

/* How columns and masks become 64 bits; the number of a row is the type's. */
static const enum weir_predicate_op loads[WEIR_N_TYPES] = {
    [WEIR_I8] = WEIR_LOAD_I8,   [WEIR_U8] = WEIR_LOAD_U8,   [WEIR_I16] = WEIR_LOAD_I16,
    [WEIR_U16] = WEIR_LOAD_U16, [WEIR_I32] = WEIR_LOAD_I32, [WEIR_U32] = WEIR_LOAD_U32,
};

/* Gets a value in the representation of `lane`, which is its own or a wider one. */
static enum weir_status fetch(struct binder *b, uint32_t index, enum lane lane,
                              struct operand *operand)
{
    static const enum weir_predicate_op fills[N_LANES] = {WEIR_FILL_MASK, WEIR_FILL_64,
                                                          WEIR_FILL_WIDE};
    const struct value *v = &b->values[index];
    *operand = (struct operand){v->home, lane_of(v), false};
    if (v->kind == WEIR_FILTER_CONST) {
        operand->place = 0; /* not read */
        return convert(b, fills[lane], lane, v->range.lo, operand);
    }
    enum weir_type type = operand->lane == LANE_MASK ? WEIR_U8 : WEIR_U64;
    if (v->kind == WEIR_FILTER_FIELD && v->home < 0) {
        operand->place = WEIR_PREDICATE_COLUMN(v->field);
        type = b->type[v->field];
    }
    enum weir_status status = WEIR_OK;
    if (lane != LANE_MASK && weir_type_bytes(type) < 8)
        status = convert(b, loads[type], LANE_64, 0, operand);
    if (status == WEIR_OK && lane == LANE_WIDE && lane_of(v) != LANE_WIDE)
        status = convert(b, weir_range_fits_i64(v->range) ? WEIR_WIDEN_I64 : WEIR_WIDEN_U64,
                         LANE_WIDE, 0, operand);
    return status;
}

/* Emits the step of a value: from operands that are there to its home, or to the result. */
static enum weir_status emit_value(struct binder *b, struct value *v,
                                   struct weir_predicate_step *step)
{
    step->column = v->column;
    if (v == &b->values[b->root]) {
        step->out = WEIR_PREDICATE_RESULT;
        return emit(b, step);
    }
    v->home = take_register(b, lane_of(v));
    step->out = v->home;
    return emit(b, step);
}

static enum weir_status emit_test(struct binder *b, struct value *v)
{
    const struct value *left = &b->values[v->left];
    struct weir_predicate_step step = {.invert = v->invert, .lo = v->test.lo, .hi = v->test.hi};
    size_t bytes = lane_of(left) == LANE_MASK ? 1 : 8;
    step.a = left->home;
    if (left->kind == WEIR_FILTER_FIELD && left->home < 0) {
        step.a = WEIR_PREDICATE_COLUMN(left->field);
        bytes = weir_type_bytes(b->type[left->field]);
    }
    step.b = step.a;
    step.op = lane_of(left) == LANE_WIDE ? WEIR_RANGE_WIDE
              : bytes == 1               ? WEIR_RANGE_8
              : bytes == 2               ? WEIR_RANGE_16
              : bytes == 4               ? WEIR_RANGE_32
                                         : WEIR_RANGE_64;
    return emit_value(b, v, &step);
}

/* Real columns are read once, into 128 bits. */
static enum weir_status emit_field(struct binder *b, struct value *v)
{
    struct weir_predicate_step step = {
        .op = b->type[v->field] == WEIR_F32 ? WEIR_WIDEN_F32 : WEIR_WIDEN_F64,
        .a = WEIR_PREDICATE_COLUMN(v->field),
        .b = WEIR_PREDICATE_COLUMN(v->field),
        .checked = true,
    };
    if (v->guard != NONE) {
        step.op = b->type[v->field] == WEIR_F32 ? WEIR_WIDEN_F32_WHERE : WEIR_WIDEN_F64_WHERE;
        step.b = b->values[v->guard].home;
    }
    return weir_type_is_real(b->type[v->field]) ? emit_value(b, v, &step) : WEIR_OK;
}

/* Replaces an operand by a constant where the mask is 0. */
static enum weir_status emit_select(struct binder *b, int32_t mask, weir_i128 constant,
                                    struct operand *operand)
{
    const struct operand chosen = {take_register(b, operand->lane), operand->lane, true};
    const struct weir_predicate_step step = {
        .op = operand->lane == LANE_WIDE ? WEIR_SELECT_WIDE : WEIR_SELECT_64,
        .a = operand->place,
        .b = mask,
        .out = chosen.place,
        .lo = constant,
        .hi = constant,
    };
    drop(b, operand);
    *operand = chosen;
    return emit(b, &step);
}

/* Gets the operands of an operator in their lanes; one that is taken twice is `left`. The last one
 * is made safe where the operator's guard is false. */
static enum weir_status fetch_operands(struct binder *b, const struct value *v, enum lane lane,
                                       struct operand *left, struct operand *right)
{
    const bool unary = v->right == v->left;
    enum weir_status status = fetch(b, v->left, lane, left);
    if (status == WEIR_OK && !unary)
        status = fetch(b, v->right, v->kind == WEIR_FILTER_WHEN ? LANE_MASK : lane, right);
    if (status == WEIR_OK && v->guard != NONE)
        status = emit_select(b, b->values[v->guard].home, neutral(v->kind), unary ? left : right);
    if (unary)
        *right = (struct operand){left->place, lane, false};
    return status;
}

/* Emits an operator on two operands (or one, taken twice) of the same lane; the right one of WHEN
 * is a mask. The result is narrowed when the range of the value says so. */
static enum weir_status emit_operator(struct binder *b, struct value *v, enum lane lane,
                                      struct weir_predicate_step *step)
{
    struct operand left, right;
    enum weir_status status = fetch_operands(b, v, lane, &left, &right);
    if (status != WEIR_OK)
        return status;
    step->a = left.place;
    step->b = right.place;
    if (lane == LANE_WIDE && lane_of(v) == LANE_64) {
        const struct operand wide = {take_register(b, LANE_WIDE), LANE_WIDE, true};
        step->out = wide.place;
        step->column = v->column;
        status = emit(b, step);
        if (status != WEIR_OK)
            return status;
        struct weir_predicate_step narrow = {.op = WEIR_NARROW, .a = wide.place, .b = wide.place};
        status = emit_value(b, v, &narrow);
        drop(b, &wide);
    } else
        status = emit_value(b, v, step);
    drop(b, &left);
    drop(b, &right);
    return status;
}

static enum weir_status emit_comparison(struct binder *b, struct value *v)
{
    const struct weir_range x = b->values[v->left].range;
    const struct weir_range y = b->values[v->right].range;
    const bool is_signed = weir_range_fits_i64(x) && weir_range_fits_i64(y);
    const bool is_unsigned = weir_range_fits_u64(x) && weir_range_fits_u64(y);
    const bool equality = v->kind == WEIR_FILTER_EQ || v->kind == WEIR_FILTER_NE;
    struct weir_predicate_step step = {0};
    step.op = is_signed ? WEIR_LT_I64 : is_unsigned ? WEIR_LT_U64 : WEIR_LT_WIDE;
    if (equality)
        step.op = is_signed || is_unsigned ? WEIR_EQ_64 : WEIR_EQ_WIDE;
    step.invert =
        v->kind == WEIR_FILTER_NE || v->kind == WEIR_FILTER_LE || v->kind == WEIR_FILTER_GE;
    if (v->kind == WEIR_FILTER_GT || v->kind == WEIR_FILTER_LE) { /* a <= b is not b < a */
        const uint32_t left = v->left;
        v->left = v->right;
        v->right = left;
    }
    return emit_operator(b, v, is_signed || is_unsigned ? LANE_64 : LANE_WIDE, &step);
}

static enum weir_status emit_logic(struct binder *b, struct value *v)
{
    struct weir_predicate_step step = {.op = v->kind == WEIR_FILTER_AND   ? WEIR_AND_MASK
                                             : v->kind == WEIR_FILTER_OR  ? WEIR_OR_MASK
                                             : v->kind == WEIR_FILTER_XOR ? WEIR_XOR_MASK
                                                                          : WEIR_NOT_MASK};
    return emit_operator(b, v, LANE_MASK, &step);
}

struct lane_ops {
    enum weir_predicate_op i64, u64, wide;
};

static const struct lane_ops arithmetic[] = {
    [WEIR_FILTER_NEG] = {WEIR_NEG_64, WEIR_NEG_64, WEIR_NEG_WIDE},
    [WEIR_FILTER_INVERT] = {WEIR_INVERT_64, WEIR_INVERT_64, WEIR_INVERT_WIDE},
    [WEIR_FILTER_ADD] = {WEIR_ADD_64, WEIR_ADD_64, WEIR_ADD_WIDE},
    [WEIR_FILTER_SUB] = {WEIR_SUB_64, WEIR_SUB_64, WEIR_SUB_WIDE},
    [WEIR_FILTER_MUL] = {WEIR_MUL_64, WEIR_MUL_64, WEIR_MUL_WIDE},
    [WEIR_FILTER_DIV] = {WEIR_DIV_I64, WEIR_DIV_U64, WEIR_DIV_WIDE},
    [WEIR_FILTER_MOD] = {WEIR_MOD_I64, WEIR_MOD_U64, WEIR_MOD_WIDE},
    [WEIR_FILTER_SHL] = {WEIR_SHL_64, WEIR_SHL_64, WEIR_SHL_WIDE},
    [WEIR_FILTER_SHR] = {WEIR_SHR_I64, WEIR_SHR_U64, WEIR_SHR_WIDE},
    [WEIR_FILTER_AND] = {WEIR_AND_64, WEIR_AND_64, WEIR_AND_WIDE},
    [WEIR_FILTER_OR] = {WEIR_OR_64, WEIR_OR_64, WEIR_OR_WIDE},
    [WEIR_FILTER_XOR] = {WEIR_XOR_64, WEIR_XOR_64, WEIR_XOR_WIDE},
};

static bool fits_64(struct weir_range r)
{
    return weir_range_fits_i64(r) || weir_range_fits_u64(r);
}

/* Picks the lane of an arithmetic operator. What is the same modulo 2^64 for both kinds of 64 bits
 * needs operands and result to fit either; the others need one kind throughout, save for shifts,
 * where the count is on its own. */
static enum weir_status emit_arithmetic(struct binder *b, struct value *v)
{
    const struct weir_range x = b->values[v->left].range;
    const struct weir_range y = b->values[v->right].range;
    const struct lane_ops *ops = &arithmetic[v->kind];
    const bool shift = v->kind == WEIR_FILTER_SHL || v->kind == WEIR_FILTER_SHR;
    const bool all_fit = fits_64(x) && fits_64(y) && fits_64(v->range);
    const bool all_signed = weir_range_fits_i64(x) && weir_range_fits_i64(v->range) &&
                            (shift || weir_range_fits_i64(y));
    const bool all_unsigned = weir_range_fits_u64(x) && weir_range_fits_u64(v->range) &&
                              (shift || weir_range_fits_u64(y));
    struct weir_predicate_step step = {.op = ops->wide, .checked = v->faults};
    enum lane lane = LANE_WIDE;
    if (all_fit && (ops->i64 == ops->u64 || all_unsigned)) {
        step.op = ops->u64;
        lane = LANE_64;
    } else if (all_fit && all_signed) {
        step.op = ops->i64;
        lane = LANE_64;
    }
    return emit_operator(b, v, lane, &step);
}

static enum weir_status emit_when(struct binder *b, struct value *v)
{
    const enum lane lane = fits_64(b->values[v->left].range) ? LANE_64 : LANE_WIDE;
    struct weir_predicate_step step = {.op = lane == LANE_64 ? WEIR_SELECT_64 : WEIR_SELECT_WIDE};
    return emit_operator(b, v, lane, &step);
}

/* Gives back the registers of values whose last reader is `index`. */
static void retire(struct binder *b, uint32_t operand, uint32_t index)
{
    struct value *v = &b->values[operand];
    if (v->home < 0 || (v->last_use != index && v->last_use != NONE))
        return;
    give_register(b, lane_of(v), v->home);
    v->home = -1;
}

static enum weir_status emit_node(struct binder *b, uint32_t index)
{
    struct value *v = &b->values[index];
    if (!v->needed || v->kind == WEIR_FILTER_CONST)
        return WEIR_OK;
    enum weir_status status = WEIR_OK;
    if (v->kind == WEIR_FILTER_FIELD)
        status = emit_field(b, v);
    else if (v->is_test)
        status = emit_test(b, v);
    else if (v->kind == WEIR_FILTER_WHEN)
        status = emit_when(b, v);
    else if (v->kind >= WEIR_FILTER_EQ)
        status = emit_comparison(b, v);
    else if (v->boolean)
        status = emit_logic(b, v);
    else
        status = emit_arithmetic(b, v);
    if (v->kind != WEIR_FILTER_FIELD) {
        retire(b, v->left, index);
        retire(b, v->right, index);
    }
    if (v->guard != NONE)
        retire(b, v->guard, index);
    if (v->last_use == NONE)
        retire(b, index, index);
    return status;
}

static enum weir_status emit_all(struct binder *b)
{
    enum weir_status status = WEIR_OK;
    for (uint32_t i = 0; i < b->n_values && status == WEIR_OK; i++)
        status = emit_node(b, i);
    const struct value *root = &b->values[b->root];
    if (status == WEIR_OK && root->kind == WEIR_FILTER_CONST) {
        const struct weir_predicate_step step = {
            .op = WEIR_FILL_MASK, .out = WEIR_PREDICATE_RESULT, .lo = root->range.lo};
        status = emit(b, &step);
    }
    return status;
}

enum weir_status weir_filter_bind(const struct weir_filter_tree *tree,
                                  const enum weir_type type[WEIR_N_FIELDS], struct weir_mem *mem,
                                  struct weir_filter_program *program, struct weir_error *err)
{
    *program = (struct weir_filter_program){.mem = mem};
    const size_t n = tree->n_nodes + 1;
    const size_t n_registers = n + 8; /* a home each, and what one operator takes for itself */
    struct binder binder = {.type = type, .n_values = n, .program = program, .err = err};
    enum weir_status status = WEIR_OK;
    int32_t *stacks = NULL;
    binder.values = weir_mem_zalloc(mem, n, sizeof *binder.values);
    stacks = weir_mem_zalloc(mem, N_LANES * n_registers, sizeof *stacks);
    if (binder.values == NULL || stacks == NULL) {
        status = weir_error_set(err, WEIR_MEMORY, "filter: no memory for %zu operands", n);
        goto out;
    }
    for (size_t lane = 0; lane < N_LANES; lane++)
        binder.free[lane] = stacks + lane * n_registers;
    analyse(&binder, tree);
    find_needed(&binder);
    status = emit_all(&binder);
    program->scratch_bytes = (size_t)binder.scratch_bytes;
out:
    weir_mem_free(mem, stacks);
    weir_mem_free(mem, binder.values);
    if (status != WEIR_OK)
        weir_filter_program_release(program);
    return status;
}

void weir_filter_program_release(struct weir_filter_program *program)
{
    weir_mem_free(program->mem, program->steps);
    *program = (struct weir_filter_program){.mem = program->mem};
}
