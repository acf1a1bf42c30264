// What a partner may and may not, as it is told to people.
import type { Schemas } from '../lib/api.ts';

type Scope = Schemas['Scope'];

export const hostOf = (address: string): string => {
	try {
		return new URL(address).host;
	} catch {
		return address;
	}
};

/** What it reads, and what it changes. */
export function sorted(scopes: readonly Scope[]): { reads: Scope[]; changes: Scope[] } {
	return { reads: scopes.filter((one) => one.endsWith(':read')), changes: scopes.filter((one) => !one.endsWith(':read')) };
}

export type Never = 'password' | 'administration' | 'candidates' | 'scorecards' | 'openScorecards';

/** What people may fear it gets, and it does not. */
export function neverOf(scopes: readonly Scope[]): Never[] {
	const has = (...some: Scope[]): boolean => some.some((one) => scopes.includes(one));
	return [
		'password',
		...(has('candidates:read', 'candidates:write') ? [] : (['candidates'] as const)),
		has('scorecards:read', 'evaluations:read', 'decisions:read') ? 'openScorecards' : 'scorecards',
		'administration',
	];
}

const known = ['client_id', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'code_challenge', 'code_challenge_method', 'resource'] as const;

/** The parameters that the partner sent the browser with; null where one is there twice, or none names it. */
export function parametersOf(query: URLSearchParams): Schemas['AuthorizationParameters'] | null {
	if (known.some((name) => query.getAll(name).length > 1)) return null;
	const client_id = query.get('client_id');
	if (client_id === null) return null;
	return { ...Object.fromEntries(known.filter((name) => query.has(name)).map((name) => [name, query.get(name) ?? ''])), client_id };
}

/** Nothing but a web address is gone to. */
export function isWeb(address: string): boolean {
	return /^https?:\/\//.test(address);
}
