// What most screens are held against: no finding of axe-core in either theme, nothing wider than the window.
import { createRequire } from 'node:module';

import { expect, overflow } from './test.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** The title of the screen. */
export const heading = (page) => page.getByRole('heading', { level: 1 });

/** A page of somebody, which can be judged. */
export async function looking(open, persona) {
	const page = await open(persona);
	await page.context().addInitScript({ path: axe });
	return page;
}

export async function clean(page, state) {
	// What the bar covers while one is scrolled down is no target.
	await page.evaluate(() => window.scrollTo(0, 0));
	for (const colorScheme of ['light', 'dark']) {
		await page.emulateMedia({ colorScheme });
		const { violations } = await page.evaluate(
			(values) => window.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] }),
			rules,
		);
		expect.soft(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join()}`), `${state}, ${colorScheme}`).toEqual([]);
	}
	expect.soft((await overflow(page)).over, state).toBe(0);
}
