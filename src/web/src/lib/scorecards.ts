// Scorecards over the API: reading, and the transport that autosave uses.
import { answer, client, everything, newKey, Offline, Problem } from './api.ts';
import type { Failure, Saved, Transport } from './autosave.ts';
import type { Content, Patch, Rating } from './draft.ts';
import type { Scorecard } from './shapes.ts';
import { t } from '../text/index.ts';

export interface WithTag {
	card: Scorecard;
	etag: string;
}

export function contentOf(card: Scorecard): Content {
	const ratings: Record<string, Rating> = {};
	for (const [id, rating] of Object.entries(card.ratings)) ratings[id] = { ...rating };
	return {
		ratings,
		recommendation: card.recommendation,
		key_takeaways: card.key_takeaways,
		private_note: card.private_note,
	};
}

function tagOf(card: Scorecard, etag: string | null): WithTag {
	return { card, etag: etag ?? `"${String(card.version)}"` };
}

export function savedOf({ card, etag }: WithTag): Saved {
	return { id: card.id, etag, submitted: card.status === 'submitted', content: contentOf(card) };
}

export async function readScorecard(id: string): Promise<WithTag> {
	const got = await answer(
		client.GET('/v1/scorecards/{scorecard_id}', { params: { path: { scorecard_id: id } } }),
	);
	return tagOf(got.data, got.etag);
}

async function ownOf(interview: string): Promise<WithTag | null> {
	const got = await answer(
		client.GET('/v1/interviews/{interview_id}', { params: { path: { interview_id: interview } } }),
	);
	return got.data.my_scorecard_id === null ? null : readScorecard(got.data.my_scorecard_id);
}

/** The draft of an interview, begun when it is first written to. */
export function transportOf(interview: string): Transport {
	let key = newKey();
	return {
		async create() {
			try {
				const got = await answer(
					client.POST('/v1/scorecards', {
						params: { header: { 'Idempotency-Key': key } },
						body: { interview_id: interview },
					}),
				);
				return savedOf(tagOf(got.data, got.etag));
			} catch (error) {
				if (!(error instanceof Problem) || error.status !== 409) throw error;
				key = newKey();
				const own = await ownOf(interview);
				if (!own) throw error;
				return savedOf(own);
			}
		},
		async save(id: string, etag: string, patch: Patch) {
			const got = await answer(
				client.PATCH('/v1/scorecards/{scorecard_id}', {
					params: { path: { scorecard_id: id }, header: { 'If-Match': etag } },
					body: patch,
				}),
			);
			return savedOf(tagOf(got.data, got.etag));
		},
		async read(id: string) {
			return savedOf(await readScorecard(id));
		},
	};
}

export function explain(error: unknown): Failure {
	if (error instanceof Offline) return { kind: 'offline' };
	if (!(error instanceof Problem)) return { kind: 'refused', sentence: t.errors.generic };
	switch (error.status) {
		case 401:
			return { kind: 'signed_out' };
		case 412:
			return { kind: 'changed' };
		case 429:
		case 502:
		case 503:
		case 504:
			return { kind: 'busy', seconds: error.retryAfter };
	}
	if (error.code === 'scorecard_locked') return { kind: 'locked' };
	return { kind: 'refused', sentence: error.errors[0]?.detail ?? error.detail ?? error.message };
}

export async function submitScorecard(id: string, etag: string, key: string): Promise<WithTag> {
	const got = await answer(
		client.POST('/v1/scorecards/{scorecard_id}/submit', {
			params: { path: { scorecard_id: id }, header: { 'If-Match': etag, 'Idempotency-Key': key } },
		}),
	);
	return tagOf(got.data, got.etag);
}

export async function takeBackScorecard(id: string): Promise<WithTag> {
	const got = await answer(
		client.POST('/v1/scorecards/{scorecard_id}/take_back', {
			params: { path: { scorecard_id: id }, header: { 'Idempotency-Key': newKey() } },
		}),
	);
	return tagOf(got.data, got.etag);
}

export async function amendScorecard(id: string, etag: string, key: string, patch: Patch, reason: string): Promise<WithTag> {
	const got = await answer(
		client.POST('/v1/scorecards/{scorecard_id}/amend', {
			params: { path: { scorecard_id: id }, header: { 'If-Match': etag, 'Idempotency-Key': key } },
			body: { ...patch, reason },
		}),
	);
	return tagOf(got.data, got.etag);
}

/** The submitted scorecards of an application that one may read. */
export function submittedOf(application: string, signal: AbortSignal): Promise<Scorecard[]> {
	return everything(
		async (cursor) =>
			(
				await answer(
					client.GET('/v1/scorecards', {
						params: {
							query: {
								application_id: application,
								status: 'submitted',
								sort: 'created_at',
								limit: 100,
								...(cursor === undefined ? {} : { cursor }),
							},
						},
						signal,
					}),
				)
			).data,
	);
}
