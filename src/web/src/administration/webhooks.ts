// Webhooks in words: their state, what they are told of, what became of a delivery.
import type { Schemas } from '../lib/api.ts';

type Webhook = Schemas['Webhook'];
type Delivery = Schemas['WebhookDelivery'];

/** `failing` is still tried. */
export function stateOf(webhook: Pick<Webhook, 'archived_at' | 'status' | 'failing_since'>): 'archived' | 'paused' | 'failing' | 'active' {
	if (webhook.archived_at !== null) return 'archived';
	if (webhook.status === 'paused') return 'paused';
	return webhook.failing_since === null ? 'active' : 'failing';
}

/** The kinds of events that can be chosen as a whole. */
export const kinds = ['application', 'candidate', 'interview', 'interviewer', 'scorecard', 'decision', 'role', 'document', 'note', 'import', 'webhook'] as const;

interface TypeWords {
	all: string;
}

/** What can be chosen: everything, whole kinds, and single types that are chosen already. */
export function typeOptions(chosen: readonly string[], words: TypeWords, names: Record<string, string>): { value: string; label: string; hint?: string }[] {
	const whole = kinds.map((kind) => ({ value: `${kind}.*`, label: names[kind] ?? kind, hint: `${kind}.*` }));
	const known = new Set(['*', ...whole.map(({ value }) => value)]);
	const single = chosen.filter((type) => !known.has(type)).map((type) => ({ value: type, label: type }));
	return [{ value: '*', label: words.all, hint: '*' }, ...whole, ...single];
}

/** In a line: the names of whole kinds, single types as they are. */
export function toldOf(types: readonly string[], everything: string, names: Record<string, string>): string[] {
	if (types.includes('*')) return [everything];
	return types.map((type) => (type.endsWith('.*') ? (names[type.slice(0, -2)] ?? type) : type));
}

interface AnswerWords {
	failure: Record<string, string>;
	answer: (status: number, ms: number) => string;
	noAnswer: string;
}

/** What the receiver answered last, or why it did not. */
export function answerOf(delivery: Pick<Delivery, 'answer_status' | 'duration_ms' | 'failure'>, words: AnswerWords): string {
	const why = delivery.failure === null || delivery.failure === 'status' ? null : (words.failure[delivery.failure] ?? delivery.failure);
	if (delivery.answer_status === null) return why ?? words.noAnswer;
	const said = words.answer(delivery.answer_status, delivery.duration_ms ?? 0);
	return why === null ? said : `${said}: ${why}`;
}
