import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { bestLanguage, languages, lengthened, localeOf, offeredLanguages, systemLanguage, turned, type Language } from '../src/text/languages.ts';
import { Texts, tried } from '../src/text/localized.ts';

const german: Language = {
	tag: 'de',
	name: 'Deutsch',
	direction: 'ltr',
	load: (area) => Promise.resolve(area === 'base' ? { close: 'Schließen' } : { title: 'Rollen' }),
};
const english = languages[0] as Language;

test('a wish finds its language, its language without the country, or English', () => {
	const among = [english, german];
	assert.equal(bestLanguage('de-CH', among).tag, 'de');
	assert.equal(bestLanguage('DE', among).tag, 'de');
	assert.equal(bestLanguage('fr', among).tag, 'en');
	assert.equal(bestLanguage(null, among).tag, 'en');
});

test('a trial is taken only by its whole name: readers of Arabic get English, not a trial', () => {
	assert.equal(bestLanguage('ar').tag, 'en');
	assert.equal(bestLanguage('ar-EG').tag, 'en');
	assert.equal(bestLanguage('ar-XB').direction, 'rtl');
});

test('the texts of another language are in place once they are ready, those below them too', async () => {
	const texts = new Texts(german);
	const base = texts.area('base', { close: 'Close', back: 'Back' });
	const text = texts.area('roles', { title: 'Roles' }, base);
	await texts.ready();
	assert.deepEqual(text, { close: 'Schließen', back: 'Back', title: 'Rollen' });
});

test('texts that cannot be loaded stay English', async () => {
	const texts = new Texts({ ...german, load: () => Promise.reject(new Error('offline')) });
	const text = texts.area('roles', { title: 'Roles' });
	await texts.ready();
	assert.deepEqual(text, { title: 'Roles' });
});

test('a trial reaches sentences, tables of them, and functions that make them', () => {
	const text = tried({ a: 'Close', b: { c: (n: number) => `${String(n)} roles` } }, lengthened);
	assert.match(text.a, /^\[Çļöšé~+\]$/);
	assert.match(text.b.c(3), /^\[3 ŕöļéš~+\]$/);
	assert.equal(turned('Close'), '\u200FClose\u200F');
	assert.equal(lengthened('–'), '–');
});

test('each area of texts has the module that screens take it from', () => {
	const areas = readdirSync(new URL('../src/text/en', import.meta.url)).filter((one) => one !== 'common.ts');
	const modules = new Set(readdirSync(new URL('../src/text', import.meta.url)));
	for (const area of areas) assert.ok(modules.has(area), area);
});

test('dates are written as where the reader lives, unless they chose', () => {
	assert.equal(localeOf(english, null, ['en-GB', 'en-US']), 'en-GB');
	assert.equal(localeOf(english, 'en', ['en-GB']), 'en-GB');
	assert.equal(localeOf(english, 'en-US', ['en-GB']), 'en-US');
	assert.equal(localeOf(english, null, ['en', 'de-CH']), 'en-CH');
	assert.equal(localeOf(english, null, ['de']), 'en-DE');
	assert.equal(localeOf(english, null, ['pt-BR']), 'en-001');
	assert.equal(localeOf(english, null, ['en-US']), 'en-US');
	assert.equal(localeOf(english, null, []), 'en');
	assert.equal(localeOf(english, 'not a tag', ['en-GB']), 'en-GB');
	assert.equal(localeOf(german, null, ['en-GB', 'de-AT']), 'de-AT');
	assert.equal(localeOf(bestLanguage('en-XA'), 'en-XA', ['en-GB']), 'en-XA');
});

test('without a choice the first of the browser’s languages that there is speaks', () => {
	assert.equal(systemLanguage(['fr-FR', 'de-CH', 'en-GB'], [english, german]).tag, 'de');
	assert.equal(systemLanguage(['fr-FR'], [english, german]).tag, 'en');
	assert.equal(systemLanguage(['ar-XB']).tag, 'en');
});

test('each language is offered with the places that write dates in their way; trials only when asked for', () => {
	const names = offeredLanguages(false).map(({ name }) => name);
	assert.ok(names.includes('English (United Kingdom)'));
	assert.ok(!names.some((name) => name.includes('Right-to-left')));
	assert.ok(offeredLanguages(true).some(({ tag }) => tag === 'ar-XB'));
	assert.deepEqual(offeredLanguages(false, [german]), [{ tag: 'de', name: 'Deutsch' }]);
});

test('a list of sentences stays a list in a trial, also where a function makes it', () => {
	const loud = tried({ says: ['a', 'b'], of: (name: string) => [name, 'c'] }, (text) => text.toUpperCase());
	assert.deepEqual(loud.says, ['A', 'B']);
	assert.deepEqual(loud.of('d'), ['D', 'C']);
});
