// The texts of the door.
import { signIn } from './en/sign_in.ts';
import { localized } from './localized.ts';
import { t as common } from './index.ts';

export const t = localized('sign_in', signIn, common);
