// The autosave of one scorecard as state that the form reacts to.
import { onReturn } from './api.ts';
import { Autosave, type Saved, type State } from './autosave.ts';
import { emptyContent, plain, type Choice, type Content } from './draft.ts';
import { forget, keep, load } from './draft_store.ts';
import { explain, transportOf } from './scorecards.ts';

export class Draft {
	content = $state<Content>(emptyContent());
	state = $state.raw<State>({ name: 'clean' });
	/** False when this device refuses to keep drafts. */
	kept = $state(true);
	readonly #autosave: Autosave;

	constructor(user: string, interview: string, saved: Saved | null) {
		this.#autosave = new Autosave(transportOf(interview), {
			explain,
			changed: () => {
				this.state = this.#autosave.state;
				this.#show();
			},
			keep: (draft) => {
				if (draft === null) {
					forget(localStorage, user, interview);
					this.kept = true;
					return;
				}
				this.kept = keep(localStorage, {
					user_id: user,
					interview_id: interview,
					scorecard_id: draft.id,
					etag: draft.etag,
					base: draft.base,
					mine: draft.mine,
					changed_at: new Date().toISOString(),
				});
			},
		});
		this.#autosave.start(saved, load(localStorage, user, interview));
	}

	/** The form's copy follows the draft, but for what is being typed at this moment. */
	#show(): void {
		const next = JSON.stringify(plain(this.#autosave.mine));
		if (JSON.stringify(plain(this.content)) !== next) this.content = JSON.parse(next) as Content;
	}

	edit(change: (content: Content) => void): void {
		change(this.content);
		this.#autosave.edit(change);
	}

	get id(): string | null {
		return this.#autosave.id;
	}

	get etag(): string | null {
		return this.#autosave.etag;
	}

	/** Sends all; true when the server has it. */
	flush(): Promise<boolean> {
		return this.#autosave.flush();
	}

	choose(choices: readonly Choice[]): Promise<boolean> {
		return this.#autosave.choose(choices);
	}

	discard(saved: Saved): void {
		this.#autosave.discard(saved);
	}

	/** Sends on the return of the connection, of the session or of the window; returns the way to stop. */
	watch(): () => void {
		const wake = (): void => {
			this.#autosave.wake();
		};
		const hide = (): void => {
			if (document.visibilityState === 'hidden' && this.#autosave.dirty) void this.#autosave.flush();
			else wake();
		};
		addEventListener('online', wake);
		document.addEventListener('visibilitychange', hide);
		const forgetSession = onReturn(wake);
		return () => {
			removeEventListener('online', wake);
			document.removeEventListener('visibilitychange', hide);
			forgetSession();
			if (this.#autosave.dirty) void this.#autosave.flush();
			else this.#autosave.stop();
		};
	}
}
