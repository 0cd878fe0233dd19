/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Output files: complete under their name or not at all. */
#include "check.h"
#include "guard.h"
#include "output.h"
#include "temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char directory[256];
static struct weir_mem mem;

static void enter(void)
{
    check_enter_directory(directory, sizeof directory);
    weir_mem_init(&mem, SIZE_MAX);
}

static void leave(void)
{
    CHECK_NO_LEAK(&mem);
    check_leave_directory(directory);
}

TestSuite(output, .init = enter, .fini = leave);

static void check_content(const char *path, const char *want)
{
    char got[256] = "";
    FILE *file = fopen(path, "rb");
    cr_assert(file != NULL, "%s is not there", path);
    const size_t n = fread(got, 1, sizeof got - 1, file);
    fclose(file);
    got[n] = '\0';
    cr_assert_str_eq(got, want);
}

/* Directory entries, "." and ".." left out. */
static int count_files(const char *path)
{
    DIR *dir = opendir(path);
    cr_assert(dir != NULL);
    int n = -2;
    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n;
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    cr_assert(stat(path, &st) == 0);
    return st.st_mode & 07777;
}

Test(output, appears_at_commit)
{
    struct weir_error err;
    struct weir_output *output = NULL;
    umask(027);
    CHECK_OK(weir_output_create("a", true, &mem, &output, &err));
    cr_assert(!weir_output_is_stream(output));
    cr_assert_str_eq(weir_output_name(output), "a");
    CHECK_OK(weir_output_write(output, "one ", 4, &err));
    CHECK_OK(weir_output_write(output, "two", 3, &err));
    cr_assert(access("a", F_OK) != 0);
    cr_assert(count_files(".") == 1, "the temporary file is in the same directory");
    CHECK_OK(weir_output_commit(output, &err));
    check_content("a", "one two");
    cr_assert(count_files(".") == 1);
    cr_assert(mode_of("a") == 0640, "%o", (unsigned)mode_of("a"));
}

Test(output, temporary_name_tells_its_origin)
{
    struct weir_error err;
    struct weir_output *output = NULL;
    char name[64];
    int foreign = -1;
    for (int i = 0; i < 2; i++) { /* the second one finds the first name taken, and claimed */
        snprintf(name, sizeof name, ".a.weir-%ld-%d.tmp", (long)getpid(), i);
        CHECK_OK(weir_output_create("a", false, &mem, &output, &err));
        cr_assert(access(name, F_OK) == 0, "no %s", name);
        if (i == 0) {
            weir_output_discard(output);
            cr_assert(access(name, F_OK) != 0);
            foreign = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
            cr_assert(foreign >= 0 && weir_temporary_claim(foreign, name));
        }
    }
    weir_guard_remove_all(); /* as a handler would: ours goes, the foreign one stays */
    cr_assert(access(name, F_OK) != 0);
    cr_assert(count_files(".") == 1);
    CHECK_STATUS(weir_output_commit(output, &err), WEIR_IO);
    CHECK_MESSAGE("a: cannot be put in place");
    close(foreign);
}

Test(output, discard_keeps_old_file)
{
    struct weir_error err;
    struct weir_output *output = NULL;
    check_write_file("a", "old", 3);
    CHECK_OK(weir_output_create("a", true, &mem, &output, &err));
    CHECK_OK(weir_output_write(output, "new", 3, &err));
    weir_output_discard(output);
    weir_output_discard(NULL);
    check_content("a", "old");
    cr_assert(count_files(".") == 1);
}

Test(output, replaced_file_keeps_permissions)
{
    struct weir_error err;
    struct weir_output *output = NULL;
    umask(022);
    check_write_file("a", "old", 3);
    cr_assert(chmod("a", 0606) == 0);
    CHECK_OK(weir_output_create("a", true, &mem, &output, &err));
    CHECK_OK(weir_output_write(output, "new", 3, &err));
    CHECK_OK(weir_output_commit(output, &err));
    check_content("a", "new");
    cr_assert(mode_of("a") == 0606);
}

Test(output, protected_file_is_not_replaced)
{
    struct weir_output *output = NULL;
    struct weir_error err;
    check_write_file("file", "old", 3);
    cr_assert(chmod("file", 0444) == 0 && chmod(".", 0777) == 0);
    if (geteuid() == 0)
        cr_assert(seteuid(65534) == 0);
    CHECK_STATUS(weir_output_create("file", false, &mem, &output, &err), WEIR_IO);
    CHECK_MESSAGE("file: cannot be replaced");
    cr_assert(getuid() != 0 || seteuid(0) == 0);
    check_content("file", "old");
}

Test(output, offsets_in_any_order)
{
    struct weir_error err;
    struct weir_output *output = NULL;
    CHECK_OK(weir_output_create("a", false, &mem, &output, &err));
    CHECK_OK(weir_output_write_at(output, "cc", 2, 4, &err));
    CHECK_OK(weir_output_write_at(output, "aa", 2, 0, &err));
    CHECK_OK(weir_output_write_at(output, "bb", 2, 2, &err));
    CHECK_STATUS(weir_output_write_at(output, "z", 1, UINT64_MAX, &err), WEIR_IO);
    CHECK_OK(weir_output_commit(output, &err));
    check_content("a", "aabbcc");
}

Test(output, parents_are_made)
{
    struct weir_error err;
    struct weir_output *output = NULL;
    char path[512];
    CHECK_OK(weir_output_create("x/y//z/a", true, &mem, &output, &err));
    CHECK_OK(weir_output_commit(output, &err));
    check_content("x/y/z/a", "");
    snprintf(path, sizeof path, "%s/p/q/", directory);
    CHECK_OK(weir_output_make_directory(path, &err));
    CHECK_OK(weir_output_make_directory("p/q", &err));
    CHECK_OK(weir_output_make_directory("./p/../r", &err));
    cr_assert(access("r", F_OK) == 0);
    CHECK_STATUS(weir_output_make_directory("x/y/z/a/b", &err), WEIR_IO);
    CHECK_MESSAGE("x/y/z/a is none");
    CHECK_STATUS(weir_output_make_directory("", &err), WEIR_IO);
    CHECK_STATUS(weir_output_create("x/y/z/a/b", true, &mem, &output, &err), WEIR_IO);
    cr_assert(output == NULL);
}

Test(output, links_lead_to_the_target)
{
    struct weir_error err;
    struct weir_output *output = NULL;
    cr_assert(mkdir("d", 0777) == 0);
    check_write_file("d/real", "old", 3);
    cr_assert(symlink("d/real", "link") == 0);
    cr_assert(symlink("later", "d/dangling") == 0);
    cr_assert(symlink("d/dangling", "twice") == 0);
    cr_assert(symlink("loop", "loop") == 0);
    CHECK_OK(weir_output_create("link", false, &mem, &output, &err));
    CHECK_OK(weir_output_write(output, "new", 3, &err));
    CHECK_OK(weir_output_commit(output, &err));
    check_content("d/real", "new");
    CHECK_OK(weir_output_create("twice", false, &mem, &output, &err));
    CHECK_OK(weir_output_write(output, "far", 3, &err));
    CHECK_OK(weir_output_commit(output, &err));
    check_content("d/later", "far");
    char target[64];
    cr_assert(readlink("link", target, sizeof target) == 6, "the link is still one");
    cr_assert(readlink("twice", target, sizeof target) == 10);
    CHECK_STATUS(weir_output_create("loop", false, &mem, &output, &err), WEIR_IO);
    CHECK_MESSAGE("loop");
}

Test(output, refuses_directories_and_bad_names)
{
    struct weir_error err;
    struct weir_output *output = NULL;
    cr_assert(mkdir("d", 0777) == 0);
    CHECK_STATUS(weir_output_create("d", false, &mem, &output, &err), WEIR_IO);
    CHECK_MESSAGE("d: expected a file, but found a directory");
    CHECK_STATUS(weir_output_create("new/", false, &mem, &output, &err), WEIR_IO);
    CHECK_STATUS(weir_output_create("", false, &mem, &output, &err), WEIR_IO);
    char name[PATH_MAX + 10];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    CHECK_STATUS(weir_output_create(name, false, &mem, &output, &err), WEIR_IO);
    name[256] = '\0'; /* one more than a name may have: the rename would fail */
    CHECK_STATUS(weir_output_create(name, false, &mem, &output, &err), WEIR_IO);
    name[255] = '\0';
    CHECK_OK(weir_output_create(name, false, &mem, &output, &err));
    CHECK_OK(weir_output_commit(output, &err));
    cr_assert(access(name, F_OK) == 0);
    cr_assert(count_files(".") == 2);
}

Test(output, full_device)
{
    struct weir_error err;
    struct weir_output *output = NULL;
    CHECK_OK(weir_output_create("/dev/full", true, &mem, &output, &err));
    cr_assert(weir_output_is_stream(output));
    CHECK_STATUS(weir_output_write_at(output, "x", 1, 0, &err), WEIR_INTERNAL);
    CHECK_STATUS(weir_output_write(output, "x", 1, &err), WEIR_IO);
    CHECK_MESSAGE("/dev/full: cannot be written: No space left on device");
    weir_output_discard(output);
    cr_assert(access("/dev/full", F_OK) == 0);
}

Test(output, full_disk)
{
    struct weir_error err;
    struct weir_output *output = NULL;
    char block[4096] = {0};
    signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit = {6000, 6000};
    cr_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CHECK_OK(weir_output_create("a", true, &mem, &output, &err));
    CHECK_OK(weir_output_write(output, block, sizeof block, &err));
    CHECK_STATUS(weir_output_write(output, block, sizeof block, &err), WEIR_IO);
    CHECK_MESSAGE("a: cannot be written: File too large");
    weir_output_discard(output);
    cr_assert(count_files(".") == 0);
}

struct reader {
    const char *path;
    int fd;
    char text[100000];
    size_t n;
};

static void *read_all(void *argument)
{
    struct reader *reader = argument;
    const int fd = reader->path != NULL ? open(reader->path, O_RDONLY) : reader->fd;
    ssize_t n = 0;
    usleep(20000); /* lets the writer run into a full pipe */
    while (fd >= 0 && (n = read(fd, reader->text + reader->n, sizeof reader->text - reader->n)) > 0)
        reader->n += (size_t)n;
    close(fd);
    return NULL;
}

Test(output, fifo_is_written_in_sequence)
{
    struct weir_error err;
    struct weir_output *output = NULL;
    static struct reader reader = {.path = "fifo"};
    pthread_t thread;
    cr_assert(mkfifo("fifo", 0600) == 0);
    cr_assert(pthread_create(&thread, NULL, read_all, &reader) == 0);
    CHECK_OK(weir_output_create("fifo", true, &mem, &output, &err));
    cr_assert(weir_output_is_stream(output));
    CHECK_OK(weir_output_write(output, "flows", 5, &err));
    CHECK_OK(weir_output_commit(output, &err));
    pthread_join(thread, NULL);
    cr_assert(reader.n == 5 && memcmp(reader.text, "flows", 5) == 0);
    cr_assert(count_files(".") == 1);
}

Test(output, non_blocking_standard_output)
{
    struct weir_error err;
    struct weir_output *output = NULL;
    static struct reader reader;
    static char bytes[sizeof reader.text];
    int ends[2];
    pthread_t thread;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7 + i / 251);
    cr_assert(pipe(ends) == 0);
    const int old = dup(STDOUT_FILENO);
    cr_assert(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
    reader.fd = ends[0];
    cr_assert(pthread_create(&thread, NULL, read_all, &reader) == 0);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    const enum weir_status created = weir_output_create("-", true, &mem, &output, &err);
    const enum weir_status written =
        created != WEIR_OK ? created : weir_output_write(output, bytes, sizeof bytes, &err);
    const enum weir_status committed =
        created != WEIR_OK ? created : weir_output_commit(output, &err);
    dup2(old, STDOUT_FILENO);
    pthread_join(thread, NULL);
    CHECK_OK(created);
    CHECK_OK(written);
    CHECK_OK(committed);
    cr_assert(reader.n == sizeof bytes && memcmp(reader.text, bytes, sizeof bytes) == 0);
}

static void on_signal(int number)
{
    weir_guard_request_stop(number);
}

Test(output, stop_signal_ends_a_blocked_write)
{
    struct weir_error err;
    struct weir_output *output = NULL;
    static char bytes[1 << 20];
    int ends[2];
    cr_assert(pipe(ends) == 0);
    const struct sigaction action = {.sa_handler = on_signal};
    cr_assert(sigaction(SIGALRM, &action, NULL) == 0);
    const int old = dup(STDOUT_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    const enum weir_status created = weir_output_create("-", false, &mem, &output, &err);
    alarm(1);
    const enum weir_status written =
        created != WEIR_OK ? created : weir_output_write(output, bytes, sizeof bytes, &err);
    dup2(old, STDOUT_FILENO);
    cr_assert(created == WEIR_OK);
    cr_assert(written == WEIR_CANCELLED, "%s", weir_status_name(written));
    CHECK_MESSAGE("standard output: interrupted");
    weir_output_discard(output);
}

Test(output, closed_pipe)
{
    struct weir_error err;
    struct weir_output *output = NULL;
    int ends[2];
    signal(SIGPIPE, SIG_IGN);
    cr_assert(pipe(ends) == 0);
    close(ends[0]);
    char path[64];
    snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
    CHECK_OK(weir_output_create(path, true, &mem, &output, &err));
    CHECK_STATUS(weir_output_write(output, "x", 1, &err), WEIR_IO);
    CHECK_MESSAGE("Broken pipe");
    weir_output_discard(output);
}

Test(output, every_allocation_may_fail)
{
    struct weir_error err;
    struct weir_output *output = NULL;
    check_write_file("a", "old", 3);
    int n = 0;
    for (;; n++) {
        weir_mem_fail_after(&mem, n);
        const enum weir_status status = weir_output_create("a", true, &mem, &output, &err);
        if (status == WEIR_OK)
            break;
        cr_assert(status == WEIR_MEMORY);
        cr_assert(output == NULL && count_files(".") == 1);
        CHECK_NO_LEAK(&mem);
    }
    cr_assert(n == 4, "%d", n);
    weir_mem_fail_after(&mem, -1);
    weir_output_discard(output);
    check_content("a", "old");
}
