/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notes and warnings on their way to the user.
 *
 * Code below the commands never prints: it hands a line to the sink that main has installed before
 * the first thread starts. Without a sink, lines are dropped. May be called from any thread; the
 * sink serialises.
 */
#ifndef WEIR_LOG_H
#define WEIR_LOG_H

#include "status.h"

enum weir_log_level {
    WEIR_LOG_NOTE,   /* worth knowing, nothing lost */
    WEIR_LOG_WARNING /* something was left out, repaired or looks wrong */
};

/* Receives one line of text without newline; must be callable from any thread. */
typedef void weir_log_sink(enum weir_log_level level, const char *text, void *context);

/* Installs the sink (NULL: none). Call before threads exist. */
void weir_log_install(weir_log_sink *sink, void *context);

/* Sends one printf-style line. */
void weir_log(enum weir_log_level level, const char *format, ...) WEIR_PRINTF(2, 3);

#endif
