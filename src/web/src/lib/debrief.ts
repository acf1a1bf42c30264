// What the debrief shows, put in order: columns of the heatmap, and the suggestion in words.
import { formatList, formatScore, formatShare } from './format.ts';
import type { Decision, Evaluation, NewDecision, Scorecard } from './shapes.ts';
import { t } from '../text/debrief.ts';

export interface Column {
	key: string;
	user_id: string;
	name: string;
	stage_id: string;
	/** null: still waited for. */
	card: Scorecard | null;
}

/** A column for each scorecard, then one for each that is waited for; by stage, then by name. */
export function columnsOf(
	cards: readonly Scorecard[],
	waited: Evaluation['missing'],
	stageOrder: readonly string[],
): Column[] {
	const place = (id: string): number => {
		const index = stageOrder.indexOf(id);
		return index === -1 ? stageOrder.length : index;
	};
	const columns: Column[] = [
		...cards.map((card) => ({
			key: card.id,
			user_id: card.author_id,
			name: card.author_name,
			stage_id: card.stage_id,
			card,
		})),
		...waited.map((one) => ({
			key: `${one.interview_id}.${one.user_id}`,
			user_id: one.user_id,
			name: one.name,
			stage_id: one.stage_id,
			card: null,
		})),
	];
	return columns.sort(
		(a, b) =>
			place(a.stage_id) - place(b.stage_id) ||
			Number(a.card === null) - Number(b.card === null) ||
			a.name.localeCompare(b.name),
	);
}

/** Why the formula says what it says. */
export function reasonsOf(evaluation: Evaluation): string[] {
	const { score, hire_bar: bar, share_rated: share, competencies } = evaluation;
	if (score === null) return [t.debrief.why.noScore];
	const reasons: string[] = [];
	const named = (state: string): string[] =>
		competencies.filter((one) => one.must_have === state).map((one) => one.name);
	const notMet = named('not_met');
	const notRated = named('not_rated');
	if (notMet.length > 0) reasons.push(t.debrief.why.mustHaveNotMet(formatList(notMet)));
	if (bar !== null) {
		const say = score < bar ? t.debrief.why.below : t.debrief.why.above;
		reasons.push(say(formatScore(score), formatScore(bar)));
	}
	if (notRated.length > 0) reasons.push(t.debrief.why.mustHaveNotRated(formatList(notRated)));
	if (share < 0.8) reasons.push(t.debrief.why.share(formatShare(share)));
	return reasons;
}

/** Whether a decision goes against the suggestion, so that it needs a reason. */
export function against(kind: NewDecision['kind'] | null, suggestion: Evaluation['suggestion']): boolean {
	if (kind === null || suggestion === null || suggestion === 'undecided') return false;
	return suggestion === 'hire' ? kind === 'no_hire' : kind !== 'no_hire';
}

export interface Dissent {
	user_id: string;
	text: string;
}

export function dissentOf(decision: Decision): Dissent[] {
	return decision.dissent.flatMap((one) => {
		const { user_id, text } = one as Partial<Dissent>;
		return typeof user_id === 'string' && typeof text === 'string' ? [{ user_id, text }] : [];
	});
}
