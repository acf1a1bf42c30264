// Which language was chosen: in the address for this tab (`?language=`), or for this browser.
function from(read: () => string | null | undefined): string | null {
	try {
		return read() ?? null;
	} catch {
		return null;
	}
}

/** What the browser asks for, the dearest first. */
export function systemLanguages(): readonly string[] {
	if (typeof navigator === 'undefined') return [];
	return navigator.languages.length > 0 ? navigator.languages : [navigator.language];
}

/** A tag such as `de-CH`; null where nobody chose. */
export function chosenLanguage(): string | null {
	const asked = from(() => new URLSearchParams(location.search).get('language'));
	if (asked !== null) {
		from(() => void sessionStorage.setItem('assay.language', asked));
		// A tab's own storage takes a phone a while to open: it is asked only where some tab has a language of its own.
		from(() => void localStorage.setItem('assay.language_of_tab', 'yes'));
	}
	const own = from(() => localStorage.getItem('assay.language_of_tab')) === null ? null : from(() => sessionStorage.getItem('assay.language'));
	return asked ?? own ?? from(() => localStorage.getItem('assay.language'));
}
