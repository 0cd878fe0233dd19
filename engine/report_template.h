/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of a report without its data: engine/page/report.html, put into the program by the
 * build. */
#ifndef WEIR_REPORT_TEMPLATE_H
#define WEIR_REPORT_TEMPLATE_H

#include <stddef.h>

extern const unsigned char weir_report_template[];
extern const size_t weir_report_template_bytes;

/* Where the data go; once in the template. */
#define WEIR_REPORT_TEMPLATE_DATA "@WEIR_REPORT_DATA@"

#endif
