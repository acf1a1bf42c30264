// What is said where a list is saved as a file.
export const exports = {
	export: {
		label: 'Download',
		csv: 'As CSV (spreadsheets)',
		ndjson: 'As NDJSON (programs)',
		working: 'Preparing the file …',
		failed: 'The file could not be made. Try again.',
	},
};
