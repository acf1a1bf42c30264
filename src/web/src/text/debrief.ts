// The texts of the debrief.
import { debrief } from './en/debrief.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('debrief', debrief, words);
