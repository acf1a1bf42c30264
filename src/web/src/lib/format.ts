// Dates and numbers as the reader's language and time zone write them.
import { turn } from './turns.ts';

export interface Region {
	/** A tag such as `de-CH`; the browser's, when nothing was chosen. */
	locale: string;
	timeZone: string | undefined;
}

/** Each is made when it is first asked for: making one takes a phone some milliseconds. */
class Formatters {
	locale: string;
	#zone: { timeZone?: string };
	readonly #made = new Map<string, unknown>();

	constructor({ locale, timeZone }: Region) {
		try {
			this.locale = Intl.getCanonicalLocales(locale)[0] ?? 'en';
		} catch {
			this.locale = 'en';
		}
		this.#zone = timeZone === undefined ? {} : { timeZone };
	}

	#once<Made>(name: string, make: () => Made): Made {
		if (!this.#made.has(name)) this.#made.set(name, this.#known(make));
		return this.#made.get(name) as Made;
	}

	/** A language or a time zone that the browser does not know is left out. */
	#known<Made>(make: () => Made): Made {
		try {
			return make();
		} catch {
			this.locale = 'en';
			this.#zone = {};
			this.#made.clear();
			return make();
		}
	}

	#dates(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
		return this.#once(name, () => new Intl.DateTimeFormat(this.locale, { ...this.#zone, ...options }));
	}

	#numbers(name: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
		return this.#once(name, () => new Intl.NumberFormat(this.locale, options));
	}

	get day(): Intl.DateTimeFormat {
		return this.#dates('day', { weekday: 'short', day: 'numeric', month: 'short' });
	}

	get dayYear(): Intl.DateTimeFormat {
		return this.#dates('dayYear', { day: 'numeric', month: 'short', year: 'numeric' });
	}

	/* A day of the calendar is the same day everywhere. */
	get date(): Intl.DateTimeFormat {
		return this.#dates('date', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
	}

	get clock(): Intl.DateTimeFormat {
		return this.#dates('clock', { hour: '2-digit', minute: '2-digit' });
	}

	get number(): Intl.NumberFormat {
		return this.#numbers('number', {});
	}

	get percent(): Intl.NumberFormat {
		return this.#numbers('percent', { style: 'percent', maximumFractionDigits: 0 });
	}

	get oneDecimal(): Intl.NumberFormat {
		return this.#numbers('oneDecimal', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
	}

	get twoDecimals(): Intl.NumberFormat {
		return this.#numbers('twoDecimals', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
	}

	get relative(): Intl.RelativeTimeFormat {
		return this.#once('relative', () => new Intl.RelativeTimeFormat(this.locale, { numeric: 'auto' }));
	}

	get list(): Intl.ListFormat {
		return this.#once('list', () => new Intl.ListFormat(this.locale, { type: 'conjunction' }));
	}

	get sorting(): Intl.Collator {
		return this.#once('sorting', () => new Intl.Collator(this.locale, { numeric: true, sensitivity: 'base' }));
	}
}

let region = (): Region => ({ locale: typeof navigator === 'undefined' ? 'en' : navigator.language, timeZone: undefined });
let made: Formatters | null = null;

/** Made with the first date or number of a page: which region it is may have to be asked of the browser. */
function use(): Formatters {
	made ??= new Formatters(region());
	return made;
}

/** What most screens write, each made in a turn of its own while they wait for data: the first of a kind is slow. */
export async function makeReady(): Promise<void> {
	await turn();
	void use().day;
	await turn();
	void use().number;
}

/** Another language or time zone from here on; who calls this draws the screen anew. */
export function setRegion(wanted: () => Region): void {
	region = wanted;
	made = null;
}

export function formatDay(iso: string): string {
	const date = new Date(iso);
	const far = Math.abs(date.getTime() - Date.now()) > 180 * 86_400_000;
	return (far ? use().dayYear : use().day).format(date);
}

/** A day without a time, as 2026-11-22. */
export function formatDate(day: string): string {
	return use().date.format(new Date(`${day}T00:00:00Z`));
}

export function formatClock(date: Date | string): string {
	return use().clock.format(typeof date === 'string' ? new Date(date) : date);
}

export function formatWhen(iso: string): string {
	return `${formatDay(iso)}, ${formatClock(iso)}`;
}

/** A moment as the device's own clock tells it, for an input of a day and a time. */
export function localTime(iso: string): string {
	const at = new Date(iso);
	const two = (n: number): string => String(n).padStart(2, '0');
	const day = `${String(at.getFullYear())}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
	return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

export function formatAgo(iso: string, now = Date.now()): string {
	const seconds = (new Date(iso).getTime() - now) / 1000;
	const size = Math.abs(seconds);
	if (size < 3600) return use().relative.format(Math.round(seconds / 60), 'minute');
	if (size < 86_400) return use().relative.format(Math.round(seconds / 3600), 'hour');
	if (size < 30 * 86_400) return use().relative.format(Math.round(seconds / 86_400), 'day');
	return formatDay(iso);
}

export function formatNumber(number: number): string {
	return use().number.format(number);
}

export function formatShare(share: number): string {
	return use().percent.format(share);
}

/** A score: two decimals, since one would hide which side of a bar it is on. */
export function formatScore(score: number): string {
	return use().twoDecimals.format(score);
}

export function formatMean(mean: number): string {
	return use().oneDecimal.format(mean);
}

export function formatList(items: readonly string[]): string {
	return use().list.format(items);
}

/** The order of two words in the reader's language. */
export function compareWords(one: string, other: string): number {
	return use().sorting.compare(one, other);
}

/** Minutes and seconds that are left, as 9:05. */
export function formatLeft(milliseconds: number): string {
	const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
	return `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}`;
}

export function initials(name: string): string {
	const words = name.trim().split(/\s+/u);
	const first = words[0] ?? '';
	const last = words.length > 1 ? (words.at(-1) ?? '') : '';
	return ((Array.from(first)[0] ?? '') + (Array.from(last)[0] ?? '')).toLocaleUpperCase(use().locale);
}
