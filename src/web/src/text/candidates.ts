// The texts of candidates.
import { candidates } from './en/candidates.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('candidates', candidates, words);
