// What keeps a scorecard from being submitted, as links to the fields of the form.
import type { Missing } from './draft.ts';
import type { Schemas } from './api.ts';
import { t } from '../text/interview.ts';

export interface Item {
	/** The field's element. */
	id: string;
	text: string;
}

export function itemOf(gap: Missing, nameOf: (id: string) => string): Item {
	switch (gap.kind) {
		case 'rating':
			return { id: `${gap.competency_id}-1`, text: t.scorecard.missingRating(nameOf(gap.competency_id)) };
		case 'evidence':
			return { id: `${gap.competency_id}-evidence`, text: t.scorecard.missingEvidence(nameOf(gap.competency_id)) };
		case 'recommendation':
			return { id: 'recommendation-strong_no', text: t.scorecard.missingRecommendation };
		case 'nothing':
			return gap.field === 'recommendation'
				? { id: 'recommendation-no_decision', text: t.scorecard.nothingAssessed }
				: { id: 'key_takeaways', text: t.scorecard.nothingWhy };
	}
}

/** The server's word for the same, by its JSON Pointer. */
export function refusalOf(error: Schemas['FieldError']): Item {
	const rating = /^\/ratings\/([0-9a-f-]+)(\/evidence)?/.exec(error.pointer);
	if (rating) return { id: `${rating[1] ?? ''}-${rating[2] ? 'evidence' : '1'}`, text: error.detail };
	const id = error.pointer === '/recommendation' ? 'recommendation-strong_no' : error.pointer.slice(1);
	return { id, text: error.detail };
}

export function gapOf(gaps: readonly Missing[], competency: string): 'rating' | 'evidence' | null {
	const gap = gaps.find((one) => 'competency_id' in one && one.competency_id === competency);
	return gap?.kind === 'rating' || gap?.kind === 'evidence' ? gap.kind : null;
}

/** The field of the rest of the form that something is missing in. */
export function restOf(gaps: readonly Missing[]): 'recommendation' | 'key_takeaways' | null {
	const gap = gaps.find((one) => one.kind === 'recommendation' || one.kind === 'nothing');
	if (!gap) return null;
	return gap.kind === 'nothing' ? gap.field : 'recommendation';
}
