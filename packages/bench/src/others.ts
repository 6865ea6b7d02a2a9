/** What is measured against, and needed for nothing else, is installed in a place of its own, by the command that wants it. */

import { createRequire } from 'node:module';

// The same path from `src`, where tests import this, and from `dist`.
const requireOther: NodeJS.Require = createRequire(new URL('../others/package.json', import.meta.url));

/** The library of this name, typed as far as it is used here. @throws what kept it from being loaded. */
export function loadOther<Library>(name: string): Library {
  return requireOther(name);
}
