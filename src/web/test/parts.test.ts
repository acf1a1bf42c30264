import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldErrors, pathOf } from '../src/lib/form_errors.ts';
import { formatClock, formatNumber, setRegion } from '../src/lib/format.ts';
import { fitting } from '../src/lib/palette.ts';
import { linePath, place, scaleOf } from '../src/lib/plot.ts';
import { nextSort, sortOf } from '../src/lib/sorting.ts';

test('the pointers of a refusal name the fields of a form', () => {
	assert.equal(pathOf('/compensation/currency'), 'compensation.currency');
	assert.equal(pathOf('/a~1b/m~0n'), 'a/b.m~n');
	assert.equal(pathOf('?limit'), 'limit');
	assert.equal(pathOf('{role_id}'), 'role_id');
});

test('errors of one field are said together, what belongs to none apart', () => {
	const errors = [
		{ pointer: '/name', detail: 'Too long.' },
		{ pointer: '/name', detail: 'No tabs.' },
		{ pointer: '', detail: 'Nothing to change.' },
	];
	assert.deepEqual(fieldErrors({ message: 'Invalid', errors }), {
		fields: { name: 'Too long. No tabs.' },
		rest: ['Nothing to change.'],
	});
	assert.deepEqual(fieldErrors({ message: 'Invalid', detail: 'It exists.', errors: [] }).rest, ['It exists.']);
});

test('the palette puts beginnings first, finds other words and ignores accents', () => {
	const offers = [
		{ id: '1', text: 'Career ladders' },
		{ id: '2', text: 'Ladders' },
		{ id: '3', text: 'Roles', words: 'jobs, ladders' },
		{ id: '4', text: 'Résumés' },
	];
	const found = (typed: string): string => fitting(typed, offers).map((one) => one.id).join('');
	assert.equal(found('lad'), '213');
	assert.equal(found('resume'), '4');
	assert.equal(found('zz'), '');
	assert.equal(found(''), '1234');
});

test('a scale has round marks and holds all values', () => {
	assert.deepEqual(scaleOf([0.42, 0.18], { zero: true }).ticks, [0, 0.1, 0.2, 0.3, 0.4, 0.5]);
	const { from, to } = scaleOf([37, 412]);
	assert.ok(from <= 37 && to >= 412);
	assert.deepEqual([scaleOf([]).from, scaleOf([]).to], [0, 1]);
	assert.ok(scaleOf([3, 3]).from < 3 && scaleOf([3, 3]).to > 3);
});

test('a value stands where the scale has it, and a line is broken where one is missing', () => {
	const scale = { from: 0, to: 10, ticks: [] };
	assert.equal(place(5, scale), 50);
	assert.equal(place(99, scale), 100);
	assert.equal(linePath([0, 10, null, 5], scale), 'M0.00 100.00L33.33 0.00M100.00 50.00');
});

test('choosing a column sorts by it, once more the other way', () => {
	assert.equal(nextSort('', 'name'), 'name');
	assert.equal(nextSort('name', 'name'), '-name');
	assert.deepEqual(sortOf('-name'), { by: 'name', direction: 'descending' });
});

test('dates and numbers follow the language and the time zone; a zone that is none is not used', () => {
	setRegion(() => ({ locale: 'de-DE', timeZone: 'Asia/Tokyo' }));
	assert.equal(formatNumber(1234.5), '1.234,5');
	assert.equal(formatClock('2026-11-22T14:46:00Z'), '23:46');
	setRegion(() => ({ locale: 'en-GB', timeZone: 'Moon/Crater' }));
	assert.equal(formatNumber(1234.5), '1,234.5');
});
