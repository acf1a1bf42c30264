// The texts of the command palette and of the help on keys.
import { palette } from './en/palette.ts';
import { localized } from './localized.ts';
import { t as common } from './index.ts';

export const t = localized('palette', palette, common);
