import assert from 'node:assert/strict';
import { test } from 'node:test';
import { together } from '../src/lib/pipeline.ts';

test('the counts of two lists are added, value by value', () => {
	const counts = (total: number, complete: boolean, status: [string | null, number][]): Parameters<typeof together>[0] => ({
		total,
		complete,
		facets: { status: { complete, values: status.map(([value, count]) => ({ value, count })) } },
	});
	const both = together(counts(3, true, [['active', 2], [null, 1]]), counts(6, false, [['hired', 4], [null, 2]]));
	assert.deepEqual(both, counts(9, false, [['hired', 4], [null, 3], ['active', 2]]));
	const source = { source: { complete: true, values: [{ value: 'Agency', count: 1 }] } };
	assert.deepEqual(together({ total: 1, complete: true, facets: source }, { total: 0, complete: true, facets: {} }).facets, source);
});
