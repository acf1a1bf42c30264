// A refusal as an error: branch on `code`, which never changes.
import type { Schemas } from './types.js';

export type ProblemCode = Schemas['Problem']['code'];
export type FieldError = Schemas['FieldError'];

export class Problem extends Error {
	override readonly name = 'Problem';
	readonly status: number;
	/** Undefined where the answer is not Assay's own, such as a proxy's. */
	readonly code: ProblemCode | undefined;
	readonly detail: string | undefined;
	/** By this the operator finds the request. */
	readonly instance: string | undefined;
	/** Every field that breaks a rule. */
	readonly errors: readonly FieldError[];

	constructor(operation: string, status: number, told: Partial<Schemas['Problem']>) {
		const fields = (told.errors ?? []).map((error) => `${error.pointer || 'the body'} ${error.detail}`).join('; ');
		super(`${operation}: ${status} ${[told.code, told.detail ?? told.title, fields].filter(Boolean).join(': ')}`);
		this.status = status;
		this.code = told.code;
		this.detail = told.detail;
		this.instance = told.instance;
		this.errors = told.errors ?? [];
	}

	static async of(operation: string, response: Response): Promise<Problem> {
		const type = response.headers.get('content-type') ?? '';
		const text = await response.text();
		if (!type.startsWith('application/problem+json')) return new Problem(operation, response.status, { detail: text.slice(0, 200) });
		return new Problem(operation, response.status, JSON.parse(text) as Schemas['Problem']);
	}
}

/** No token: the client or its secret is not known, or a scope is not its own (RFC 6749). */
export class TokenRefused extends Error {
	override readonly name = 'TokenRefused';
	constructor(
		readonly status: number,
		readonly error: string,
		description: string,
	) {
		super(`${error}: ${description}`);
	}
}
