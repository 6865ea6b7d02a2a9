/** A long message is coming from another node, over a slow line: by a clock of the test's own. */

import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { call, dispatch, type Reference, startActor, startSystem, stop } from '@parliament/otp';
import { foundingConfiguration, majority, nextBallot } from '@parliament/synod';
import { FoundingNews, Inspect, Part, Received, Report, Tick } from '../src/actors/mail.js';
import { ParliamentActor } from '../src/actors/parliament-actor.js';
import { type ProposerReport, proposerBehaviour } from '../src/actors/proposer-actor.js';
import { openNode } from '../src/index.js';
import { checkOptions } from '../src/options.js';
import { openRegistersFace } from '../src/registers/registers-face.js';

const BALLOT = nextBallot(1, 0);
const HISTORY = [foundingConfiguration(majority([0, 1, 2]))] as const;

let system: ReturnType<typeof startSystem>;
let clock: number;

beforeEach(() => {
  system = startSystem();
  clock = 1000;
  jest.spyOn(performance, 'now').mockImplementation(() => clock);
});

afterEach(() => {
  jest.restoreAllMocks();
  stop(system);
});

async function recorder(name: string, heard: unknown[], report: unknown = undefined): Promise<Reference> {
  const started = await startActor(system, name, {
    init: () => 0,
    receive(state: number, message: unknown, context) {
      heard.push(message);
      if (message instanceof Inspect && context.sender !== undefined)
        context.dispatch(context.sender, new Report(report));
      return state;
    },
  });
  if (started === undefined) throw new Error(`${name} did not start`);
  return started;
}

async function settled(): Promise<void> {
  for (let turns = 0; turns < 8; turns++) await new Promise((resolve) => setImmediate(resolve));
}

it('the parliament tells its proposer of whom, before it tells it the time', async () => {
  const heard: unknown[] = [];
  const [proposer, other] = [await recorder('proposer', heard), await recorder('other', [])];
  const node = await openNode(system, { name: 'a' });
  const parts = new Map<string, number>();
  jest.spyOn(node, 'partAt').mockImplementation((peer) => parts.get(peer));
  const actor = new ParliamentActor({
    settings: checkOptions({ member: 0, members: { 0: 'a', 1: 'b', 2: 'c' }, directory: 'd' }),
    self: other,
    path: ['parliament'],
    node,
    life: 1,
    isRepeatable: () => true,
    machine: undefined,
    openFace: (service) => openRegistersFace(service, 1024),
    child: (name) => (name === 'proposer' ? proposer : other),
    report: () => Promise.reject(new Error('nobody asks')),
  });
  const state = { directory: '00'.repeat(16), founded: true, introduced: new Map(), positions: new Map() };
  actor.receive(new FoundingNews(state, [], () => 0), undefined);
  const tick = async (): Promise<unknown[]> => {
    clock += 25;
    actor.receive(new Tick(), undefined);
    await settled();
    return heard.splice(0);
  };
  expect(await tick()).toEqual([new Tick()]);
  parts.set('c', clock + 1);
  expect(await tick()).toEqual([new Part(2), new Tick()]);
  // That was it, until more comes.
  expect(await tick()).toEqual([new Tick()]);
  for (const peer of ['b', 'c', 'stranger']) parts.set(peer, clock + 1);
  expect(await tick()).toEqual([new Part(1), new Part(2), new Tick()]);
  await node.close();
});

it('a proposer goes on following its leader while a long message of it comes, and not when none does', async () => {
  const [parliament, storage] = [await recorder('parliament', []), await recorder('storage', [])];
  const acceptor = await recorder('acceptor', [], { promised: 0 });
  const learner = await recorder('learner', [], { decidedUpTo: 0, history: HISTORY, registers: 0 });
  const settings = { member: 0, history: HISTORY, leaseMs: 250, parliament, storage, acceptor, learner, tailSlots: 0 };
  const post = { send: () => {} };
  const behaviour = proposerBehaviour({ ...settings, proposer: parliament, watchers: parliament, post }, {}, () => 7);
  const proposer = await startActor(system, 'proposer', behaviour);
  if (proposer === undefined) throw new Error('the proposer did not start');
  const report = async (): Promise<ProposerReport> => {
    const answer = await call<Report<ProposerReport>>(proposer, new Inspect(), { timeoutMs: 60_000 });
    return answer.content;
  };
  const pass = async (ms: number, ...each: Part[]): Promise<ProposerReport> => {
    for (const end = clock + ms; clock < end; ) {
      clock += 25;
      for (const message of [...each, new Tick()]) dispatch(proposer, message);
      await settled();
    }
    return await report();
  };
  dispatch(proposer, new Received(1, [{ type: 'heartbeat', ballot: BALLOT, sequence: 1, decidedUpTo: 0, leaseMs: 0 }]));
  expect(await pass(2000, new Part(1))).toEqual({ role: 'following', leader: BALLOT });
  expect((await pass(700)).leader).toBeUndefined();
});
