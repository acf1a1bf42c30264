// The words of the domain, and what every screen says.
import { words as english } from './en/words.ts';
import { t as common } from './index.ts';
import { localized } from './localized.ts';

export const words = localized('words', english, common);
