// Texts in the reader's language. It is chosen once for each load of the page, so texts are plain values.
import { bestLanguage, systemLanguage, type Language, type Words } from './languages.ts';
import { chosenLanguage, systemLanguages } from './choice.ts';

/** English texts through a trial: sentences, tables of them, and functions that make them. */
export function tried<Value>(value: Value, trial: (text: string) => string): Value {
	if (typeof value === 'string') return trial(value) as Value;
	if (typeof value === 'function') {
		const make = value as (...words: unknown[]) => unknown;
		return ((...words: unknown[]) => tried(make(...words), trial)) as Value;
	}
	if (Array.isArray(value)) return value.map((one: unknown) => tried(one, trial)) as Value;
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, tried<unknown>(one, trial)])) as Value;
}

/** One language's texts: the areas that were asked for, and when the last of them is there. */
export class Texts {
	readonly language: Language;
	#ready: Promise<unknown> = Promise.resolve();

	constructor(language: Language) {
		this.language = language;
	}

	/** An area's texts, with what they build on; filled in the language before a screen is shown. */
	area<English extends object, Base extends object = object>(name: string, english: English, base?: Base): Base & English {
		const { load, trial } = this.language;
		const text = { ...base, ...(trial ? tried(english, trial) : english) } as Base & English;
		if (load) {
			const coming = load(name).catch((): Words => ({}));
			// One after the other, so that what is built on is filled before.
			this.#ready = Promise.all([this.#ready, coming]).then(([, words]) => Object.assign(text, base, english, words));
		}
		return text;
	}

	/** All texts that were asked for are there; awaited after a screen's code was loaded. */
	ready(): Promise<unknown> {
		return this.#ready;
	}
}

const chosen = chosenLanguage();
export const texts = new Texts(chosen === null ? systemLanguage(systemLanguages()) : bestLanguage(chosen));

export function localized<English extends object, Base extends object = object>(
	area: string,
	english: English,
	base?: Base,
): Base & English {
	return texts.area(area, english, base);
}

/** What a screen's code says, in the language in use. */
export async function withTexts<Module>(code: Promise<Module>): Promise<Module> {
	const module = await code;
	await texts.ready();
	return module;
}
