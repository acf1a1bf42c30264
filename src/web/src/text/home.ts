// The texts of the first screen.
import { home } from './en/home.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('home', home, words);
