// Roles and their candidates.
import { count } from '../count.ts';

export const roles = {
	roles: {
		title: 'Roles',
		search: 'Search roles',
		status: 'Status',
		anyStatus: 'Any status',
		create: 'New role',
		empty: 'No roles yet',
		emptyBody: 'Five steps lead from ready-made templates to a first role; or write one from nothing.',
		emptyMember: 'Roles appear here once you are on a hiring team or asked to interview.',
		start: 'Set up step by step',
		nothing: 'No role fits. Try fewer words or another status.',
		columns: { title: 'Role', level: 'Level', location: 'Location', openings: 'Openings', status: 'Status' },
		confidential: 'Confidential',
	},

	role: {
		candidates: 'Candidates',
		search: 'Search candidates',
		searchHint: 'Name, headline or skill',
		stage: 'Stage',
		anyStage: 'Every stage',
		status: 'Status',
		anyStatus: 'Any status',
		columns: { name: 'Candidate', stage: 'Stage', status: 'Status', source: 'Source', since: 'Applied' },
		found: (n: number, more: boolean) => `${more ? 'More than ' : ''}${count(n, 'candidate', 'candidates')}`,
		empty: 'Nobody has applied for this role yet.',
		nothing: 'Nobody fits these filters.',
		hireBar: (bar: string) => `Hire bar ${bar}`,
		noRubric: 'No rubric pinned yet',
		compare: 'Compare candidates',
	},
};
