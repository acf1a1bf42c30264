// What becomes of a program's access.
import type { Schemas } from '../lib/api.ts';

export const scopes = [
	'roles:read', 'roles:write', 'candidates:read', 'candidates:write', 'applications:read',
	'applications:write', 'interviews:read', 'interviews:write', 'scorecards:read', 'scorecards:write',
	'rubrics:read', 'rubrics:write', 'evaluations:read', 'decisions:read', 'decisions:write',
	'users:read', 'users:write', 'events:read', 'reports:read', 'job_board:write', 'scim:write',
] as const satisfies readonly Schemas['Scope'][];

/** Where a directory provisions people, for a program that may; or null. */
export const provisionsAt = (held: readonly string[], origin = location.origin): string | null =>
	held.includes('scim:write') ? `${origin}/scim/v2` : null;

export function stateOf(
	client: Pick<Schemas['ApiClient'], 'revoked_at' | 'expires_at'>,
	now = Date.now(),
): 'active' | 'revoked' | 'expired' {
	if (client.revoked_at !== null) return 'revoked';
	return client.expires_at !== null && new Date(client.expires_at).getTime() <= now ? 'expired' : 'active';
}
