// The errors of a problem+json answer by field: `/compensation/currency` is `compensation.currency`.
export interface FieldErrors {
	fields: Record<string, string>;
	/** What belongs to no field. */
	rest: string[];
}

interface Refusal {
	message: string;
	detail?: string | undefined;
	errors: readonly { pointer: string; detail: string }[];
}

/** The path of a JSON Pointer into the body, of `?name` or of `{name}`; empty for the whole body. */
export function pathOf(pointer: string): string {
	if (!pointer.startsWith('/')) return pointer.replace(/^\?|^\{|\}$/g, '');
	return pointer
		.slice(1)
		.split('/')
		.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
		.join('.');
}

export function fieldErrors({ message, detail, errors }: Refusal): FieldErrors {
	const fields: Record<string, string> = {};
	const rest: string[] = [];
	for (const one of errors) {
		const path = pathOf(one.pointer);
		if (path === '') rest.push(one.detail);
		else fields[path] = fields[path] === undefined ? one.detail : `${fields[path]} ${one.detail}`;
	}
	if (errors.length === 0) rest.push(detail ?? message);
	return { fields, rest };
}
