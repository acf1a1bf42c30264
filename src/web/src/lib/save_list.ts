// A whole list as a file: asked for by its type, with the filters that are shown, and saved.
import { Offline, Problem } from './api.ts';

export type ListType = 'text/csv' | 'application/x-ndjson';

/** The whole list that a screen shows a page of. */
export function listAddress(path: string, query: object): string {
	const asked = new URLSearchParams();
	for (const [name, value] of Object.entries(query) as [string, unknown][]) {
		if (value === null || value === undefined || value === '' || name === 'limit' || name === 'cursor') continue;
		asked.set(name, Array.isArray(value) ? value.join() : String(value as string | number | boolean));
	}
	const text = asked.toString();
	return text === '' ? path : `${path}?${text}`;
}

export async function saveList(path: string, type: ListType): Promise<void> {
	let answer: Response;
	try {
		answer = await fetch(path, { headers: { Accept: type } });
	} catch {
		throw new Offline();
	}
	if (!answer.ok) throw new Problem(answer, {});
	const name = /filename="([^"]+)"/.exec(answer.headers.get('Content-Disposition') ?? '')?.[1] ?? 'list';
	const address = URL.createObjectURL(await answer.blob());
	const link = document.createElement('a');
	link.href = address;
	link.download = name;
	document.body.append(link);
	link.click();
	link.remove();
	setTimeout(() => {
		URL.revokeObjectURL(address);
	}, 60_000);
}
