import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Autosave, type Failure, type Saved, type Timers, type Transport } from '../src/lib/autosave.ts';
import { emptyContent, type Content, type Patch } from '../src/lib/draft.ts';

class Refusal extends Error {
	constructor(readonly failure: Failure) {
		super(failure.kind);
	}
}

/** A server with one draft and a version, as strict about If-Match as the real one. */
class Server implements Transport {
	version = 0;
	content: Content = emptyContent();
	submitted = false;
	saves = 0;
	failure: Failure | null = null;
	during: (() => void) | null = null;

	#saved(): Saved {
		return { id: 'card', etag: `"${String(this.version)}"`, submitted: this.submitted, content: structuredClone(this.content) };
	}

	create(): Promise<Saved> {
		if (this.failure) return Promise.reject(new Refusal(this.failure));
		if (this.version === 0) this.version = 1;
		return Promise.resolve(this.#saved());
	}

	async save(_id: string, etag: string, patch: Patch): Promise<Saved> {
		await Promise.resolve();
		this.saves += 1;
		if (this.failure) throw new Refusal(this.failure);
		if (this.submitted) throw new Refusal({ kind: 'locked' });
		if (etag !== `"${String(this.version)}"`) throw new Refusal({ kind: 'changed' });
		this.#apply(patch);
		this.during?.();
		return this.#saved();
	}

	read(): Promise<Saved> {
		if (this.failure) return Promise.reject(new Refusal(this.failure));
		return Promise.resolve(this.#saved());
	}

	/** A change, by this window or by another. */
	#apply(patch: Patch): void {
		const { ratings, ...rest } = patch;
		for (const [id, rating] of Object.entries(ratings ?? {})) {
			if (rating === null) delete this.content.ratings[id];
			else this.content.ratings[id] = { value: null, not_assessed: false, evidence: null, ...this.content.ratings[id], ...rating };
		}
		Object.assign(this.content, rest);
		this.version += 1;
	}

	elsewhere(patch: Patch): void {
		this.#apply(patch);
	}
}

class Clock implements Timers {
	time = 0;
	next: { run: () => void; at: number } | null = null;
	set(run: () => void, milliseconds: number): unknown {
		this.next = { run, at: this.time + milliseconds };
		return this.next;
	}
	clear(timer: unknown): void {
		if (timer === this.next) this.next = null;
	}
	now(): number {
		return this.time;
	}
	pass(milliseconds: number): void {
		this.time += milliseconds;
		const due = this.next;
		if (due && due.at <= this.time) {
			this.next = null;
			due.run();
		}
	}
}

let server: Server;
let clock: Clock;
let kept: unknown;
let autosave: Autosave;

const settle = async (): Promise<void> => {
	for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
};
const type = (text: string): void => {
	autosave.edit((content) => (content.key_takeaways = text));
};

beforeEach(() => {
	server = new Server();
	clock = new Clock();
	kept = null;
	autosave = new Autosave(
		server,
		{
			explain: (error) => (error instanceof Refusal ? error.failure : { kind: 'refused', sentence: 'defect' }),
			changed: () => undefined,
			keep: (draft) => (kept = structuredClone(draft)),
		},
		clock,
	);
	autosave.start(null, null);
});

test('the first change creates the draft and saves it within two seconds', async () => {
	type('a');
	assert.equal(autosave.state.name, 'changed');
	assert.notEqual(kept, null);
	clock.pass(2000);
	await settle();
	assert.equal(server.content.key_takeaways, 'a');
	assert.equal(autosave.state.name, 'saved');
	assert.equal(kept, null);
});

test('a change that is undone again needs no saving, says so, and leaves no timer running', async () => {
	type('a');
	clock.pass(2000);
	await settle();
	type('ab');
	type('a');
	assert.equal(autosave.state.name, 'changed');
	clock.pass(2000);
	await settle();
	assert.equal(autosave.state.name, 'saved');
	assert.equal(server.saves, 1);
	assert.equal(kept, null);
	assert.equal(clock.next, null);
});

test('typing without a pause is still saved within two seconds of the first change', async () => {
	for (let stroke = 0; stroke < 9; stroke += 1) {
		type('x'.repeat(stroke + 1));
		clock.pass(200);
	}
	await settle();
	assert.ok((server.content.key_takeaways ?? '').length >= 8);
});

test('what is typed while a save is under way is kept, and saved next', async () => {
	type('a');
	server.during = () => {
		server.during = null;
		type('ab');
	};
	clock.pass(2000);
	await settle();
	assert.equal(autosave.mine.key_takeaways, 'ab');
	assert.equal(autosave.state.name, 'changed');
	clock.pass(2000);
	await settle();
	assert.equal(server.content.key_takeaways, 'ab');
	assert.equal(autosave.state.name, 'saved');
});

test('offline keeps the draft on the device and sends it on return', async () => {
	server.failure = { kind: 'offline' };
	type('a');
	clock.pass(2000);
	await settle();
	assert.equal(autosave.state.name, 'offline');
	assert.notEqual(kept, null);
	server.failure = null;
	autosave.wake();
	await settle();
	assert.equal(server.content.key_takeaways, 'a');
	assert.equal(kept, null);
});

test('offline is tried again by itself, ever more slowly', async () => {
	server.failure = { kind: 'offline' };
	type('a');
	clock.pass(2000);
	await settle();
	const first = (clock.next?.at ?? 0) - clock.time;
	clock.pass(first);
	await settle();
	assert.ok((clock.next?.at ?? 0) - clock.time > first);
});

test('a change elsewhere in another field is merged without a question', async () => {
	type('a');
	await autosave.flush();
	server.elsewhere({ private_note: 'theirs' });
	type('ab');
	assert.equal(await autosave.flush(), true);
	assert.deepEqual([server.content.key_takeaways, server.content.private_note], ['ab', 'theirs']);
	assert.equal(autosave.mine.private_note, 'theirs');
});

test('a change elsewhere of the same field asks, and the choice is saved', async () => {
	type('a');
	await autosave.flush();
	server.elsewhere({ key_takeaways: 'theirs' });
	type('mine');
	assert.equal(await autosave.flush(), false);
	assert.equal(autosave.state.name, 'conflict');
	assert.equal(server.content.key_takeaways, 'theirs');
	assert.notEqual(kept, null);
	assert.equal(await autosave.choose(['both']), true);
	assert.equal(server.content.key_takeaways, 'mine\n\ntheirs');
});

test('a draft that exists already is met, not doubled', async () => {
	server.elsewhere({ key_takeaways: 'from the laptop' });
	autosave.edit((content) => (content.private_note = 'from the phone'));
	assert.equal(await autosave.flush(), true);
	assert.deepEqual(
		[server.content.key_takeaways, server.content.private_note],
		['from the laptop', 'from the phone'],
	);
});

test('a scorecard that was submitted elsewhere takes nothing more, and nothing is lost', async () => {
	type('a');
	await autosave.flush();
	server.submitted = true;
	type('ab');
	assert.equal(await autosave.flush(), false);
	assert.equal(autosave.state.name, 'locked');
	assert.equal(autosave.mine.key_takeaways, 'ab');
	assert.notEqual(kept, null);
});

test('signed out keeps the draft, and coming back sends it', async () => {
	server.failure = { kind: 'signed_out' };
	type('a');
	await autosave.flush();
	assert.equal(autosave.state.name, 'signed_out');
	server.failure = null;
	autosave.wake();
	await settle();
	assert.equal(server.content.key_takeaways, 'a');
});

test('a busy server is asked again when it said', async () => {
	server.failure = { kind: 'busy', seconds: 7 };
	type('a');
	await autosave.flush();
	assert.equal(autosave.state.name, 'busy');
	assert.equal((clock.next?.at ?? 0) - clock.time, 7000);
});

test('a draft left on the device is sent on the next visit, merged with what the server has', async () => {
	server.elsewhere({ private_note: 'there' });
	const saved = await server.read();
	const base = emptyContent();
	autosave.start(saved, { base, mine: { ...base, key_takeaways: 'left here' } });
	assert.equal(await autosave.flush(), true);
	assert.deepEqual([server.content.key_takeaways, server.content.private_note], ['left here', 'there']);
});
