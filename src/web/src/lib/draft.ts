// What a scorecard's draft is made of, and the pure rules about it: what changed, how two versions
// come together, and what is still missing.

export type Recommendation = 'strong_no' | 'no' | 'yes' | 'strong_yes' | 'no_decision';

export interface Rating {
	value: number | null;
	not_assessed: boolean;
	evidence: string | null;
}

export interface Content {
	ratings: Record<string, Rating>;
	recommendation: Recommendation | null;
	key_takeaways: string | null;
	private_note: string | null;
}

/** A JSON Merge Patch of a scorecard. */
export interface Patch {
	ratings?: Record<string, Partial<Rating> | null>;
	recommendation?: Recommendation | null;
	key_takeaways?: string | null;
	private_note?: string | null;
}

export interface Asked {
	competency_id: string;
	name: string;
	must_have_level: number | null;
}

export const emptyRating: Rating = { value: null, not_assessed: false, evidence: null };

export function emptyContent(): Content {
	return { ratings: {}, recommendation: null, key_takeaways: null, private_note: null };
}

const texts = ['recommendation', 'key_takeaways', 'private_note'] as const;
type TextField = (typeof texts)[number];

function blank(rating: Rating | undefined): boolean {
	return !rating || (rating.value === null && !rating.not_assessed && !rating.evidence);
}

function same(a: Rating | undefined, b: Rating | undefined): boolean {
	const x = a ?? emptyRating;
	const y = b ?? emptyRating;
	return (
		x.value === y.value &&
		x.not_assessed === y.not_assessed &&
		(x.evidence ?? '') === (y.evidence ?? '')
	);
}

function competencies(...contents: Content[]): string[] {
	return [...new Set(contents.flatMap((content) => Object.keys(content.ratings)))];
}

/** A copy that is free of the reactivity of the screen, with empty texts as null. */
export function plain(content: Content): Content {
	const ratings: Record<string, Rating> = {};
	for (const [id, rating] of Object.entries(content.ratings)) {
		if (blank(rating)) continue;
		ratings[id] = {
			value: rating.value,
			not_assessed: rating.not_assessed,
			evidence: rating.evidence === '' ? null : rating.evidence,
		};
	}
	return {
		ratings,
		recommendation: content.recommendation,
		key_takeaways: content.key_takeaways === '' ? null : content.key_takeaways,
		private_note: content.private_note === '' ? null : content.private_note,
	};
}

/** The merge patch that turns `base` into `mine`, or null when nothing changed. */
export function difference(base: Content, mine: Content): Patch | null {
	const from = plain(base);
	const to = plain(mine);
	const patch: Patch = {};
	const ratings: Record<string, Partial<Rating> | null> = {};
	for (const id of competencies(from, to)) {
		const before = from.ratings[id];
		const after = to.ratings[id];
		if (same(before, after)) continue;
		ratings[id] = after ? { ...after } : null;
	}
	if (Object.keys(ratings).length > 0) patch.ratings = ratings;
	for (const field of texts) {
		if (from[field] !== to[field]) Object.assign(patch, { [field]: to[field] });
	}
	return Object.keys(patch).length > 0 ? patch : null;
}

// ---- two versions ------------------------------------------------------------------------------

export type ConflictField =
	| { kind: 'rating'; competency_id: string; mine: Rating; theirs: Rating }
	| { kind: 'text'; field: 'key_takeaways' | 'private_note'; mine: string; theirs: string }
	| { kind: 'recommendation'; mine: Recommendation | null; theirs: Recommendation | null };

export type Choice = 'mine' | 'theirs' | 'both';

export interface Merged {
	content: Content;
	conflicts: ConflictField[];
}

/**
 * Three-way merge: what only one side changed is taken from that side; what both changed
 * differently is a conflict, and `content` holds mine until someone chooses.
 */
export function merge(base: Content, mine: Content, theirs: Content): Merged {
	const [b, m, t] = [plain(base), plain(mine), plain(theirs)];
	const content = emptyContent();
	const conflicts: ConflictField[] = [];
	for (const id of competencies(b, m, t)) {
		const mineChanged = !same(b.ratings[id], m.ratings[id]);
		const theirsChanged = !same(b.ratings[id], t.ratings[id]);
		const chosen = mineChanged ? m.ratings[id] : t.ratings[id];
		if (chosen) content.ratings[id] = chosen;
		if (mineChanged && theirsChanged && !same(m.ratings[id], t.ratings[id])) {
			conflicts.push({
				kind: 'rating',
				competency_id: id,
				mine: m.ratings[id] ?? emptyRating,
				theirs: t.ratings[id] ?? emptyRating,
			});
		}
	}
	for (const field of texts) {
		const mineChanged = m[field] !== b[field];
		Object.assign(content, { [field]: mineChanged ? m[field] : t[field] });
		if (mineChanged && t[field] !== b[field] && m[field] !== t[field]) {
			conflicts.push(textConflict(field, m, t));
		}
	}
	return { content, conflicts };
}

function textConflict(field: TextField, mine: Content, theirs: Content): ConflictField {
	if (field === 'recommendation') {
		return { kind: 'recommendation', mine: mine.recommendation, theirs: theirs.recommendation };
	}
	return { kind: 'text', field, mine: mine[field] ?? '', theirs: theirs[field] ?? '' };
}

function together(mine: string | null, theirs: string | null): string | null {
	return [mine, theirs].filter((text) => text !== null && text !== '').join('\n\n') || null;
}

/** Applies the choice made for each conflict; `both` keeps both texts, mine first. */
export function resolve(merged: Merged, choices: readonly Choice[]): Content {
	const content = plain(merged.content);
	merged.conflicts.forEach((conflict, index) => {
		const choice = choices[index] ?? 'mine';
		if (conflict.kind === 'rating') {
			const kept = choice === 'theirs' ? conflict.theirs : conflict.mine;
			const evidence =
				choice === 'both' ? together(conflict.mine.evidence, conflict.theirs.evidence) : kept.evidence;
			content.ratings[conflict.competency_id] = { ...kept, evidence };
		} else if (conflict.kind === 'recommendation') {
			content.recommendation = choice === 'theirs' ? conflict.theirs : conflict.mine;
		} else {
			content[conflict.field] =
				choice === 'both'
					? together(conflict.mine, conflict.theirs)
					: (choice === 'theirs' ? conflict.theirs : conflict.mine) || null;
		}
	});
	return plain(content);
}

// ---- what is missing ---------------------------------------------------------------------------

export type Missing =
	| { kind: 'rating'; competency_id: string }
	| { kind: 'evidence'; competency_id: string; why: EvidenceReason }
	| { kind: 'recommendation' }
	/** Nothing was assessed: only "no decision" can follow, and the take-aways say why. */
	| { kind: 'nothing'; field: 'recommendation' | 'key_takeaways' };

export type EvidenceReason = 'one' | 'five' | 'must_have';

/** Why evidence is required for this rating, or null when it is only asked for. */
export function evidenceRequired(rating: Rating | undefined, asked: Asked): EvidenceReason | null {
	if (!rating || rating.value === null) return null;
	if (rating.value === 1) return 'one';
	if (rating.value === 5) return 'five';
	if (asked.must_have_level !== null && rating.value < asked.must_have_level) return 'must_have';
	return null;
}

export function missing(content: Content, asked: readonly Asked[]): Missing[] {
	const found: Missing[] = [];
	for (const one of asked) {
		const rating = content.ratings[one.competency_id];
		if (!rating || (rating.value === null && !rating.not_assessed)) {
			found.push({ kind: 'rating', competency_id: one.competency_id });
			continue;
		}
		const why = evidenceRequired(rating, one);
		if (why && !rating.evidence?.trim()) {
			found.push({ kind: 'evidence', competency_id: one.competency_id, why });
		}
	}
	if (content.recommendation === null) found.push({ kind: 'recommendation' });
	if (found.length === 0 && !Object.values(content.ratings).some((rating) => rating.value !== null)) {
		if (content.recommendation !== 'no_decision') found.push({ kind: 'nothing', field: 'recommendation' });
		else if (!content.key_takeaways?.trim()) found.push({ kind: 'nothing', field: 'key_takeaways' });
	}
	return found;
}

export function rated(content: Content, asked: readonly Asked[]): number {
	return asked.filter((one) => {
		const rating = content.ratings[one.competency_id];
		return rating && (rating.value !== null || rating.not_assessed);
	}).length;
}
