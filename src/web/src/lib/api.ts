// The API as typed calls: cookies as the session, one silent refresh on 401, problems as errors.
import createClient from 'openapi-fetch';
import type { components, paths } from '#api';

export type Schemas = components['schemas'];

/** A refusal by the server (RFC 9457). */
export class Problem extends Error {
	readonly status: number;
	readonly code: string;
	readonly detail: string | undefined;
	readonly errors: readonly Schemas['FieldError'][];
	readonly retryAfter: number;
	readonly requestId: string | null;

	constructor(response: Response, body: Partial<Schemas['Problem']>) {
		super(body.title ?? `HTTP ${String(response.status)}`);
		this.name = 'Problem';
		this.status = response.status;
		this.code = body.code ?? 'unknown';
		this.detail = body.detail;
		this.errors = body.errors ?? [];
		this.retryAfter = Number(response.headers.get('Retry-After') ?? '0') || 0;
		this.requestId = response.headers.get('X-Request-Id');
	}
}

/** The server could not be reached. */
export class Offline extends Error {
	constructor() {
		super('offline');
		this.name = 'Offline';
	}
}

const waiting = new Set<() => void>();

/** Runs whenever someone signed in again; returns the way to stop that. */
export function onReturn(run: () => void): () => void {
	waiting.add(run);
	return () => {
		waiting.delete(run);
	};
}

export function signedInAgain(): void {
	for (const run of [...waiting]) run();
}

let refreshing: Promise<boolean> | null = null;
let onExpired: () => void = () => undefined;

/** Called when the session ended and could not be renewed. */
export function whenExpired(run: () => void): void {
	onExpired = run;
}

async function askForNewTokens(): Promise<boolean> {
	return (await fetch('/v1/auth/refresh', { method: 'POST' })).ok;
}

/** Once for all that wait, and one tab at a time: a refresh token holds for one exchange. */
function refresh(): Promise<boolean> {
	refreshing ??= (
		'locks' in navigator
			? navigator.locks.request('assay.refresh', askForNewTokens)
			: askForNewTokens()
	).finally(() => {
		refreshing = null;
	});
	return refreshing;
}

async function reach(request: Request): Promise<Response> {
	const again = request.clone();
	const answer = await fetch(request);
	if (answer.status !== 401 || request.url.includes('/v1/auth/')) return answer;
	if (await refresh()) return fetch(again);
	onExpired();
	return answer;
}

let underWay = 0;
const tillQuiet: (() => void)[] = [];
const QUIET_MS = 100;

function listen(): void {
	setTimeout(() => {
		if (underWay > 0) return;
		for (const go of tillQuiet.splice(0)) go();
	}, QUIET_MS);
}

/** Nothing has been asked for a moment: what nobody waits for stands in the way of nothing then. */
export function quiet(): Promise<void> {
	return new Promise((go) => {
		tillQuiet.push(go);
		listen();
	});
}

export const client = createClient<paths>({
	baseUrl: location.origin,
	fetch: async (request: Request) => {
		underWay += 1;
		try {
			return await reach(request);
		} catch (error) {
			if (error instanceof DOMException && error.name === 'AbortError') throw error;
			throw new Offline();
		} finally {
			underWay -= 1;
			if (tillQuiet.length > 0) listen();
		}
	},
});

export interface Answer<Data> {
	data: Data;
	etag: string | null;
}

/** The answer's body and ETag; a refusal is thrown as a Problem. */
export async function answer<Data>(
	call: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Answer<NonNullable<Data>>> {
	const { data, error, response } = await call;
	if (!response.ok) {
		const body = typeof error === 'object' && error !== null ? error : {};
		throw new Problem(response, body as Partial<Schemas['Problem']>);
	}
	return { data: data as NonNullable<Data>, etag: response.headers.get('ETag') };
}

/** All pages of a list, up to a bound that no screen of ours should reach. */
export async function everything<Item>(
	page: (cursor: string | undefined) => Promise<{ data: Item[]; next_cursor: string | null }>,
	bound = 500,
): Promise<Item[]> {
	const items: Item[] = [];
	let cursor: string | undefined;
	do {
		const next = await page(cursor);
		items.push(...next.data);
		cursor = next.next_cursor ?? undefined;
	} while (cursor !== undefined && items.length < bound);
	return items;
}

export function newKey(): string {
	return crypto.randomUUID();
}
