// The texts of administration: people, programs, settings, the audit.
import { administration } from './en/administration.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('administration', administration, words);
