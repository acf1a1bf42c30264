// Lists as people write and order them.
/** The lines of a field, without empty ones. */
export function linesOf(text: string): string[] {
	return text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
}

/** An item moved to another place. */
export function moved<Item>(items: readonly Item[], from: number, to: number): Item[] {
	const item = items[from];
	if (item === undefined || to < 0 || to >= items.length) return [...items];
	const rest = items.filter((_, index) => index !== from);
	return [...rest.slice(0, to), item, ...rest.slice(to)];
}
