import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
	difference,
	emptyContent,
	evidenceRequired,
	merge,
	missing,
	plain,
	rated,
	resolve,
	type Content,
	type Rating,
} from '../src/lib/draft.ts';

const rating = (value: number | null, evidence: string | null = null, not_assessed = false): Rating => ({
	value,
	evidence,
	not_assessed,
});
const content = (part: Partial<Content> = {}): Content => ({ ...emptyContent(), ...part });

test('nothing changed is no patch, and an emptied text counts as null', () => {
	const base = content({ ratings: { a: rating(3) }, key_takeaways: null });
	assert.equal(difference(base, content({ ratings: { a: rating(3, '') }, key_takeaways: '' })), null);
});

test('a patch holds what changed and nothing else', () => {
	const base = content({ ratings: { a: rating(3), b: rating(2, 'x') }, private_note: 'old' });
	const mine = content({ ratings: { a: rating(4), b: rating(2, 'x') }, private_note: '' });
	assert.deepEqual(difference(base, mine), { ratings: { a: rating(4) }, private_note: null });
});

test('a rating that was cleared is removed by null', () => {
	const base = content({ ratings: { a: rating(3) } });
	assert.deepEqual(difference(base, content({ ratings: { a: rating(null) } })), { ratings: { a: null } });
});

test('a merge takes each change from the side that made it', () => {
	const base = content({ ratings: { a: rating(1), b: rating(2) }, key_takeaways: 'k' });
	const mine = content({ ratings: { a: rating(5, 'e'), b: rating(2) }, key_takeaways: 'k' });
	const theirs = content({ ratings: { a: rating(1), b: rating(4) }, key_takeaways: 'K', recommendation: 'yes' });
	const merged = merge(base, mine, theirs);
	assert.deepEqual(merged.conflicts, []);
	assert.deepEqual(
		merged.content,
		content({ ratings: { a: rating(5, 'e'), b: rating(4) }, key_takeaways: 'K', recommendation: 'yes' }),
	);
});

test('the same change on both sides is no conflict', () => {
	const both = content({ ratings: { a: rating(2) }, recommendation: 'no' });
	assert.deepEqual(merge(content(), both, plain(both)).conflicts, []);
});

test('a conflict keeps both versions until one is chosen', () => {
	const base = content({ ratings: { a: rating(3) }, recommendation: null, private_note: 'n' });
	const mine = content({ ratings: { a: rating(4, 'mine') }, recommendation: 'yes', private_note: 'm' });
	const theirs = content({ ratings: { a: rating(4, 'theirs') }, recommendation: 'no', private_note: 't' });
	const merged = merge(base, mine, theirs);
	assert.deepEqual(
		merged.conflicts.map((one) => one.kind),
		['rating', 'recommendation', 'text'],
	);
	assert.deepEqual(merged.content, mine);
	assert.deepEqual(resolve(merged, ['theirs', 'theirs', 'theirs']), theirs);
	assert.deepEqual(resolve(merged, ['mine', 'mine', 'mine']), mine);
	const both = resolve(merged, ['both', 'theirs', 'both']);
	assert.equal(both.ratings['a']?.evidence, 'mine\n\ntheirs');
	assert.equal(both.recommendation, 'no');
	assert.equal(both.private_note, 'm\n\nt');
});

test('removing on one side and changing on the other is a conflict', () => {
	const base = content({ ratings: { a: rating(3) } });
	const merged = merge(base, content(), content({ ratings: { a: rating(5) } }));
	assert.equal(merged.conflicts.length, 1);
	assert.deepEqual(resolve(merged, ['mine']).ratings, {});
	assert.equal(resolve(merged, ['theirs']).ratings['a']?.value, 5);
});

const asked = [
	{ competency_id: 'a', name: 'A', must_have_level: null },
	{ competency_id: 'b', name: 'B', must_have_level: 3 },
];

test('evidence is required for a 1, a 5 and a failed must-have', () => {
	const [a, b] = asked;
	assert.ok(a && b);
	assert.equal(evidenceRequired(rating(1), a), 'one');
	assert.equal(evidenceRequired(rating(5), a), 'five');
	assert.equal(evidenceRequired(rating(2), a), null);
	assert.equal(evidenceRequired(rating(2), b), 'must_have');
	assert.equal(evidenceRequired(rating(3), b), null);
	assert.equal(evidenceRequired(rating(null, null, true), b), null);
	assert.equal(evidenceRequired(undefined, b), null);
});

test('what is missing is told in the order of the form', () => {
	assert.deepEqual(missing(content(), asked), [
		{ kind: 'rating', competency_id: 'a' },
		{ kind: 'rating', competency_id: 'b' },
		{ kind: 'recommendation' },
	]);
	const some = content({ ratings: { a: rating(null, null, true), b: rating(2, '  ') }, recommendation: 'no_decision' });
	assert.deepEqual(missing(some, asked), [{ kind: 'evidence', competency_id: 'b', why: 'must_have' }]);
	assert.equal(rated(some, asked), 2);
});
