/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens of filter expressions, by the lexical rules of Python. */
#include "filter_token.h"

#include <stdio.h>
#include <string.h>

struct operator_row {
    char text[3];
    enum weir_filter_kind operation;
    unsigned precedence; /* 0: not between two operands */
    const char *hint;    /* not NULL: no operator of ours */
};

/* Longer ones first. */
static const struct operator_row operators[] = {
    {"<<", WEIR_FILTER_SHL, 5, NULL},
    {">>", WEIR_FILTER_SHR, 5, NULL},
    {"//", WEIR_FILTER_DIV, 7, NULL},
    {"<=", WEIR_FILTER_LE, WEIR_PRECEDENCE_COMPARE, NULL},
    {">=", WEIR_FILTER_GE, WEIR_PRECEDENCE_COMPARE, NULL},
    {"==", WEIR_FILTER_EQ, WEIR_PRECEDENCE_COMPARE, NULL},
    {"!=", WEIR_FILTER_NE, WEIR_PRECEDENCE_COMPARE, NULL},
    {"&&", WEIR_FILTER_CONST, 0, "use 'and'"},
    {"||", WEIR_FILTER_CONST, 0, "use 'or'"},
    {"**", WEIR_FILTER_CONST, 0, "there are no powers; 1 << n is 2 to the n"},
    {"<>", WEIR_FILTER_CONST, 0, "use != for 'differs'"},
    {"=<", WEIR_FILTER_CONST, 0, "use <="},
    {"=>", WEIR_FILTER_CONST, 0, "use >="},
    {"<", WEIR_FILTER_LT, WEIR_PRECEDENCE_COMPARE, NULL},
    {">", WEIR_FILTER_GT, WEIR_PRECEDENCE_COMPARE, NULL},
    {"|", WEIR_FILTER_OR, 2, NULL},
    {"^", WEIR_FILTER_XOR, 3, NULL},
    {"&", WEIR_FILTER_AND, 4, NULL},
    {"+", WEIR_FILTER_ADD, 6, NULL},
    {"-", WEIR_FILTER_SUB, 6, NULL},
    {"*", WEIR_FILTER_MUL, 7, NULL},
    {"%", WEIR_FILTER_MOD, 7, NULL},
    {"~", WEIR_FILTER_INVERT, 0, NULL},
    {"=", WEIR_FILTER_CONST, 0, "use == for 'equals'"},
    {"!", WEIR_FILTER_CONST, 0, "use 'not'"},
    {"/", WEIR_FILTER_CONST, 0, "use // for the whole quotient"},
    {"'", WEIR_FILTER_CONST, 0, "there are no strings"},
    {"\"", WEIR_FILTER_CONST, 0, "there are no strings"},
    {".", WEIR_FILTER_CONST, 0, "numbers are whole"},
    {"[", WEIR_FILTER_CONST, 0, "a list is written as in {80, 443}"},
    {"#", WEIR_FILTER_CONST, 0, "there are no comments"},
};

static const struct {
    const char *word;
    enum weir_token_kind kind;
    const char *hint;
} words[] = {
    {"and", WEIR_TOKEN_AND, NULL},
    {"or", WEIR_TOKEN_OR, NULL},
    {"not", WEIR_TOKEN_NOT, NULL},
    {"in", WEIR_TOKEN_IN, NULL},
    {"is", WEIR_TOKEN_NAME, "'is' is not supported: use =="},
    {"if", WEIR_TOKEN_NAME, "'if' is not supported: use 'and' and 'or'"},
    {"else", WEIR_TOKEN_NAME, "'else' is not supported: use 'and' and 'or'"},
    {"lambda", WEIR_TOKEN_NAME, "there are no functions"},
    {"True", WEIR_TOKEN_NAME, "a comparison gives a truth value, and 1 is a number"},
    {"False", WEIR_TOKEN_NAME, "a comparison gives a truth value, and 0 is a number"},
    {"None", WEIR_TOKEN_NAME, "every field has a value"},
};

static const struct {
    char character;
    enum weir_token_kind kind;
} brackets[] = {
    {'(', WEIR_TOKEN_OPEN},       {')', WEIR_TOKEN_CLOSE}, {'{', WEIR_TOKEN_OPEN_LIST},
    {'}', WEIR_TOKEN_CLOSE_LIST}, {',', WEIR_TOKEN_COMMA},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static unsigned digit_value(char c)
{
    return is_digit(c)            ? (unsigned)(c - '0')
           : c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 10
           : c >= 'A' && c <= 'Z' ? (unsigned)(c - 'A') + 10
                                  : 99;
}

static unsigned base_of(const char *text, size_t length)
{
    if (length < 2 || text[0] != '0')
        return 10;
    const char letter = (char)(text[1] | 0x20);
    return letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
}

/* The value of a word that starts with a digit; returns NULL, or what is wrong with it. */
static const char *number_value(const char *text, size_t length, weir_i128 *value)
{
    const unsigned base = base_of(text, length);
    weir_u128 sum = 0;
    bool separated = base == 10; /* where a separator must not stand */
    for (size_t i = base == 10 ? 0 : 2; i < length; i++) {
        if (text[i] == '_' && !separated) {
            separated = true;
            continue;
        }
        const unsigned digit = digit_value(text[i]);
        if (digit >= base)
            return text[i] == '_' ? "_ may only stand between two digits"
                                  : "a number must end before a letter or a wrong digit";
        if (sum > ((weir_u128)WEIR_I128_MAX - digit) / base)
            return "numbers have at most 127 bits";
        sum = sum * base + digit;
        separated = false;
    }
    if (separated)
        return "_ may only stand between two digits";
    if (base == 10 && text[0] == '0' && sum != 0)
        return "a decimal number must not start with 0; octal is 0o";
    if (base != 10 && length == 2)
        return "digits must follow the base";
    *value = (weir_i128)sum;
    return NULL;
}

static void read_number(struct weir_token *token)
{
    while (is_word(token->begin[token->length]))
        token->length++;
    token->hint = number_value(token->begin, token->length, &token->value);
    if (token->hint == NULL && token->begin[token->length] == '.') {
        token->length++;
        token->hint = "numbers are whole";
    }
    token->kind = token->hint == NULL ? WEIR_TOKEN_NUMBER : WEIR_TOKEN_OTHER;
}

static void read_name(struct weir_token *token)
{
    while (is_word(token->begin[token->length]))
        token->length++;
    token->kind = WEIR_TOKEN_NAME;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == token->length &&
            memcmp(words[i].word, token->begin, token->length) == 0) {
            token->kind = words[i].kind;
            token->hint = words[i].hint;
        }
}

/* False when there is no address or time at the token's place. */
static bool read_literal(struct weir_token *token)
{
    token->literal = weir_literal_read(token->begin);
    token->length = token->literal.length;
    token->hint = token->literal.hint;
    token->kind = token->literal.kind == WEIR_LITERAL_BAD ? WEIR_TOKEN_OTHER : WEIR_TOKEN_LITERAL;
    return token->literal.kind != WEIR_LITERAL_NONE;
}

static bool read_bracket(struct weir_token *token)
{
    for (size_t i = 0; i < sizeof brackets / sizeof *brackets; i++)
        if (brackets[i].character == *token->begin) {
            token->kind = brackets[i].kind;
            token->length = 1;
            return true;
        }
    return false;
}

static void read_operator(struct weir_token *token)
{
    token->kind = WEIR_TOKEN_OTHER;
    token->length = 1;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        const struct operator_row *row = &operators[i];
        if (strncmp(row->text, token->begin, strlen(row->text)) != 0)
            continue;
        token->kind = row->hint == NULL ? WEIR_TOKEN_OPERATOR : WEIR_TOKEN_OTHER;
        token->operation = row->operation;
        token->precedence = row->precedence;
        token->length = strlen(row->text);
        token->hint = row->hint;
        return;
    }
}

struct weir_token weir_token_read(const char *text)
{
    struct weir_token token = {.begin = text + strspn(text, " \t\n\r\f\v")};
    const char first = *token.begin;
    if (first == '\0')
        token.kind = WEIR_TOKEN_END;
    else if (read_literal(&token) || read_bracket(&token))
        return token;
    else if (is_digit(first))
        read_number(&token);
    else if (is_word(first))
        read_name(&token);
    else
        read_operator(&token);
    return token;
}

char *weir_token_text(const struct weir_token *token, char *out)
{
    const unsigned char first = (unsigned char)*token->begin;
    const int shown = token->length > 40 ? 40 : (int)token->length;
    if (token->kind == WEIR_TOKEN_END)
        snprintf(out, WEIR_TOKEN_CAPACITY, "the end");
    else if (first < 0x20 || first > 0x7E)
        snprintf(out, WEIR_TOKEN_CAPACITY, "byte 0x%02X", first);
    else
        snprintf(out, WEIR_TOKEN_CAPACITY, "'%.*s'%s", shown, token->begin,
                 token->length > 40 ? "..." : "");
    return out;
}
