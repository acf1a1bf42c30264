// What most screens are held against: no finding of axe-core in either theme, nothing wider than the window.
import { createRequire } from 'node:module';

import { expect, overflow } from './test.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** The title of the screen. */
export const heading = (page) => page.getByRole('heading', { level: 1 });

/** A page of somebody, which can be judged. */
export async function looking(open, persona, options) {
	const page = await open(persona, options);
	await page.context().addInitScript({ path: axe });
	return page;
}

/** What sticks to the window's lower edge lies in the page instead, or sticks again. */
function loosen(page, loose) {
	return page.evaluate((isLoose) => {
		for (const one of document.querySelectorAll('main *')) {
			const { position, bottom } = getComputedStyle(one);
			if (isLoose && position === 'sticky' && bottom === '0px') one.style.position = 'relative';
			else if (!isLoose && one.style.position === 'relative') one.style.position = '';
		}
	}, loose);
}

export async function clean(page, state) {
	// What a bar covers until one scrolls on is a target there, not here.
	await page.evaluate(() => window.scrollTo(0, 0));
	await loosen(page, true);
	for (const colorScheme of ['light', 'dark']) {
		await page.emulateMedia({ colorScheme });
		const { violations } = await page.evaluate(
			(values) => window.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] }),
			rules,
		);
		const found = violations.flatMap(({ id, nodes }) =>
			nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary}`),
		);
		expect.soft(found, `${state}, ${colorScheme}`).toEqual([]);
	}
	await loosen(page, false);
	await page.emulateMedia({ colorScheme: 'light' });
	expect.soft(await overflow(page), state).toEqual({ over: 0, wide: [] });
}

/** The same, once nothing is on its way any more. */
export async function cleanOnceThere(page, state) {
	await expect(page.locator('.bone, .bones')).toHaveCount(0);
	await clean(page, state);
}

/** The size of everything that can be hit; a radio button's label counts for it. */
export function targets(page, within) {
	return page.evaluate((selector) => {
		const found = [];
		const shown = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
		for (const one of document.querySelectorAll(`${selector} :is(a, button, input, select, textarea, summary)`)) {
			if (!shown(one) || one.matches('.skip')) continue;
			// A link within a sentence is as high as its line.
			if (one.matches('p > a') && one.parentElement.textContent.trim() !== one.textContent.trim()) continue;
			const target = (one.matches('input[type=radio], input[type=checkbox]') && one.closest('label')) || one;
			const { width, height } = target.getBoundingClientRect();
			if (width === 0 || height === 0) continue;
			found.push({ what: `${one.tagName} ${(target.textContent || one.id).trim().slice(0, 40)}`, width, height });
		}
		return found;
	}, within);
}

export const small = (all, least) =>
	all.filter(({ width, height }) => width < least - 0.5 || height < least - 0.5).map(({ what, width, height }) => `${what}: ${width.toFixed(0)}×${height.toFixed(0)}`);
