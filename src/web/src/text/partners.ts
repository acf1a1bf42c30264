// The texts of partners: what they ask for, connections, registrations.
import { partners } from './en/partners.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('partners', partners, words);
