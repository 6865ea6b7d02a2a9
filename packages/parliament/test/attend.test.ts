import { expect, it, jest } from '@jest/globals';
import { openNode, spawnParliament, startSystem, stop, stopParliament } from '../src/index.js';

it.each([
  [{}, { heartbeatMs: 300, downAfterMs: 2400 }],
  [
    { heartbeatMs: 10, electionTimeoutMinMs: 99, electionTimeoutMaxMs: 249 },
    { heartbeatMs: 100, downAfterMs: 1000 },
  ],
])('a parliament attends to the nodes of the other members while it runs: with the timing %j', async (timing, pace) => {
  const system = startSystem();
  const node = await openNode(system, { name: 'b' });
  const attended: string[] = [];
  const attend = jest.spyOn(node, 'attend').mockImplementation((peer) => {
    attended.push(peer);
    return () => void attended.splice(attended.indexOf(peer), 1);
  });
  const members = { 0: 'a', 1: 'b', 2: 'c' };
  const parliament = await spawnParliament(system, 'registers', { member: 1, members, storage: 'memory', timing });
  expect(attend.mock.calls).toEqual([
    ['a', pace],
    ['c', pace],
  ]);
  expect(attended).toEqual(['a', 'c']);
  await stopParliament(parliament);
  expect(attended).toEqual([]);
  await node.close();
  stop(system);
});
