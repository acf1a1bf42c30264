// The texts of an application beside its debrief.
import { application } from './en/application.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('application', application, words);
