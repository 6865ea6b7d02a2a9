/** What is known of the effect of something that has failed. */

import { AskError, MachineError, type Outcome, Rejection } from 'parliament';
import type { More } from './client-node.js';
import { CommandError } from './errors.js';
import { PoolError } from './pool.js';

/** As JSON: what a machine has refused has a code of its own. */
export function failureOf(error: unknown): { readonly outcome: Outcome; readonly code?: string } {
  if (error instanceof Rejection) return { outcome: error.outcome, code: error.code };
  if (error instanceof AskError || error instanceof MachineError || error instanceof PoolError) {
    return { outcome: error.outcome };
  }
  // Nothing is known of what nobody foresaw.
  return { outcome: error instanceof CommandError ? 'not-applied' : 'unknown' };
}

/** How a command tells it. */
export function tellingOutcome(isWrite: boolean): (error: unknown) => More {
  return (error) => {
    const fields = failureOf(error);
    const known = fields.outcome === 'unknown' ? 'it is not known whether it was applied' : 'it was not applied';
    return { fields, note: ` (${isWrite ? known : 'nothing was changed'})` };
  };
}
