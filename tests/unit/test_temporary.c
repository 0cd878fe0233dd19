/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hidden names: which they are, and that only what has no living maker is swept away. */
#include "check.h"
#include "temporary.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char top[4096];

static void set_up(void)
{
    check_enter_directory(top, sizeof top);
}

static void tear_down(void)
{
    check_leave_directory(top);
}

TestSuite(temporary, .init = set_up, .fini = tear_down);

Test(temporary, names_are_recognised)
{
    static const char *const names[] = {".a.weir-1-0.tmp", ".a.weir-x.weir-4711-99.tmp",
                                        "..weir-1-0.tmp"};
    static const char *const others[] = {"a.weir-1-0.tmp",
                                         ".a.weir-1-0.tmp~",
                                         ".a.weir-1-0",
                                         ".a.weir--0.tmp",
                                         ".a.weir-1-.tmp",
                                         ".a.weir-1.tmp",
                                         ".weir-1-0.tmp",
                                         ".a.weir-1-0.tmp.tmp",
                                         ".a.weir-1x-0.tmp",
                                         "",
                                         ".",
                                         ".weir-scratch.a1b2c3",
                                         ".weir-commit",
                                         "prot.B"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        cr_assert(weir_temporary_is_name(names[i]), "%s", names[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_assert(!weir_temporary_is_name(others[i]), "%s", others[i]);
}

Test(temporary, paths_are_beside_the_target)
{
    char path[PATH_MAX];
    char want[256];
    cr_assert(weir_temporary_path("a/b/out.csv", 7, path));
    snprintf(want, sizeof want, "a/b/.out.csv.weir-%ld-7.tmp", (long)getpid());
    cr_assert(strcmp(path, want) == 0 && weir_temporary_is_name(strrchr(path, '/') + 1));
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    cr_assert(weir_temporary_path(name, 9999, path) && strlen(path) <= 255);
    cr_assert(weir_temporary_is_name(path));
    static char deep[PATH_MAX];
    memset(deep, '/', sizeof deep - 1);
    cr_assert(!weir_temporary_path(deep, 0, path));
}

static int make_claimed(const char *name, bool directory)
{
    if (directory)
        cr_assert(mkdir(name, 0777) == 0);
    const int fd = directory ? open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                             : open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    cr_assert(fd >= 0 && weir_temporary_claim(fd, name));
    return fd;
}

static bool is_there(const char *name)
{
    struct stat st;
    return lstat(name, &st) == 0;
}

Test(temporary, what_is_claimed_stays_and_all_else_goes)
{
    const int file = make_claimed(".f.weir-1-0.tmp", false); /* numbers tell nothing */
    const int directory = make_claimed(".d.weir-1-0.tmp", true);
    check_write_file(".d.weir-1-0.tmp/prot.B", "x", 1);
    char lost[64];
    snprintf(lost, sizeof lost, ".lost.weir-%ld-0.tmp", (long)getpid()); /* nor does a living pid */
    check_write_file(lost, "x", 1);
    cr_assert(mkdir(".t.weir-1-0.tmp", 0777) == 0);
    check_write_file(".t.weir-1-0.tmp/prot.B", "x", 1);
    check_write_file(".t.weir-1-0.tmp/journal", "x", 1);
    check_write_file("weir-1-0.tmp", "x", 1);
    check_write_file(".hidden", "x", 1);
    cr_assert(symlink(".hidden", ".l.weir-1-0.tmp") == 0);
    cr_assert(mkfifo(".p.weir-1-0.tmp", 0666) == 0);
    weir_temporary_sweep("out.csv");
    cr_assert(!is_there(lost) && !is_there(".t.weir-1-0.tmp"));
    cr_assert(is_there(".f.weir-1-0.tmp") && is_there(".d.weir-1-0.tmp/prot.B"));
    cr_assert(is_there("weir-1-0.tmp") && is_there(".hidden"));
    cr_assert(is_there(".l.weir-1-0.tmp") && is_there(".p.weir-1-0.tmp"));
    const int copy = dup(file);
    close(file);
    weir_temporary_sweep("./out.csv");
    cr_assert(is_there(".f.weir-1-0.tmp"), "a duplicate keeps the claim");
    close(copy);
    close(directory);
    weir_temporary_sweep("./out.csv");
    cr_assert(!is_there(".f.weir-1-0.tmp") && !is_there(".d.weir-1-0.tmp"));
    weir_temporary_sweep("absent/out.csv");
}

Test(temporary, a_killed_maker_loses_its_claim)
{
    int ready[2];
    char byte = 0;
    cr_assert(pipe(ready) == 0);
    const pid_t maker = fork();
    if (maker == 0) {
        const int fd = open(".f.weir-1-0.tmp", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        byte = weir_temporary_claim(fd, ".f.weir-1-0.tmp");
        (void)!write(ready[1], &byte, 1);
        alarm(30); /* should the test fail */
        pause();
        _exit(0);
    }
    cr_assert(maker > 0 && read(ready[0], &byte, 1) == 1 && byte == 1);
    weir_temporary_sweep("out.csv");
    cr_assert(is_there(".f.weir-1-0.tmp"), "its maker is alive");
    cr_assert(kill(maker, SIGKILL) == 0 && waitpid(maker, NULL, 0) == maker);
    weir_temporary_sweep("out.csv");
    cr_assert(!is_there(".f.weir-1-0.tmp"));
}

Test(temporary, a_name_that_was_swept_cannot_be_claimed)
{
    const char *name = ".f.weir-1-0.tmp";
    const int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    weir_temporary_sweep("out.csv"); /* between making and claiming */
    cr_assert(!is_there(name) && !weir_temporary_claim(fd, name));
    const int next = make_claimed(name, false); /* of somebody else */
    cr_assert(!weir_temporary_claim(fd, name), "another file has the name");
    const int again = open(name, O_RDWR | O_CLOEXEC);
    cr_assert(!weir_temporary_claim(again, name), "another process holds it");
    close(again);
    close(next);
    close(fd);
}

Test(temporary, what_other_users_left_stays)
{
    if (geteuid() != 0)
        return;
    check_write_file(".f.weir-1-0.tmp", "x", 1);
    cr_assert(chown(".f.weir-1-0.tmp", 65534, 65534) == 0);
    weir_temporary_sweep("out.csv");
    cr_assert(is_there(".f.weir-1-0.tmp"));
}
