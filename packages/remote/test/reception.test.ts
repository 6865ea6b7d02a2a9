/** Who comes in again and again, and what is remembered of it. */

import { expect, it } from '@jest/globals';
import type { NodeEvent } from '../src/index.js';
import { sayHello } from '../src/handshake.js';
import { DEFAULT_LIMITS } from '../src/options.js';
import { Reception } from '../src/reception.js';
import { identity } from './raw.js';
import { TestChannel } from './test-channel.js';

it('a hello counts once among the last 4,096: who has overheard one gains nothing by it', () => {
  const events: NodeEvent[] = [];
  const reception = new Reception({
    limits: DEFAULT_LIMITS,
    identity: identity('a'),
    closing: false,
    peer: () => undefined,
    emit: (event) => void events.push(event),
  });
  const isPromising = (hello: Uint8Array): boolean => {
    let promises = 0;
    const channel = new TestChannel();
    const guest = {
      promise: () => {
        promises += 1;
      },
      leave: () => {},
    };
    reception.greet(channel, '10.0.0.1', guest);
    channel.receive(hello);
    channel.listener?.onEnd({ reason: 'connection-lost', detail: 'gone' });
    return promises === 1;
  };
  const helloOf = (): Uint8Array => sayHello(identity('b'), 'a').send;
  const hellos = Array.from({ length: 4096 }, helloOf);
  expect(hellos.map(isPromising)).toEqual(hellos.map(() => true));
  const [first, second, third] = hellos as [Uint8Array, Uint8Array, Uint8Array];
  expect([first, second].map(isPromising)).toEqual([false, false]);
  expect(isPromising(helloOf())).toBe(true);
  // The oldest was forgotten for it, and comes back for the second oldest.
  expect([second, first, third, second].map(isPromising)).toEqual([false, true, false, true]);
  expect(events).toEqual([]);
});
