// The texts of a candidate's own pages.
import { candidateSide } from './en/candidate_side.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('candidate_side', candidateSide, words);
