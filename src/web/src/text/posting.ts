// The texts of postings, and of what applicants sent by them.
import { posting } from './en/posting.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('posting', posting, words);
