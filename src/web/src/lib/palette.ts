// What the palette offers for what was typed: places and actions at once, the rest from the API.
import { compareWords } from './format.ts';

export interface Offer {
	id: string;
	text: string;
	/** Beside the text, quieter. */
	more?: string;
	/** Other words that find it. */
	words?: string;
	address?: string;
	act?: () => void;
}

const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** How well words fit: at the beginning, at the beginning of a word, inside one; null: not at all. */
export function fit(typed: string, offer: Pick<Offer, 'text' | 'words'>): number | null {
	const wanted = plain(typed).split(/\s+/u).filter((word) => word !== '');
	const text = plain(offer.text);
	const words = plain(offer.words ?? '');
	let worst = 0;
	for (const word of wanted) {
		const found = text.startsWith(word) ? 0
			: text.split(/[\s:-]+/u).some((one) => one.startsWith(word)) ? 1
			: words.split(/[\s,]+/u).some((one) => one.startsWith(word)) ? 2
			: text.includes(word) ? 3 : null;
		if (found === null) return null;
		worst = Math.max(worst, found);
	}
	return worst;
}

/** What fits, the best first; everything in its own order when nothing was typed. */
export function fitting(typed: string, offers: readonly Offer[]): Offer[] {
	if (typed.trim() === '') return [...offers];
	return offers
		.flatMap((offer) => {
			const how = fit(typed, offer);
			return how === null ? [] : [{ offer, how }];
		})
		.sort((one, other) => one.how - other.how || compareWords(one.offer.text, other.offer.text))
		.map(({ offer }) => offer);
}
