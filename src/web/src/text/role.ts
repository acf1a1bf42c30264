// The texts of a role's sections: plan, questionnaire, team, disclosures, market.
import { role } from './en/role.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('role', role, words);
