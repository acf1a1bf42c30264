// Saves a draft a moment after it changed, one request at a time, and loses nothing: what could
// not be sent stays on the device, what someone else changed is merged or asked about.
import {
	difference,
	emptyContent,
	merge,
	plain,
	resolve,
	type Choice,
	type Content,
	type Merged,
	type Patch,
} from './draft.ts';

export interface Saved {
	id: string;
	etag: string;
	submitted: boolean;
	content: Content;
}

export interface Transport {
	create(): Promise<Saved>;
	save(id: string, etag: string, patch: Patch): Promise<Saved>;
	read(id: string): Promise<Saved>;
}

/** How a request failed, as far as saving cares. */
export type Failure =
	| { kind: 'offline' }
	| { kind: 'changed' }
	| { kind: 'locked' }
	| { kind: 'signed_out' }
	| { kind: 'busy'; seconds: number }
	| { kind: 'refused'; sentence: string };

export type State =
	| { name: 'clean' }
	| { name: 'changed' }
	| { name: 'saving' }
	| { name: 'saved'; at: Date }
	| { name: 'offline' }
	| { name: 'signed_out' }
	| { name: 'busy' }
	| { name: 'conflict'; merged: Merged }
	| { name: 'locked' }
	| { name: 'refused'; sentence: string };

export interface Timers {
	set(run: () => void, milliseconds: number): unknown;
	clear(timer: unknown): void;
	now(): number;
}

export interface Hooks {
	/** Tells what went wrong with a request. */
	explain(error: unknown): Failure;
	/** Called at each change of anything that is shown. */
	changed(): void;
	/** Keeps what is not sent on the device; `null` when the server has everything. */
	keep(draft: { id: string | null; etag: string | null; base: Content; mine: Content } | null): void;
}

const realTimers: Timers = {
	set: (run, milliseconds) => setTimeout(run, milliseconds),
	clear: (timer) => {
		clearTimeout(timer as ReturnType<typeof setTimeout>);
	},
	now: () => Date.now(),
};

const quietMs = 700;
const longestMs = 1800;
const firstRetryMs = 3000;
const longestRetryMs = 60_000;

export class Autosave {
	id: string | null = null;
	etag: string | null = null;
	base: Content = emptyContent();
	mine: Content = emptyContent();
	state: State = { name: 'clean' };

	readonly #transport: Transport;
	readonly #hooks: Hooks;
	readonly #timers: Timers;
	#timer: unknown = null;
	#changedSince: number | null = null;
	#retryMs = firstRetryMs;
	#running: Promise<boolean> | null = null;
	#theirs: Saved | null = null;
	#edits = 0;
	#settled: State = { name: 'clean' };

	constructor(transport: Transport, hooks: Hooks, timers: Timers = realTimers) {
		this.#transport = transport;
		this.#hooks = hooks;
		this.#timers = timers;
	}

	/** Begins with what the server has, and what the device kept of an earlier visit. */
	start(saved: Saved | null, kept: { base: Content; mine: Content } | null): void {
		this.id = saved?.id ?? null;
		this.etag = saved?.etag ?? null;
		const theirs = saved?.content ?? emptyContent();
		this.base = theirs;
		this.mine = plain(theirs);
		if (kept && difference(kept.base, kept.mine)) {
			const merged = merge(kept.base, kept.mine, theirs);
			this.mine = merged.content;
			if (saved?.submitted) this.#become({ name: 'locked' });
			else if (saved && merged.conflicts.length > 0) this.#ask(saved, merged);
			else this.#later();
			return;
		}
		this.#hooks.keep(null);
		this.#become({ name: 'clean' });
	}

	get dirty(): boolean {
		return difference(this.base, this.mine) !== null;
	}

	edit(change: (content: Content) => void): void {
		change(this.mine);
		this.#edits += 1;
		this.#keep();
		if (this.state.name !== 'locked' && this.state.name !== 'conflict') this.#later();
		else this.#hooks.changed();
	}

	/** The connection is back, or someone signed in again. */
	wake(): void {
		this.#retryMs = firstRetryMs;
		if (this.dirty && ['offline', 'busy', 'signed_out', 'refused'].includes(this.state.name)) {
			void this.flush();
		}
	}

	/** Answers the question that `conflict` asks, and saves the outcome. */
	async choose(choices: readonly Choice[]): Promise<boolean> {
		if (this.state.name !== 'conflict' || !this.#theirs) return false;
		this.mine = resolve(this.state.merged, choices);
		this.#take(this.#theirs);
		this.#theirs = null;
		this.#become({ name: 'changed' });
		return this.flush();
	}

	/** Drops what is not sent: the server's version stands. */
	discard(saved: Saved): void {
		this.#take(saved);
		this.mine = plain(saved.content);
		this.#theirs = null;
		this.#hooks.keep(null);
		this.#settled = { name: 'clean' };
		this.#become(this.#settled);
	}

	stop(): void {
		this.#timers.clear(this.#timer);
		this.#timer = null;
	}

	/** Sends everything now. True when the server has it all. */
	flush(): Promise<boolean> {
		this.stop();
		this.#running ??= this.#send().finally(() => {
			this.#running = null;
			if (this.state.name === 'changed') this.#later();
		});
		return this.#running;
	}

	async #send(): Promise<boolean> {
		for (let round = 0; round < 8; round += 1) {
			if (this.state.name === 'locked' || this.state.name === 'conflict') return false;
			if (this.id !== null && !this.dirty) return this.#settle();
			this.#become({ name: 'saving' });
			const edits = this.#edits;
			try {
				await this.#sendOnce();
			} catch (error) {
				if (!(await this.#recover(this.#hooks.explain(error)))) return false;
			}
			if (this.id !== null && !this.dirty) {
				this.#settled = { name: 'saved', at: new Date(this.#timers.now()) };
				return this.#settle();
			}
			// Still typing: wait for the next quiet moment.
			if (this.id !== null && edits !== this.#edits) break;
		}
		if (this.state.name === 'saving') {
			this.#changedSince = null;
			this.#become({ name: 'changed' });
		}
		return false;
	}

	/** The server has everything, be it that a change was sent or that it was undone again. */
	#settle(): true {
		this.#changedSince = null;
		this.#retryMs = firstRetryMs;
		this.#hooks.keep(null);
		this.#become(this.#settled);
		return true;
	}

	async #sendOnce(): Promise<void> {
		if (this.id === null || this.etag === null) {
			this.#meet(await this.#transport.create());
			return;
		}
		const sent = plain(this.mine);
		const patch = difference(this.base, sent);
		if (!patch) return;
		const saved = await this.#transport.save(this.id, this.etag, patch);
		// What was typed while the request was under way stays.
		const merged = merge(sent, this.mine, saved.content);
		this.#take(saved);
		this.mine = merged.content;
	}

	/** Takes in another version of the draft: merges it, or asks. */
	#meet(theirs: Saved): void {
		const merged = merge(this.base, this.mine, theirs.content);
		if (theirs.submitted) {
			this.#theirs = theirs;
			this.#become({ name: 'locked' });
		} else if (merged.conflicts.length > 0) {
			this.#ask(theirs, merged);
		} else {
			this.#take(theirs);
			this.mine = merged.content;
			this.#keep();
		}
	}

	async #recover(failure: Failure): Promise<boolean> {
		switch (failure.kind) {
			case 'changed':
				try {
					if (this.id !== null) this.#meet(await this.#transport.read(this.id));
				} catch (error) {
					const next = this.#hooks.explain(error);
					return next.kind === 'changed' ? false : this.#recover(next);
				}
				return true;
			case 'offline':
				this.#become({ name: 'offline' });
				this.#retry(this.#retryMs);
				this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs);
				return false;
			case 'busy':
				this.#become({ name: 'busy' });
				this.#retry(Math.max(1, failure.seconds) * 1000);
				return false;
			case 'locked':
				this.#become({ name: 'locked' });
				return false;
			case 'signed_out':
				this.#become({ name: 'signed_out' });
				return false;
			case 'refused':
				this.#become({ name: 'refused', sentence: failure.sentence });
				return false;
		}
	}

	#ask(theirs: Saved, merged: Merged): void {
		this.#theirs = theirs;
		this.#become({ name: 'conflict', merged });
	}

	#take(saved: Saved): void {
		this.id = saved.id;
		this.etag = saved.etag;
		this.base = saved.content;
	}

	#keep(): void {
		this.#hooks.keep({ id: this.id, etag: this.etag, base: this.base, mine: this.mine });
	}

	#become(state: State): void {
		this.state = state;
		this.#hooks.changed();
	}

	/** After a quiet moment, but within two seconds of the first change. */
	#later(): void {
		if (this.#running) {
			this.#hooks.changed();
			return;
		}
		const now = this.#timers.now();
		this.#changedSince ??= now;
		const left = Math.max(0, this.#changedSince + longestMs - now);
		this.#become({ name: 'changed' });
		this.#retry(Math.min(quietMs, left));
	}

	#retry(milliseconds: number): void {
		this.stop();
		this.#timer = this.#timers.set(() => {
			this.#timer = null;
			void this.flush();
		}, milliseconds);
	}
}
