// The texts of the statistical model.
import { model } from './en/model.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('model', model, words);
