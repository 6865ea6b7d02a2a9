import { expect, it, jest } from '@jest/globals';
import { openNode, spawnParliament, startSystem, stop, stopParliament } from '../src/index.js';

it.each([
  [{}, { heartbeatMs: 300, downAfterMs: 2400 }],
  [
    { heartbeatMs: 10, electionTimeoutMinMs: 99, electionTimeoutMaxMs: 249 },
    { heartbeatMs: 100, downAfterMs: 1000 },
  ],
])(
  'while a parliament runs, its node keeps its pace with the other members: with the timing %j',
  async (timing, pace) => {
    const system = startSystem();
    const node = await openNode(system, { name: 'b' });
    const kept: string[] = [];
    const keepPace = jest.spyOn(node, 'keepPace').mockImplementation((peer) => {
      kept.push(peer);
      return () => void kept.splice(kept.indexOf(peer), 1);
    });
    const members = { 0: 'a', 1: 'b', 2: 'c' };
    const parliament = await spawnParliament(system, 'registers', { member: 1, members, storage: 'memory', timing });
    expect(keepPace.mock.calls).toEqual([
      ['a', pace],
      ['c', pace],
    ]);
    expect(kept).toEqual(['a', 'c']);
    await stopParliament(parliament);
    expect(kept).toEqual([]);
    await node.close();
    stop(system);
  },
);
