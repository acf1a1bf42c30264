// Notices that go by themselves, some with a way back. The clock stops while one is pointed at or in focus.
export const TOAST_MS = 10_000;

export interface Toast {
	id: number;
	text: string;
	undo: (() => Promise<void> | void) | null;
}

class Toasts {
	shown = $state.raw<Toast[]>([]);
	#next = 1;
	#left = new Map<number, number>();
	#started = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#paused = false;

	/** Says that something was done; with `undo`, for ten seconds, how to take it back. */
	say(text: string, undo: Toast['undo'] = null): number {
		this.#take();
		const id = this.#next++;
		this.shown = [...this.shown.slice(-2), { id, text, undo }];
		this.#left.set(id, TOAST_MS);
		this.#run();
		return id;
	}

	dismiss(id: number): void {
		this.#take();
		this.shown = this.shown.filter((one) => one.id !== id);
		this.#left.delete(id);
		this.#run();
	}

	pause(): void {
		this.#take();
		this.#paused = true;
	}

	resume(): void {
		this.#paused = false;
		this.#run();
	}

	/** Takes the time that went by off what each has left. */
	#take(): void {
		if (this.#timer === undefined) return;
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const gone = Date.now() - this.#started;
		for (const [id, left] of this.#left) this.#left.set(id, Math.max(0, left - gone));
	}

	#run(): void {
		const first = this.shown.reduce((least, { id }) => Math.min(least, this.#left.get(id) ?? 0), Infinity);
		if (this.#paused || this.#timer !== undefined || first === Infinity) return;
		this.#started = Date.now();
		this.#timer = setTimeout(() => {
			this.#take();
			this.shown = this.shown.filter(({ id }) => (this.#left.get(id) ?? 0) > 0);
			this.#run();
		}, first);
	}
}

export const toasts = new Toasts();
