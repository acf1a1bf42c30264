// What the sections of a role share: who may change it, names of others, a version as If-Match.
import { answer, client, everything, type Schemas } from './api.ts';
import type { Found } from '../ui/Combobox.svelte';
export { linesOf, moved } from './lists.ts';
import type { Me, Role, TeamMember } from './shapes.ts';

export type Plan = Schemas['Plan'];
export type Stage = Schemas['Stage'];
export type Finding = Schemas['LintFinding'];
export type Question = Schemas['StageQuestion'];

/** What a section is given of its role. */
export interface About {
	role: Role;
	team: TeamMember[];
	/** Whether the server lets this person change the role. */
	manages: boolean;
}

/** A version as the precondition of a change. */
export const ifMatch = (version: number): { 'If-Match': string } => ({ 'If-Match': `"${String(version)}"` });

export const periods = ['hour', 'day', 'month', 'year'] as const;
export const parts = ['hiring_manager', 'interviewer', 'shadow', 'observer'] as const;
export const engagements = ['full_time', 'contract', 'freelance', 'outsourced'] as const;
export const methods = [
	'screen',
	'technical_interview',
	'work_sample',
	'code_review',
	'portfolio_review',
	'behavioural_interview',
	'values_interview',
	'reference',
] as const;

/** The choice among some words that a select or a group gave; null where it is none of them. */
export function oneOf<Word extends string>(words: readonly Word[], chosen: string | undefined): Word | null {
	return words.find((one) => one === chosen) ?? null;
}

export function manages(me: Me | null, team: readonly TeamMember[]): boolean {
	if (me === null) return false;
	if (me.access_level === 'admin' || me.access_level === 'recruiter') return true;
	return team.some((one) => one.user_id === me.id && one.part === 'hiring_manager');
}

/** Text that was typed, or null for none. */
export function orNull(text: string | null | undefined): string | null {
	const trimmed = (text ?? '').trim();
	return trimmed === '' ? null : trimmed;
}

export async function findPeople(typed: string, signal: AbortSignal): Promise<Found[]> {
	const query = { status: 'active', limit: 10, ...(typed === '' ? {} : { q: typed }) } as const;
	const { data } = await answer(client.GET('/v1/users', { params: { query }, signal }));
	return data.data.map((one) => ({ id: one.id, text: one.name, ...(one.email ? { more: one.email } : {}) }));
}

export async function findRoles(typed: string, signal: AbortSignal): Promise<Found[]> {
	const query = { archived: false, limit: 10, ...(typed === '' ? {} : { q: typed }) };
	const { data } = await answer(client.GET('/v1/roles', { params: { query }, signal }));
	return data.data.map((one) => ({ id: one.id, text: one.title, ...(one.level ? { more: one.level } : {}) }));
}

/** All rubrics that roles can pin. */
export async function publishedRubrics(signal: AbortSignal): Promise<Schemas['Rubric'][]> {
	const all = await everything(async (cursor) =>
		(
			await answer(
				client.GET('/v1/rubrics', {
					params: { query: { archived: false, sort: 'name', limit: 100, ...(cursor === undefined ? {} : { cursor }) } },
					signal,
				}),
			)
		).data,
	);
	return all.filter((one) => one.latest_published_version_id !== null);
}

export async function ladders(signal: AbortSignal): Promise<Schemas['Ladder'][]> {
	const query = { archived: false, sort: 'name', limit: 100 } as const;
	return (await answer(client.GET('/v1/ladders', { params: { query }, signal }))).data.data;
}

export async function templates(kind: Schemas['TemplateKind'] | null, signal: AbortSignal): Promise<Schemas['Template'][]> {
	const query = kind === null ? {} : { kind };
	return (await answer(client.GET('/v1/templates', { params: { query }, signal }))).data.data;
}
