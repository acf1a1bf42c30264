// What an operation takes and gives, read off the API document's types.
import type { components, operations } from './schema.js';
import type { table } from './operations.js';

export type Schemas = components['schemas'];
export type Operation = keyof operations & keyof typeof table;

type Parameter<O extends Operation, K extends 'path' | 'query'> = operations[O] extends { parameters: infer P }
	? P extends Record<K, infer Value>
		? { [k in K]: Value }
		: P extends { [k in K]?: infer Value }
			? { [k in K]?: Value }
			: unknown
	: unknown;

type Body<O extends Operation> = operations[O] extends { requestBody: { content: infer C } }
	? { body: C[keyof C]; contentType?: string }
	: operations[O] extends { requestBody?: infer B }
		? [B] extends [undefined]
			? { body?: never }
			: B extends { content: infer C }
				? { body?: C[keyof C]; contentType?: string }
				: unknown
		: unknown;

/** What is sent: `path`, `query` and `body`, as the operation has them. */
export type Input<O extends Operation> = Parameter<O, 'path'> & Parameter<O, 'query'> & Body<O>;

/** `{}` may be left out where an operation asks for nothing. */
export type Arguments<O extends Operation, Options> = {} extends Input<O>
	? [input?: Input<O>, options?: Options]
	: [input: Input<O>, options?: Options];

type Success = 200 | 201 | 202;
type Json<R> = R extends { content: { 'application/json': infer J } } ? J : undefined;
/** What is answered; undefined where there is no body. */
export type Answer<O extends Operation> = operations[O] extends { responses: infer R }
	? [keyof R & Success] extends [never]
		? undefined
		: Json<R[keyof R & Success]>
	: undefined;

/** Operations that answer with pages, and what a page holds. */
export type Row<O extends Operation> = Answer<O> extends { data: (infer R)[]; next_cursor: string | null } ? R : never;
export type ListOperation = { [O in Operation]: [Row<O>] extends [never] ? never : O }[Operation];

/** An event as a webhook brings it: ids and links. */
export interface WebhookMessage {
	type: string;
	timestamp: string;
	data: {
		object_id: string;
		application_id?: string;
		candidate_id?: string;
		role_id?: string;
		links: Record<string, string>;
		[member: string]: unknown;
	};
}
