// Dates and numbers as the reader's language and time zone write them.
export interface Region {
	/** A tag such as `de-CH`; the browser's, when nothing was chosen. */
	locale: string;
	timeZone: string | undefined;
}

function usable(region: Region): Region {
	try {
		new Intl.DateTimeFormat(region.locale, { timeZone: region.timeZone });
		return region;
	} catch {
		return { locale: 'en', timeZone: undefined };
	}
}

function formatters(wanted: Region) {
	const { locale, timeZone } = usable(wanted);
	const zone = timeZone === undefined ? {} : { timeZone };
	const decimals = (digits: number) =>
		new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
	return {
		locale,
		day: new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', ...zone }),
		dayYear: new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', ...zone }),
		/* A day of the calendar is the same day everywhere. */
		date: new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }),
		clock: new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', ...zone }),
		number: new Intl.NumberFormat(locale),
		percent: new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }),
		oneDecimal: decimals(1),
		twoDecimals: decimals(2),
		relative: new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }),
		list: new Intl.ListFormat(locale, { type: 'conjunction' }),
		sorting: new Intl.Collator(locale, { numeric: true, sensitivity: 'base' }),
	};
}

let use = formatters({ locale: typeof navigator === 'undefined' ? 'en' : navigator.language, timeZone: undefined });

/** Another language or time zone from here on; who calls this draws the screen anew. */
export function setRegion(region: Region): void {
	use = formatters(region);
}

export function formatDay(iso: string): string {
	const date = new Date(iso);
	const far = Math.abs(date.getTime() - Date.now()) > 180 * 86_400_000;
	return (far ? use.dayYear : use.day).format(date);
}

/** A day without a time, as 2026-11-22. */
export function formatDate(day: string): string {
	return use.date.format(new Date(`${day}T00:00:00Z`));
}

export function formatClock(date: Date | string): string {
	return use.clock.format(typeof date === 'string' ? new Date(date) : date);
}

export function formatWhen(iso: string): string {
	return `${formatDay(iso)}, ${formatClock(iso)}`;
}

export function formatAgo(iso: string, now = Date.now()): string {
	const seconds = (new Date(iso).getTime() - now) / 1000;
	const size = Math.abs(seconds);
	if (size < 3600) return use.relative.format(Math.round(seconds / 60), 'minute');
	if (size < 86_400) return use.relative.format(Math.round(seconds / 3600), 'hour');
	if (size < 30 * 86_400) return use.relative.format(Math.round(seconds / 86_400), 'day');
	return formatDay(iso);
}

export function formatNumber(number: number): string {
	return use.number.format(number);
}

export function formatShare(share: number): string {
	return use.percent.format(share);
}

/** A score: two decimals, since one would hide which side of a bar it is on. */
export function formatScore(score: number): string {
	return use.twoDecimals.format(score);
}

export function formatMean(mean: number): string {
	return use.oneDecimal.format(mean);
}

export function formatList(items: readonly string[]): string {
	return use.list.format(items);
}

/** The order of two words in the reader's language. */
export function compareWords(one: string, other: string): number {
	return use.sorting.compare(one, other);
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
	return ((Array.from(first)[0] ?? '') + (Array.from(last)[0] ?? '')).toLocaleUpperCase(use.locale);
}
