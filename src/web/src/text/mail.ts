// The texts of mail: its state, its texts, its messages, and what one is told of.
import { mail } from './en/mail.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('mail', mail, words);
