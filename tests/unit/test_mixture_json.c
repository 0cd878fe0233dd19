/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mixture_json: mixtures as JSON, there and back. */
#include "check.h"
#include "mixture_json.h"

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

TestSuite(mixture_json, .init = enter, .fini = leave);

static void write_mixture(const struct weir_mixture *mixture, const char *path)
{
    struct weir_error err;
    struct weir_output *output = NULL;
    CHECK_OK(weir_output_create(path, false, &mem, &output, &err));
    CHECK_OK(weir_mixture_json_write(mixture, output, &err));
    CHECK_OK(weir_output_commit(output, &err));
}

static void check_same_files(const char *a, const char *b)
{
    char command[1200];
    snprintf(command, sizeof command, "cmp '%s' '%s'", a, b);
    cr_assert(system(command) == 0, "%s and %s differ", a, b);
}

static void check_same(const struct weir_mixture *a, const struct weir_mixture *b)
{
    cr_assert(a->n_components == b->n_components && a->has_sum == b->has_sum && a->sum == b->sum);
    for (size_t k = 0; k < a->n_components; k++) {
        const struct weir_component *x = &a->component[k];
        const struct weir_component *y = &b->component[k];
        cr_assert(x->kind == y->kind, "component %zu", k);
        cr_assert(memcmp(&x->weight, &y->weight, sizeof x->weight) == 0, "component %zu", k);
        cr_assert(memcmp(x->parameter, y->parameter,
                         weir_kind_parameters(x->kind) * sizeof *x->parameter) == 0,
                  "component %zu", k);
    }
}

static void parse(const char *text, struct weir_mixture *mixture)
{
    struct weir_error err;
    weir_mixture_init(mixture, &mem);
    CHECK_OK(weir_mixture_json_parse("x", text, strlen(text), mixture, &err));
}

/* Every published mixture comes out as it went in, text and bits. */
Test(mixture_json, reference_files_there_and_back)
{
    static const char *const traffic[] = {"all", "tcp", "udp"};
    static const char *const x[] = {"length", "size"};
    static const char *const y[] = {"flows", "packets", "octets"};
    const char *reference = check_reference();
    if (reference == NULL)
        return;
    for (size_t i = 0; i < 18; i++) {
        struct weir_error err;
        struct weir_mixture mixture;
        struct weir_mixture again;
        char path[512];
        snprintf(path, sizeof path, "%s/published/mixtures/%s/%s/%s.json", reference,
                 traffic[i / 6], x[i / 3 % 2], y[i % 3]);
        weir_mixture_init(&mixture, &mem);
        weir_mixture_init(&again, &mem);
        CHECK_OK(weir_mixture_json_read(path, &mixture, &err));
        cr_assert(mixture.n_components >= 5 && mixture.has_sum && mixture.sum > 1000000);
        cr_assert(weir_mixture_weight(&mixture) > 0.99 && weir_mixture_weight(&mixture) < 1.01);
        write_mixture(&mixture, "out.json");
        check_same_files("out.json", path);
        CHECK_OK(weir_mixture_json_read("out.json", &again, &err));
        check_same(&mixture, &again);
        weir_mixture_release(&mixture);
        weir_mixture_release(&again);
    }
}

Test(mixture_json, values)
{
    static const char text[] =
        "{\"mix\": [[1, \"uniform\", [-0, 1e0]], [0.0, \"norm\", [-1.5, 5e-324]],\r\n"
        "[2.5E-1, \"lognorm\", [1,0,12345678901234567890]], [7.4656130876934805e-56, "
        "\"genpareto\", [-0.25, 0, 1]],\t[3, \"gamma\", [1, 2, 3]], "
        "[4, \"weibull_min\", [1, -2, 3]]],\n"
        "\"sum\" : 340282366920938463463374607431768211455 }\n";
    struct weir_mixture mixture;
    parse(text, &mixture);
    cr_assert(mixture.n_components == 6 && mixture.has_sum && mixture.sum == WEIR_U128_MAX);
    for (unsigned k = 0; k < 6; k++)
        cr_assert(mixture.component[k].kind == (enum weir_kind)k);
    cr_assert(mixture.component[0].parameter[0] == 0 && mixture.component[0].weight == 1);
    cr_assert(mixture.component[1].parameter[1] == 5e-324);
    cr_assert(mixture.component[2].weight == 0.25);
    cr_assert(mixture.component[2].parameter[2] == 12345678901234567890.0);
    cr_assert(mixture.component[3].parameter[0] == -0.25);
    cr_assert(mixture.component[5].parameter[1] == -2);
    write_mixture(&mixture, "out.json");
    static const char want[] = "{\n"
                               "  \"sum\": 340282366920938463463374607431768211455,\n"
                               "  \"mix\": [\n"
                               "    [1, \"uniform\", [-0, 1]],\n"
                               "    [0, \"norm\", [-1.5, 5e-324]],\n"
                               "    [0.25, \"lognorm\", [1, 0, 1.2345678901234567e+19]],\n"
                               "    [7.4656130876934805e-56, \"genpareto\", [-0.25, 0, 1]],\n"
                               "    [3, \"gamma\", [1, 2, 3]],\n"
                               "    [4, \"weibull_min\", [1, -2, 3]]\n"
                               "  ]\n"
                               "}\n";
    check_write_file("want.json", want, sizeof want - 1);
    check_same_files("out.json", "want.json");
    weir_mixture_release(&mixture);
}

Test(mixture_json, lists_without_sum)
{
    static const char text[] = "[\n  [0.5, \"uniform\", [0, 1]],\n  [0.5, \"norm\", [0, 1]]\n]\n";
    struct weir_mixture mixture;
    parse(text, &mixture);
    cr_assert(mixture.n_components == 2 && !mixture.has_sum);
    write_mixture(&mixture, "out.json");
    check_write_file("want.json", text, sizeof text - 1);
    check_same_files("out.json", "want.json");
    weir_mixture_release(&mixture);
    parse("{\"mix\": [[1, \"uniform\", [0, 1]]]}", &mixture);
    cr_assert(mixture.n_components == 1 && !mixture.has_sum);
    weir_mixture_release(&mixture);
}

Test(mixture_json, sums)
{
    static const struct {
        const char *text;
        weir_u128 sum;
    } cases[] = {
        {"0", 0},
        {"-0", 0},
        {"1.5e10", 15000000000},
        {"15000000000.0", 15000000000},
        {"9007199254740993", 9007199254740993},
        {"9223372036854775807", INT64_MAX},
        {"18446744073709551617", ((weir_u128)1 << 64) + 1},
        {"1e30", (weir_u128)1e30},
        {"340282366920938463463374607431768211455", WEIR_U128_MAX},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (int first = 0; first < 2; first++) {
            struct weir_mixture mixture;
            char text[200];
            snprintf(text, sizeof text,
                     first != 0 ? "{\"sum\":%s,\"mix\":[[1,\"norm\",[0,1]]]}"
                                : "{\"mix\":[[1,\"norm\",[0,1]]],\"sum\" :\n%s\n}",
                     cases[c].text);
            parse(text, &mixture);
            cr_assert(mixture.has_sum && mixture.sum == cases[c].sum, "%s", text);
            weir_mixture_release(&mixture);
        }
    struct weir_mixture mixture;
    parse("{\"s\\u0075m\":77,\"mix\":[[1,\"norm\",[0,1]]]}", &mixture);
    cr_assert(mixture.has_sum && mixture.sum == 77);
    weir_mixture_release(&mixture);
}

Test(mixture_json, bad_files)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "in.json:1:0: expected JSON, but found: '[' or '{' expected near end of file"},
        {"{\"sum\": 1,\n\"mix\": [[NaN, \"norm\", [0, 1]]]}",
         "in.json:2:12: expected JSON, but found: invalid token near 'NaN'"},
        {"[[1, \"norm\", [0, 1]]] x", "in.json:1:23: expected JSON, but found"},
        {"[[1, \"norm\", [0, 1e999]]]", "real number overflow"},
        {"[\"\xff\"]", "expected JSON, but found: unable to decode byte 0xff"},
        {"5", "expected JSON"},
        {"{\"mix\": [], \"mix\": []}", "duplicate object key"},
        {"{\"mix\": [], \"mode\": 5}", "in.json: expected \"sum\" and \"mix\", but found \"mode\""},
        {"{\"sum\": 1}", "in.json: mix: expected a list of components, but found nothing"},
        {"{\"sum\": 1, \"mix\": {}}", "mix: expected a list of components, but found an object"},
        {"{\"sum\": 1, \"mix\": []}", "mix: expected a list of components, but found a list of 0"},
        {"[]", "in.json: mix: expected a list of components, but found a list of 0"},
        {"[5]", "mix[0]: expected [weight, name, parameters], but found 5"},
        {"[[1, \"norm\", [0, 1]], [1, \"norm\"]]",
         "in.json: mix[1]: expected [weight, name, parameters], but found a list of 2"},
        {"[[\"1\", \"norm\", [0, 1]]]",
         "mix[0][0]: expected a weight of 0 or more, but found \"1\""},
        {"[[-0.5, \"norm\", [0, 1]]]", "mix[0][0]: expected a weight of 0 or more, but found -0.5"},
        {"[[null, \"norm\", [0, 1]]]", "mix[0][0]: expected a weight of 0 or more, but found null"},
        {"[[1, \"normal\\n\", [0, 1]]]",
         "mix[0][1]: expected uniform, norm, lognorm, genpareto, gamma or weibull_min, but found "
         "\"normal\\x0a\""},
        {"[[1, true, [0, 1]]]", "mix[0][1]: expected uniform, norm, lognorm, genpareto, gamma or "
                                "weibull_min, but found true"},
        {"[[1, \"norm\", [0, 1, 2]]]",
         "mix[0][2]: expected the 2 parameters of norm, but found a list of 3"},
        {"[[1, \"lognorm\", [0, 1]]]",
         "mix[0][2]: expected the 3 parameters of lognorm, but found a list of 2"},
        {"[[1, \"lognorm\", false]]", "parameters of lognorm, but found false"},
        {"[[1, \"norm\", [0, 1]], [1, \"gamma\", [0.5, \"0\", 1]]]",
         "mix[1][2][1]: expected a number, but found \"0\""},
        {"[[1, \"norm\", [0, -2.5]]]", "mix[0][2][1]: expected a number above 0, but found -2.5"},
        {"[[1, \"lognorm\", [0, 0, 1]]]", "mix[0][2][0]: expected a number above 0, but found 0"},
        {"[[0, \"norm\", [0, 1]]]",
         "in.json: mix: expected weights with a sum above 0, but found 0"},
        {"[[1e308, \"norm\", [0, 1]], [1e308, \"norm\", [0, 1]]]", "but found inf"},
        {"{\"sum\": -1, \"mix\": []}",
         "in.json: sum: expected a whole number below 2^128, but found -1"},
        {"{\"sum\": 1.5, \"mix\": []}", "sum: expected a whole number below 2^128, but found 1.5"},
        {"{\"sum\": \"5\", \"mix\": []}",
         "sum: expected a whole number below 2^128, but found \"5\""},
        {"{\"mix\": [], \"sum\": 340282366920938463463374607431768211456}",
         "sum: expected a whole number below 2^128, but found 3.402823669209385e+38"},
    };
    struct weir_error err;
    struct weir_mixture mixture;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        weir_mixture_init(&mixture, &mem);
        check_write_file("in.json", cases[c].text, strlen(cases[c].text));
        CHECK_STATUS(weir_mixture_json_read("in.json", &mixture, &err), WEIR_FORMAT);
        CHECK_MESSAGE(cases[c].message);
        weir_mixture_release(&mixture);
    }
    weir_mixture_init(&mixture, &mem);
    CHECK_STATUS(weir_mixture_json_read("absent.json", &mixture, &err), WEIR_IO);
    CHECK_MESSAGE("absent.json: cannot be opened: No such file or directory");
    CHECK_STATUS(weir_mixture_json_read(directory, &mixture, &err), WEIR_IO);
    CHECK_MESSAGE("expected a mixture, but found a directory");
    weir_mixture_release(&mixture);
}

Test(mixture_json, many_components)
{
    struct weir_error err;
    struct weir_mixture mixture;
    struct weir_mixture again;
    weir_mixture_init(&mixture, &mem);
    weir_mixture_init(&again, &mem);
    for (unsigned k = 0; k < 5000; k++) {
        const struct weir_component component = {1.0 / (k + 1),
                                                 (enum weir_kind)(k % WEIR_N_KINDS),
                                                 {1e-30 * (k + 1), 3e30 / (k + 1), k + 0.1}};
        CHECK_OK(weir_mixture_add(&mixture, &component, &err));
    }
    write_mixture(&mixture, "many.json");
    CHECK_OK(weir_mixture_json_read("many.json", &again, &err));
    check_same(&mixture, &again);
    weir_mixture_release(&again);
    /* Through a pipe, which cannot be mapped. */
    FILE *pipe_end = popen("cat many.json", "r");
    char path[64];
    snprintf(path, sizeof path, "/dev/fd/%d", fileno(pipe_end));
    CHECK_OK(weir_mixture_json_read(path, &again, &err));
    pclose(pipe_end);
    check_same(&mixture, &again);
    weir_mixture_release(&mixture);
    weir_mixture_release(&again);
    cr_assert(system("(cat many.json; head -c 2000000 /dev/zero | tr '\\0' ' ') >long.json") == 0);
    CHECK_STATUS(weir_mixture_json_read("long.json", &again, &err), WEIR_FORMAT);
    CHECK_MESSAGE("long.json: expected a mixture of at most 1048576 bytes, but found 2");
}

Test(mixture_json, full_disk_and_no_memory)
{
    struct weir_error err;
    struct weir_output *output = NULL;
    struct weir_mixture mixture;
    static const char text[] = "[[1, \"norm\", [0, 1]]]";
    check_write_file("in.json", text, sizeof text - 1);
    for (int k = 0;; k++) {
        weir_mixture_init(&mixture, &mem);
        weir_mem_fail_after(&mem, k);
        const enum weir_status status = weir_mixture_json_read("in.json", &mixture, &err);
        if (status == WEIR_OK)
            break;
        cr_assert(status == WEIR_MEMORY);
        weir_mixture_release(&mixture);
        CHECK_NO_LEAK(&mem);
        cr_assert(k < 10);
    }
    weir_mem_fail_after(&mem, -1);
    CHECK_OK(weir_output_create("/dev/full", false, &mem, &output, &err));
    CHECK_STATUS(weir_mixture_json_write(&mixture, output, &err), WEIR_IO);
    CHECK_MESSAGE("No space left on device");
    mixture.component[0].weight = -1;
    CHECK_STATUS(weir_mixture_json_write(&mixture, output, &err), WEIR_INTERNAL);
    mixture.n_components = 0;
    CHECK_STATUS(weir_mixture_json_write(&mixture, output, &err), WEIR_INTERNAL);
    weir_output_discard(output);
    weir_mixture_release(&mixture);
}
