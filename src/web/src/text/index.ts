// The words in use. Other languages will be chosen here.
import { en, type Text } from './en.ts';

export const t: Text = en;
