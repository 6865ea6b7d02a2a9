import { describe, expect, it } from '@jest/globals';
import {
  type ActorContext,
  call,
  cast,
  genServer,
  type Reference,
  type Request,
  type ServerReference,
  type Typed,
} from '../src/index.js';
import { type CounterCall, SOON, startCounter } from './counter.js';
import { forEachTest } from './support.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});

describe('the types of a gen-server', () => {
  it('give each request its reply, and refuse what the server does not take', async () => {
    const { ref } = await startCounter(system);
    const sum: number = await call(ref, { type: 'add', by: 1 }, SOON);
    expect(sum).toBe(1);
    // @ts-expect-error a reply of another type
    const text: string = await call(ref, { type: 'add', by: 1 }, SOON);
    expect(text).toBe(2);
    const refused = [
      // @ts-expect-error a field of another type
      () => call(ref, { type: 'add', by: '1' }, SOON),
      // @ts-expect-error a field is missing
      () => call(ref, { type: 'add' }, SOON),
      // @ts-expect-error no such request
      () => call(ref, { type: 'subtract', by: 1 }, SOON),
      // @ts-expect-error a cast is not answered
      () => call(ref, { type: 'set', to: 1 }, SOON),
      // @ts-expect-error a call is no cast
      () => cast(ref, { type: 'add', by: 1 }),
      // @ts-expect-error a handler is missing
      () => genServer<number, CounterCall>({ init: () => ({ state: 0 }), handleCall: {}, handleCast: {} }),
      // @ts-expect-error they all are missing
      () => genServer<number, CounterCall>({ init: () => ({ state: 0 }) }),
      () =>
        genServer<number, Request<'read', object, number>>({
          init: () => ({ state: 0 }),
          // @ts-expect-error a reply of another type
          handleCall: { read: (_, __, state: number) => ({ reply: 'text', state }) },
          handleCast: {},
        }),
      (context: ActorContext, typed: ServerReference<CounterCall, Typed>) =>
        // @ts-expect-error in a context, too
        context.call(typed, { type: 'add', by: '1' }, SOON),
    ];
    expect(refused).toHaveLength(9);
  });
});
