// SPDX-License-Identifier: GPL-3.0-or-later
// Builds the template of weir report: node build.js [OUTPUT], report.html by default.
//
// Style and script go into the page as they are, and their hashes into its policy. The same sources
// and the same uPlot (package-lock.json) give the same bytes.
'use strict';
const {createHash} = require('node:crypto');
const {readFileSync, writeFileSync} = require('node:fs');
const {join} = require('node:path');

const read = (...path) => readFileSync(join(__dirname, ...path), 'utf8');
const library = (...path) => read('node_modules', 'uplot', ...path).trim();
const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const sources = ['format.js', 'data.js', 'plot.js', 'tables.js', 'main.js'].map((name) => read('src', name));
const style = `${library('dist', 'uPlot.min.css')}\n${read('src', 'style.css')}`;
const script = `${library('dist', 'uPlot.iife.min.js')}\n(() => {\n'use strict';\n${sources.join('\n')}})();\n`;
if (/<\/script|<!--/i.test(script) || /<\/style/i.test(style))
    throw new Error('expected sources that cannot end their element');

const parts = {
    UPLOT_VERSION: JSON.parse(library('package.json')).version,
    UPLOT_LICENSE: library('LICENSE'),
    POLICY: `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`,
    STYLE: style,
    SCRIPT: script,
};
const page = read('src', 'page.html').replace(/@([A-Z_]+)@/g, (mark, name) => parts[name] ?? mark);
if (page.split('@WEIR_REPORT_DATA@').length !== 2)
    throw new Error('expected one place for the data');
writeFileSync(process.argv[2] ?? join(__dirname, 'report.html'), page);
