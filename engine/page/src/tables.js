/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables: summaries, fits, components, provenance. */

/* A table of rows of cells, the first row its heading. Cells are text or elements; columns in
 * `words` begin on the left, others are numbers. */
function makeTable(rows, words = [0], label = undefined) {
    const cell = (tag, value, column) => make(tag, {
        class: words.includes(column) ? 'word' : 'number',
        scope: tag === 'th' ? 'col' : undefined,
    }, value instanceof Node ? value : String(value));
    return make('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label ?? 'table'},
        make('table', {},
            make('thead', {}, make('tr', {}, ...rows[0].map((value, i) => cell('th', value, i)))),
            make('tbody', {}, ...rows.slice(1).map((row) => make('tr', {},
                ...row.map((value, i) => cell('td', value, i)))))));
}

function makeDetails(title, open, ...children) {
    return make('details', {open}, make('summary', {}, title), ...children);
}

/* --- summaries ---------------------------------------------------------------------------------- */

/* Names without what all of them have in common at both ends, so that columns are narrow. */
function shortNames(paths) {
    const parts = paths.map((path) => path.replace(/\.csv$/, '').split('/'));
    const common = (from) => {
        let n = 0;
        while (parts.every((list) => list.length > n + 1 && from(list, n) === from(parts[0], n)))
            n++;
        return n;
    };
    if (parts.length < 2)
        return paths;
    const head = common((list, n) => list[n]);
    for (const list of parts)
        list.splice(0, head);
    const tail = common((list, n) => list[list.length - 1 - n]);
    return parts.map((list) => list.slice(0, list.length - tail).join('/'));
}

/* TeX tables, which the names of units come from, keep those that are published. */
const FACT_UNITS = {bytes: 'octets', bps: 'bit/s', milliseconds: 'ms'};

function summaryTables(facts, sections) {
    const columns = sections.map((section) => section.summary.histograms[0]);
    const names = shortNames(sections.map((section) => section.path));
    const unit = X_UNITS[sections[0].x];
    const shown = facts.filter((fact) => columns.some((column) => column[fact.key] !== undefined));
    const perY = (names.length > 1 ? names.flatMap((name) => Y.map((y) => `${name}: ${y}`)) : Y);
    const facet = (list, index) => columns.flatMap((column) => Y.map((y) => column[list][index][y]));
    return [
        makeTable([['', ...names, ''], ...shown.map((fact) => [fact.label,
            ...columns.map((column) => fact.key.startsWith('average') ? formatValue(column[fact.key], 7)
                : formatCount(column[fact.key])), FACT_UNITS[fact.unit] ?? fact.unit])], [0, names.length + 1], 'totals and averages'),
        makeDetails('Quantiles', true, makeTable([[`x (${unit}) up to which are`, ...perY],
            ...columns[0].quantiles.map(({p}, i) => [`${Number((100 * p).toPrecision(6))} %`,
                ...facet('quantiles', i).map(formatCount)])], [0], 'quantiles')),
        makeDetails('Shares', false, makeTable([[`% up to x (${unit})`, ...perY],
            ...columns[0].percent_up_to.map(({x}, i) => [formatCount(x),
                ...facet('percent_up_to', i).map((share) => formatFixed(share, 4))])], [0], 'shares')),
    ];
}

/* --- fits --------------------------------------------------------------------------------------- */

const PARAMETERS = {
    uniform: ['loc', 'scale'], norm: ['loc', 'scale'], lognorm: ['s', 'loc', 'scale'],
    genpareto: ['c', 'loc', 'scale'], gamma: ['a', 'loc', 'scale'], weibull_min: ['c', 'loc', 'scale'],
};

function describeRun(mixture) {
    const {report, mode} = mixture;
    if (report?.converged !== undefined)
        return `${report.converged ? 'converged' : 'not converged'}, ${formatCount(report.iterations)} iterations`;
    if (report?.method !== undefined)
        return report.method;
    return mode?.max_iter === undefined ? MISSING : `${formatCount(mode.max_iter)} iterations`;
}

function qualityTable(models) {
    const rows = models.flatMap((model) => model.mixtures.map((mixture) => {
        const q = mixture.quality ?? {};
        return [model.path, mixture.y, formatCount(mixture.components?.length), formatCount(q.n_parameters),
            formatFixed(q.log_likelihood, 6), formatFixed(q.ks, 5), formatCount(q.ks_at),
            formatValue(q.anderson_darling), formatFixed(q.tail, 3), formatFixed(q.far_tail, 3),
            q.mean < 1000 ? formatFixed(q.mean, 3) : formatValue(q.mean),
            formatCount(Math.round(q.bic ?? NaN)), describeRun(mixture)];
    }));
    const several = models.length > 1 ? 0 : 1;
    return makeTable([['model', 'y', 'components', 'parameters', 'log-likelihood', 'KS', 'KS at x',
        'Anderson-Darling', 'tail', 'far tail', 'mean', 'BIC', 'fit'], ...rows]
        .map((row) => row.slice(several)), several === 0 ? [0, 1, 12] : [0, 11], 'quality of fits');
}

/* What a fit keeps as it is has the error 0. */
function withError(value, error) {
    return error > 0 ? `${formatValue(value, 6)} ± ${formatValue(error, 2)}` : formatValue(value, 6);
}

function componentTable(mixture) {
    const errors = mixture.report?.components ?? [];
    return makeTable([['', 'distribution', 'weight', 'parameters'], ...mixture.components.map((component, k) => [
        k + 1, component.kind, withError(component.weight, errors[k]?.weight_error),
        component.parameters.map((value, i) => `${PARAMETERS[component.kind][i]} ${
            withError(value, errors[k]?.parameter_errors?.[i])}`).join(',  '),
    ])], [1, 3], `components of ${mixture.y}`);
}

function fitWarnings(model) {
    return model.mixtures.flatMap((mixture) => (mixture.report?.warnings ?? [])
        .map((warning) => make('li', {}, `${mixture.file}: ${warning}`)));
}

/* --- provenance --------------------------------------------------------------------------------- */

function fileList(files) {
    return make('ul', {class: 'files'}, ...(files ?? []).map((file) => make('li', {
        title: file.mtime_ns === undefined ? undefined : formatTime(file.mtime_ns),
    }, file.bytes === undefined ? file.path : `${file.path} (${formatBytes(file.bytes)})`)));
}

/* The command line of a step; jobs tell options as names and values in turn. */
function commandOf(step) {
    const options = step.options ?? [];
    const named = options.every((word, i) => i % 2 === 1 || !word.startsWith('-'));
    return ['weir', step.command ?? '', ...options.map((word, i) => named && i % 2 === 0 ? `--${word}` : word)]
        .join(' ');
}

function manifestPart(manifest) {
    const facts = [['job file', manifest.job_file], ['weir', manifest.weir], ['threads', manifest.threads],
        ['instruction set', manifest.cpu], ['manifest', manifest.path]].filter(([, value]) => value !== undefined);
    const steps = manifest.steps ?? [];
    return make('div', {},
        make('h3', {}, `Job ${manifest.job ?? ''}`),
        make('dl', {}, ...facts.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, String(value))])),
        makeTable([['step', 'command', 'inputs', 'outputs', 'records read', 'used', 'rows written', 'seconds'],
            ...steps.map((step) => [step.step ?? '', make('code', {}, commandOf(step)), fileList(step.inputs), fileList(step.outputs),
            formatCount(step.records_read), formatCount(step.records_used),
            `${formatCount(step.rows_written)} ${step.row_name ?? ''}`, formatValue(step.seconds, 3)])],
        [0, 1, 2, 3], 'steps of the job'));
}
