// What a template's members and its words from fixed lists are called.
import { formatDate, formatNumber, formatShare } from '../lib/format.ts';
import { t } from '../text/library.ts';

/** Names for keys and ids that stand in a content, such as a flag's or another template's. */
export type Names = Readonly<Record<string, string>>;

/** What is for programs, or said elsewhere on the page. */
export const hidden: ReadonlySet<string> = new Set(['key', 'ours', 'source', 'sources', 'our_words', 'id']);
export const titles = ['name', 'title', 'term', 'question', 'heading'] as const;

export const keyWord = (key: string): string => t.templates.keys[key] ?? t.templates.word(key);

/** A text or a number as it is said under its member's name. */
export function valueWord(key: string, value: string | number, names: Names = {}): string {
	if (typeof value === 'number') return key === 'weight' ? formatShare(value) : formatNumber(value);
	if (key === 'as_of') return formatDate(value);
	const listed = t.templates.values[key] ?? (key === 'method' ? t.method : key === 'engagement_types' || key === 'recommends' ? t.engagement : undefined);
	const word = listed?.[value] ?? names[value];
	if (word !== undefined) return word;
	return /^[a-z]+(_[a-z]+)+$/u.test(value) || key === 'near' ? t.templates.word(value) : value;
}

/** What is said in one line of several members, and which they are. */
export function together(one: Readonly<Record<string, unknown>>): { line: string; of: ReadonlySet<string> }[] {
	const figure = (value: unknown): string | null => (typeof value === 'number' ? formatNumber(value) : null);
	const lines: { line: string; of: ReadonlySet<string> }[] = [];
	if ('years_from' in one || 'years_to' in one) {
		const from = figure(one['years_from']);
		const to = figure(one['years_to']);
		lines.push({ line: from === null && to === null ? '' : t.templates.years(from, to), of: new Set(['years_from', 'years_to']) });
	}
	if ('base_min' in one) {
		const { currency, period } = one as Record<string, string | undefined>;
		const line = t.templates.pay(currency ?? '', figure(one['base_min']) ?? '', figure(one['base_max']) ?? '', t.templates.per[period ?? ''] ?? '');
		lines.push({ line, of: new Set(['base_min', 'base_max', 'currency', 'period']) });
	}
	return lines;
}

/** The names of all that has a key in a content. */
export function namesIn(value: unknown): Record<string, string> {
	if (Array.isArray(value)) return Object.assign({}, ...value.map(namesIn)) as Record<string, string>;
	if (typeof value !== 'object' || value === null) return {};
	const { key, name } = value as { key?: unknown; name?: unknown };
	const own = typeof key === 'string' && typeof name === 'string' ? { [key]: name } : {};
	return Object.assign(own, ...Object.values(value).map(namesIn)) as Record<string, string>;
}
