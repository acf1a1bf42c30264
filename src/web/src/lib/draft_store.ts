// Drafts on this device: written at each keystroke, removed when the server has them.
import { plain, type Content } from './draft.ts';

export interface StoredDraft {
	user_id: string;
	interview_id: string;
	scorecard_id: string | null;
	etag: string | null;
	/** What the server was last known to hold. */
	base: Content;
	mine: Content;
	changed_at: string;
}

/** The part of Storage that is used, so that tests can bring their own. */
export type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

const prefix = 'assay.draft.';

function keyOf(user: string, interview: string): string {
	return `${prefix}${user}.${interview}`;
}

function readable(value: unknown): value is StoredDraft {
	if (typeof value !== 'object' || value === null) return false;
	const draft = value as Partial<StoredDraft>;
	return (
		typeof draft.user_id === 'string' &&
		typeof draft.interview_id === 'string' &&
		typeof draft.base?.ratings === 'object' &&
		typeof draft.mine?.ratings === 'object'
	);
}

export function load(store: Store, user: string, interview: string): StoredDraft | null {
	try {
		const value: unknown = JSON.parse(store.getItem(keyOf(user, interview)) ?? 'null');
		return readable(value) ? value : null;
	} catch {
		return null;
	}
}

/** False when the device refuses (full, or private mode): the screen then says so. */
export function keep(store: Store, draft: StoredDraft): boolean {
	try {
		const value = { ...draft, base: plain(draft.base), mine: plain(draft.mine) };
		store.setItem(keyOf(draft.user_id, draft.interview_id), JSON.stringify(value));
		return true;
	} catch {
		return false;
	}
}

export function forget(store: Store, user: string, interview: string): void {
	try {
		store.removeItem(keyOf(user, interview));
	} catch {
		// Nothing was kept, then.
	}
}

/** The interviews of this person with changes that the server does not have. */
export function unsent(store: Store, user: string): string[] {
	const found: string[] = [];
	try {
		for (let index = 0; index < store.length; index += 1) {
			const key = store.key(index);
			if (key?.startsWith(`${prefix}${user}.`)) found.push(key.slice(`${prefix}${user}.`.length));
		}
	} catch {
		return found;
	}
	return found;
}

export function forgetAll(store: Store, user: string): void {
	for (const interview of unsent(store, user)) forget(store, user, interview);
}
