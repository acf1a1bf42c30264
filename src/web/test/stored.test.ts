import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyContent } from '../src/lib/draft.ts';
import { forget, forgetAll, keep, load, unsent, type Store, type StoredDraft } from '../src/lib/draft_store.ts';

class Memory implements Store {
	readonly items = new Map<string, string>();
	get length(): number {
		return this.items.size;
	}
	key(index: number): string | null {
		return [...this.items.keys()][index] ?? null;
	}
	getItem(key: string): string | null {
		return this.items.get(key) ?? null;
	}
	setItem(key: string, value: string): void {
		this.items.set(key, value);
	}
	removeItem(key: string): void {
		this.items.delete(key);
	}
}

const draft = (user: string, interview: string): StoredDraft => ({
	user_id: user,
	interview_id: interview,
	scorecard_id: null,
	etag: null,
	base: emptyContent(),
	mine: { ...emptyContent(), key_takeaways: 'kept' },
	changed_at: '2026-11-22T14:46:00.123Z',
});

test('a draft comes back for its person and interview, and for nobody else', () => {
	const store = new Memory();
	assert.equal(keep(store, draft('u', 'i')), true);
	assert.equal(load(store, 'u', 'i')?.mine.key_takeaways, 'kept');
	assert.equal(load(store, 'v', 'i'), null);
	assert.equal(load(store, 'u', 'j'), null);
});

test('unsent drafts are listed by person and forgotten together', () => {
	const store = new Memory();
	for (const [user, interview] of [['u', 'i'], ['u', 'j'], ['v', 'i']] as const) keep(store, draft(user, interview));
	store.setItem('assay.theme', 'dark');
	assert.deepEqual(unsent(store, 'u').sort(), ['i', 'j']);
	forget(store, 'u', 'i');
	assert.deepEqual(unsent(store, 'u'), ['j']);
	forgetAll(store, 'u');
	assert.deepEqual(unsent(store, 'u'), []);
	assert.deepEqual(unsent(store, 'v'), ['i']);
	assert.equal(store.getItem('assay.theme'), 'dark');
});

test('what is stored broken is no draft, and a full device is told', () => {
	const store = new Memory();
	for (const broken of ['', '{', 'null', '[]', '{"user_id":"u"}']) {
		store.setItem('assay.draft.u.i', broken);
		assert.equal(load(store, 'u', 'i'), null, broken);
	}
	store.setItem = () => {
		throw new DOMException('full', 'QuotaExceededError');
	};
	assert.equal(keep(store, draft('u', 'i')), false);
});
