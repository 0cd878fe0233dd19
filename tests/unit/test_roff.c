/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Man page source: every escape, line starts, filled and literal lines, and a walk over all pages.
 */
#include "check.h"
#include "command.h"
#include "man_page.h"
#include "roff.h"

#include <ctype.h>

/* A stream into memory. */
struct sink {
    FILE *out;
    char *text;
    size_t n;
};

static void sink_open(struct sink *sink)
{
    sink->out = open_memstream(&sink->text, &sink->n);
    cr_assert(sink->out != NULL);
}

/* Checks what was printed, and gives it back. */
static void sink_expect(struct sink *sink, const char *want)
{
    fclose(sink->out);
    cr_assert_str_eq(sink->text, want);
    free(sink->text);
}

static void check_fill(const char *text, const char *want)
{
    struct sink sink;
    sink_open(&sink);
    weir_roff_fill(sink.out, text);
    sink_expect(&sink, want);
}

Test(roff, escapes)
{
    struct sink sink;
    sink_open(&sink);
    weir_roff_put(sink.out, "a\\n -x 'q' `c` 2^3 ~ \"s\"\n.", 25);
    sink_expect(&sink, "a\\(rsn \\-x \\(aqq\\(aq \\(gac\\(ga 2\\(ha3 \\(ti \\(dqs\\(dq ");
    sink_open(&sink);
    weir_roff_put_font(sink.out, 'B', "--x");
    weir_roff_put_font(sink.out, 'I', "N");
    sink_expect(&sink, "\\fB\\-\\-x\\fR\\fIN\\fR");
}

Test(roff, no_text_becomes_a_request)
{
    check_fill(".TH x", "\\&.TH x\n");
    check_fill("'ds x", "\\(aqds x\n");
    check_fill("Ends. .so /etc/passwd", "Ends.\n\\&.so /etc/passwd\n");
    /* A word that is wrapped to the start of a line. */
    check_fill("123456789 123456789 123456789 123456789 123456789 123456789 123456789 .so x",
               "123456789 123456789 123456789 123456789 123456789 123456789 123456789\n"
               "\\&.so x\n");
    struct sink sink;
    sink_open(&sink);
    weir_roff_literal(sink.out, ".so x\n  'y");
    sink_expect(&sink, ".RS 4\n.nf\n\\&.so x\n  \\(aqy\n.fi\n.RE\n");
}

Test(roff, paragraphs_and_tables)
{
    check_fill("", ".PP\n");
    check_fill("One. Two, 0.05 % of it.", "One.\nTwo, 0.05 % of it.\n");
    check_fill("a  b\n", "a b\n");
    check_fill("Ports, ... with traffic? \"Yes.\" No.",
               "Ports, ... with traffic?\n\\(dqYes.\\(dq No.\n");
    check_fill("First.\n\nSecond.", "First.\n.PP\nSecond.\n");
    check_fill("Table:\n  .x  -y\n  z\nEnd", "Table:\n.nf\n  .x  \\-y\n  z\n.fi\nEnd\n");
    check_fill("  z", ".nf\n  z\n.fi\n");
}

/* Requests that pages may use, and no others: a text that begins a line by accident shows here. */
static void check_line(const char *page, const char *line, size_t length)
{
    static const char *const requests[] = {".\\\" ", ".TH ", ".SH ", ".SS ", ".TP",  ".PP",
                                           ".nf",    ".fi",  ".RS ", ".RE",  ".BR ", ".so "};
    cr_assert(length > 0, "%s: empty line", page);
    cr_assert(line[length - 1] != ' ', "%s: trailing blank: %.*s", page, (int)length, line);
    for (size_t i = 0; i < length; i++)
        cr_assert(isprint((unsigned char)line[i]), "%s: not ASCII: %.*s", page, (int)length, line);
    cr_assert(line[0] != '\'', "%s: %.*s", page, (int)length, line);
    bool known = line[0] != '.';
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        known = known || strncmp(line, requests[i], strlen(requests[i])) == 0;
    cr_assert(known, "%s: %.*s", page, (int)length, line);
}

static void check_page(const struct weir_command *command)
{
    struct sink sink;
    sink_open(&sink);
    weir_man_page_print(command, sink.out);
    fclose(sink.out);
    const char *page = command == NULL ? "weir" : command->name;
    for (const char *line = sink.text; *line != '\0';) {
        const size_t length = strcspn(line, "\n");
        check_line(page, line, length);
        line += length + (line[length] == '\n');
    }
    free(sink.text);
}

Test(roff, all_pages)
{
    size_t n = 0;
    const struct weir_command *const *list = weir_command_list(&n);
    check_page(NULL);
    for (size_t i = 0; i < n; i++)
        check_page(list[i]);
    struct sink sink;
    sink_open(&sink);
    weir_man_page_print_alias(weir_command_find("hist"), sink.out);
    sink_expect(&sink, ".so man1/weir-hist.1\n");
}
