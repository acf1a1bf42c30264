// Data of a screen: waiting, there, or failed; what was seen before is shown while it is renewed.
import { Offline, Problem } from './api.ts';

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

	/** Loads under a key; a newer call ends an older one. */
	load(key: string, fetch: (signal: AbortSignal) => Promise<Data>): void {
		this.#abort?.abort();
		const abort = new AbortController();
		this.#abort = abort;
		if (key !== this.#key) this.data = (seen.get(key) as Data | undefined) ?? this.#keepWhile(key);
		this.#key = key;
		this.busy = true;
		this.#again = () => {
			this.load(key, fetch);
		};
		fetch(abort.signal).then(
			(data) => {
				if (abort.signal.aborted) return;
				seen.set(key, data);
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

	stop(): void {
		this.#abort?.abort();
	}

	/** The same list with another filter stays on screen until the new one is there. */
	#keepWhile(key: string): Data | null {
		return this.#key !== '' && key.split('?')[0] === this.#key.split('?')[0] ? this.data : null;
	}
}
