// A small router on the History API: patterns to screens, links, and the query as state.
// What touches the browser stands in `navigation.svelte.ts`, so that this can be tested alone.

export interface Route<Name extends string = string> {
	name: Name;
	pattern: string;
}

export interface Match<Name extends string = string> {
	name: Name;
	params: Record<string, string>;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function decode(segment: string): string | null {
	try {
		return decodeURIComponent(segment);
	} catch {
		return null;
	}
}

const slug = /^[A-Za-z0-9][A-Za-z0-9_.~-]{0,199}$/;

/**
 * A piece of a pattern: `:id` takes a UUID, `:name*` a word as templates have for a name,
 * `:section(a|b)` one of these words, anything else itself.
 */
function take(piece: string, part: string): [string, string] | boolean {
	const named = /^:(\w+)(\*|\(([^)]*)\))?$/.exec(piece);
	if (!named) return piece === part;
	const value = decode(part);
	const [, name = '', kind, words] = named;
	if (value === null) return false;
	if (words !== undefined) return words.split('|').includes(value) && [name, value];
	if (kind === '*') return slug.test(value) && [name, value];
	return uuid.test(value) && [name, value.toLowerCase()];
}

/** The first route whose pattern fits. */
export function match<Name extends string>(
	routes: readonly Route<Name>[],
	path: string,
): Match<Name> | null {
	const parts = path.split('/').filter((part) => part !== '');
	for (const route of routes) {
		const wanted = route.pattern.split('/').filter((part) => part !== '');
		if (wanted.length !== parts.length) continue;
		const taken = wanted.map((piece, index) => take(piece, parts[index] ?? ''));
		if (taken.includes(false)) continue;
		const params = Object.fromEntries(taken.filter((one) => typeof one !== 'boolean'));
		return { name: route.name, params };
	}
	return null;
}

/** What makes it another screen: its ids, and not which of its sections is open. */
export function identity(pattern: string, params: Record<string, string>): string {
	const sections = new Set([...pattern.matchAll(/:(\w+)\(/g)].map(([, name]) => name));
	return Object.entries(params)
		.filter(([name]) => !sections.has(name))
		.map(([, value]) => value)
		.join(' ');
}

/** The query with some of its parameters changed; empty ones are left out, the order is stable. */
export function withQuery(search: string, changes: Record<string, string | null>): string {
	const query = new URLSearchParams(search);
	for (const [name, value] of Object.entries(changes)) {
		if (value === null || value === '') query.delete(name);
		else query.set(name, value);
	}
	query.sort();
	const text = query.toString();
	return text === '' ? '' : `?${text}`;
}

/** Where to go after signing in: an address of this interface, never of another site. */
export function safeReturn(next: string | null): string {
	if (next === null || !next.startsWith('/') || /^\/[/\\]/.test(next) || /[\\\u0000-\u001f]/.test(next)) {
		return '/';
	}
	return next.startsWith('/sign-in') ? '/' : next;
}
