// Which language was chosen: in the address for this tab (`?language=`), for this browser, or by the system.
function from(read: () => string | null | undefined): string | null {
	try {
		return read() ?? null;
	} catch {
		return null;
	}
}

/** A tag such as `de-CH`; null where nothing says. */
export function chosenLanguage(): string | null {
	const asked = from(() => new URLSearchParams(location.search).get('language'));
	if (asked !== null) from(() => void sessionStorage.setItem('assay.language', asked));
	return (
		asked ??
		from(() => sessionStorage.getItem('assay.language')) ??
		from(() => localStorage.getItem('assay.language')) ??
		from(() => navigator.language)
	);
}
