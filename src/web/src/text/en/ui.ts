// The shared components that are not in the frame: tables, fields, notices, figures.
import { count } from '../count.ts';

export const ui = {
	table: {
		ascending: 'ascending',
		descending: 'descending',
		sortBy: (column: string) => `Sort by ${column}`,
		select: (row: string) => `Select ${row}`,
		selectAll: 'Select all that are shown',
		selected: (n: number) => `${count(n, 'row', 'rows')} selected`,
		clearSelection: 'Clear selection',
		loadingMore: 'Loading more …',
		moreFailed: 'More could not be loaded.',
	},
	field: {
		choose: 'Choose …',
		tooLong: (n: number) => `${count(n, 'character', 'characters')} too many`,
		missing: 'Fill this in.',
	},
	combobox: {
		nothing: 'Nothing found',
		searching: 'Searching …',
		failed: 'The search failed. Try again.',
		remove: (name: string) => `Remove ${name}`,
		found: (n: number) => count(n, 'result', 'results'),
	},
	stale: {
		title: 'Somebody changed this meanwhile',
		body: 'Nothing was overwritten. Look at what it says now; what you typed stays here until you decide.',
		load: 'Take what it says now',
	},
	confirm: { consequences: 'What this does', working: 'Working …' },
	figure: {
		table: 'The figures as a table',
		definition: 'How this is counted',
		interval: (low: string, high: string) => `${low} to ${high}`,
		low: 'From',
		high: 'To',
		n: 'n',
		value: 'Value',
		noData: 'There is not enough to show yet.',
	},
	download: (format: string) => `Download ${format}`,
	term: (word: string) => `What “${word}” means`,
};
