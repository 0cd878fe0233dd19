/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The language of filters, told to its users. */
#include "filter_help.h"

#include "field.h"
#include "filter_name.h"
#include "wrap.h"

#define NAME_COLUMN 14

struct entry {
    const char *name, *text;
};

static const char intro[] =
    "--filter-expr EXPR takes the records for which EXPR is true, or a number other than 0.\n"
    "\n"
    "  packets > 0 and octets // packets > 1000\n"
    "  prot == tcp and port in {80, 443}\n"
    "  src in 10.0.0.0/8 and not dst in {10.0.0.0/8, 2001:db8::/32}\n"
    "  first >= 2015-06-10T19:00 and duration > 60_000";

/* From the loosest to the tightest. */
static const struct entry operators[] = {
    {"or, and, not", "a side holds, both do, it does not; not binds most tightly of them"},
    {"== != < <= > >=", "comparisons; a < b < c is a < b and b < c"},
    {"in, not in", "is one of a list: dp in {53, 80}"},
    {"| ^ &", "of the bits of numbers; of two comparisons: or, differs, and"},
    {"<< >>", "shifts of bits"},
    {"+ -", "sum, difference"},
    {"* // %", "product, quotient rounded down, rest with the sign of the divisor"},
    {"- + ~", "signs; ~ inverts the bits of a number and denies a comparison"},
};

static const char rules[] =
    "This is Python's order: & binds more tightly than ==, so that (prot == 6) & (dp == 53) needs "
    "its parentheses, and prot == 6 and dp == 53 none. Numbers are whole, written as in 443, "
    "0x1bb, "
    "0b11, 1_000_000, and exact in 128 bits with a sign. A value beyond that, a division by 0 and "
    "a "
    "shift by less than 0 end the command with an error that names the record, unless and or or "
    "has "
    "decided before: the right side of and does not matter where the left one is false, nor that "
    "of "
    "or where it is true. (& and | always take both, and so do chains of comparisons.) Constants "
    "that fail by themselves, such as 1 // 0, are refused everywhere.";

static const struct entry derived[] = {
    {"port", "sp or dp: port < 1024 holds when one of them is below, and 1 < port < 9 when one of "
             "them lies between; port != 53 holds when neither is 53"},
    {"duration", "ms from the first to the last packet; 0 for one packet, or when last < first"},
    {"rate", "octets * 8000 // duration: bit/s, rounded down; 0 when duration is 0"},
    {"proto", "the same as prot"},
    {"src, dst, ip", "an address: of the source, of the destination, of either. They stand beside "
                     "==, !=, in or not in, and addresses"},
};

static const char addresses[] =
    "Addresses are written as in 10.1.2.3 and 2001:db8::1, and with in also as prefixes: src in "
    "10.0.0.0/8, dst not in 2001:db8::/32, ip in {10.0.0.0/8, ::1}. The bits behind a prefix must "
    "be "
    "0. ip != A and ip not in A hold when neither address is in A. An address of a record is one "
    "of IPv4 when af is not 10 and its upper three words (sa0, sa1, sa2) are 0; IPv4 addresses "
    "equal "
    "only those, and IPv6 addresses only others. The fields that are read must be there: af and "
    "the "
    "words that a prefix reaches, save that an IPv6 prefix whose first 96 bits are not all 0 does "
    "without af.";

static const char times[] =
    "Times are written as in 2015-06-10T19:00, 2015-06-10T19:00:05, 2015-06-10T19:00:05.250, with "
    "Z "
    "or an offset from UTC as in +02:00 behind them; without one they are UTC. A time without a "
    "fraction is the number of its second since 1970: first == 2015-06-10T19:00:05 holds within "
    "that "
    "second. One with a fraction stands beside first or last only, which are then exact in ms. "
    "--from TIME and --to TIME take such times too, and choose flows by the ms of first.";

/* --- telling --------------------------------------------------------------------------------- */

static void tell_entries(const struct weir_filter_teller *teller, const struct entry *entries,
                         size_t n, bool wide, FILE *out)
{
    for (size_t i = 0; i < n; i++)
        teller->entry(entries[i].name, entries[i].text, wide, out);
}

static void tell_protocols(const struct weir_filter_teller *teller, FILE *out)
{
    char text[512];
    size_t used = 0;
    const char *name = NULL;
    unsigned number = 0;
    for (size_t i = 0; weir_filter_name_protocol(i, &name, &number); i++) {
        const int n =
            snprintf(text + used, sizeof text - used, "%s%s %u", i == 0 ? "" : ", ", name, number);
        used += n > 0 && (size_t)n < sizeof text - used ? (size_t)n : 0;
    }
    teller->heading("Protocols, as numbers for prot", out);
    teller->list(text, out);
}

void weir_filter_tell(const struct weir_filter_teller *teller, FILE *out)
{
    teller->paragraph(intro, out);
    teller->heading("Operators, those that bind least first", out);
    tell_entries(teller, operators, sizeof operators / sizeof *operators, true, out);
    teller->paragraph(rules, out);
    teller->heading("Fields", out);
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        const struct weir_field_info *field = weir_field_info((enum weir_field)f);
        teller->entry(field->name, field->meaning, false, out);
    }
    teller->heading("Made of fields", out);
    tell_entries(teller, derived, sizeof derived / sizeof *derived, false, out);
    teller->paragraph(addresses, out);
    teller->paragraph(times, out);
    tell_protocols(teller, out);
}

/* --- as help --------------------------------------------------------------------------------- */

static void print_paragraph(const char *text, FILE *out)
{
    if (text != intro)
        fputc('\n', out);
    weir_wrap_print(out, text, 0, 0);
}

static void print_heading(const char *text, FILE *out)
{
    fprintf(out, "\n%s:\n", text);
}

static void print_entry(const char *name, const char *text, bool wide, FILE *out)
{
    const int at = fprintf(out, "  %s", name);
    weir_wrap_print(out, text, NAME_COLUMN + (wide ? 4 : 0), at > 0 ? (size_t)at : 0);
}

static void print_list(const char *text, FILE *out)
{
    weir_wrap_print(out, text, 2, 0);
}

void weir_filter_print_help(FILE *out)
{
    static const struct weir_filter_teller teller = {.paragraph = print_paragraph,
                                                     .heading = print_heading,
                                                     .entry = print_entry,
                                                     .list = print_list};
    weir_filter_tell(&teller, out);
}
