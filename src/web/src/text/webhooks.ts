// The texts of webhooks.
import { webhooks } from './en/webhooks.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('webhooks', webhooks, words);
