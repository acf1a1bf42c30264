// The command palette and the help on keys.
import { count } from '../count.ts';

export const palette = {
	palette: {
		title: 'Go to or do',
		hint: 'Type a place, a role, a candidate or an action',
		places: 'Places',
		roles: 'Roles',
		candidates: 'Candidates',
		actions: 'Actions',
		found: (n: number) => count(n, 'result', 'results'),
		nothing: 'Nothing fits. Try fewer letters.',
		failed: 'The search did not answer; places and actions are still here.',
		noApplication: 'This candidate has no application that is open to you.',
		keys: 'Arrows choose, Enter opens',
		theme: (theme: string) => `Theme: ${theme}`,
	},

	shortcuts: {
		title: 'Keyboard shortcuts',
		everywhere: 'Everywhere',
		places: 'Places',
		form: 'In the scorecard form',
		keys: {
			palette: 'Go to or do anything',
			help: 'This help',
			search: 'Search on this page',
			rate: 'Rate the competency',
			not_assessed: 'Not assessed',
			next: 'Next, previous competency',
			choices: 'Next, previous rating',
			submit: 'Submit',
		},
		single: 'Use single keys as shortcuts',
		singleHint: 'Turn this off if you use speech input. Rating keys work only inside the form.',
	},
};
