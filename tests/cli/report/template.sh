# SPDX-License-Identifier: GPL-3.0-or-later
# The committed template is what its sources and the locked uPlot give.
need_page_modules
cp -r "$WEIR_SOURCE"/engine/page/{src,build.js,report.html} modules/
node modules/build.js built.html
same built.html modules/report.html
