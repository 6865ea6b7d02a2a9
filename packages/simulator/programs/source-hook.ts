/** Hooks of Node that change the built protocol as it is loaded; what else runs is exactly what ships. */

import type { InitializeHook, LoadHook } from 'node:module';
import { mutated, type SourceMutant } from './source-mutants/source-mutant.js';

/** What is to be changed. */
export interface HookData {
  /** Where the built protocol lies: a URL with a slash at its end. */
  readonly base: string;
  readonly mutant: SourceMutant;
}

let data: HookData | undefined;

export const initialize: InitializeHook<HookData> = (given) => {
  data = given;
};

export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  if (data === undefined || url !== `${data.base}${data.mutant.file}.js`) return loaded;
  const { source } = loaded;
  if (source === undefined || source === null) throw new Error(`${url} was loaded without its source`);
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
  return { ...loaded, source: mutated(text, data.mutant) };
};
