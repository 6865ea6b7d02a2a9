import { describe, expect, it } from '@jest/globals';
import { type Reference, startActor } from '@parliament/otp';
import { ask, clear, openNode, startSystem, status, stop } from '../src/index.js';

/** A client of a node on which something takes requests, and never answers; calls `end` while they wait. */
async function whileWaiting<Outcome>(make: (parliament: Reference) => Promise<Outcome>[]) {
  const [system, own] = [startSystem(), startSystem()];
  const node = await openNode(system, { name: 'a', listen: '127.0.0.1:0' });
  let taken = 0;
  const quiet = await startActor(system, 'registers', {
    init: () => 0,
    receive(state: number) {
      taken += 1;
      return state;
    },
  });
  if (quiet === undefined || node.address === undefined) throw new Error('nobody listens');
  node.expose(quiet, 'messages');
  const client = await openNode(own, { name: 'client' });
  await client.connect(`${node.address.host}:${node.address.port}`);
  const waiting = make(client.ref('a', ['registers']));
  const settled = Promise.allSettled(waiting);
  while (taken < waiting.length) await new Promise((resolve) => setImmediate(resolve));
  await node.close();
  const outcomes = await settled;
  await client.close();
  stop(system);
  stop(own);
  return outcomes;
}

describe('a call whose link is lost before there is an answer', () => {
  it('may have been applied, if it was a write; a read or a question applies nothing', async () => {
    const outcomes = await whileWaiting<unknown>((parliament) => [
      ask(parliament, 'k', 'v'),
      ask(parliament, 'k'),
      status(parliament),
      clear(parliament),
    ]);
    expect(outcomes.map((each) => each.status === 'rejected' && [each.reason.code, each.reason.outcome])).toEqual([
      ['noconnection', 'unknown'],
      ['noconnection', 'not-applied'],
      ['noconnection', 'not-applied'],
      ['noconnection', 'not-applied'],
    ]);
  });
});
