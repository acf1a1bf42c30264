// What differs between two versions of a rubric, competency by competency.
import type { Criterion } from './shapes.ts';

export interface Difference {
	id: string;
	name: string;
	kind: 'added' | 'removed' | 'changed';
	weight: { from: number; to: number } | null;
	mustHave: { from: number | null; to: number | null } | null;
	/** The rating that an anchor is of, and its words before and now. */
	anchors: { value: number; from: string; to: string }[];
}

export function differences(before: readonly Criterion[], now: readonly Criterion[]): Difference[] {
	const old = new Map(before.map((one) => [one.competency_id, one]));
	const kept = new Set(now.map((one) => one.competency_id));
	const found: Difference[] = [];
	for (const one of now) {
		const was = old.get(one.competency_id);
		const base = { id: one.competency_id, name: one.competency_name };
		if (!was) {
			found.push({ ...base, kind: 'added', weight: null, mustHave: null, anchors: [] });
			continue;
		}
		const weight = was.weight === one.weight ? null : { from: was.weight, to: one.weight };
		const mustHave = was.must_have_level === one.must_have_level ? null : { from: was.must_have_level, to: one.must_have_level };
		const anchors = one.anchors.flatMap((to, index) => {
			const from = was.anchors[index] ?? '';
			return from === to ? [] : [{ value: index + 1, from, to }];
		});
		if (weight || mustHave || anchors.length > 0) found.push({ ...base, kind: 'changed', weight, mustHave, anchors });
	}
	for (const one of before) {
		if (kept.has(one.competency_id)) continue;
		found.push({ id: one.competency_id, name: one.competency_name, kind: 'removed', weight: null, mustHave: null, anchors: [] });
	}
	return found;
}
