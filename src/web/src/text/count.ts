// A number and its noun.
import { formatNumber } from '../lib/format.ts';

export const count = (n: number, one: string, many: string): string => `${formatNumber(n)} ${n === 1 ? one : many}`;
