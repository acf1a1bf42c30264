// Attachments over the API: a file is its own body, and is judged by its name where its type says nothing.
import { answer, client, everything, newKey, Problem } from './api.ts';
import type { Attachment } from './shapes.ts';

const types = ['image/png', 'image/jpeg', 'image/webp', 'application/pdf', 'text/plain'] as const;
export type AttachmentType = (typeof types)[number];

const texts = /\.(txt|md|c|h|cc|cpp|cs|css|csv|diff|ex|go|html|java|js|json|jsx|kt|patch|php|pl|py|rb|rs|scala|sh|sql|svelte|swift|toml|ts|tsx|xml|ya?ml)$/i;

export const accepted = [...types, 'text/*', '.md', '.sql', '.py', '.js', '.ts', '.go', '.rs', '.java', '.c', '.h', '.json', '.yaml'].join(',');

/** As what it is sent; null when it cannot be. Code of any kind is a text. */
export function typeOf(file: { name: string; type: string }): AttachmentType | null {
	const known = types.find((one) => one === file.type);
	if (known) return known;
	return file.type.startsWith('text/') || texts.test(file.name) ? 'text/plain' : null;
}

export function attachmentsOf(scorecard: string): Promise<Attachment[]> {
	return everything(async (cursor) => {
		const query = { limit: 100, ...(cursor === undefined ? {} : { cursor }) };
		const params = { path: { scorecard_id: scorecard }, query };
		return (await answer(client.GET('/v1/scorecards/{scorecard_id}/attachments', { params }))).data;
	});
}

export async function attach(scorecard: string, file: File, type: AttachmentType): Promise<Attachment> {
	const got = await answer(
		client.POST('/v1/scorecards/{scorecard_id}/attachments', {
			params: {
				path: { scorecard_id: scorecard },
				query: { filename: file.name.slice(-200) },
				header: { 'Idempotency-Key': newKey() },
			},
			headers: { 'Content-Type': type },
			body: file,
			bodySerializer: (body: unknown) => body as File,
		}),
	);
	return got.data;
}

export async function detach(id: string): Promise<void> {
	const params = { path: { attachment_id: id } };
	const { response, error } = await client.DELETE('/v1/attachments/{attachment_id}', { params });
	if (!response.ok) throw new Problem(response, error ?? {});
}
