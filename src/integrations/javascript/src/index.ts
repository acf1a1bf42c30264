// The client: every operation of the API document by its name, with tokens, retries and pages looked after.
import { Webhook } from 'standardwebhooks';

import { table } from './operations.js';
import { Problem } from './problem.js';
import { type Credentials, type Send, Tokens } from './token.js';
import type { Answer, Arguments, ListOperation, Operation, Row, Schemas, WebhookMessage } from './types.js';

export { Problem, TokenRefused, type FieldError, type ProblemCode } from './problem.js';
export type { Credentials } from './token.js';
export type { Answer, Input, ListOperation, Operation, Row, Schemas, WebhookMessage } from './types.js';

export interface Settings extends Partial<Credentials> {
	/** Where Assay is served: https://assay.example.com */
	url: string;
	/** A token of your own making, instead of clientId and clientSecret. */
	token?: string | (() => string | Promise<string>);
	/** How often a call is repeated after 429, 502, 503, 504 or a lost connection; 5. */
	retries?: number;
	/** No pause is longer than this, whatever Retry-After says; 60 seconds. */
	longestPauseMs?: number;
	/** How long one attempt may take; 30 seconds. */
	timeoutMs?: number;
	/** Instead of the global one, for a proxy or a test. */
	fetch?: Send;
}

export interface CallOptions {
	/** The ETag of what you read: the change is refused (412) if somebody was faster. */
	ifMatch?: string;
	/** An ETag that you have: the answer is 304, without data, if nothing changed. */
	ifNoneMatch?: string;
	/** The same for each repetition of one intent, also by a later process; a new one unless said. */
	idempotencyKey?: string;
	/** Another form of the answer, such as text/csv; for `open`. */
	accept?: string;
	headers?: Record<string, string>;
	signal?: AbortSignal;
}

export interface Reply<Data> {
	status: number;
	data: Data;
	etag: string | undefined;
	response: Response;
}

interface Loose {
	path?: Record<string, unknown>;
	query?: Record<string, unknown>;
	body?: unknown;
	contentType?: string;
}

const PASSING = new Set([429, 502, 503, 504]);

const pause = (ms: number, signal?: AbortSignal) =>
	new Promise<void>((done, fail) => {
		signal?.throwIfAborted();
		const stop = () => (clearTimeout(timer), fail(signal?.reason));
		const timer = setTimeout(() => (signal?.removeEventListener('abort', stop), done()), ms);
		signal?.addEventListener('abort', stop, { once: true });
	});

// Seconds, or a date; undefined where nothing is said.
export function retryAfterMs(header: string | null, now = Date.now()): number | undefined {
	if (header === null || header.trim() === '') return undefined;
	const seconds = Number(header);
	if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
	const date = Date.parse(header);
	return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function addressOf(base: string, path: string, input: Loose): string {
	const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(input.path?.[name])));
	const query = new URLSearchParams();
	for (const [name, value] of Object.entries(input.query ?? {}))
		if (value !== undefined && value !== null) query.set(name, Array.isArray(value) ? value.join(',') : String(value));
	const search = query.toString();
	return `${base}${filled}${search && `?${search}`}`;
}

export class Assay {
	readonly #url: string;
	readonly #fetch: Send;
	readonly #tokens: Tokens | undefined;
	readonly #settings: Settings;

	constructor(settings: Settings) {
		this.#settings = settings;
		this.#url = settings.url.replace(/\/+$/, '');
		this.#fetch = settings.fetch ?? ((url, init) => fetch(url, init));
		if (settings.clientId !== undefined && settings.clientSecret !== undefined)
			this.#tokens = new Tokens(this.#url, settings as Credentials, (url, init) => this.#patiently(url, () => init, true));
	}

	/** Calls an operation, and answers with what it answered. Refusals are thrown as `Problem`. */
	async call<O extends Operation>(operation: O, ...args: Arguments<O, CallOptions>): Promise<Answer<O>> {
		return (await this.send(operation, ...args)).data;
	}

	/** As `call`, with status and ETag beside the data. After a 304 the data is undefined. */
	async send<O extends Operation>(operation: O, ...args: Arguments<O, CallOptions>): Promise<Reply<Answer<O>>> {
		const response = await this.#ask(operation, args[0] as Loose | undefined, args[1]);
		const json = (response.headers.get('content-type') ?? '').startsWith('application/json');
		const text = json ? await response.text() : (await response.body?.cancel(), '');
		return {
			status: response.status,
			data: (text === '' ? undefined : JSON.parse(text)) as Answer<O>,
			etag: response.headers.get('etag') ?? undefined,
			response,
		};
	}

	/** As `call`, with the answer as it comes: files, and lists as CSV or NDJSON (`accept`). */
	async open<O extends Operation>(operation: O, ...args: Arguments<O, CallOptions>): Promise<Response> {
		return this.#ask(operation, args[0] as Loose | undefined, { accept: '*/*', ...args[1] });
	}

	/** Every row of a list, page after page. */
	async *each<O extends ListOperation>(operation: O, ...args: Arguments<O, CallOptions>): AsyncGenerator<Row<O>> {
		const [input, options] = [args[0] as Loose | undefined, args[1]];
		const next = operation === 'events_list' ? 'after' : 'cursor';
		let query: Record<string, unknown> = { limit: 100, ...input?.query };
		for (;;) {
			const response = await this.#ask(operation, { ...input, query }, options);
			const page = (await response.json()) as { data: Row<O>[]; next_cursor: string | null };
			yield* page.data;
			if (page.next_cursor === null) return;
			query = { ...query, [next]: page.next_cursor };
		}
	}

	/** Every event after the last one that you have, and those to come, until `signal` says stop. */
	async *follow(
		from: { after?: string; since?: string; type?: string; everyMs?: number; signal?: AbortSignal } = {},
	): AsyncGenerator<Schemas['Event']> {
		const { everyMs = 5000, signal, ...query } = from;
		try {
			while (!signal?.aborted) {
				const page = await this.call('events_list', { query: { limit: 100, ...query } }, signal ? { signal } : {});
				for (const event of page.data) {
					if (signal?.aborted) return;
					query.after = event.id;
					yield event;
				}
				if (page.next_cursor !== null) query.after = page.next_cursor;
				else await pause(everyMs, signal);
			}
		} catch (error) {
			if (!signal?.aborted) throw error;
		}
	}

	async #token(): Promise<string | undefined> {
		const { token } = this.#settings;
		return this.#tokens?.get() ?? (typeof token === 'function' ? token() : token);
	}

	async #ask(operation: Operation, input: Loose = {}, options: CallOptions = {}): Promise<Response> {
		const [method, path, mediaType, keyed] = table[operation];
		const headers: Record<string, string> = { Accept: options.accept ?? 'application/json', ...options.headers };
		if (options.ifMatch !== undefined) headers['If-Match'] = options.ifMatch;
		if (options.ifNoneMatch !== undefined) headers['If-None-Match'] = options.ifNoneMatch;
		if (keyed) headers['Idempotency-Key'] = options.idempotencyKey ?? crypto.randomUUID();
		const init: RequestInit = { method };
		if (input.body !== undefined) {
			const file = input.contentType !== undefined && !/[/+]json$/.test(input.contentType);
			init.body = file || mediaType === '' ? (input.body as BodyInit) : JSON.stringify(input.body);
			const type = input.contentType ?? mediaType;
			if (type !== '') headers['Content-Type'] = type;
		}
		if (options.signal) init.signal = options.signal;
		// What is done once by its nature or by its key may be sent again after a lost answer.
		const safe = keyed || method === 'GET' || method === 'PUT' || method === 'DELETE';
		let token: string | undefined;
		const again = async () => {
			token = await this.#token();
			return { ...init, headers: token === undefined ? headers : { ...headers, Authorization: `Bearer ${token}` } };
		};
		const url = addressOf(this.#url, path, input);
		let response = await this.#patiently(url, again, safe);
		if (response.status === 401 && this.#tokens && token !== undefined) {
			await response.body?.cancel();
			this.#tokens.forget(token);
			response = await this.#patiently(url, again, safe);
		}
		if (response.ok || response.status === 304) return response;
		throw await Problem.of(operation, response);
	}

	// One call with its repetitions: as long as the server asks, or longer each time.
	async #patiently(url: string, make: () => RequestInit | Promise<RequestInit>, safe: boolean): Promise<Response> {
		const { retries = 5, longestPauseMs = 60_000, timeoutMs = 30_000 } = this.#settings;
		for (let tried = 0; ; tried += 1) {
			const init = await make();
			const signal = init.signal ?? undefined;
			const limit = AbortSignal.timeout(timeoutMs);
			const waits = Math.min(longestPauseMs, 200 * 2 ** tried * (0.75 + Math.random() / 2));
			let response: Response;
			try {
				response = await this.#fetch(url, { ...init, redirect: 'error', signal: signal ? AbortSignal.any([signal, limit]) : limit });
			} catch (error) {
				if (!safe || tried >= retries || signal?.aborted) throw error;
				await pause(waits, signal);
				continue;
			}
			const told = retryAfterMs(response.headers.get('retry-after'));
			if (tried >= retries || !(await passes(response, safe))) return response;
			await response.body?.cancel();
			await pause(Math.min(longestPauseMs, told ?? waits), signal);
		}
	}
}

// Will it be another answer in a while? What a server refused before it began is safe to send again.
async function passes(response: Response, safe: boolean): Promise<boolean> {
	if (response.status === 429 || (response.status === 503 && response.headers.has('retry-after'))) return true;
	if (PASSING.has(response.status)) return safe;
	if (response.status !== 409 || !safe) return false;
	const told = (await response.clone().json().catch(() => ({}))) as { code?: string };
	return told.code === 'idempotency_in_progress';
}

type HeadersLike = Headers | Record<string, string | string[] | undefined>;

/**
 * A webhook's message, if it is Assay's and fresh; otherwise this throws. `body` are the bytes as they came.
 */
export function verifyWebhook(secret: string, headers: HeadersLike, body: string | Uint8Array): WebhookMessage {
	const named = headers instanceof Headers ? Object.fromEntries(headers) : headers;
	const plain: Record<string, string> = {};
	for (const [name, value] of Object.entries(named)) if (value !== undefined) plain[name.toLowerCase()] = String(value);
	const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
	return new Webhook(secret).verify(text, plain) as WebhookMessage;
}
