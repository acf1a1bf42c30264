// The texts of a secret that is shown once.
import { secret } from './en/secret.ts';
import { localized } from './localized.ts';

export const t = localized('secret', secret);
