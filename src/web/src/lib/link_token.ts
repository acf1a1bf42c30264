// A candidate's link: its token stands behind the '#', which no server and no referrer learns of.
const form = /^cl_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$/;

/** The token of a whole link, or of what was pasted; null where there is none. */
export function tokenOf(text: string): string | null {
	const behind = text.trim().split('#').at(-1) ?? '';
	return form.test(behind) ? behind : null;
}

const known = 'assay.candidate';

/**
 * Takes the token out of the address, so that neither the history nor a shared screen keeps it; a
 * reload of this tab still knows it, and nothing else does.
 */
export function takeToken(): string | null {
	const given = tokenOf(location.hash);
	if (location.hash !== '') history.replaceState(null, '', location.pathname);
	try {
		if (given !== null) sessionStorage.setItem(known, given);
		return given ?? sessionStorage.getItem(known);
	} catch {
		return given;
	}
}

export const MOST_BYTES = 10 * 1024 * 1024;

/** What a file is sent as, by what it is called and what the browser makes of it; null: neither. */
export function typeOf(name: string, type: string): 'application/pdf' | 'text/plain' | null {
	if (type === 'application/pdf' || /\.pdf$/i.test(name)) return 'application/pdf';
	if (type.startsWith('text/') || /\.(txt|md|sql|js|ts|py|rb|go|java|c|h|cpp|cs|php|rs|json|ya?ml)$/i.test(name)) return 'text/plain';
	return null;
}

export function sizeProblem(bytes: number): 'empty' | 'large' | null {
	if (bytes === 0) return 'empty';
	return bytes > MOST_BYTES ? 'large' : null;
}

/** The token of a link from a mail, of one kind; taken out of the address as above, and kept nowhere. */
export function takeLink(kind: 'pw' | 'un'): string | null {
	const given = location.hash.slice(1);
	if (location.hash !== '') history.replaceState(null, '', location.pathname);
	return new RegExp(`^${kind}_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$`).test(given) ? given : null;
}
