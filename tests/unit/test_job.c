/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Job files as a whole: every kind of mistake with its place, plans, and failing memory. */
#include "check.h"
#include "job.h"
#include "select.h"

#include <sys/stat.h>
#include <time.h>

#define TRACE_STEP "{convert: {out-format: binary}, to: trace}"

struct fixture {
    char directory[64];
    struct weir_run run;
    struct weir_job *job;
    char *complaints;
    struct weir_error err;
};

/* Two inputs without records, which every command accepts. */
static void enter(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    check_enter_directory(f->directory, sizeof f->directory);
    cr_assert(mkdir("in", 0755) == 0);
    check_write_file("in/1.csv", "", 0);
    check_write_file("in/2.csv", "", 0);
    weir_mem_init(&f->run.mem, (size_t)512 << 20);
    f->run.n_threads = 1;
    f->run.quiet = true;
    weir_kernels_choose(f->run.cpu, &f->run.kernels);
}

static enum weir_status open_with(struct fixture *f, const char *text, const char *output,
                                  const struct weir_words *let)
{
    check_write_file("job.yaml", text, strlen(text));
    free(f->complaints);
    f->complaints = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&f->complaints, &n);
    const struct weir_job_request request = {
        .path = "job.yaml", .output = output, .let = let, .complaints = out};
    const enum weir_status status = weir_job_open(&request, &f->run, &f->job, &f->err);
    fclose(out);
    return status;
}

static void leave(struct fixture *f)
{
    weir_job_close(f->job);
    CHECK_NO_LEAK(&f->run.mem);
    free(f->complaints);
    check_leave_directory(f->directory);
}

static void expect_text(const char *got, const char *want)
{
    cr_assert(strcmp(got, want) == 0, "expected:\n%s\ngot:\n%s", want, got);
}

/* The job must be refused with exactly these complaints. */
static void refuse(const char *text, const char *want)
{
    struct fixture f;
    enter(&f);
    const enum weir_status status = open_with(&f, text, NULL, NULL);
    expect_text(f.complaints, want);
    cr_assert(status == WEIR_USAGE && f.job == NULL, "%s", f.err.message);
    cr_assert(access("out", F_OK) != 0 && access("job", F_OK) != 0);
    leave(&f);
}

/* The job must be refused with these lines alone: "LINE:COLUMN: message" of each mistake. */
static void refuse_with(const char *text, const char *const *want, size_t n)
{
    struct fixture f;
    enter(&f);
    const enum weir_status status = open_with(&f, text, NULL, NULL);
    cr_assert(status == WEIR_USAGE, "%s accepted, or %s", text, f.err.message);
    size_t i = 0;
    char *rest = f.complaints;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        if (strncmp(line, "job.yaml:", 9) != 0)
            continue;
        cr_assert(i < n, "one too many: %s\nin:\n%s", line, text);
        cr_assert(strncmp(line + 9, want[i], strlen(want[i])) == 0, "expected %s\ngot %s\nin:\n%s",
                  want[i], line + 9, text);
        i++;
    }
    cr_assert(i == n, "not found: %s\nin:\n%s", i < n ? want[i] : "", text);
    leave(&f);
}

#define REFUSE(text, ...)                                                         \
    do {                                                                          \
        const char *const refuse_want[] = {__VA_ARGS__};                          \
        refuse_with(text, refuse_want, sizeof refuse_want / sizeof *refuse_want); \
    } while (0)

/* The job must be accepted, with these complaints (warnings) and this plan. */
static void accept_with(const char *text, const char *output, const struct weir_words *let,
                        const char *complaints, const char *plan)
{
    struct fixture f;
    enter(&f);
    const enum weir_status status = open_with(&f, text, output, let);
    cr_assert(status == WEIR_OK, "%s\n%s", f.err.message, f.complaints);
    expect_text(f.complaints, complaints);
    char *got = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&got, &n);
    cr_assert(weir_job_print_plan(f.job, out, &f.err) == WEIR_OK, "%s", f.err.message);
    fclose(out);
    expect_text(got, plan);
    free(got);
    cr_assert(access("out", F_OK) != 0, "planning must touch nothing");
    leave(&f);
}

static void accept(const char *text, const char *plan)
{
    accept_with(text, NULL, NULL, "", plan);
}

/* --- what is accepted -------------------------------------------------------------------------*/

Test(job, matrix_of_histograms_is_one_scan)
{
    accept("job: campus-hour\n"
           "output: out\n"
           "let: {bins: 12}\n"
           "input: in/*.csv\n"
           "steps:\n"
           "  hists:\n"
           "    matrix: {proto: {all: \"\", tcp: prot==6, udp: prot==17}, x: [length, size]}\n"
           "    hist: {x: $x, b: $bins, filter: $proto}\n"
           "    to: histograms/$proto.key/$x.csv\n",
           "job campus-hour: 6 steps in 1 scan\n"
           "scan 1 of 2 inputs: in/1.csv in/2.csv\n"
           "  hists[proto=all,x=length]: hist --bin-exp 12 -> out/histograms/all/length.csv\n"
           "  hists[proto=all,x=size]: hist --x-value size --bin-exp 12"
           " -> out/histograms/all/size.csv\n"
           "  hists[proto=tcp,x=length]: hist --bin-exp 12 --filter-expr prot==6"
           " -> out/histograms/tcp/length.csv\n"
           "  hists[proto=tcp,x=size]: hist --x-value size --bin-exp 12 --filter-expr prot==6"
           " -> out/histograms/tcp/size.csv\n"
           "  hists[proto=udp,x=length]: hist --bin-exp 12 --filter-expr prot==17"
           " -> out/histograms/udp/length.csv\n"
           "  hists[proto=udp,x=size]: hist --x-value size --bin-exp 12 --filter-expr prot==17"
           " -> out/histograms/udp/size.csv\n");
}

Test(job, references_give_the_order)
{
    accept(
        "input: in\n"
        "steps:\n"
        "  late: {hist: , from: middle, to: late.csv}\n"
        "  middle: {convert: {out-format: binary, filter-expr: 'prot == 6'}, from: first,\n"
        "           to: middle}\n"
        "  other: {hist: {}, to: other.csv, input: in/1.csv}\n"
        "  first: {convert: {out-format: binary}, to: ./first}\n"
        "  both: {hist: {add: [duration, aggs]}, from: [first, middle], to: both.csv}\n"
        "  count: {convert: {out-format: none}}\n",
        "job job: 6 steps in 5 scans\n"
        "scan 1 of 1 input: in/1.csv\n"
        "  other: hist -> job/other.csv\n"
        "scan 2 of 1 input: in\n"
        "  first: convert --out-format binary -> job/first\n"
        "  count: convert --out-format none -> nothing\n"
        "scan 3 of 1 input: job/first\n"
        "  middle: convert --out-format binary --filter-expr 'prot == 6' -> job/middle\n"
        "scan 4 of 1 input: job/middle\n"
        "  late: hist -> job/late.csv\n"
        "scan 5 of 2 inputs: job/first job/middle\n"
        "  both: hist --additional-columns duration --additional-columns aggs -> job/both.csv\n");
}

/* A step that uses the axes of its source is repeated along with it; one that uses none of them
 * reads all instances. */
Test(job, axes_are_inherited)
{
    accept("input: in\n"
           "steps:\n"
           "  split: {matrix: {p: {tcp: prot==6, udp: prot==17}}, to: $p.key,\n"
           "          convert: {filter-expr: $p, out-format: binary}}\n"
           "  each: {hist: {x-value: $x}, matrix: {x: [size]}, from: split, to: $p.key-$x.csv}\n"
           "  all: {hist: {}, from: split, to: all.csv}\n"
           "  some: {hist: {}, from: split, matrix: {p: [udp]}, to: some-$p.csv}\n",
           "job job: 6 steps in 4 scans\n"
           "scan 1 of 1 input: in\n"
           "  split[p=tcp]: convert --filter-expr prot==6 --out-format binary -> job/tcp\n"
           "  split[p=udp]: convert --filter-expr prot==17 --out-format binary -> job/udp\n"
           "scan 2 of 1 input: job/tcp\n"
           "  each[x=size,p=tcp]: hist --x-value size -> job/tcp-size.csv\n"
           "scan 3 of 1 input: job/udp\n"
           "  each[x=size,p=udp]: hist --x-value size -> job/udp-size.csv\n"
           "  some[p=udp]: hist -> job/some-udp.csv\n"
           "scan 4 of 2 inputs: job/tcp job/udp\n"
           "  all: hist -> job/all.csv\n");
}

Test(job, input_as_a_map_and_per_step)
{
    accept("let: {n: 1, file: in/$n.csv}\n"
           "input: {path: [$file, in/2.csv], in-format: csv_flow, salvage: true}\n"
           "steps:\n"
           "  a: {hist: {}, to: a}\n"
           "  b: {hist: {salvage: false}, to: b}\n"
           "  c: {hist: {}, to: c-$k, matrix: {k: [1, 2]}, input: in/$k.csv}\n",
           "job job: 4 steps in 4 scans\n"
           "scan 1 of 2 inputs: in/1.csv in/2.csv\n"
           "  a: hist --in-format csv_flow --salvage -> job/a\n"
           "scan 2 of 2 inputs: in/1.csv in/2.csv\n"
           "  b: hist --in-format csv_flow -> job/b\n"
           "scan 3 of 1 input: in/1.csv\n"
           "  c[k=1]: hist -> job/c-1\n"
           "scan 4 of 1 input: in/2.csv\n"
           "  c[k=2]: hist -> job/c-2\n");
}

Test(job, the_command_line_overrides)
{
    const char *words[] = {"b=3", "x=duration", "b=5"};
    const struct weir_words let = {.n = 3, .word = words};
    accept_with("output: out\nlet: {b: 12, x: size}\ninput: in\n"
                "steps: {h: {hist: {bin-exp: $b, x-value: $x}, to: h.csv}}\n",
                "../elsewhere", &let, "",
                "job job: 1 step in 1 scan\n"
                "scan 1 of 1 input: in\n"
                "  h: hist --bin-exp 5 --x-value duration -> ../elsewhere/h.csv\n");
}

Test(job, bad_overrides)
{
    const char *text = "let: {b: 12}\ninput: in\nsteps: {h: {hist: {b: $b}, to: h}}\n";
    const char *bad[][2] = {
        {"b", "--let: expected NAME=VALUE, but found \"b\""},
        {"=1", "--let: expected NAME=VALUE, but found \"=1\""},
        {"c=1", "--let: job.yaml defines no variable \"c\""},
        {"b=99", "job.yaml: 1 mistake in the job file"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fixture f;
        enter(&f);
        const struct weir_words let = {.n = 1, .word = &bad[i][0]};
        cr_assert(open_with(&f, text, NULL, &let) == WEIR_USAGE);
        cr_assert_str_eq(f.err.message, bad[i][1]);
        leave(&f);
    }
}

Test(job, what_has_no_effect_is_a_warning)
{
    accept_with("let: {a: 1, b: 2}\n"
                "input: in\n"
                "steps:\n"
                "  h: {hist: {b: $b}, to: h.csv, input: in/1.csv}\n"
                "  n: {convert: {out-format: none}, matrix: {k: [1]}, input: in/1.csv}\n",
                NULL, NULL,
                "job.yaml:1:10: warning: variable \"a\" is never used\n"
                "    1 | let: {a: 1, b: 2}\n"
                "      |          ^\n"
                "job.yaml:2:1: warning: no step reads the input of the job\n"
                "    2 | input: in\n"
                "      | ^\n"
                "job.yaml:5:45: warning: axis \"k\" is never used\n"
                "    5 |   n: {convert: {out-format: none}, matrix: {k: [1]}, input: in/1.csv}\n"
                "      |                                             ^\n",
                "job job: 2 steps in 1 scan\n"
                "scan 1 of 1 input: in/1.csv\n"
                "  h: hist --bin-exp 2 -> job/h.csv\n"
                "  n[k=1]: convert --out-format none -> nothing\n");
}

Test(job, dollars_and_quotes)
{
    accept("input: in\nsteps: {h: {hist: {}, to: \"it's $$5\\x1b.csv\"}}\n",
           "job job: 1 step in 1 scan\n"
           "scan 1 of 1 input: in\n"
           "  h: hist -> job/it's $5?.csv\n");
}

/* --- what is refused --------------------------------------------------------------------------*/

Test(job, many_mistakes_in_one_run)
{
    refuse("job: campus\n"
           "ouput: out\n"
           "let: {b: 99, c: $nix}\n"
           "input: [in/1.csv, in/none.csv]\n"
           "steps:\n"
           "  hists:\n"
           "    matrix: {proto: {tcp: prot=6, udp: prot==17}, x: [length, sise]}\n"
           "    hist: {x: $x, bin-xp: 12, b: $b, filter-expr: $proto}\n"
           "    to: $proto.key/$x.csv\n"
           "  other: {hits: {}, from: hist, to: other}\n",
           "job.yaml:2:1: unknown key \"ouput\" of a job, did you mean \"output\"?\n"
           "    2 | ouput: out\n"
           "      | ^\n"
           "job.yaml:3:10: bin-exp of hist: expected an integer from 0 to 63, but found \"99\"\n"
           "    3 | let: {b: 99, c: $nix}\n"
           "      |          ^\n"
           "job.yaml:3:17: undefined variable $nix ($$ is a plain dollar)\n"
           "    3 | let: {b: 99, c: $nix}\n"
           "      |                 ^\n"
           "job.yaml:4:19: no input \"in/none.csv\": No such file or directory\n"
           "    4 | input: [in/1.csv, in/none.csv]\n"
           "      |                   ^\n"
           "job.yaml:7:27: filter: column 5: expected an operator or the end, but found '=' (use =="
           " for 'equals')\n"
           "    7 |     matrix: {proto: {tcp: prot=6, udp: prot==17}, x: [length, sise]}\n"
           "      |                           ^\n"
           "job.yaml:7:63: x-value of hist: expected one of length, size, duration, rate, but found"
           " \"sise\"\n"
           "    7 |     matrix: {proto: {tcp: prot=6, udp: prot==17}, x: [length, sise]}\n"
           "      |                                                               ^\n"
           "job.yaml:8:19: unknown option \"bin-xp\" of hist, did you mean \"bin-exp\"?\n"
           "    8 |     hist: {x: $x, bin-xp: 12, b: $b, filter-expr: $proto}\n"
           "      |                   ^\n"
           "job.yaml:10:11: unknown command or key \"hits\", did you mean \"hist\"?\n"
           "   10 |   other: {hits: {}, from: hist, to: other}\n"
           "      |           ^\n"
           "job.yaml:10:27: there is no step \"hist\", did you mean \"hists\"?\n"
           "   10 |   other: {hits: {}, from: hist, to: other}\n"
           "      |                           ^\n");
}

Test(job, shape_of_the_whole)
{
    REFUSE("", "1:1: the file is empty");
    REFUSE("---\n", "2:1: expected a map with \"steps\", but found nothing");
    REFUSE("text\n", "1:1: expected a map with \"steps\", but found text");
    REFUSE("- a\n", "1:1: expected a map with \"steps\", but found a list");
    REFUSE("input: in\n", "1:1: expected a map of steps under the key \"steps\"");
    REFUSE("input: in\nsteps:\n", "2:7: expected a map of steps, but found nothing");
    REFUSE("input: in\nsteps: {}\n", "2:8: expected a map of steps, but found an empty one");
    REFUSE("input: in\nsteps: [a]\n", "2:8: expected a map of steps, but found a list");
    REFUSE("job: [a]\noutput: {b: c}\nlet: d\ninput: in\nsteps: {h: {hist: {}, to: h}}\n",
           "1:6: expected text, but found a list", "2:9: expected text, but found a map",
           "3:6: expected a map of variables, but found text");
    REFUSE("job: a/b\noutput: \"\"\ninput: in\nsteps: {h: {hist: {}, to: h}}\n",
           "1:6: the name of a job cannot hold a slash", "2:9: expected text, but found nothing");
    REFUSE("zzzzzzzz: 1\ninput: in\nsteps: {h: {hist: {}, to: h}}\n",
           "1:1: unknown key \"zzzzzzzz\" of a job, which has job, output, let, input, steps");
    REFUSE("let: {a-b: 1, c: [2], d: }\ninput: in\nsteps: {h: {hist: {b: $c}, to: $d}}\n",
           "1:7: the name of a variable has letters, digits and _, but found \"a-b\"",
           "1:18: expected a value, but found a list", "1:26: expected a value, but found nothing",
           "3:23: bin-exp of hist", "3:32: expected a path below the output directory");
    REFUSE("let: {a: $b, b: $a}\ninput: in\nsteps: {h: {hist: {b: 1}, to: $a$b}}\n",
           "1:10: undefined variable $b", "3:31: expected a path below");
}

Test(job, inputs)
{
    REFUSE("input: none*\nsteps: {h: {hist: {}, to: h}}\n", "1:8: no input matches \"none*\"");
    REFUSE("input: []\nsteps: {h: {hist: {}, to: h}}\n",
           "1:8: expected a path, but found an empty list");
    REFUSE("input: [[a], ~]\nsteps: {h: {hist: {}, to: h}}\n",
           "1:9: expected a path, but found a list", "1:14: expected a path, but found nothing");
    REFUSE("input: {in-format: binary}\nsteps: {h: {hist: {}, to: h}}\n",
           "1:8: expected a key \"path\" of input");
    REFUSE("input: {path: in, format: binary, salvag: true}\nsteps: {h: {hist: {}, to: h}}\n",
           "1:19: unknown key \"format\" of input",
           "1:35: unknown key \"salvag\" of input, did you mean \"salvage\"?");
    REFUSE(
        "input: {path: in, in-format: binry, salvage: 1}\nsteps: {h: {hist: {}, to: h}}\n",
        "1:30: expected a format that can be read, but found \"binry\", did you mean \"binary\"?",
        "1:46: salvage of hist: expected true or false, but found \"1\"");
    REFUSE("steps: {h: {hist: {}, to: h}}\n", "1:9: step \"h\" has nothing to read");
    REFUSE("steps: {h: {hist: {}, to: h, input: no}}\n", "1:37: no input \"no\"");
    REFUSE("input: in\nsteps:\n  a: " TRACE_STEP "\n"
           "  h: {hist: {}, to: h, from: a, input: in}\n",
           "4:33: a step has either \"input\" or \"from\", not both");
    REFUSE("input: \"-\"\nsteps:\n  a: {hist: {}, to: a}\n  b: {hist: {salvage: true}, to: b}\n",
           "4:3: standard input can be read once, but a and b do not share a scan");
}

Test(job, steps)
{
    REFUSE("input: in\nsteps: {h: , i: [1]}\n",
           "2:12: expected a map with a command, but found nothing",
           "2:17: expected a map with a command, but found a list");
    REFUSE("input: in\nsteps: {h: {to: h}}\n", "2:9: step \"h\" has no command, expected convert");
    REFUSE("input: in\nsteps: {h: {hist: {}, convert: {}, to: h}}\n",
           "2:23: a step has one command, but found convert after hist");
    REFUSE("input: in\nsteps: {h: {run: {}, to: h}}\n",
           "2:13: command \"run\" cannot be a step, only convert");
    REFUSE("input: in\nsteps: {h: {xxxxxxxx: {}, to: h}}\n",
           "2:13: unknown command \"xxxxxxxx\", expected convert");
    REFUSE("input: in\nsteps: {h: {hist: {}, to: h, matrx: h}}\n",
           "2:30: unknown command or key \"matrx\", did you mean \"matrix\"?");
    REFUSE("input: in\nsteps: {\"h[1]\": {hist: {}, to: h}, \"\": {hist: {}, to: i}}\n",
           "2:9: the name of a step has letters, digits, _, - and ., but found \"h[1]\"",
           "2:36: the name of a step has letters, digits, _, - and ., but found \"\"");
    REFUSE("input: in\nsteps:\n  h: {hist: {}, to: h}\n  h: {hist: {}, to: i}\n",
           "4:3: key \"h\" stands twice in one map, first in line 3");
    REFUSE("input: in\nsteps: {h: {hist: [a], to: h}, i: {hist: x, to: i}}\n",
           "2:19: expected a map of options of hist, but found a list",
           "2:42: expected a map of options of hist, but found text");
}

Test(job, options)
{
    REFUSE("input: in\nsteps: {h: {hist: {skip: 1}, to: h}}\n",
           "2:20: option \"skip\" of hist could be skip-in or skip-out");
    REFUSE("input: in\nsteps: {h: {hist: {b: 1, bin-exp: 2}, to: h}}\n",
           "2:26: option bin-exp of hist stands here twice");
    REFUSE("input: in\nsteps: {h: {hist: {output: a, O: b}, to: h}}\n",
           "2:20: the output of a step is named by \"to\", beside \"hist\"",
           "2:31: the output of a step is named by \"to\", beside \"hist\"");
    REFUSE(
        "input: in\nsteps: {h: {hist: {b: , x: [length], count-in: {}, \"\": 1, zz: 1}, to: h}}\n",
        "2:23: expected a value, but found nothing", "2:28: expected a value, but found a list",
        "2:48: expected a value, but found a map", "2:52: unknown option \"\" of hist",
        "2:59: unknown option \"zz\" of hist");
    REFUSE("input: in\nsteps: {h: {hist: {c: [aggs, [x], nix], count-in: 1.5, salvage: yes}, to: "
           "h}}\n",
           "2:30: expected a value, but found a list",
           "2:51: count-in of hist: expected an integer",
           "2:65: salvage of hist: expected true or false, but found \"yes\"");
    REFUSE("input: in\nsteps: {h: {hist: {c: [aggs, nix]}, to: h}}\n",
           "2:30: additional-columns of hist: expected one of");
    REFUSE("input: in\nsteps: {h: {hist: {filter-expr: \"prot==\"}, to: h}}\n", "2:33: filter: ");
    REFUSE("input: in\nsteps: {h: {hist: {in-format: csv}, to: h}}\n",
           "2:31: expected a format that can be read, but found \"csv\"");
    REFUSE("input: in\nsteps: {h: {convert: {out-format: cvs}, to: h}}\n",
           "2:13: --out-format: expected csv_flow, pipe, binary or none, but found \"cvs\"");
}

Test(job, references)
{
    REFUSE("input: in\nsteps: {h: {hist: {}, to: h, from: }, i: {hist: {}, to: i, from: []},"
           " j: {hist: {}, to: j, from: [{}, h]}}\n",
           "2:36: expected the name of a step, or a list of names, but found nothing",
           "2:66: expected the name of a step, but found an empty list",
           "2:99: expected the name of a step, but found a map");
    REFUSE("input: in\nsteps:\n  a: " TRACE_STEP "\n  h: {hist: {}, to: h, from: [a, b, a]}\n",
           "4:34: there is no step \"b\"", "4:37: step \"a\" is named twice");
    REFUSE("steps:\n"
           "  a: {convert: {out-format: binary}, to: a, from: c}\n"
           "  b: {convert: {out-format: binary}, to: b, from: a}\n"
           "  c: {convert: {out-format: binary}, to: c, from: b}\n"
           "  d: {convert: {out-format: binary}, to: d, from: [c, d]}\n"
           "  e: {convert: {out-format: binary}, to: e, from: d}\n",
           "2:51: steps read from each other in a circle: a from c from b from a",
           "5:51: steps read from each other in a circle: d from d");
    REFUSE("input: in\nsteps:\n  a: {hist: {}, to: a}\n  b: {convert: {}, from: a, to: b}\n",
           "4:26: step \"a\" writes no flow records to read");
    REFUSE(
        "input: in\nsteps:\n  a: {convert: {out-format: none}}\n  b: {hist: {}, from: a, to: b}\n",
        "4:23: step \"a\" writes no flow records to read");
    REFUSE("input: in\nsteps:\n  a: " TRACE_STEP "\n"
           "  b: {hist: {in-format: binary}, from: a, to: b}\n",
           "4:14: in-format has no effect beside \"from\"");
    REFUSE("input: in\nsteps:\n"
           "  a: {convert: {out-format: binary}, to: t-$k, matrix: {k: [1]}}\n"
           "  b: {hist: {}, from: a, to: b-$k, matrix: {k: [1, 2]}}\n",
           "4:23: step \"a\" has no instance with the axes of b[k=2]");
}

Test(job, matrices)
{
    REFUSE("input: in\nsteps: {h: {hist: {}, to: h, matrix: [a]}}\n",
           "2:38: expected a map of axes, but found a list");
    REFUSE("let: {b: 1}\ninput: in\nsteps: {h: {hist: {b: $b}, to: h,"
           " matrix: {a-b: [1], b: [1], c: 1, d: [], e: [x, x], f: [[]], g: [\"\"]}}}\n",
           "3:44: the name of an axis has letters, digits and _, but found \"a-b\"",
           "3:54: \"b\" is a variable of \"let\" already",
           "3:65: expected a list or a map of values, but found text",
           "3:71: axis \"d\" has no values", "3:82: the values of an axis must differ",
           "3:90: expected a value, but found a list",
           "3:99: the values of an axis must have names: write {name: \"\"}");
    REFUSE("input: in\nsteps: {h: {hist: {x: $axes}, to: $axis, matrix: {axis: [1, 2]}}}\n",
           "2:23: undefined variable $axes, did you mean $axis?");
    REFUSE(
        "input: in\nsteps: {h: {hist: {}, to: \"$a$b$c$d$e\", matrix: {a: &l [0,1,2,3,4,5,6,7,8],"
        " b: *l, c: *l, d: *l, e: *l}}}\n",
        "2:49: the job has more than 4096 steps with this matrix");
}

Test(job, outputs)
{
    REFUSE("input: in\nsteps: {h: {hist: {}}, c: {convert: {}}}\n", "2:9: step \"h\" has no \"to\"",
           "2:24: step \"c\" has no \"to\": expected the path of its output");
    REFUSE("input: in\nsteps: {c: {convert: {out-format: none}, to: x}}\n",
           "2:42: \"to\" has no effect: out-format none writes nothing");
    REFUSE("input: in\nsteps: {a: {hist: {}, to: ../a}, b: {hist: {}, to: /b}, c: {hist: {}, to: "
           "\"-\"},"
           " d: {hist: {}, to: [x]}, e: {hist: {}, to: e/}}\n",
           "2:27: expected a path below the output directory, but found \"../a\"",
           "2:52: expected a path below the output directory, but found \"/b\"",
           "2:75: expected a path below the output directory, but found \"-\"",
           "2:99: expected the path of the output, but found a list",
           "2:123: expected a path below the output directory, but found \"e/\"");
    REFUSE("input: in\nsteps: {h: {hist: {x: $x}, to: h.csv, matrix: {x: [size, length]}}}\n",
           "2:32: output job/h.csv of h[x=length] is also that of h[x=size]");
    REFUSE("input: in\nsteps:\n  a: {hist: {}, to: x/a}\n  b: {hist: {}, to: x/./a}\n"
           "  c: {hist: {}, to: x/a/b}\n  d: {hist: {}, to: x/a-b}\n",
           "4:21: output job/x/a of b is also that of a",
           "5:21: output job/x/a/b of c lies inside the output of a");
    REFUSE("output: in\ninput: in/*\nsteps: {h: {hist: {}, to: 2.csv}}\n",
           "3:27: output in/2.csv of h would overwrite the input");
    REFUSE("output: .\ninput: in\nsteps: {h: {hist: {}, to: in/new/3.csv}}\n",
           "3:27: output ./in/new/3.csv of h lies inside the input in");
    REFUSE("output: .\ninput: in/1.csv\nsteps: {h: {convert: {out-format: binary}, to: in}}\n",
           "3:48: output ./in of h is a directory that holds the input in/1.csv");
    REFUSE("output: .\ninput: in\nsteps: {h: {hist: {}, to: job.yaml}}\n",
           "3:27: output ./job.yaml of h would overwrite the job file");
    REFUSE("output: in\ninput: in/1.csv\nsteps: {h: {hist: {}, to: 2.csv/x}}\n",
           "3:27: in/2.csv/x: Not a directory");
    REFUSE("output: .\ninput: in/1.csv\nsteps: {a: {hist: {}, to: in}, b: {convert: {out-format:"
           " binary}, to: job.yaml/x}}\n",
           "3:27: ./in is a directory, but hist writes a file here",
           "3:71: ./job.yaml/x: Not a directory");
    REFUSE(
        "output: .\ninput: in/1.csv\nsteps: {b: {convert: {out-format: binary}, to: in/2.csv}}\n",
        "3:48: ./in/2.csv is a file, but convert writes a directory here");
}

Test(job, links_do_not_hide_an_overwritten_input)
{
    struct fixture f;
    enter(&f);
    cr_assert(symlink("in", "out") == 0);
    cr_assert(open_with(&f, "output: out\ninput: in/1.csv\nsteps: {h: {hist: {}, to: 1.csv}}\n",
                        NULL, NULL) == WEIR_USAGE);
    cr_assert(strstr(f.complaints, "output out/1.csv of h would overwrite the input") != NULL);
    leave(&f);
}

/* Mistakes of a matrix are shown once, and at most 20 of a file. */
Test(job, floods_of_mistakes)
{
    struct fixture f;
    enter(&f);
    char text[4096];
    size_t used = (size_t)snprintf(text, sizeof text, "input: in\nsteps:\n");
    for (int i = 0; i < 30; i++)
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "  s%d: {hist: {b: [], x: $n}, to: s%d}\n", i, i);
    cr_assert(open_with(&f, text, NULL, NULL) == WEIR_USAGE);
    cr_assert_str_eq(f.err.message, "job.yaml: more than 20 mistakes in the job file");
    leave(&f);
    REFUSE("input: in\nsteps: {h: {hist: {x: \"$x$y\"}, to: $x$y, matrix: {x: [1, 2, 3, 4, 5],"
           " y: [1, 2, 3, 4, 5]}}}\n",
           "2:23: x-value of hist: expected one of");
}

/* --- hostile files, in bounded time -----------------------------------------------------------*/

static void refuse_in_time(const char *text)
{
    struct fixture f;
    enter(&f);
    const clock_t start = clock();
    const enum weir_status status = open_with(&f, text, NULL, NULL);
    const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    cr_assert(status == WEIR_USAGE, "%.100s: %s", text, f.err.message);
    cr_assert(seconds < 5, "%.3f s", seconds);
    cr_assert(strlen(f.complaints) < 40000);
    leave(&f);
}

Test(job, variables_that_double_each_other)
{
    char text[8192];
    size_t used = (size_t)snprintf(text, sizeof text, "let:\n  v0: xxxxxxxxxxxxxxxx\n");
    for (int i = 1; i < 60; i++)
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "  v%d: $v%d$v%d\n", i, i - 1, i - 1);
    snprintf(text + used, sizeof text - used, "input: in\nsteps: {h: {hist: {}, to: $v59}}\n");
    refuse_in_time(text);
}

Test(job, very_many_steps)
{
    const size_t n_steps = 6000, capacity = n_steps * 100;
    char *text = malloc(capacity);
    cr_assert(text != NULL);
    size_t used = (size_t)snprintf(text, capacity, "input: in\nsteps:\n");
    for (size_t i = 0; i < n_steps; i++) /* each reads from the next one: the last has no source */
        used += (size_t)snprintf(text + used, capacity - used,
                                 "  s%zu: {convert: {out-format: binary}, to: s%zu, from: s%zu}\n",
                                 i, i, i + 1);
    refuse_in_time(text);
    free(text);
}

Test(job, long_texts)
{
    char *text = malloc((1 << 20) + 1000);
    cr_assert(text != NULL);
    const char *shapes[] = {"input: in\nsteps: {h: {hist: {filter-expr: \"%s\"}, to: h}}\n",
                            "input: in\nsteps: {h: {hist: {x: \"%s\"}, to: h}}\n",
                            "input: in\nsteps: {h: {hist: {\"%s\": 1}, to: h}}\n",
                            "input: in\nsteps: {h: {hist: {}, to: \"%s\"}}\n",
                            "input: \"%s\"\nsteps: {h: {hist: {}, to: h}}\n",
                            "input: in\nsteps: {\"%s\": {hist: {}}}\n",
                            "\"%s\": 1\n"};
    char *body = malloc((1 << 20) + 1);
    cr_assert(body != NULL);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (size_t length = 1000; length <= 1 << 20; length *= 32) {
            memset(body, '(', length);
            body[length] = '\0';
            const char *split = strstr(shapes[i], "%s");
            snprintf(text, (1 << 20) + 1000, "%.*s%s%s", (int)(split - shapes[i]), shapes[i], body,
                     split + 2);
            refuse_in_time(text);
        }
    free(body);
    free(text);
}

/* --- failing memory, and running --------------------------------------------------------------*/

static const char rich_job[] =
    "let: {b: 12, d: $b$b}\n"
    "input: {path: [in/*.csv], in-format: csv_flow}\n"
    "steps:\n"
    "  t: {convert: {out-format: binary}, to: t-$k, matrix: {k: [1, 2]}}\n"
    "  h: {hist: {c: [aggs, rate], b: $b, filter-expr: prot==6}, from: t, to: h-$k-$d.csv}\n"
    "  i: {hist: {}, to: i.csv, input: in/1.csv}\n";

Test(job, every_request_for_memory_may_fail)
{
    enum weir_status status = WEIR_MEMORY;
    int n = 0;
    for (; status != WEIR_OK; n++) {
        cr_assert(n < 2000);
        struct fixture f;
        enter(&f);
        weir_mem_fail_after(&f.run.mem, n);
        status = open_with(&f, rich_job, NULL, NULL);
        cr_assert(status == WEIR_OK || status == WEIR_MEMORY, "%d: %s: %s\n%s", n,
                  weir_status_name(status), f.err.message, f.complaints);
        cr_assert(status == WEIR_OK || f.err.message[0] != '\0');
        leave(&f);
    }
    cr_assert(n > 10, "only %d requests", n);
}

Test(job, runs_and_leaves_only_outputs)
{
    struct fixture f;
    enter(&f);
    cr_assert(open_with(&f, rich_job, "o/p", NULL) == WEIR_OK, "%s\n%s", f.err.message,
              f.complaints);
    cr_assert(weir_job_run(f.job, &f.err) == WEIR_OK, "%s", f.err.message);
    const char *outputs[] = {"t-1", "t-2", "h-1-1212.csv", "h-2-1212.csv", "i.csv"};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        char path[64];
        snprintf(path, sizeof path, "o/p/%s", outputs[i]);
        cr_assert(access(path, F_OK) == 0, "%s is missing", path);
    }
    leave(&f);
}

Test(job, a_failing_step_is_named)
{
    struct fixture f;
    enter(&f);
    check_write_file("in/bad", "neither fish nor flow\n", 22);
    cr_assert(open_with(&f,
                        "output: out\ninput: in/bad\nsteps:\n  h: {hist: {}, to: h}\n"
                        "  i: {hist: {b: 3}, to: i}\n  j: {hist: {}, to: j, input: in/1.csv}\n",
                        NULL, NULL) == WEIR_OK,
              "%s\n%s", f.err.message, f.complaints);
    const enum weir_status status = weir_job_run(f.job, &f.err);
    cr_assert(status == WEIR_FORMAT, "%s", f.err.message);
    cr_assert(strncmp(f.err.message, "scan of step h and 1 more: in/bad: ", 35) == 0, "%s",
              f.err.message);
    cr_assert(access("out/h", F_OK) != 0 && access("out/j", F_OK) != 0);
    leave(&f);
}

Test(job, memory_may_fail_while_running)
{
    enum weir_status status = WEIR_MEMORY;
    int n = 0;
    for (; status != WEIR_OK; n++) {
        cr_assert(n < 5000);
        struct fixture f;
        enter(&f);
        cr_assert(open_with(&f, rich_job, NULL, NULL) == WEIR_OK);
        weir_mem_fail_after(&f.run.mem, n);
        status = weir_job_run(f.job, &f.err);
        cr_assert(status == WEIR_OK || status == WEIR_MEMORY, "%d: %s: %s", n,
                  weir_status_name(status), f.err.message);
        cr_assert(status == WEIR_OK || strstr(f.err.message, "step") != NULL ||
                      strstr(f.err.message, "manifest") != NULL,
                  "%s", f.err.message);
        leave(&f);
    }
    cr_assert(n > 10, "only %d requests", n);
}

/* Every byte of a job replaced in turn: accepted or refused, and nothing worse. */
Test(job, damaged_jobs)
{
    const char bytes[] = "$\n{],*x";
    const size_t n = strlen(rich_job);
    struct fixture f;
    enter(&f);
    size_t n_refused = 0;
    for (size_t at = 0; at < n; at++)
        for (size_t b = 0; bytes[b] != '\0'; b++) {
            char copy[1024];
            snprintf(copy, sizeof copy, "%s", rich_job);
            copy[at] = bytes[b];
            const enum weir_status status = open_with(&f, copy, NULL, NULL);
            cr_assert(status == WEIR_OK || status == WEIR_USAGE, "%s: %s\n%s",
                      weir_status_name(status), f.err.message, copy);
            cr_assert((status == WEIR_OK) ==
                          (strstr(f.complaints, " warning: ") != NULL || f.complaints[0] == '\0'),
                      "%s\n%s", copy, f.complaints);
            n_refused += status != WEIR_OK;
            weir_job_close(f.job);
            f.job = NULL;
            CHECK_NO_LEAK(&f.run.mem);
        }
    cr_assert(n_refused > n, "only %zu refused", n_refused);
    leave(&f);
}
