// What every screen says: the frame, the errors.
import { count } from '../count.ts';

export const common = {
	product: 'Assay',
	skip: 'Skip to the content',
	skipToNavigation: 'Skip to the navigation',
	loading: 'Loading',
	none: '–',
	close: 'Close',
	cancel: 'Cancel',
	back: 'Back',
	tryAgain: 'Try again',
	more: 'Show more',
	searching: 'Searching …',
	clear: 'Clear filters',
	optional: 'optional',

	nav: {
		label: 'Main',
		open: 'Open the navigation',
		find: 'Search or go to',
		account: (name: string) => `Account of ${name}`,
		theme: 'Theme',
		themes: { system: 'System', light: 'Light', dark: 'Dark' },
		shortcuts: 'Keyboard shortcuts',
		signOut: 'Sign out',
		reference: 'API reference',
	},

	groups: {
		work: 'Work',
		hiring: 'Hiring',
		insights: 'Insights',
		library: 'Library',
		administration: 'Administration',
	},

	/* The screens that navigation and palette name, and words under which the palette finds them too. */
	screens: {
		home: 'Home',
		interviews: 'Interviews',
		roles: 'Roles',
		candidates: 'Candidates',
		candidate_new: 'Add a candidate',
		pipeline: 'Pipeline',
		reports: 'Reports',
		rubrics: 'Rubrics',
		ladders: 'Career ladders',
		templates: 'Templates',
		import: 'Import',
		users: 'People',
		clients: 'API clients',
		audit: 'Audit',
		settings: 'Settings',
	},
	finds: {
		home: 'start, today, my interviews, scorecards due',
		interviews: 'calendar, schedule, my interviews',
		roles: 'jobs, openings, positions, requisitions',
		candidates: 'people, applicants, profiles',
		pipeline: 'board, stages, applications',
		reports: 'funnel, sources, time, load, turnaround, statistics',
		rubrics: 'competencies, anchors, weights, scorecard',
		ladders: 'levels, career, grades',
		templates: 'examples, interview plans, kits',
		import: 'csv, upload, migrate',
		users: 'users, colleagues, access, invite',
		clients: 'api, tokens, integrations',
		audit: 'log, history, verify',
		settings: 'retention, notice, preferences, language',
	},

	accessLevel: { admin: 'Admin', recruiter: 'Recruiter', member: 'Member' } as Record<string, string>,

	signOut: {
		title: 'Some changes were not sent yet',
		body: (n: number) =>
			`${count(n, 'scorecard has', 'scorecards have')} changes that only this device holds. Signing out removes them.`,
		stay: 'Stay signed in',
		leave: 'Sign out and remove them',
	},

	toast: {
		region: 'Notices',
		undo: 'Undo',
		dismiss: 'Dismiss',
		undone: 'Undone.',
		undoFailed: 'It could not be undone.',
	},

	errors: {
		summary: (n: number) => `${count(n, 'thing needs', 'things need')} your attention`,
		notFoundTitle: 'There is nothing here',
		notFound: 'The address may be mistyped, or what it shows is not open to you. Nothing is wrong with your account.',
		home: 'Go to Home',
		expired: 'Your session ended. Sign in to go on; what you wrote is kept on this device.',
		expiredTitle: 'Sign in',
		offlineTitle: 'No connection',
		offline: 'The server cannot be reached. Check your connection; what you wrote is kept on this device.',
		forbiddenTitle: 'This is not yours to do',
		forbidden: 'Ask a recruiter or an admin of your organization if you think it should be.',
		busyTitle: 'The server is busy',
		busy: 'Too much is going on at the moment. Try again in a few seconds.',
		brokenTitle: 'Something went wrong',
		broken: 'The fault is ours. Try again; if it stays, tell your admin this number:',
		generic: 'That did not work.',
	},
};
