// Sorting my interviews by what they ask of me.
import type { Interview } from './shapes.ts';

export interface Groups {
	todo: Interview[];
	today: Interview[];
	upcoming: Interview[];
	done: Interview[];
	rest: Interview[];
}

function begins(interview: Interview): number {
	return interview.starts_at === null ? Number.POSITIVE_INFINITY : Date.parse(interview.starts_at);
}

/** Owed ones first, the longest overdue on top; submitted ones newest first. */
export function groupInterviews(interviews: readonly Interview[], me: string, now: number): Groups {
	const groups: Groups = { todo: [], today: [], upcoming: [], done: [], rest: [] };
	for (const interview of [...interviews].sort((a, b) => begins(a) - begins(b) || 0)) {
		const mine = interview.interviewers.find((one) => one.user_id === me);
		const owes = mine?.part === 'interviewer' && mine.status === 'assigned';
		if (interview.my_scorecard_status === 'submitted') groups.done.unshift(interview);
		else if (interview.status !== 'scheduled' || !owes) groups.rest.push(interview);
		else if (begins(interview) <= now || interview.my_scorecard_status === 'draft') groups.todo.push(interview);
		else if (new Date(begins(interview)).toDateString() === new Date(now).toDateString()) groups.today.push(interview);
		else groups.upcoming.push(interview);
	}
	return groups;
}
