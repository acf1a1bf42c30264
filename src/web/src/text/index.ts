// What every screen says. The texts of an area stand in a module of its own: `text/<area>.ts`.
import { common } from './en/common.ts';
import { localized } from './localized.ts';

export const t = localized('common', common);
