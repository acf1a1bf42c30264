// What a program's secret is shown with: its id, or the address that a directory needs instead.
import type { Schemas } from '../lib/api.ts';
import { t } from '../text/administration.ts';
import { provisionsAt } from './clients.ts';

export function secretItems(made: Pick<Schemas['ApiClientWithSecret'], 'client_id' | 'client_secret' | 'scopes'>): { label: string; text: string }[] {
	const address = provisionsAt(made.scopes);
	return [
		{ label: t.client.id, text: made.client_id },
		...(address === null ? [] : [{ label: t.client.provisioningAt, text: address }]),
		{ label: address === null ? t.client.secret : t.client.provisioningToken, text: made.client_secret },
	];
}
