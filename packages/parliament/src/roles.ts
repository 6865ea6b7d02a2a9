/** Who the children of a parliament are. */

import { ROLES, type RoleName } from '@parliament/synod';

/** A child of the parliament actor, in the order in which they start. */
export type ChildName = 'storage' | RoleName | 'watchers';

/** The children of a parliament, in the order in which they start. A crash restarts the one and those after it. */
export const CHILDREN: readonly ChildName[] = ['storage', ...ROLES, 'watchers'];
