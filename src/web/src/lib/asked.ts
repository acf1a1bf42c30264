// What a stage asks to be rated: its focus competencies in the plan's order, or the whole rubric.
import type { Criterion, Stage } from './shapes.ts';

export function askedIn(stage: Stage, criteria: readonly Criterion[]): Criterion[] {
	const ordered = [...criteria].sort((a, b) => a.position - b.position);
	const focus = stage.competency_ids;
	if (focus.length === 0) return ordered;
	const chosen = focus.map((id) => ordered.find((one) => one.competency_id === id));
	return chosen.filter((one) => one !== undefined);
}
