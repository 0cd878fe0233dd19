/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What signal handlers find: temporary files in order, mappings by address. */
#include "check.h"
#include "guard.h"

#include <sys/stat.h>

static char top[4096];
static struct weir_error err;

static void set_up(void)
{
    check_enter_directory(top, sizeof top);
}

static void tear_down(void)
{
    check_leave_directory(top);
}

TestSuite(guard, .init = set_up, .fini = tear_down);

Test(guard, what_is_remembered_is_removed_inside_out)
{
    cr_assert(mkdir("draft", 0777) == 0);
    check_write_file("draft/column", "x", 1);
    check_write_file("kept", "x", 1);
    CHECK_OK(weir_guard_add_path("draft", &err));
    CHECK_OK(weir_guard_add_path("kept", &err));
    CHECK_OK(weir_guard_add_path("draft/column", &err));
    weir_guard_drop_path("kept");
    weir_guard_drop_path("unknown");
    weir_guard_remove_all();
    cr_assert(access("draft", F_OK) != 0 && access("kept", F_OK) == 0);
}

/* Fills the table and returns how many paths it took. */
static size_t fill_up(void)
{
    char path[32];
    for (size_t n = 0;; n++) {
        snprintf(path, sizeof path, "temporary-%zu", n);
        const enum weir_status status = weir_guard_add_path(path, &err);
        if (status == WEIR_OK)
            continue;
        cr_assert(status == WEIR_LIMIT);
        CHECK_MESSAGE("temporary files at a time");
        return n;
    }
}

Test(guard, a_full_table_is_an_error_and_empties_again)
{
    char path[32];
    const size_t n = fill_up();
    cr_assert(n >= 100 * 22, "a job writes a hundred traces in one scan: room for %zu", n);
    for (int order = 0; order < 2; order++) {
        for (size_t i = 0; i < n; i++) {
            snprintf(path, sizeof path, "temporary-%zu", order == 0 ? i : n - 1 - i);
            weir_guard_drop_path(path);
        }
        cr_assert(fill_up() == n, "room was lost");
    }
}

Test(guard, mappings_are_found_by_any_address_in_them)
{
    static const char bytes[100];
    weir_guard_add_mapping(bytes, 50, "first");
    weir_guard_add_mapping(bytes + 50, 50, "second");
    cr_assert(strcmp(weir_guard_find_mapping(bytes + 49), "first") == 0);
    cr_assert(strcmp(weir_guard_find_mapping(bytes + 99), "second") == 0);
    weir_guard_drop_mapping(bytes);
    cr_assert(weir_guard_find_mapping(bytes) == NULL);
    cr_assert(strcmp(weir_guard_find_mapping(bytes + 50), "second") == 0);
}
