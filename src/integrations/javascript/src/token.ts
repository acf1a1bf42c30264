// Access tokens by client credentials: kept, renewed a little before they end, asked for once at a time.
import { TokenRefused } from './problem.js';

const EARLY_MS = 30_000;

export interface Credentials {
	clientId: string;
	clientSecret: string;
	/** Fewer than the client holds, if these will do. */
	scopes?: readonly string[];
}

export type Send = (url: string, init: RequestInit) => Promise<Response>;

export class Tokens {
	#token = '';
	#until = 0;
	#asking: Promise<string> | undefined;

	constructor(
		private readonly url: string,
		private readonly given: Credentials,
		private readonly send: Send,
	) {}

	async get(): Promise<string> {
		if (Date.now() < this.#until) return this.#token;
		this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
		return this.#asking;
	}

	/** It was refused: the next call asks for another. */
	forget(token: string): void {
		if (token === this.#token) this.#until = 0;
	}

	async #ask(): Promise<string> {
		const { clientId, clientSecret, scopes } = this.given;
		const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
		if (scopes) form.set('scope', scopes.join(' '));
		const response = await this.send(`${this.url}/v1/oauth/token`, { method: 'POST', body: form });
		const text = await response.text();
		let told: { access_token?: string; expires_in?: number; error?: string; error_description?: string; detail?: string } = {};
		try {
			told = JSON.parse(text);
		} catch {
			told = { error: 'not_json', error_description: text.slice(0, 200) };
		}
		if (!response.ok || !told.access_token)
			throw new TokenRefused(response.status, told.error ?? 'refused', told.error_description ?? told.detail ?? `${response.status}`);
		this.#token = told.access_token;
		const lives = (told.expires_in ?? 0) * 1000;
		this.#until = Date.now() + lives - Math.min(EARLY_MS, lives / 2);
		return this.#token;
	}
}
