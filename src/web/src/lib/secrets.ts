// What is made on this device and told to a person once.

/* Without letters and figures that look alike. */
const letters = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Four groups of five: about 99 bits, and still read aloud. */
export function suggestPassword(): string {
	const groups: string[] = [];
	for (let group = 0; group < 4; group += 1) {
		let word = '';
		while (word.length < 5) {
			const [byte = 255] = crypto.getRandomValues(new Uint8Array(1));
			// The same chance for each: what is above the last whole round is drawn anew.
			if (byte < 256 - (256 % letters.length)) word += letters[byte % letters.length] ?? '';
		}
		groups.push(word);
	}
	return groups.join('-');
}

/** Puts a text on the clipboard; false where the browser does not let it. */
export async function copyText(text: string): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		return false;
	}
}
