// The texts of the pipeline.
import { pipeline } from './en/pipeline.ts';
import { localized } from './localized.ts';
import { words } from './words.ts';

export const t = localized('pipeline', pipeline, words);
