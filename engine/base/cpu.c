/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Detection of instruction sets. */
#include "cpu.h"

#include <string.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif

#ifdef __AVX__
#error "the code that chooses variants must run everywhere: compile it without -mavx"
#endif

static const char *const names[WEIR_N_CPUS] = {
    [WEIR_CPU_REF] = "ref",
    [WEIR_CPU_AVX2] = "avx2",
    [WEIR_CPU_AVX512] = "avx512",
};

#if defined(__x86_64__) && !defined(WEIR_NO_SIMD)
/* Asked of the processor itself: __builtin_cpu_supports of clang 14 does not know the name. */
static bool has_lzcnt(void)
{
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    return __get_cpuid(0x80000001U, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_LZCNT) != 0;
}
#endif

enum weir_cpu weir_cpu_detect(void)
{
#if defined(__x86_64__) && !defined(WEIR_NO_SIMD)
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                      __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma") &&
                      has_lzcnt();
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                        __builtin_cpu_supports("avx512vbmi") &&
                        __builtin_cpu_supports("avx512vbmi2");
    return avx512 ? WEIR_CPU_AVX512 : avx2 ? WEIR_CPU_AVX2 : WEIR_CPU_REF;
#else
    return WEIR_CPU_REF;
#endif
}

bool weir_cpu_find(const char *name, enum weir_cpu *cpu)
{
    for (int i = 0; i < WEIR_N_CPUS; i++)
        if (strcmp(names[i], name) == 0) {
            *cpu = (enum weir_cpu)i;
            return true;
        }
    return false;
}

const char *weir_cpu_name(enum weir_cpu cpu)
{
    return names[cpu];
}
