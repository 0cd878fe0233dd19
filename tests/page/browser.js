// SPDX-License-Identifier: GPL-3.0-or-later
// Opens a report in headless Chromium and uses it as people do:
//     node browser.js CHROMIUM PAGE ODD-PAGE
// A line per check; the first that fails ends the test with exit status 1. The page has histograms
// of length and size with models (two of the first), and a title that tries to be markup; the odd
// one has histograms with hardly anything to draw.
'use strict';
const assert = require('node:assert');
const {pathToFileURL} = require('node:url');
const {chromium} = require('playwright-core');

const [executablePath, ...files] = process.argv.slice(2);
const [url, oddUrl] = files.map((file) => pathToFileURL(file).href);
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];

/* What must not happen, whatever is done. */
function watch(page) {
    const events = {errors: [], requests: [], dialogs: []};
    page.on('console', (message) => events.errors.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => events.errors.push(String(error)));
    page.on('request', (request) => events.requests.push(request.url()));
    page.on('dialog', (dialog) => { events.dialogs.push(dialog.message()); dialog.dismiss(); });
    return events;
}

/* Pixels that are not transparent, and a digest of all (FNV-1a). They are read from a copy, because
 * Chromium warns of canvases that are read often. */
async function look(plot) {
    await plot.page().waitForTimeout(35);
    return plot.locator('canvas').evaluate((canvas) => {
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', {willReadFrequently: true});
        copy.drawImage(canvas, 0, 0);
        const pixels = new Uint32Array(copy.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
        let painted = 0;
        let digest = 0x811c9dc5;
        for (const pixel of pixels) {
            painted += pixel !== 0;
            digest = Math.imul(digest ^ pixel, 0x01000193);
        }
        return {painted, digest};
    });
}

/* Moves the mouse to a part of the width of a plot; the x that it shows. */
async function hover(plot, part) {
    const box = await plot.locator('.u-over').boundingBox();
    await plot.page().mouse.move(box.x + box.width * part, box.y + box.height / 2);
    await plot.page().waitForTimeout(35);
    return placeOf(plot);
}

async function placeOf(plot) {
    return plot.locator('.place').textContent();
}

function numberOf(text) {
    const digits = {'⁰': 0, '¹': 1, '²': 2, '³': 3, '⁴': 4, '⁵': 5, '⁶': 6, '⁷': 7, '⁸': 8, '⁹': 9};
    const [mantissa, power] = text.replace(/[^\d.·⁻⁰¹²³⁴-⁹−]/gu, '').replace('−', '-').split('·10');
    const exponent = (power ?? '').replace('⁻', '-').replace(/[⁰¹²³⁴-⁹]/g, (digit) => digits[digit]);
    return Number(mantissa) * 10 ** Number(exponent);
}

async function valueOf(plot, label) {
    return numberOf(await plot.locator('.entry', {hasText: label}).first().locator('.value').textContent());
}

async function drag(plot, from, to) {
    const {mouse} = plot.page();
    const box = await plot.locator('.u-over').boundingBox();
    const y = box.y + box.height / 2;
    await mouse.move(box.x + box.width * from, y);
    await mouse.down();
    await mouse.move(box.x + box.width * to, y, {steps: 4});
    await mouse.up();
    await plot.page().waitForTimeout(100);
}

const checks = {
    async 'the title is text, and nothing of it runs'(page) {
        const {title} = await dataOf(page);
        assert.ok(title.includes('</script>'));
        assert.strictEqual(await page.locator('h1').textContent(), title);
        assert.strictEqual(await page.title(), title.replace(/\s+/g, ' '));
    },

    async 'every plot is drawn when it is seen'(page) {
        const plots = await page.locator('.plot').all();
        assert.strictEqual(plots.length, 3 * (await dataOf(page)).histograms.length);
        for (const plot of plots) {
            await plot.scrollIntoViewIfNeeded();
            await plot.locator('canvas').waitFor();
            assert.ok((await look(plot)).painted > 4000);
        }
    },

    async 'the first point is within the plot'(page) {
        const plot = page.locator('#h1 .plot').nth(1);
        await plot.locator('.plot-area').focus();
        await page.keyboard.press('ArrowRight');
        const [, left] = /translate\(([\d.]+)px/.exec(await plot.locator('.u-cursor-x').getAttribute('style'));
        assert.ok(Number(left) >= 3, `the first point at ${left} pixels is cut off`);
    },

    async 'values under the cursor are those of the data'(page) {
        const density = page.locator('#h0 .plot').nth(1);
        await density.scrollIntoViewIfNeeded();
        const x = numberOf((await hover(density, 0.02)).replace('length', ''));
        const {cells, models} = (await dataOf(page)).histograms[0];
        const at = cells.lo.indexOf(x);
        const total = cells.flows.reduce((sum, flows) => sum + flows, 0);
        const want = cells.flows[at] / total / (cells.lo[at + 1] - cells.lo[at]);
        const got = await valueOf(density, 'flows');
        assert.ok(Math.abs(got / want - 1) < 1e-3, `${got}, ${want}`);
        const mixture = models[0].mixtures.find(({y}) => y === 'flows').pdf[models[0].x.indexOf(x)];
        assert.ok(Math.abs(await valueOf(density, 'mixture') / mixture - 1) < 1e-3);
        assert.strictEqual(await placeOf(page.locator('#h0 .plot').nth(0)), await placeOf(density));
    },

    async 'a drag zooms all plots of the histogram, and only these'(page) {
        const [cdf, density] = [page.locator('#h0 .plot').nth(0), page.locator('#h0 .plot').nth(1)];
        const other = page.locator('#h1 .plot').nth(0);
        const before = [await look(cdf), await look(density)];
        const apart = (await look(other)).digest;
        const left = numberOf((await hover(cdf, 0.01)).replace('length', ''));
        await drag(density, 0.4, 0.7);
        for (const [i, plot] of [cdf, density].entries()) {
            assert.notStrictEqual((await look(plot)).digest, before[i].digest);
            assert.ok(numberOf((await hover(plot, 0.01)).replace('length', '')) > left);
        }
        assert.strictEqual((await look(other)).digest, apart);
        await density.getByRole('button', {name: 'Show the whole range'}).click();
        assert.strictEqual(numberOf((await hover(cdf, 0.01)).replace('length', '')), left);
        await drag(cdf, 0.2, 0.5);
        const box = await cdf.locator('.u-over').boundingBox();
        await page.mouse.dblclick(box.x + box.width / 2, box.y + box.height / 2);
        assert.strictEqual(numberOf((await hover(density, 0.01)).replace('length', '')), left);
    },

    async 'switches of components change the plot, by mouse and by keyboard'(page) {
        const plot = page.locator('#h0 .plot').nth(1);
        await hover(plot, 0.5);
        const all = (await look(plot)).digest;
        const box = plot.locator('.entry.component input').first();
        await box.uncheck();
        assert.notStrictEqual((await look(plot)).digest, all);
        await box.focus();
        await page.keyboard.press('Space');
        assert.strictEqual((await look(plot)).digest, all);
        await plot.getByRole('button', {name: 'All components'}).click();
        assert.strictEqual(await plot.locator('.entry.component input:checked').count(), 0);
        await plot.getByRole('button', {name: 'All components'}).click();
        assert.strictEqual((await look(plot)).digest, all);
    },

    async 'keys move the cursor and zoom'(page) {
        const plot = page.locator('#h0 .plot').nth(2);
        await page.mouse.move(1, 1);
        await plot.locator('.plot-area').focus();
        const whole = (await look(plot)).digest;
        await page.keyboard.press('ArrowRight');
        const first = await placeOf(plot);
        await page.keyboard.press('ArrowRight');
        assert.ok(numberOf(await placeOf(plot)) > numberOf(first), `${first}, ${await placeOf(plot)}`);
        await page.keyboard.press('ArrowLeft');
        assert.strictEqual(await placeOf(plot), first);
        await page.keyboard.press('+');
        assert.notStrictEqual((await look(plot)).digest, whole);
        await page.keyboard.press('Escape');
        assert.strictEqual((await look(plot)).digest, whole);
    },

    async 'every choice draws another plot'(page) {
        for (const plot of await page.locator('#h0 .plot, #h1 .plot').all()) {
            await plot.scrollIntoViewIfNeeded();
            for (const select of await plot.locator('select').all()) {
                const seen = new Set();
                const values = await select.locator('option').evaluateAll((all) => all.map((option) => option.value));
                for (const value of values) {
                    await select.selectOption(value);
                    seen.add((await look(plot)).digest);
                }
                assert.strictEqual(seen.size, values.length);
            }
        }
        const density = page.locator('#h0 .plot').nth(1);
        const {digest} = await look(density);
        await page.locator('#h0 .model select').selectOption('1');
        assert.notStrictEqual((await look(density)).digest, digest);
    },

    async 'tables hold the numbers of the data'(page) {
        const {histograms, warnings, manifests} = await dataOf(page);
        const text = await page.locator('main').innerText();
        const flows = String(histograms[0].summary.histograms[0].flows).replace(/\B(?=(\d{3})+$)/g, '\u202f');
        assert.ok(text.includes(flows));
        for (const mixture of histograms.flatMap(({models}) => models.flatMap(({mixtures}) => mixtures)))
            assert.ok(text.includes(mixture.quality.ks.toFixed(5)), mixture.file);
        for (const line of [...warnings, manifests[0].steps[0].options[1]])
            assert.ok(text.includes(line), line);
    },

    async 'dark colours when they are wanted'(page) {
        const plot = page.locator('#h0 .plot').nth(0);
        const {digest} = await look(plot);
        const back = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const light = await back();
        await page.emulateMedia({colorScheme: 'dark'});
        assert.notStrictEqual(await back(), light);
        assert.notStrictEqual((await look(plot)).digest, digest);
        await page.emulateMedia({colorScheme: 'light'});
        assert.strictEqual((await look(plot)).digest, digest);
    },

    async 'nothing is wider than a narrow window'(page) {
        await page.setViewportSize({width: 390, height: 800});
        await page.waitForTimeout(200);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 390);
        for (const plot of await page.locator('.plot canvas').all())
            assert.ok((await plot.boundingBox()).width <= 390);
    },

    async 'paper shows every plot'(page) {
        assert.ok((await page.pdf({format: 'A4'})).length > 50000);
    },
};

async function dataOf(page) {
    return JSON.parse(await page.locator('#data').textContent());
}

async function open(browser, address) {
    const page = await browser.newPage({viewport: {width: 1400, height: 900}, colorScheme: 'light'});
    page.setDefaultTimeout(10000);
    const events = watch(page);
    await page.goto(address);
    return [page, events];
}

async function openOdd(browser) {
    const [page, events] = await open(browser, oddUrl);
    for (const plot of await page.locator('.plot').all()) {
        await plot.scrollIntoViewIfNeeded();
        await plot.locator('canvas').waitFor();
        for (const select of await plot.locator('select').all())
            await select.selectOption({index: 1});
        await drag(plot, 0.3, 0.6);
        await plot.locator('.plot-area').focus();
        await page.keyboard.press('ArrowRight');
        await plot.getByRole('button', {name: 'Zoom out'}).click();
        await look(plot);
    }
    assert.deepStrictEqual(events, {errors: [], requests: [oddUrl], dialogs: []});
    console.log('ok: histograms with hardly anything to draw');
}

async function main() {
    const browser = await chromium.launch({executablePath, args});
    await openOdd(browser);
    const [page, events] = await open(browser, url);
    for (const [name, check] of Object.entries(checks)) {
        await check(page);
        console.log(`ok: ${name}`);
    }
    assert.deepStrictEqual(events, {errors: [], requests: [url], dialogs: []});
    console.log('ok: no error, no request, no dialog');
    const blocked = await page.evaluate(() => new Promise((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
        fetch('http://localhost:9/').catch(() => undefined);
    }));
    assert.strictEqual(blocked, 'connect-src');
    console.log('ok: the policy of the page lets no request leave');
    await browser.close();
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
