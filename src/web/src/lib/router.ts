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

/** The first route whose pattern fits; `:id` takes one segment that is a UUID. */
export function match<Name extends string>(
	routes: readonly Route<Name>[],
	path: string,
): Match<Name> | null {
	const parts = path.split('/').filter((part) => part !== '');
	for (const route of routes) {
		const wanted = route.pattern.split('/').filter((part) => part !== '');
		if (wanted.length !== parts.length) continue;
		const params: Record<string, string> = {};
		const fits = wanted.every((piece, index) => {
			const part = parts[index] ?? '';
			if (!piece.startsWith(':')) return piece === part;
			const value = decode(part);
			if (value === null || !uuid.test(value)) return false;
			params[piece.slice(1)] = value.toLowerCase();
			return true;
		});
		if (fits) return { name: route.name, params };
	}
	return null;
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
