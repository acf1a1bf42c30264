// The order of a list as the API writes it: `name`, or `-name` for descending.
export interface Sorting {
	by: string;
	direction: 'ascending' | 'descending';
}

export function sortOf(sort: string): Sorting {
	return sort.startsWith('-')
		? { by: sort.slice(1), direction: 'descending' }
		: { by: sort, direction: 'ascending' };
}

/** What choosing a column's head leads to: ascending first, then the other way. */
export function nextSort(sort: string, by: string): string {
	return sort === by ? `-${by}` : by;
}
