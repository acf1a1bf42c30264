// The texts of saving a list.
import { exports } from './en/export.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('export', exports, words);
