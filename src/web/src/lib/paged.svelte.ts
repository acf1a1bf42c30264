// A list page by page: the first under a key, further ones on demand.
import { Loader } from './loader.svelte.ts';

export interface Page<Row> {
	data: Row[];
	next_cursor: string | null;
}

export class Paged<Row> {
	readonly loader = new Loader<Page<Row>>();
	#extra = $state.raw<Row[]>([]);
	/** Undefined until a further page was asked for. */
	#cursor = $state.raw<string | null | undefined>(undefined);
	#fetch: ((cursor: string | undefined, signal?: AbortSignal) => Promise<Page<Row>>) | null = null;

	rows = $derived(this.loader.data === null ? null : [...this.loader.data.data, ...this.#extra]);
	more = $derived((this.#cursor === undefined ? this.loader.data?.next_cursor : this.#cursor) != null);

	load(key: string, fetch: (cursor: string | undefined, signal?: AbortSignal) => Promise<Page<Row>>): void {
		this.#fetch = fetch;
		this.#extra = [];
		this.#cursor = undefined;
		this.loader.load(key, (signal) => fetch(undefined, signal));
	}

	async next(): Promise<void> {
		const cursor = this.#cursor === undefined ? this.loader.data?.next_cursor : this.#cursor;
		const fetch = this.#fetch;
		if (cursor == null || fetch === null) return;
		const page = await fetch(cursor);
		// Another list was asked for meanwhile.
		if (fetch !== this.#fetch) return;
		this.#extra = [...this.#extra, ...page.data];
		this.#cursor = page.next_cursor;
	}
}
