// The texts of the library: templates, rubrics, career ladders, and the first steps.
import { library } from './en/library.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('library', library, words);
