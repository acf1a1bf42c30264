// A long list that is drawn in turns of the main thread: a screenful at once, the rest bit by bit.
import { flushSync } from 'svelte';
import { frame, turn } from './turns.ts';

export class Gradual {
	/** How many are drawn. */
	drawn = $state(0);
	readonly #total: () => number;

	/** Made where a component begins. The first are to fill the screen: then nothing in sight moves later. */
	constructor(total: () => number, first: number, step: number) {
		this.#total = total;
		this.drawn = first;
		$effect(() => {
			const more = total() > this.drawn;
			if (!more) return;
			let ended = false;
			void (this.drawn === first ? frame() : turn()).then(() => {
				if (!ended) this.drawn += step;
			});
			return () => {
				ended = true;
			};
		});
		// On paper is everything.
		const whole = (): void => {
			this.all();
		};
		$effect(() => {
			addEventListener('beforeprint', whole);
			return () => {
				removeEventListener('beforeprint', whole);
			};
		});
	}

	/** How many are still to come. */
	get left(): number {
		return Math.max(0, this.#total() - this.drawn);
	}

	/** The rest at once: something in it is asked for. */
	all(): void {
		if (this.left === 0) return;
		this.drawn = this.#total();
		flushSync();
	}
}

/** How many of a height fill the window. */
export function screenful(pixels: number): number {
	return Math.ceil(innerHeight / pixels);
}
