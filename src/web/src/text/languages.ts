// The languages of the interface, and two that are none: they try whether it is ready for others.
export type Words = Record<string, unknown>;

export interface Language {
	tag: string;
	/** As its readers call it. */
	name: string;
	/** Where it is read, for dates and numbers as they are written there; offered beside the language. */
	regions?: readonly string[];
	direction: 'ltr' | 'rtl';
	/** The texts of an area, in the shape of `text/en/<area>.ts`; absent where the English ones serve. */
	load?: (area: string) => Promise<Words>;
	/** What a trial makes of an English text. */
	trial?: (text: string) => string;
}

const accents: Record<string, string> = {
	a: 'á', b: 'ƀ', c: 'ç', d: 'ð', e: 'é', f: 'ƒ', g: 'ĝ', h: 'ĥ', i: 'î', j: 'ĵ', k: 'ķ', l: 'ļ', m: 'ɱ',
	n: 'ñ', o: 'ö', p: 'þ', q: 'ɋ', r: 'ŕ', s: 'š', t: 'ţ', u: 'û', v: 'ṽ', w: 'ŵ', x: 'ẋ', y: 'ý', z: 'ž',
	A: 'Å', E: 'É', I: 'Î', O: 'Ö', U: 'Û', S: 'Š', C: 'Ç', N: 'Ñ', R: 'Ŕ', T: 'Ţ', D: 'Ð', H: 'Ĥ',
};

/** As long as German or Finnish would be, with marks above the letters, between brackets. */
export function lengthened(text: string): string {
	if (!/[a-z]/i.test(text)) return text;
	const accented = Array.from(text, (letter) => accents[letter] ?? letter).join('');
	return `[${accented}${'~'.repeat(Math.ceil(text.length * 0.35))}]`;
}

/** Between marks of right-to-left text, so that signs at its ends move as they would. */
export function turned(text: string): string {
	return /[a-z]/i.test(text) ? `\u200F${text}\u200F` : text;
}

export const languages: readonly Language[] = [
	{ tag: 'en', name: 'English', direction: 'ltr', regions: ['AU', 'CA', 'GB', 'IE', 'IN', 'NZ', 'US', 'ZA'] },
	{ tag: 'en-XA', name: 'Lengthened English', direction: 'ltr', trial: lengthened },
	{ tag: 'ar-XB', name: 'Right-to-left English', direction: 'rtl', trial: turned },
];

/** The language for a wish such as `de-CH`: itself, its language without the country, or English. */
export function bestLanguage(wish: string | null, among: readonly Language[] = languages): Language {
	const wanted = (wish ?? '').toLowerCase();
	const exact = among.find((one) => one.tag.toLowerCase() === wanted);
	const same = among.find((one) => !one.trial && one.tag.toLowerCase() === wanted.split('-')[0]);
	const found = exact ?? same ?? among[0];
	if (!found) throw new Error('there is no language');
	return found;
}

/** The first of the browser's languages that there is, or English. */
export function systemLanguage(wishes: readonly string[], among: readonly Language[] = languages): Language {
	const real = among.filter((one) => !one.trial);
	const at = wishes.find((wish) => real.some(({ tag }) => tag === bestLanguage(wish, real).tag && wish.toLowerCase().split('-')[0] === tag.split('-')[0]));
	return bestLanguage(at ?? null, among);
}

function regionIn(tag: string, likely: boolean): string | undefined {
	try {
		const locale = new Intl.Locale(tag);
		return (likely ? locale.maximize() : locale).region;
	} catch {
		return undefined;
	}
}

/**
 * How dates and numbers are written: in the language of the texts, as they are written where the reader lives.
 * That is the region of what was chosen, else of what the browser has; a trial is its own.
 */
export function localeOf(language: Language, chosen: string | null, system: readonly string[]): string {
	if (language.trial) return language.tag;
	const own = language.tag.split('-')[0] ?? language.tag;
	const same = system.filter((tag) => tag.toLowerCase().split('-')[0] === own);
	const others = system.filter((tag) => !same.includes(tag));
	const tags = [...(chosen === null ? [] : [chosen]), ...same, ...others];
	const region =
		tags.map((tag) => regionIn(tag, false)).find((one) => one !== undefined) ??
		others.map((tag) => regionIn(tag, true)).find((one) => one !== undefined);
	if (region === undefined) return language.tag;
	const wanted = `${own}-${region}`;
	// What is offered is known: to ask the browser takes a phone a twentieth of a second.
	if (language.regions?.includes(region)) return wanted;
	// English of a place that has no way of its own with it is the world's, which puts the day first.
	const known = new Intl.DateTimeFormat(wanted).resolvedOptions().locale;
	return own === 'en' && known === 'en' && region !== 'US' ? 'en-001' : wanted;
}

/** What can be chosen: each language, where it is read differently each of these, and the trials if wanted. */
export function offeredLanguages(trials: boolean, among: readonly Language[] = languages): { tag: string; name: string }[] {
	return among
		.filter((one) => trials || !one.trial)
		.flatMap(({ tag, name, regions }) => {
			if (!regions) return [{ tag, name }];
			const names = new Intl.DisplayNames(tag, { type: 'region' });
			return regions
				.map((region) => ({ tag: `${tag}-${region}`, name: `${name} (${names.of(region) ?? region})` }))
				.sort((one, other) => one.name.localeCompare(other.name, tag));
		});
}
