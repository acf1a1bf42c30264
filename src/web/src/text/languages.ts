// The languages of the interface, and two that are none: they try whether it is ready for others.
export type Words = Record<string, unknown>;

export interface Language {
	tag: string;
	/** As its readers call it. */
	name: string;
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
	{ tag: 'en', name: 'English', direction: 'ltr' },
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
