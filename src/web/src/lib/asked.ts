// What an interviewer is asked to rate: their own focus, else the stage's competencies in the plan's order,
// else the whole rubric.
import type { Criterion, Stage } from './shapes.ts';

export function askedIn(stage: Stage, criteria: readonly Criterion[], own: readonly string[] | null = null): Criterion[] {
	const ordered = [...criteria].sort((a, b) => a.position - b.position);
	const focus = stage.competency_ids;
	const chosen = focus.length === 0 ? ordered : focus.flatMap((id) => ordered.find((one) => one.competency_id === id) ?? []);
	const mine = own === null ? [] : chosen.filter((one) => own.includes(one.competency_id));
	return mine.length > 0 ? mine : chosen;
}
