/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one choice of kernel variants. */
#include "kernel.h"

#include <stddef.h>
#include <string.h>

#ifdef __AVX__
#error "the code that chooses variants must run everywhere: compile it without -mavx"
#endif

#define WEIR_KERNEL(module, level, cpu) \
    extern const struct weir_##module##_ops weir_##module##_##level;
#include "kernels.def"
#undef WEIR_KERNEL

static const struct {
    struct weir_kernel_row row;
    size_t slot;
} table[] = {
#define WEIR_KERNEL(module, level, cpu) \
    {{#module, cpu, &weir_##module##_##level}, offsetof(struct weir_kernels, module)},
#include "kernels.def"
#undef WEIR_KERNEL
};

#define N_ROWS ((int)(sizeof table / sizeof *table))

bool weir_kernel_row(int i, struct weir_kernel_row *row)
{
    if (i < 0 || i >= N_ROWS)
        return false;
    *row = table[i].row;
    return true;
}

void weir_kernels_choose(enum weir_cpu cpu, struct weir_kernels *kernels)
{
    enum weir_cpu chosen[sizeof *kernels / sizeof(void *)];
    for (size_t s = 0; s < sizeof chosen / sizeof *chosen; s++)
        chosen[s] = WEIR_CPU_REF;
    for (int i = 0; i < N_ROWS; i++) {
        const size_t slot = table[i].slot / sizeof(void *);
        if (table[i].row.cpu > cpu || table[i].row.cpu < chosen[slot])
            continue;
        chosen[slot] = table[i].row.cpu;
        memcpy((char *)kernels + table[i].slot, &table[i].row.ops, sizeof table[i].row.ops);
    }
}
