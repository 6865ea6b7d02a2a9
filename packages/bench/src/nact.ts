/** nact itself, as it is measured here, with the types that its own typings leave out. */

import type { Reference } from '@parliament/otp';
import nact from 'nact';

/** What a handler of nact's is told. */
export interface NactContext {
  readonly sender: Reference;
}

interface NactProperties {
  readonly initialState?: unknown;
  readonly onCrash?: (message: unknown, error: unknown, context: { readonly reset: symbol }) => symbol;
}

export const bare = nact as unknown as {
  spawn<State>(
    parent: Reference,
    handler: (state: State, message: unknown, context: NactContext) => State | Promise<State>,
    name?: string,
    properties?: NactProperties,
  ): Reference;
  dispatch(to: Reference, message: unknown, sender?: Reference): void;
  query(to: Reference, message: unknown, timeoutMs: number): Promise<unknown>;
  stop(reference: Reference): void;
};
