// The audit's entries in words, and where what they are about is shown.
import type { Schemas } from '../lib/api.ts';

export type Entry = Schemas['AuditEntry'];

interface Words {
	events: Record<string, string>;
	undo: string;
	inBulk: string;
	theSystem: string;
	someone: string;
	program: (name: string) => string;
	other: (type: string) => string;
}

export function whoOf(entry: Pick<Entry, 'actor_kind' | 'actor_name'>, words: Words): string {
	if (entry.actor_kind === 'system') return words.theSystem;
	if (entry.actor_name === null) return words.someone;
	return entry.actor_kind === 'client' ? words.program(entry.actor_name) : entry.actor_name;
}

/** What was done, after who did it. */
export function whatOf(entry: Pick<Entry, 'type' | 'data'>, words: Words): string {
	const done = words.events[entry.type] ?? words.other(entry.type);
	if (entry.data['undo'] === true) return `${done}, ${words.undo}`;
	return 'bulk_action_id' in entry.data ? `${done}, ${words.inBulk}` : done;
}

const pages: Record<string, string> = {
	application: '/applications/',
	role: '/roles/',
	interview: '/interviews/',
	user: '/users/',
	api_client: '/api-clients/',
	partner: '/partners/registered/',
	webhook: '/webhooks/',
	mail_message: '/mail/messages/',
};

/** The page of what an entry is about; null where it has none, or there is none any more. */
export function pageOf(entry: Pick<Entry, 'type' | 'object_id' | 'application_id'>): string | null {
	const [kind = ''] = entry.type.split('.');
	if (kind === 'settings') return '/settings';
	if (kind === 'retention_rule') return '/settings/retention';
	if (kind === 'candidate_notice') return '/settings/notice';
	if (kind === 'mail_settings') return '/mail/sending';
	if (kind === 'mail_template') return '/mail/texts';
	if (/^api_client\.(dis)?connected$/.test(entry.type)) return `/partners/connections/${entry.object_id}`;
	if (/^api_client\.(consented|declined)$/.test(entry.type)) return null;
	if (kind === 'hiring_team') return `/roles/${entry.object_id}`;
	const base = pages[kind];
	if (base !== undefined) return base + entry.object_id;
	return entry.application_id === null ? null : `/applications/${entry.application_id}`;
}

/** The data's members as lines, what is nested spelled out. */
export function linesOf(data: Entry['data']): [string, string][] {
	return Object.entries(data)
		.filter(([, value]) => value !== null && value !== undefined)
		.map(([key, value]) => [key.replaceAll('_', ' '), typeof value === 'object' ? JSON.stringify(value) : String(value)]);
}

/** The moments between which a day and another lie, as the reader's calendar has them. */
export function periodOf(from: string | null, to: string | null): { from?: string; to?: string } {
	const day = /^\d{4}-\d{2}-\d{2}$/;
	const start = from !== null && day.test(from) ? new Date(`${from}T00:00:00`) : null;
	const end = to !== null && day.test(to) ? new Date(`${to}T00:00:00`) : null;
	if (end) end.setDate(end.getDate() + 1);
	const fits = (date: Date | null): date is Date => date !== null && !Number.isNaN(date.getTime());
	return { ...(fits(start) ? { from: start.toISOString() } : {}), ...(fits(end) ? { to: end.toISOString() } : {}) };
}
