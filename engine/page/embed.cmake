# SPDX-License-Identifier: GPL-3.0-or-later
# Writes the page template as a C array: cmake -DTEMPLATE=report.html -DSOURCE=out.c -P embed.cmake
file(READ ${TEMPLATE} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "((0x..,){20})" "\\1\n    " bytes "${bytes}")
file(WRITE ${SOURCE} "#include \"report_template.h\"

const unsigned char weir_report_template[] = {
    ${bytes}
};
const size_t weir_report_template_bytes = sizeof weir_report_template;
")
