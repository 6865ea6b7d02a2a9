/** A hook of Node that counts, in the built protocol as it is loaded, which branches are taken. */

import type { InitializeHook, LoadHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createInstrumenter } from 'istanbul-lib-instrument';

/** What the hook is given. */
export interface CoverageHookData {
  /** Where the built protocol lies: a URL with a slash at its end. */
  readonly base: string;
  /** The global variable that the counts are kept in. */
  readonly variable: string;
}

let data: CoverageHookData | undefined;

export const initialize: InitializeHook<CoverageHookData> = (given) => {
  data = given;
};

export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  const { source } = loaded;
  if (data === undefined || !url.startsWith(data.base) || source === undefined || source === null) return loaded;
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
  const instrumenter = createInstrumenter({ esModules: true, compact: false, coverageVariable: data.variable });
  return { ...loaded, source: instrumenter.instrumentSync(text, fileURLToPath(url)) };
};
