// The texts of reports.
import { reports } from './en/reports.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('reports', reports, words);
