// What a person chose: theme, language, time zone, and whether single keys are shortcuts. It is kept on
// this device, so that nothing flashes at the start, and by the server, so that it goes along.
import { answer, client } from './api.ts';
import { setRegion } from './format.ts';
import { texts } from '../text/localized.ts';
import { chosenLanguage, systemLanguages } from '../text/choice.ts';
import { localeOf } from '../text/languages.ts';

export type Theme = 'system' | 'light' | 'dark';

interface Kept {
	theme: Theme;
	language: string;
	time_zone: string;
	single_key_shortcuts: boolean;
}

function read(name: string): string | null {
	try {
		return localStorage.getItem(`assay.${name}`);
	} catch {
		return null;
	}
}

function write(name: string, value: string | null): void {
	try {
		if (value === null) localStorage.removeItem(`assay.${name}`);
		else localStorage.setItem(`assay.${name}`, value);
	} catch {
		// It then lasts until the page is left.
	}
}

/** What the server says of those who never chose. */
const defaults = { language: 'en', time_zone: 'UTC' };

const themeOf = (value: string | null): Theme => (value === 'light' || value === 'dark' ? value : 'system');

class Preferences {
	theme = $state<Theme>('system');
	singleKeys = $state(true);
	/** Null: as the browser has it. */
	language = $state<string | null>(null);
	timeZone = $state<string | null>(null);
	/** Grows when dates are to be written anew. */
	region = $state(0);

	start(): void {
		this.theme = themeOf(read('theme'));
		this.singleKeys = read('single_keys') !== 'off';
		this.language = read('language');
		this.timeZone = read('time_zone');
		this.#apply();
	}

	setTheme(theme: Theme): void {
		this.theme = theme;
		write('theme', theme);
		this.#apply();
		this.#send({ theme });
	}

	setSingleKeys(on: boolean): void {
		this.singleKeys = on;
		write('single_keys', on ? 'on' : 'off');
		this.#send({ single_key_shortcuts: on });
	}

	/** Another language is another load of the page; drafts are on the device by then. Null: as the browser has it. */
	setLanguage(language: string | null): void {
		write('language', language);
		this.language = language;
		client
			.PATCH('/v1/me/preferences', { body: { language } })
			.catch(() => undefined)
			.finally(() => {
				location.reload();
			});
	}

	setTimeZone(zone: string): void {
		this.timeZone = zone;
		write('time_zone', zone);
		this.#apply();
		this.region += 1;
		this.#send({ time_zone: zone });
	}

	/** What the server keeps wins, once something was chosen there. */
	async learn(): Promise<void> {
		const { data } = await answer(client.GET('/v1/me/preferences'));
		if (data.updated_at === null) return;
		const before = [this.language, this.timeZone].join();
		this.theme = themeOf(data.theme);
		this.singleKeys = data.single_key_shortcuts;
		// The server's defaults are nobody's choice: a theme alone makes no day of it American, or UTC.
		this.language = data.language === defaults.language ? null : data.language;
		this.timeZone = data.time_zone === defaults.time_zone ? null : data.time_zone;
		write('theme', this.theme);
		write('single_keys', this.singleKeys ? 'on' : 'off');
		write('language', this.language);
		write('time_zone', this.timeZone);
		this.#apply();
		if (before !== [this.language, this.timeZone].join()) this.region += 1;
	}

	#send(change: Partial<Kept>): void {
		// The device holds it already; the server hears of it when it can be reached.
		client.PATCH('/v1/me/preferences', { body: change }).catch(() => undefined);
	}

	#apply(): void {
		const root = document.documentElement;
		if (this.theme === 'system') delete root.dataset['theme'];
		else root.dataset['theme'] = this.theme;
		root.lang = texts.language.tag;
		root.dir = texts.language.direction;
		const timeZone = this.timeZone ?? undefined;
		setRegion(() => ({ locale: localeOf(texts.language, chosenLanguage(), systemLanguages()), timeZone }));
	}
}

export const preferences = new Preferences();
