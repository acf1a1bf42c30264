import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { hidden, keyWord, namesIn, titles, together, valueWord } from '../src/library/content.ts';
import { library } from '../src/text/en/library.ts';

const folder = new URL('../../templates/', import.meta.url);
const contents = readdirSync(folder)
	.filter((one) => one.endsWith('.json') && one !== 'demo.json')
	.flatMap((one) => (JSON.parse(readFileSync(new URL(one, folder), 'utf8')) as { items: { content: unknown }[] }).items)
	.map(({ content }) => content);

function walk(value: unknown, see: (key: string, value: unknown, beside: Record<string, unknown>) => void): void {
	if (typeof value !== 'object' || value === null) return;
	for (const [key, each] of Object.entries(value)) {
		if (!Array.isArray(value)) see(key, each, value as Record<string, unknown>);
		if (!hidden.has(key)) walk(each, see);
	}
}

test('each member of each template has a word of its own', () => {
	assert.ok(contents.length > 20);
	const said = new Set<string>([...hidden, ...titles, ...Object.keys(library.templates.keys)]);
	const missing = new Set<string>();
	for (const content of contents) {
		walk(content, (key, _, beside) => {
			if (!said.has(key) && !together(beside).some(({ of }) => of.has(key))) missing.add(key);
		});
	}
	assert.deepEqual([...missing].sort(), []);
});

test('no word of a fixed list is shown as programs write it', () => {
	const listed = ['advice', 'colour', 'engagement_types', 'found_by', 'hiring_difficulty', 'method', 'near', 'recommends', 'speaks_for', 'unless'];
	for (const content of contents) {
		const names = namesIn(content);
		walk(content, (key, value) => {
			if (!listed.includes(key)) return;
			for (const one of [value].flat() as (string | null)[]) {
				if (one !== null) assert.notEqual(valueWord(key, one, names), one, `${key}: ${one}`);
			}
		});
	}
	assert.equal(keyWord('look_fors'), 'Look for');
	assert.equal(valueWord('unless', 'api_design', { api_design: 'API design' }), 'API design');
	assert.equal(valueWord('weight', 0.25), '25%');
	assert.equal(valueWord('tools', 'gRPC'), 'gRPC');
	assert.deepEqual(together({ years_from: 1, years_to: null }).map(({ line }) => line), ['From 1 years']);
});
