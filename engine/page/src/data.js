/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the cells of a histogram and the lines of its models to what is drawn.
 *
 * A curve is {label, x, y, role, color, dash, ground, ...}; x ascends and is above 0, because axes of
 * x are logarithmic. role: 'data', 'model' or 'component'. ground: the y of an edge, no value. */

const Y = ['flows', 'packets', 'octets'];

function sumOf(values) {
    return values.reduce((sum, value) => sum + value, 0);
}

/* Shares of one sum, cell by cell. From the far end on the survival function adds up what is left,
 * so that it keeps its digits where the cdf is next to 1. The density is the share by the distance
 * to the next cell, which undoes the growth of bins and counts empty ones in. */
function sharesOf(cells, y) {
    const n = cells.lo.length;
    const total = sumOf(cells[y]);
    const cdf = new Array(n);
    const sf = new Array(n);
    const pdf = new Array(n);
    let below = 0;
    let above = 0;
    for (let i = 0; i < n; i++) {
        const distance = i + 1 < n ? cells.lo[i + 1] - cells.lo[i] : cells.width[i];
        below += cells[y][i];
        cdf[i] = below / total;
        pdf[i] = cells[y][i] / total / distance;
    }
    for (let i = n - 1; i >= 0; i--) {
        sf[i] = above / total;
        above += cells[y][i];
    }
    return {cdf, sf, pdf};
}

/* The curve through (x, y) where both can be on logarithmic axes (`linear`: y may be 0). */
function curveOf(properties, x, y, linear = false) {
    const curve = {...properties, x: [], y: []};
    for (let i = 0; i < x.length; i++)
        if (x[i] > 0 && Number.isFinite(y[i]) && (y[i] > 0 || linear)) {
            curve.x.push(x[i]);
            curve.y.push(y[i]);
        }
    return curve;
}

/* The lines of a distribution, weighted; `view` is cdf, sf or pdf. */
function linesOf(lines, weight, view) {
    if (view === 'pdf')
        return lines.pdf.map((value) => weight * value);
    return lines.tail.map((value, i) => weight * ((i < lines.split) === (view === 'cdf') ? value
        : 1 - value));
}

/* Lets the line of a component fall to the ground where it ends, as a uniform one must. */
function withEdges(y, ground) {
    return y.map((value, i) => value > 0 ? value : y[i - 1] > 0 || y[i + 1] > 0 ? ground : 0);
}

function mixtureOf(model, y) {
    return model === undefined ? undefined
        : model.mixtures.find((mixture) => mixture.y === y && mixture.pdf !== undefined);
}

/* Colours that stay apart for colour-blind eyes (Okabe and Ito, 2008), by name of style.css. */
const COMPONENT_COLORS = ['orange', 'sky', 'green', 'purple', 'vermillion', 'blue'];
const DASHES = [[], [7, 3], [2, 2], [9, 3, 2, 3]];

function nameComponent(component, k) {
    return `${k + 1} ${component.kind}`;
}

function componentCurves(model, mixture, view, ground) {
    return mixture.components.map((component, k) => {
        if (component.pdf === undefined)
            return null;
        const y = linesOf(component, component.weight, view);
        return curveOf({
            label: nameComponent(component, k), role: 'component', ground,
            color: COMPONENT_COLORS[k % COMPONENT_COLORS.length],
            dash: DASHES[Math.floor(k / COMPONENT_COLORS.length) % DASHES.length],
        }, model.x, view === 'cdf' ? y : withEdges(y, ground), view === 'cdf');
    }).filter((curve) => curve !== null && curve.x.length > 0);
}

/* The smallest value above 0 of some curves. */
function leastOf(curves) {
    return curves.reduce((least, curve) => curve.y.reduce(
        (smallest, value) => value > 0 && value < smallest ? value : smallest, least), Infinity);
}

/* --- plots: each returns {curves, log, least} for the chosen options --------------------------- */

function distributionCurves(section, model, {y, view}) {
    const cells = section.cells;
    const chosen = y === 'all' ? Y : [y];
    const linear = view === 'cdf';
    const upper = cells.lo.map((lo, i) => lo + cells.width[i] - 1);
    const curves = chosen.map((name) => curveOf(
        {label: name, role: 'data', color: name, stepped: true}, upper,
        sharesOf(cells, name)[view], linear));
    const least = leastOf(curves) / 3;
    for (const name of chosen) {
        const mixture = mixtureOf(model, name);
        if (mixture === undefined)
            continue;
        curves.push(curveOf({label: y === 'all' ? `${name}, mixture` : 'mixture', role: 'model',
            color: y === 'all' ? name : 'text', dash: y === 'all' ? [6, 4] : []},
        model.x, linesOf(mixture, 1, view), linear));
        if (y !== 'all')
            curves.push(...componentCurves(model, mixture, view, least / 1e3));
    }
    return {curves, log: !linear, least};
}

function densityCurves(section, model, {y}) {
    const mixture = mixtureOf(model, y);
    const curves = [curveOf({label: y, role: 'data', color: y, points: true}, section.cells.lo,
        sharesOf(section.cells, y).pdf)];
    const least = leastOf(curves) / 5;
    if (mixture !== undefined)
        curves.push(curveOf({label: 'mixture', role: 'model', color: 'text', dash: []}, model.x,
            linesOf(mixture, 1, 'pdf')), ...componentCurves(model, mixture, 'pdf', least / 1e3));
    return {curves, log: true, least};
}

const AVERAGES = {
    'packet size': ['octets', 'packets'],
    'packets per flow': ['packets', 'flows'],
    'octets per flow': ['octets', 'flows'],
};

function averageCurves(section, model, {average}) {
    const [above, below] = AVERAGES[average];
    const cells = section.cells;
    const totals = {above: sumOf(cells[above]), below: sumOf(cells[below])};
    const whole = totals.above / totals.below;
    const last = cells.lo.length - 1;
    const curves = [
        curveOf({label: average, role: 'data', color: 'flows', points: true}, cells.lo,
            cells[above].map((sum, i) => sum / cells[below][i])),
        curveOf({label: 'of all flows', role: 'model', color: 'muted', dash: [6, 4]},
            last < 0 ? [] : [cells.lo.find((lo) => lo > 0), cells.lo[last]], [whole, whole]),
    ];
    const mixtures = [mixtureOf(model, above), mixtureOf(model, below)];
    if (!mixtures.includes(undefined))
        curves.push(curveOf({label: 'mixtures', role: 'model', color: 'text', dash: []}, model.x,
            mixtures[0].pdf.map((value, i) => value * totals.above /
                (mixtures[1].pdf[i] * totals.below))));
    /* Where densities all but vanish their quotient is noise: the data set the range. */
    return {curves, log: true, least: leastOf([curves[0]]) / 2,
        most: curves[0].y.reduce((most, value) => Math.max(most, value), 0) * 2};
}

/* All curves over one x: {x, rows}, with undefined where a curve has no value of its own. */
function joinCurves(curves) {
    const x = [...new Set(curves.flatMap((curve) => curve.x))].sort((a, b) => a - b);
    const place = new Map(x.map((value, i) => [value, i]));
    return {x, rows: curves.map((curve) => {
        const row = new Array(x.length).fill(undefined);
        curve.x.forEach((value, i) => { row[place.get(value)] = curve.y[i]; });
        return row;
    })};
}
