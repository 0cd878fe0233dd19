/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as text, and elements of the document. Text from files goes into the page as text nodes
 * and nowhere else: nothing in it is ever read as markup. */

const MISSING = '–';
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/* 10⁻³ and the like. */
function powerOfTen(exponent) {
    const digits = String(Math.abs(exponent)).replace(/\d/g, (digit) => SUPERSCRIPTS[digit]);
    return `10${exponent < 0 ? '⁻' : ''}${digits}`;
}

/* A whole number with a narrow blank between thousands. */
function formatCount(value) {
    if (typeof value !== 'number' || !Number.isFinite(value))
        return MISSING;
    if (!Number.isSafeInteger(value))
        return formatValue(value, 7);
    return String(value).replace('-', '−').replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/* A number with `digits` significant digits, as people write it. */
function formatValue(value, digits = 4) {
    if (typeof value !== 'number' || !Number.isFinite(value))
        return MISSING;
    const size = Math.abs(value);
    const sign = value < 0 ? '−' : '';
    if (size === 0 || (size >= 1e-3 && size < 1e6))
        return sign + groupThousands(String(Number(size.toPrecision(digits))));
    const [mantissa, exponent] = size.toExponential(digits - 1).split('e');
    return `${sign}${Number(mantissa)}·${powerOfTen(Number(exponent))}`;
}

/* With a fixed number of decimals, so that a column can be compared at a glance. */
function formatFixed(value, decimals) {
    return typeof value === 'number' && Number.isFinite(value) ? value.toFixed(decimals).replace('-', '−')
        : MISSING;
}

function groupThousands(text) {
    const [whole, decimals] = text.split('.');
    const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, '\u202f') : whole;
    return decimals === undefined ? grouped : `${grouped}.${decimals}`;
}

/* A tick of an axis: powers of ten are short whatever their size. */
function formatTick(value) {
    const exponent = Math.round(Math.log10(Math.abs(value)));
    const isPower = value > 0 && Math.abs(value / 10 ** exponent - 1) < 1e-9;
    if (isPower && (exponent < -2 || exponent > 4))
        return powerOfTen(exponent);
    return formatValue(Number(value.toPrecision(6)), 5);
}

function formatBytes(bytes) {
    const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
    let unit = 0;
    let value = bytes;
    for (; value >= 999.5 && unit < units.length - 1; unit++)
        value /= 1000;
    return `${Number(value.toPrecision(3))}\u202f${units[unit]}`;
}

/* The time of a file, in UTC. */
function formatTime(ns) {
    const date = new Date(ns / 1e6);
    return Number.isNaN(date.getTime()) ? MISSING
        : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/* Makes an element with attributes, `on` handlers, and children: elements or text. */
function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name === 'on')
            for (const [event, handler] of Object.entries(value))
                element.addEventListener(event, handler);
        else if (value === true)
            element.setAttribute(name, '');
        else if (value !== false && value !== undefined)
            element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
}
