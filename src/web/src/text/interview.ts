// The texts of the interview room.
import { interview } from './en/interview.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('interview', interview, words);
