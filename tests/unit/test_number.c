/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers from text, of which nothing behind the given length is looked at, and to text. */
#include "check.h"
#include "number.h"

#include <math.h>
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

Test(number, shortest_reals)
{
    static const struct {
        double value;
        const char *text; /* repr of Python, less ".0" */
    } cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1500, "-1500"},
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {2661129220.4658933, "2661129220.4658933"},
        {1e15, "1000000000000000"},
        {9999999999999998, "9999999999999998"},
        {1e16, "1e+16"},
        {1234567890123456.8, "1234567890123456.8"},
        {12345678901234567890.0, "1.2345678901234567e+19"},
        {0.0001, "0.0001"},
        {0.00001, "1e-05"},
        {7.4656130876934805e-56, "7.4656130876934805e-56"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {-1.7976931348623157e308, "-1.7976931348623157e+308"},
        {5e-324, "5e-324"},
        {2.220446049250313e-16, "2.220446049250313e-16"},
    };
    char text[WEIR_NUMBER_REAL_CAPACITY];
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        cr_assert_str_eq(weir_number_text_real(text, cases[c].value), cases[c].text);
    uint64_t bits = 0x9E3779B97F4A7C15;
    for (int i = 0; i < 20000; i++) {
        bits = bits * 6364136223846793005 + 1442695040888963407;
        double value = 0;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        const double again = strtod(weir_number_text_real(text, value), NULL);
        cr_assert(memcmp(&again, &value, sizeof value) == 0, "%a: %s", value, text);
    }
}
