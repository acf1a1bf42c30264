import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences } from '../src/lib/rubrics.ts';
import { linesOf, moved } from '../src/lib/lists.ts';
import type { Criterion } from '../src/lib/shapes.ts';

const criterion = (id: string, more: Partial<Criterion> = {}): Criterion => ({
	competency_id: id,
	competency_name: id.toUpperCase(),
	position: 1,
	weight: 1,
	must_have_level: null,
	anchors: ['a', 'b', 'c', 'd', 'e'],
	...more,
});

test('two versions differ in what came, what went, and what is said otherwise', () => {
	const before = [criterion('a'), criterion('b'), criterion('c')];
	const now = [criterion('a'), criterion('b', { weight: 2, must_have_level: 3, anchors: ['a', 'B', 'c', 'd', 'e'] }), criterion('d')];
	assert.deepEqual(
		differences(before, now).map(({ id, kind }) => [id, kind]),
		[['b', 'changed'], ['d', 'added'], ['c', 'removed']],
	);
	const [changed] = differences(before, now);
	assert.deepEqual(changed?.weight, { from: 1, to: 2 });
	assert.deepEqual(changed?.mustHave, { from: null, to: 3 });
	assert.deepEqual(changed?.anchors, [{ value: 2, from: 'b', to: 'B' }]);
	assert.deepEqual(differences(before, before), []);
});

test('an item is moved to another place, and nowhere beyond the ends', () => {
	assert.deepEqual(moved(['a', 'b', 'c'], 0, 2), ['b', 'c', 'a']);
	assert.deepEqual(moved(['a', 'b', 'c'], 2, 0), ['c', 'a', 'b']);
	assert.deepEqual(moved(['a', 'b', 'c'], 0, 3), ['a', 'b', 'c']);
	assert.deepEqual(moved(['a', 'b', 'c'], 0, -1), ['a', 'b', 'c']);
});

test('the lines of a field come without empty ones', () => {
	assert.deepEqual(linesOf(' one \n\n two\n'), ['one', 'two']);
});
