// Where the browser is, as state that screens react to.
import { match, withQuery } from './router.ts';
import { screens, type Screen } from '../screens.ts';

/** The screen of an address, and what the address says to it. */
export interface Place {
	screen: Screen;
	params: Record<string, string>;
}

class Navigation {
	path = $state(location.pathname);
	search = $state(location.search);
	/** Grows with each step to another screen, so that focus and scroll follow. */
	steps = $state(0);

	at = $derived(this.find(this.path));

	/** The screen that an address shows; null where there is none. */
	find(path: string): Place | null {
		const found = match(screens, path);
		const screen = screens.find((one) => one.name === found?.name && match([one], path));
		return found && screen ? { screen, params: found.params } : null;
	}

	get query(): URLSearchParams {
		return new URLSearchParams(this.search);
	}

	go(address: string, replace = false): void {
		const target = new URL(address, location.href);
		const samePath = target.pathname === this.path;
		if (replace) history.replaceState(null, '', target);
		else history.pushState(null, '', target);
		this.#read();
		if (!samePath) {
			this.steps += 1;
			window.scrollTo(0, 0);
		}
	}

	/** Changes the query of this screen without a step of history: filters, while typing. */
	filter(changes: Record<string, string | null>): void {
		history.replaceState(null, '', this.path + withQuery(this.search, changes));
		this.#read();
	}

	#read(): void {
		this.path = location.pathname;
		this.search = location.search;
	}

	start(): void {
		addEventListener('popstate', () => {
			const before = this.path;
			this.#read();
			if (this.path !== before) this.steps += 1;
		});
		document.addEventListener('click', (event) => {
			if (event.defaultPrevented || event.button !== 0) return;
			if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
			const link = event.target instanceof Element ? event.target.closest('a') : null;
			if (!link || link.target !== '' || link.hasAttribute('download')) return;
			if (link.origin !== location.origin || link.getAttribute('href')?.startsWith('#')) return;
			if (link.pathname.startsWith('/v1/') || link.pathname.startsWith('/docs')) return;
			event.preventDefault();
			if (link.href !== location.href) this.go(link.href);
		});
	}
}

export const navigation = new Navigation();
