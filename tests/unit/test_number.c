/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers from text: nothing behind the given length is looked at. */
#include "check.h"
#include "number.h"

#include <sys/mman.h>

Test(number, reals_are_read_no_further_than_their_length)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *text = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert(text != MAP_FAILED && mprotect(text + page, page, PROT_NONE) == 0);
    memcpy(text + page - 4, "0.25", 4);
    double value = 0;
    cr_assert(weir_number_parse_real(text + page - 4, 4, &value) && value == 0.25);
    cr_assert(weir_number_parse_real(text + page - 4, 3, &value) && value == 0.2);
    cr_assert(!weir_number_parse_real("0.25x", 5, &value));
    cr_assert(weir_number_parse_real("0.25x", 4, &value) && value == 0.25);
    munmap(text, 2 * page);
}
