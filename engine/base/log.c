/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notes and warnings on their way to the user. */
#include "log.h"

#include <stdio.h>

static struct {
    weir_log_sink *sink;
    void *context;
} installed; /* set once by main, before threads exist */

void weir_log_install(weir_log_sink *sink, void *context)
{
    installed.sink = sink;
    installed.context = context;
}

void weir_log(enum weir_log_level level, const char *format, ...)
{
    if (installed.sink == NULL)
        return;
    char text[2048];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n >= 0)
        installed.sink(level, text, installed.context);
}
