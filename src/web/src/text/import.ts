// The texts of imports.
import { imports } from './en/import.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('import', imports, words);
