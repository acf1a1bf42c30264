// A posting as it is typed: how it begins, what is wrong with it, and what is sent of it.
import { newKey, type Schemas } from './api.ts';
import { linesOf, oneOf, orNull } from './role.ts';
import type { Role } from './shapes.ts';

export type Posting = Schemas['Posting'];
type Body = Omit<Schemas['NewPosting'], 'role_id'>;

export const modes = ['on_site', 'hybrid', 'remote'] as const;
export const employments = ['full_time', 'part_time', 'contractor', 'temporary', 'intern', 'volunteer', 'per_diem', 'other'] as const;
export const units = ['hour', 'day', 'week', 'month', 'year'] as const;
export const kinds = ['short_text', 'long_text', 'yes_no', 'choice'] as const;

export interface TypedQuestion {
	/** Answers are found by it: it stays, whatever becomes of the words. */
	id: string;
	label: string;
	kind: string;
	required: string;
	/** One a line. */
	choices: string;
}

export interface Typed {
	title: string;
	description: string;
	location: string;
	country: string;
	workMode: string;
	employment: string;
	min: number | null;
	max: number | null;
	currency: string;
	unit: string;
	lastDay: string;
	resume: string;
	questions: TypedQuestion[];
}

/** The words of what is found wrong; see `findings` of the texts. */
export interface Findings {
	title: string;
	description: string;
	location: string;
	country: string;
	countryForm: string;
	pay: string;
	currency: string;
	order: string;
	label: (n: number) => string;
	choices: (n: number) => string;
}

export function newQuestion(): TypedQuestion {
	return { id: newKey().replaceAll('-', '_'), label: '', kind: 'short_text', required: 'no', choices: '' };
}

/** With the role's words; its pay is told only where somebody says so. */
export function begun(role: Role): Typed {
	return {
		title: role.title,
		description: role.description ?? '',
		location: role.location ?? '',
		country: '',
		workMode: 'on_site',
		employment: role.engagement_type === null || role.engagement_type === 'full_time' ? 'full_time' : 'contractor',
		min: null,
		max: null,
		currency: '',
		unit: 'year',
		lastDay: '',
		resume: 'required',
		questions: [],
	};
}

export function typedOf(from: Posting): Typed {
	return {
		title: from.title,
		description: from.description,
		location: from.location ?? '',
		country: from.country ?? '',
		workMode: from.work_mode,
		employment: from.employment_type,
		min: from.salary?.min ?? null,
		max: from.salary?.max ?? null,
		currency: from.salary?.currency ?? '',
		unit: from.salary?.unit ?? 'year',
		lastDay: from.valid_through ?? '',
		resume: from.resume,
		questions: from.questions.map((one) => ({
			id: one.id,
			label: one.label,
			kind: one.kind,
			required: one.required ? 'yes' : 'no',
			choices: (one.choices ?? []).join('\n'),
		})),
	};
}

function questionOf(one: TypedQuestion): Schemas['PostingQuestion'] {
	const kind = oneOf(kinds, one.kind) ?? 'short_text';
	const plain = { id: one.id, label: one.label.trim(), kind, required: one.required === 'yes' };
	return kind === 'choice' ? { ...plain, choices: linesOf(one.choices) } : plain;
}

const letters = (typed: string): string => typed.trim().toUpperCase();
const paid = ({ min, max, currency }: Typed): boolean => min !== null || max !== null || currency.trim() !== '';

export function bodyOf(typed: Typed): Body {
	const salary =
		typed.min === null || typed.max === null
			? null
			: { min: typed.min, max: typed.max, currency: letters(typed.currency), unit: oneOf(units, typed.unit) ?? 'year' };
	return {
		title: typed.title.trim(),
		description: typed.description.trim(),
		location: orNull(typed.location),
		country: orNull(letters(typed.country)),
		work_mode: oneOf(modes, typed.workMode) ?? 'on_site',
		employment_type: oneOf(employments, typed.employment) ?? 'other',
		salary,
		valid_through: orNull(typed.lastDay),
		questions: typed.questions.map(questionOf),
		resume: typed.resume === 'optional' ? 'optional' : 'required',
	};
}

/** Whether something of it would be lost with the page. */
export function differs(typed: Typed, posting: Posting): boolean {
	return JSON.stringify(bodyOf(typed)) !== JSON.stringify(bodyOf(typedOf(posting))) || (paid(typed) && posting.salary === null);
}

/** What is wrong by the path of its field; undefined or false where nothing is. */
export function findingsOf(typed: Typed, words: Findings): Record<string, string | undefined | false> {
	const country = letters(typed.country);
	const whole = typed.min !== null && typed.max !== null && typed.currency.trim() !== '';
	const remote = typed.workMode === 'remote';
	const asked = typed.questions.flatMap((one, index) => [
		[`questions.${String(index)}.label`, one.label.trim() === '' && words.label(index + 1)] as const,
		[`questions.${String(index)}.choices`, one.kind === 'choice' && linesOf(one.choices).length < 2 && words.choices(index + 1)] as const,
	]);
	return {
		title: typed.title.trim() === '' && words.title,
		description: typed.description.trim() === '' && words.description,
		location: !remote && typed.location.trim() === '' && words.location,
		country: country === '' ? remote && words.country : !/^[A-Z]{2}$/.test(country) && words.countryForm,
		'salary.min': paid(typed) && !whole && words.pay,
		'salary.max': whole && (typed.min ?? 0) > (typed.max ?? 0) && words.order,
		'salary.currency': whole && !/^[A-Z]{3}$/.test(letters(typed.currency)) && words.currency,
		...Object.fromEntries(asked),
	};
}

/** Fewer characters than this, and boards turn a description away. */
export const FEW_CHARACTERS = 200;

/** A text at the end of another, behind an empty line. */
export function added(description: string, text: string): string {
	const before = description.trimEnd();
	return before === '' ? text.trim() : `${before}\n\n${text.trim()}`;
}
