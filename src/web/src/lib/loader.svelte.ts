// Data of a screen: waiting, there, or failed; what was seen before is shown while it is renewed.
import { Offline, onReturn, Problem } from './api.ts';

const seen = new Map<string, unknown>();

/** Personal data does not outlive the session. */
export function forgetSeen(): void {
	seen.clear();
}

export class Loader<Data> {
	data = $state.raw<Data | null>(null);
	failure = $state.raw<Problem | Offline | Error | null>(null);
	busy = $state(false);
	#key = '';
	#again: (() => void) | null = null;
	#abort: AbortController | null = null;
	#under: Promise<void> = Promise.resolve();
	readonly #remembers: boolean;
	readonly #forgetReturn: () => void;

	/** Without memory, for screens that begin a form with what they load. */
	constructor({ remembers = true } = {}) {
		this.#remembers = remembers;
		this.#forgetReturn = onReturn(() => {
			if (this.failure instanceof Problem && this.failure.status === 401) this.again();
		});
	}

	/** Loads under a key; a newer call ends an older one. */
	load(key: string, fetch: (signal: AbortSignal) => Promise<Data>): void {
		this.#abort?.abort();
		const abort = new AbortController();
		this.#abort = abort;
		if (key !== this.#key) this.data = this.#before(key);
		this.#key = key;
		this.busy = true;
		this.#again = () => {
			this.load(key, fetch);
		};
		this.#under = fetch(abort.signal).then(
			(data) => {
				if (abort.signal.aborted) return;
				if (this.#remembers) seen.set(key, data);
				this.data = data;
				this.failure = null;
				this.busy = false;
			},
			(error: unknown) => {
				if (abort.signal.aborted) return;
				this.failure = error instanceof Error ? error : new Error(String(error));
				this.busy = false;
			},
		);
	}

	again(): void {
		this.#again?.();
	}

	/** When nothing is under way any more: what is begun then, begins with the newest. */
	async settled(): Promise<void> {
		let last: Promise<void> | null = null;
		while (last !== this.#under) {
			last = this.#under;
			await last;
		}
	}

	/** Ends what is under way, before another call. */
	stop(): void {
		this.#abort?.abort();
	}

	/** The screen is left. */
	end(): void {
		this.stop();
		this.#forgetReturn();
	}

	/** What was seen last; the same list with another filter stays until the new one is there. */
	#before(key: string): Data | null {
		if (!this.#remembers) return null;
		const last = seen.get(key) as Data | undefined;
		if (last !== undefined) return last;
		return this.#key !== '' && key.split('?')[0] === this.#key.split('?')[0] ? this.data : null;
	}
}
