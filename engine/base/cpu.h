/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which instruction sets a kernel variant may use.
 *
 * One level is chosen once, in main, from what the processor has or from WEIR_CPU, and passed down;
 * nothing below looks at the processor again. Levels of one architecture are ordered: a variant
 * for a level may run on every higher one.
 */
#ifndef WEIR_CPU_H
#define WEIR_CPU_H

#include <stdbool.h>

enum weir_cpu {
    WEIR_CPU_REF = 0, /* plain C for any machine */
    WEIR_CPU_AVX2,    /* x86-64: AVX2, BMI1, BMI2, LZCNT, FMA (x86-64-v3) */
    WEIR_CPU_AVX512,  /* x86-64: AVX-512 F, BW, CD, DQ, VL, VBMI, VBMI2 on top of AVX2 */
    WEIR_N_CPUS
};

/* The highest level that this processor and operating system support. */
enum weir_cpu weir_cpu_detect(void);

/* Finds a level by its name ("ref", "avx2", "avx512"); false when there is none of that name. */
bool weir_cpu_find(const char *name, enum weir_cpu *cpu);

/* The name of a level; static storage. */
const char *weir_cpu_name(enum weir_cpu cpu);

#endif
