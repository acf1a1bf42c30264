// A file before it is sent: its format, the columns of a CSV with examples, and a guess what they are.
export type Kind = 'candidates' | 'applications';
export type Format = 'text/csv' | 'application/x-ndjson' | 'application/json';

export const fieldsOf: Record<Kind, readonly string[]> = {
	candidates: ['external_id', 'name', 'email', 'phone', 'location', 'headline', 'summary', 'skills', 'tags', 'links', 'source'],
	applications: ['external_id', 'candidate_external_id', 'role_external_id', 'role_id', 'source'],
};

/** What every row has; of several in a group one is enough. */
export const neededOf: Record<Kind, readonly (readonly string[])[]> = {
	candidates: [['external_id'], ['name']],
	applications: [['external_id'], ['candidate_external_id'], ['role_external_id', 'role_id']],
};

export function formatOf(name: string, type: string): Format | null {
	if (/\.(ndjson|jsonl)$/i.test(name)) return 'application/x-ndjson';
	if (/\.json$/i.test(name) || type === 'application/json') return 'application/json';
	if (/\.(csv|txt)$/i.test(name) || type === 'text/csv') return 'text/csv';
	return null;
}

export function mostBytes(format: Format): number {
	return (format === 'application/json' ? 1 : 32) * 1024 * 1024;
}

/** The first rows of a CSV (RFC 4180); what a cut leaves unfinished is dropped. */
export function firstRows(text: string, most: number, whole: boolean): string[][] {
	const rows: string[][] = [];
	let row: string[] = [];
	let cell = '';
	let quoted = false;
	const end = (): void => {
		row.push(cell);
		cell = '';
		if (row.length > 1 || row[0] !== '') rows.push(row);
		row = [];
	};
	for (let at = text.startsWith('\uFEFF') ? 1 : 0; at < text.length && rows.length < most; at++) {
		const sign = text[at];
		if (quoted) {
			if (sign !== '"') cell += sign ?? '';
			else if (text[at + 1] === '"') {
				cell += '"';
				at++;
			} else quoted = false;
		} else if (sign === '"' && cell === '') quoted = true;
		else if (sign === ',') {
			row.push(cell);
			cell = '';
		} else if (sign === '\n') end();
		else if (sign !== '\r') cell += sign ?? '';
	}
	if (whole && rows.length < most && (row.length > 0 || cell !== '')) end();
	return rows;
}

export interface Column {
	name: string;
	example: string;
}

export function columnsOf(rows: readonly (readonly string[])[]): Column[] {
	const [head = [], ...rest] = rows;
	return head.map((name, index) => ({
		name,
		example: rest.map((row) => row[index] ?? '').find((cell) => cell.trim() !== '') ?? '',
	}));
}

const guesses: Record<string, RegExp> = {
	external_id: /^(id|external_?id|candidate_?id|applicant_?id|application_?id|person_?id|number|no)$/,
	name: /^(name|full_?name|candidate(_?name)?|applicant(_?name)?)$/,
	email: /^(e_?mail(_?address)?)$/,
	phone: /^(phone(_?number)?|tel(ephone)?|mobile)$/,
	location: /^(location|city|place|address)$/,
	headline: /^(headline|title|current_?title|position)$/,
	summary: /^(summary|about|bio|profile)$/,
	skills: /^(skills?|technologies|stack)$/,
	tags: /^(tags?|labels?)$/,
	links: /^(links?|urls?|website|linkedin|github)$/,
	source: /^(source|channel|origin)$/,
	candidate_external_id: /^(candidate(_?external)?_?id|candidate|applicant_?id|person_?id)$/,
	role_external_id: /^(role(_?external)?_?id|job_?id|role|job|requisition(_?id)?)$/,
	role_id: /^(assay_?role_?id)$/,
};

/** A field for each column, each once; '' leaves a column out. */
export function guess(kind: Kind, columns: readonly Column[]): string[] {
	const free = new Set(fieldsOf[kind]);
	const order = kind === 'applications' ? [...fieldsOf[kind]].reverse() : fieldsOf[kind];
	const found = columns.map(({ name }) => {
		const word = name.trim().toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_|_$/g, '');
		const exact = free.has(word) ? word : order.find((field) => free.has(field) && guesses[field]?.test(word));
		if (exact !== undefined) free.delete(exact);
		return exact ?? '';
	});
	return found;
}

/** The query's mapping: only what is not called so already. */
export function mappingOf(columns: readonly Column[], chosen: readonly string[]): string | undefined {
	const changed = columns.flatMap(({ name }, index) => (chosen[index] === name ? [] : [[name, chosen[index] ?? ''] as const]));
	return changed.length === 0 ? undefined : JSON.stringify(Object.fromEntries(changed));
}

/** Which groups of needed fields no column becomes. */
export function missingOf(kind: Kind, chosen: readonly string[]): (readonly string[])[] {
	return neededOf[kind].filter((group) => !group.some((field) => chosen.includes(field)));
}

/** The first field that two columns become. */
export function doubled(chosen: readonly string[]): string | null {
	return chosen.find((field, index) => field !== '' && chosen.indexOf(field) !== index) ?? null;
}
