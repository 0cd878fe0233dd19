/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page: tables first, then a section for each histogram, then how all came about. */

const data = JSON.parse(document.getElementById('data').textContent);

/* Plots are made when they come into sight, or on paper. */
const waiting = new Map();
const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries)
        if (entry.isIntersecting)
            drawNow(entry.target);
}, {rootMargin: '600px'});

function drawNow(element) {
    const plot = waiting.get(element);
    watcher.unobserve(element);
    waiting.delete(element);
    plot?.draw();
}

const plots = [];

function makePlots(section) {
    const group = new PlotGroup(section.cells);
    return PLOT_KINDS.map((kind) => {
        const plot = new Plot(section, group, kind);
        plots.push(plot);
        waiting.set(plot.element, plot);
        watcher.observe(plot.element);
        return plot;
    });
}

/* --- sections ----------------------------------------------------------------------------------- */

/* What the plots leave out or put together. */
function describeCells(section) {
    const {cells} = section;
    const notes = [`${formatCount(cells.bins)} bins`];
    if (cells.bin_exp !== null)
        notes.push(`in plots put together to ${formatCount(cells.lo.length)} as with bin exponent ${cells.bin_exp}`,
            'heavy ones by themselves');
    if (cells.lo[0] !== 0)
        return `${notes.join(', ')}.`;
    const percent = formatValue(100 * cells.flows[0] / sumOf(cells.flows));
    return `${notes.join(', ')}. At 0, which logarithmic axes do not have, are ${percent} % of flows.`;
}

function makeModelChoice(section, own) {
    if (section.models.length < 2)
        return null;
    return make('label', {class: 'model'}, 'Model ', make('select', {on: {change: (event) => {
        section.model = section.models[Number(event.target.value)];
        for (const plot of own)
            if (plot.u !== undefined)
                plot.draw();
    }}}, ...section.models.map((model, i) => make('option', {value: i}, model.path))));
}

function makeSection(section, i) {
    section.model = section.models[0];
    const own = makePlots(section);
    const models = section.models.filter((model) => model.mixtures.length > 0);
    const warnings = models.flatMap(fitWarnings);
    return make('section', {id: `h${i}`},
        make('h2', {}, section.path),
        make('p', {class: 'note'}, describeCells(section), ' ', makeModelChoice(section, own)),
        make('div', {class: 'plots'}, ...own.map((plot) => plot.element)),
        ...(models.length === 0 ? [] : [
            make('h3', {}, 'Quality of fits'),
            qualityTable(models),
            ...(warnings.length > 0 ? [make('ul', {class: 'warnings'}, ...warnings)] : []),
            makeDetails('Components', false, make('div', {class: 'columns'},
                ...models.flatMap((model) => model.mixtures.map((mixture) => make('div', {},
                    make('h4', {}, mixture.file), componentTable(mixture)))))),
        ]));
}

/* --- head and foot ------------------------------------------------------------------------------ */

function makeSummaries() {
    const known = data.histograms.filter((section) => section.summary !== undefined);
    const axes = Object.keys(X_UNITS).filter((x) => known.some((section) => section.x === x));
    return make('div', {class: 'columns'}, ...axes.map((x) => make('div', {}, make('h3', {}, `By flow ${x}`),
        ...summaryTables(data.facts, known.filter((section) => section.x === x)))));
}

function countOf(n, noun) {
    return `${formatCount(n)} ${noun}${n === 1 ? '' : 's'}`;
}

function makeHeader() {
    const models = data.histograms.flatMap((section) => section.models);
    const found = [countOf(data.histograms.length, 'histogram'),
        countOf(sumOf(models.map((model) => model.mixtures.length)), 'mixture')];
    return make('header', {}, make('h1', {}, data.title),
        make('p', {class: 'note'}, `${data.directory}: ${found.join(', ')}. `,
            'Drag across a plot to zoom, double-click to show all. ',
            'Tables and measures count every bin; plots show what fits a screen.'));
}

function makePage() {
    const main = document.querySelector('main');
    const n = data.histograms.length;
    document.title = data.title;
    main.append(makeHeader());
    if (data.warnings.length > 0)
        main.append(make('section', {class: 'warnings', role: 'note'}, make('h2', {}, 'Warnings'),
            make('ul', {}, ...data.warnings.map((warning) => make('li', {}, warning)))));
    if (n > 1)
        main.append(make('nav', {'aria-label': 'histograms'}, ...data.histograms.map((section, i) =>
            make('a', {href: `#h${i}`}, section.path))));
    if (n > 0)
        main.append(make('section', {}, make('h2', {}, 'Summary'), makeSummaries()),
            ...data.histograms.map(makeSection));
    if (data.histograms.some((section) => section.models.length > 0))
        main.append(makeMeasures());
    if (data.manifests.length > 0)
        main.append(make('section', {id: 'provenance'}, make('h2', {}, 'Provenance'),
            ...data.manifests.map(manifestPart)));
    main.append(make('footer', {}, `Made by weir ${data.weir} report.`));
}

function makeMeasures() {
    const measures = [
        ['log-likelihood', 'mean per flow, packet or octet'],
        ['KS', 'largest difference of the cdfs of mixture and data, and x there'],
        ['Anderson-Darling', 'distance of the cdfs that weighs both tails, per flow, packet or octet'],
        ['tail', 'root mean square of ln(mixture beyond x / data beyond x) at powers of two, for the last 10 % of ' +
            'the data'],
        ['far tail', 'the same for the last 0.1 %'],
        ['mean', 'of the mixture, in units of that of the data'],
        ['BIC', 'k ln n − 2 n × log-likelihood, for k parameters and n effective flows: less is better'],
    ];
    return make('section', {}, makeDetails('What the measures mean', false,
        make('dl', {}, ...measures.flatMap(([name, text]) => [make('dt', {}, name), make('dd', {}, text)]))));
}

/* Canvases do not follow style sheets: they are drawn again when colours change. */
function redrawAll() {
    for (const plot of plots)
        plot.u?.redraw(false);
}

function setPaper(isPaper) {
    document.documentElement.classList.toggle('paper', isPaper);
    for (const element of isPaper ? [...waiting.keys()] : [])
        drawNow(element);
    for (const plot of plots)
        plot.resize();
    redrawAll();
}

makePage();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redrawAll);
addEventListener('beforeprint', () => setPaper(true));
addEventListener('afterprint', () => setPaper(false));
