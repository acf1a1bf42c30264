// The texts of the shared components that are not in the frame.
import { ui } from './en/ui.ts';
import { localized } from './localized.ts';
import { t as common } from './index.ts';

export const t = localized('ui', ui, common);
