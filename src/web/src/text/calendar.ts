// The texts of calendars.
import { calendar } from './en/calendar.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('calendar', calendar, words);
