/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plots: uPlot with axes that can be logarithmic over any range, a legend of switches that shows
 * values, and one range of x for all plots of a histogram. */

const PLOT_HEIGHT = 320;
const PAPER_WIDTH = 320; /* two plots side by side on A4 or Letter */
const NEAR = 1.5; /* a value farther away than this factor in x is not shown */

function color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/* --- axes --------------------------------------------------------------------------------------- */

/* Ticks of a logarithmic axis for `room` of them: powers of ten, every second, third, ... of them
 * where there are many; 1, 2 and 5 times these where there are few; and within less than a decade
 * those of a linear axis. */
function logTicks(min, max, room) {
    const first = Math.ceil(Math.log10(min) - 1e-9);
    const last = Math.floor(Math.log10(max) + 1e-9);
    if (last - first < 1)
        return linearTicks(min, max, room);
    const step = Math.max(1, Math.ceil((last - first + 1) / room));
    const factors = 3 * (last - first + 1) <= room ? [1, 2, 5] : [1];
    const ticks = [];
    for (let exponent = first - 1; exponent <= last; exponent++)
        for (const factor of factors)
            if (exponent % step === 0 || factors.length > 1)
                ticks.push(Number(`${factor}e${exponent}`));
    return ticks.filter((tick) => tick >= min * (1 - 1e-9) && tick <= max * (1 + 1e-9));
}

function linearTicks(min, max, room) {
    const rough = (max - min) / Math.max(room, 2);
    const unit = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * unit).find((size) => size >= rough);
    const ticks = [];
    for (let i = Math.ceil(min / step); i * step <= max * (1 + 1e-12); i++)
        ticks.push(Number((i * step).toPrecision(12)));
    return ticks;
}

function axisOf(label, log, isX) {
    return {
        label, labelSize: 20, labelFont: '13px system-ui, sans-serif', font: '12px system-ui, sans-serif',
        size: isX ? 28 : 58, stroke: () => color('text'),
        grid: {stroke: () => color('grid'), width: 1}, ticks: {stroke: () => color('grid'), width: 1},
        splits: (u, axis, min, max) => {
            const room = isX ? u.bbox.width / uPlot.pxRatio / 62 : u.bbox.height / uPlot.pxRatio / 34;
            return log ? logTicks(min, max, room) : linearTicks(min, max, room);
        },
        filter: (u, ticks) => ticks,
        values: (u, ticks) => ticks.map(formatTick),
    };
}

/* The range of y for what is in sight. */
function rangeOfY(shown) {
    return (u, min, max) => {
        if (min === null || max === null || min === undefined || max === undefined)
            return shown.log ? [0.1, 1] : [0, 1];
        if (shown.log) {
            const lo = Math.max(min, shown.least);
            const hi = Math.max(Math.min(max, shown.most ?? Infinity), lo);
            const margin = Math.max((hi / lo) ** 0.04, 1.1);
            return [lo / margin, hi * margin];
        }
        if (max === min)
            return [Math.min(min, 0) - 0.02, Math.max(max, 1) + 0.02]; /* one value, and its place */
        const margin = (max - min) * 0.04;
        return [Math.max(min - margin, -0.02), Math.min(max + margin, 1.02)];
    };
}

/* --- one range of x ----------------------------------------------------------------------------- */

/* What the plots of a histogram have in common. */
class PlotGroup {
    constructor(cells) {
        const n = cells.lo.length;
        const first = cells.lo.find((lo) => lo > 0) ?? 1;
        const last = Math.max(n === 0 ? 1 : cells.lo[n - 1] + cells.width[n - 1] - 1, first);
        const margin = Math.max((last / first) ** 0.015, 1.03);
        this.full = [first / margin, last * margin];
        this.range = this.full;
        this.plots = [];
        this.pointing = false;
    }

    zoom(min, max) {
        const lo = Math.max(min, this.full[0]);
        const hi = Math.min(max, this.full[1]);
        if (!(hi / lo > 1 + 1e-9))
            return;
        this.range = [lo, hi];
        for (const plot of this.plots)
            plot.applyRange();
    }

    zoomBy(factor, center) {
        const [min, max] = this.range;
        const middle = center ?? Math.sqrt(min * max);
        this.zoom(middle * (min / middle) ** factor, middle * (max / middle) ** factor);
    }

    /* Shows the values at x in all other plots too. */
    point(source, x) {
        if (this.pointing)
            return;
        this.pointing = true;
        for (const plot of this.plots)
            if (plot !== source)
                plot.pointAt(x);
        this.pointing = false;
    }
}

/* --- one plot ----------------------------------------------------------------------------------- */

class Plot {
    /* `kind`: {title, options, curves, labelOf}; `options` are lists of choices by name. */
    constructor(section, group, kind) {
        this.section = section;
        this.group = group;
        this.kind = kind;
        this.chosen = Object.fromEntries(Object.entries(kind.options).map(([name, all]) => [name, all[0]]));
        this.hidden = new Set(); /* labels of curves that are switched off */
        this.area = make('div', {class: 'plot-area', tabindex: '0', role: 'group',
            'aria-label': `${kind.title}: arrow keys move the cursor, plus and minus zoom, Escape shows all`,
            on: {keydown: (event) => this.press(event)}});
        this.legend = make('div', {class: 'legend'});
        this.element = make('figure', {class: 'plot'},
            make('figcaption', {}, make('span', {class: 'plot-title'}, kind.title), ...this.makeChoices(),
                this.makeZoom()),
            this.area, this.legend);
        group.plots.push(this);
        new ResizeObserver(() => this.resize()).observe(this.area);
    }

    makeChoices() {
        return Object.entries(this.kind.options).map(([name, all]) => make('select', {
            'aria-label': `${this.kind.title}: ${name}`,
            on: {change: (event) => { this.chosen[name] = event.target.value; this.draw(); }},
        }, ...all.map((value) => make('option', {value}, this.kind.names?.[value] ?? value))));
    }

    makeZoom() {
        const button = (text, title, act) => make('button',
            {type: 'button', title, 'aria-label': title, on: {click: act}}, text);
        return make('span', {class: 'zoom'},
            button('+', 'Zoom in', () => this.group.zoomBy(0.5)),
            button('−', 'Zoom out', () => this.group.zoomBy(2)),
            button('Show all', 'Show the whole range', () => this.group.zoom(...this.group.full)));
    }

    draw() {
        if (this.u !== undefined)
            this.u.destroy();
        this.shown = this.kind.curves(this.section, this.section.model, this.chosen);
        const {x, rows} = joinCurves(this.shown.curves);
        this.u = new uPlot(this.optionsOf(x), [x, ...rows], this.area);
        this.makeLegend();
    }

    optionsOf(x) {
        const {curves, log} = this.shown;
        return {
            width: this.widthNow(), height: PLOT_HEIGHT,
            legend: {show: false}, padding: [10, 14, 0, 0],
            scales: {
                x: {time: false, distr: 3, range: (u, min, max) => this.rangeOfX(x, min, max)},
                y: {distr: log ? 3 : 1, range: rangeOfY(this.shown)},
            },
            axes: [axisOf(axisLabel(this.section), true, true),
                axisOf(this.kind.labelOf(this.chosen, this.section), log, false)],
            series: [{}, ...curves.map((curve) => this.seriesOf(curve))],
            cursor: {
                y: false, drag: {x: true, y: false}, points: {size: 7},
                dataIdx: (u, series, index) => series === 0 ? index
                    : nearest(x, u.data[series], index, curves[series - 1].ground),
                bind: {dblclick: () => () => this.group.zoom(...this.group.full)},
            },
            hooks: {
                setScale: [(u, key) => this.scaled(u, key)],
                setCursor: [(u) => this.pointed(u)],
            },
        };
    }

    seriesOf(curve) {
        const width = {data: 2, model: 1.75, component: 1.25}[curve.role];
        const stroke = () => color(curve.color);
        const asPoints = curve.points || curve.x.length === 1; /* one place makes no line */
        return {
            label: curve.label, stroke, width, dash: curve.dash, show: !this.hidden.has(curve.label),
            spanGaps: true, paths: asPoints ? () => null
                : curve.stepped ? uPlot.paths.stepped({align: 1}) : uPlot.paths.linear(),
            points: asPoints ? {show: true, size: 4.5, width: 0, fill: stroke, stroke} : {show: false},
        };
    }

    /* uPlot's own choice, from the first x to the last, gives way to that of the group. */
    rangeOfX(x, min, max) {
        return min === null || (min === x[0] && max === x[x.length - 1]) ? this.group.range : [min, max];
    }

    /* A range that somebody drew, or one that was asked for. */
    scaled(u, key) {
        if (key !== 'x')
            return;
        const {min, max} = u.scales.x;
        const [lo, hi] = this.group.range;
        if (Math.abs(Math.log(min / lo)) + Math.abs(Math.log(max / hi)) > 1e-9)
            this.group.zoom(min, max);
    }

    applyRange() {
        if (this.u !== undefined)
            this.u.setScale('x', {min: this.group.range[0], max: this.group.range[1]});
    }

    /* Paper has its layout too late for anybody to measure it. */
    widthNow() {
        return document.documentElement.classList.contains('paper') ? PAPER_WIDTH
            : Math.max(this.area.clientWidth, 200);
    }

    resize() {
        if (this.u !== undefined && this.area.clientWidth > 0)
            this.u.setSize({width: this.widthNow(), height: PLOT_HEIGHT});
    }

    /* --- values under the cursor --- */

    pointed(u) {
        const index = u.cursor.idx;
        const x = index === null || index === undefined ? undefined : u.data[0][index];
        this.place.textContent = x === undefined ? '' : `${axisName(this.section)} ${formatValue(x, 7)}`;
        this.shown.curves.forEach((curve, i) => {
            const at = u.cursor.idxs?.[i + 1];
            const value = x === undefined || at === null || at === undefined ? undefined : u.data[i + 1][at];
            this.values[i].textContent = value === undefined || this.hidden.has(curve.label) ? ''
                : formatValue(value);
        });
        this.group.point(this, x);
    }

    pointAt(x) {
        if (this.u !== undefined)
            this.u.setCursor({left: x === undefined ? -10 : this.u.valToPos(x, 'x'), top: x === undefined ? -10 : 1});
    }

    press(event) {
        const u = this.u;
        const x = u.data[0];
        const move = {ArrowLeft: -1, ArrowRight: 1}[event.key];
        if (event.target !== this.area || event.ctrlKey || event.metaKey || event.altKey)
            return;
        if (move !== undefined) {
            const at = u.cursor.idx ?? (move > 0 ? -1 : x.length);
            const next = Math.min(Math.max(at + move, 0), x.length - 1);
            this.pointAt(Math.min(Math.max(x[next], this.group.range[0]), this.group.range[1]));
        } else if (event.key === '+' || event.key === '=' || event.key === '-') {
            this.group.zoomBy(event.key === '-' ? 2 : 0.5, u.cursor.idx === null ? undefined : x[u.cursor.idx]);
        } else if (event.key === 'Escape') {
            this.group.zoom(...this.group.full);
        } else {
            return;
        }
        event.preventDefault();
    }

    /* --- legend --- */

    makeLegend() {
        const {curves} = this.shown;
        const parts = curves.filter((curve) => curve.role === 'component');
        this.place = make('span', {class: 'place', 'aria-live': 'off'});
        this.values = curves.map(() => make('span', {class: 'value'}));
        this.boxes = curves.map((curve, i) => make('input', {type: 'checkbox',
            checked: !this.hidden.has(curve.label), on: {change: (event) => this.show(i, event.target.checked)}}));
        this.legend.replaceChildren(this.place, ...curves.map((curve, i) => make('label',
            {class: `entry ${curve.role}`}, this.boxes[i], makeSwatch(curve), make('span', {}, curve.label),
            this.values[i])));
        if (parts.length > 1)
            this.legend.append(make('button', {type: 'button', class: 'all', on: {click: () => {
                const visible = parts.some((curve) => !this.hidden.has(curve.label));
                curves.forEach((curve, i) => { if (curve.role === 'component') this.show(i, !visible); });
            }}}, 'All components'));
    }

    show(index, visible) {
        const {label} = this.shown.curves[index];
        if (visible)
            this.hidden.delete(label);
        else
            this.hidden.add(label);
        this.boxes[index].checked = visible;
        this.u.setSeries(index + 1, {show: visible});
    }
}

/* The place next to `index` where a row has a value, unless it is far away or the ground. */
function nearest(x, row, index, ground) {
    let before = index;
    let behind = index;
    while (before >= 0 && (row[before] === undefined || row[before] === null))
        before--;
    while (behind < x.length && (row[behind] === undefined || row[behind] === null))
        behind++;
    const back = before >= 0 ? x[index] / x[before] : Infinity;
    const forth = behind < x.length ? x[behind] / x[index] : Infinity;
    const found = back <= forth ? before : behind;
    return Math.min(back, forth) > NEAR || row[found] === ground ? null : found;
}

function makeSwatch(curve) {
    const space = 'http://www.w3.org/2000/svg';
    const svg = document.createElementNS(space, 'svg');
    const mark = document.createElementNS(space, curve.points ? 'circle' : 'line');
    const attributes = curve.points ? {cx: 11, cy: 6, r: 3}
        : {x1: 0, x2: 22, y1: 6, y2: 6, 'stroke-width': 2.5, 'stroke-dasharray': (curve.dash ?? []).join(' ')};
    svg.setAttribute('class', `swatch ${curve.color}`);
    svg.setAttribute('viewBox', '0 0 22 12');
    svg.setAttribute('aria-hidden', 'true');
    for (const [name, value] of Object.entries(attributes))
        mark.setAttribute(name, value);
    svg.append(mark);
    return svg;
}

/* --- the kinds ---------------------------------------------------------------------------------- */

const X_UNITS = {length: 'packets', size: 'octets', duration: 'ms', rate: 'bit/s'};

function axisName(section) {
    return section.x === undefined ? 'x' : section.x;
}

function axisLabel(section) {
    return section.x === undefined ? 'x' : `flow ${section.x} (${X_UNITS[section.x]})`;
}

const PLOT_KINDS = [
    {title: 'Distribution', options: {y: ['all', ...Y], view: ['cdf', 'sf']},
        names: {all: 'all', cdf: 'CDF', sf: '1 − CDF'},
        curves: distributionCurves,
        labelOf: ({view}) => view === 'cdf' ? 'share up to x' : 'share beyond x'},
    {title: 'Density', options: {y: Y}, curves: densityCurves,
        labelOf: ({y}, section) => `share of ${y} per ${section.x === undefined ? 'unit of x'
            : {length: 'packet', size: 'octet', duration: 'ms', rate: 'bit/s'}[section.x]}`},
    {title: 'Average', options: {average: Object.keys(AVERAGES)}, curves: averageCurves,
        labelOf: ({average}) => average === 'packet size' ? 'packet size (octets)' : average},
];
