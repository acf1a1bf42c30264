// Dates and numbers as the reader's language writes them.
const locale = typeof navigator === 'undefined' ? 'en' : navigator.language;

const day = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short' });
const dayYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat(locale, {
	minimumFractionDigits: 1,
	maximumFractionDigits: 1,
});
const twoDecimals = new Intl.NumberFormat(locale, {
	minimumFractionDigits: 2,
	maximumFractionDigits: 2,
});
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
const list = new Intl.ListFormat(locale, { type: 'conjunction' });

export function formatDay(iso: string): string {
	const date = new Date(iso);
	const far = Math.abs(date.getTime() - Date.now()) > 180 * 86_400_000;
	return (far ? dayYear : day).format(date);
}

export function formatClock(date: Date | string): string {
	return clock.format(typeof date === 'string' ? new Date(date) : date);
}

export function formatWhen(iso: string): string {
	return `${formatDay(iso)}, ${formatClock(iso)}`;
}

export function formatAgo(iso: string, now = Date.now()): string {
	const seconds = (new Date(iso).getTime() - now) / 1000;
	const size = Math.abs(seconds);
	if (size < 3600) return relative.format(Math.round(seconds / 60), 'minute');
	if (size < 86_400) return relative.format(Math.round(seconds / 3600), 'hour');
	if (size < 30 * 86_400) return relative.format(Math.round(seconds / 86_400), 'day');
	return formatDay(iso);
}

export function formatShare(share: number): string {
	return percent.format(share);
}

/** A score: two decimals, since one would hide which side of a bar it is on. */
export function formatScore(score: number): string {
	return twoDecimals.format(score);
}

export function formatMean(mean: number): string {
	return oneDecimal.format(mean);
}

export function formatList(items: readonly string[]): string {
	return list.format(items);
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
	return ((Array.from(first)[0] ?? '') + (Array.from(last)[0] ?? '')).toLocaleUpperCase(locale);
}
