// Who is signed in.
import { answer, client, Problem, signedInAgain, whenExpired } from './api.ts';
import { makeReady } from './format.ts';
import { forgetSeen } from './loader.svelte.ts';
import { preferences } from './preferences.svelte.ts';
import { navigation } from './navigation.svelte.ts';
import { safeReturn } from './router.ts';
import type { Me } from './shapes.ts';

/** The server's word to scripts that there is a session; without it nobody is signed in, and nobody needs asking. */
const sessionMayBe = (): boolean => /(^|; )__Host-here=1/u.test(document.cookie);

class Session {
	me = $state.raw<Me | null>(null);
	/** False until the first answer, so that nothing flashes. */
	known = $state(false);
	/** A session that ended under a person's hands: the screen stays, and asks them back in. */
	expired = $state(false);

	async start(): Promise<void> {
		whenExpired(() => {
			if (this.me) this.expired = true;
		});
		if (!sessionMayBe()) {
			this.known = true;
			return;
		}
		// Both at once, and before anything is shown: dates are not to be written twice.
		const chosen = preferences.learn().catch(() => undefined);
		try {
			const asked = answer(client.GET('/v1/me'));
			void makeReady();
			const { data } = await asked;
			await chosen;
			this.me = data;
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			this.me = null;
		} finally {
			this.known = true;
		}
	}

	async signIn(email: string, password: string, organization: string | null): Promise<void> {
		await answer(
			client.POST('/v1/auth/login', {
				body: { email, password, session: 'cookie', ...(organization ? { organization } : {}) },
			}),
		);
		const before = this.me?.id;
		const chosen = preferences.learn().catch(() => undefined);
		const me = (await answer(client.GET('/v1/me'))).data;
		await chosen;
		this.expired = false;
		if (before !== undefined && before !== me.id) {
			forgetSeen();
			this.me = null;
			navigation.go('/', true);
		}
		this.me = me;
		signedInAgain();
		if (navigation.path === '/sign-in') {
			navigation.go(safeReturn(navigation.query.get('next')), true);
		}
	}

	async signOut(): Promise<void> {
		const user = this.me?.id;
		// Before the session ends: what is left behind must be forgotten then.
		const { forgetAll } = await import('./draft_store.ts');
		await answer(client.POST('/v1/auth/logout'));
		if (user !== undefined) forgetAll(localStorage, user);
		forgetSeen();
		this.me = null;
		this.expired = false;
		navigation.go('/sign-in?signed_out=1');
	}

	get recruits(): boolean {
		return this.me?.access_level === 'admin' || this.me?.access_level === 'recruiter';
	}
}

export const session = new Session();
