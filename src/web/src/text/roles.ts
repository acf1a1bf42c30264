// The texts of roles and their candidates.
import { roles } from './en/roles.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('roles', roles, words);
