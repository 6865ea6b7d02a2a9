import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { childReference, type Reference, startActor } from '@parliament/otp';
import { nextBallot } from '@parliament/synod';
import { FoundingNews, Inspect, Report } from '../src/actors/mail.js';
import { reportStatus } from '../src/actors/report.js';
import { startSystem, stop } from '../src/index.js';
import { checkOptions } from '../src/options.js';
import type { ChildName } from '../src/roles.js';

const SETTINGS = checkOptions({ member: 0, members: { 0: 'a', 1: 'b' }, directory: 'd' });
const MEMBERS = [
  { id: 0, node: 'a', connected: true, counted: true, self: true },
  { id: 1, node: 'b', connected: false, counted: true, self: false },
];

const NOBODY: ReadonlySet<number> = new Set();
/** A learner that is being restarted. */
const uncounted = (): Promise<number> => Promise.reject(new Error('no answer'));

let system: ReturnType<typeof startSystem>;
beforeEach(() => {
  system = startSystem();
});
afterEach(() => stop(system));

it('roles that do not answer are restarting, and nothing is known of them', async () => {
  const self = childReference(system, 'nobody');
  const nothing = { state: 'restarting', restarts: 0 };
  const actor = { founding: undefined, pending: 0, watching: 0, uncounted: NOBODY, count: uncounted };
  expect(await reportStatus(self, SETTINGS, undefined, undefined, actor)).toEqual({
    name: 'nobody',
    node: 'a',
    member: 0,
    founded: false,
    waitingFor: [],
    members: MEMBERS,
    majority: false,
    storage: { ...nothing, directory: 'd', space: 'ok', snapshotSlot: 0 },
    acceptor: { ...nothing, promised: 0 },
    learner: { ...nothing, decidedUpTo: 0, registers: 0 },
    proposer: nothing,
    watchers: { ...nothing, waiting: 0 },
    restarts: 0,
    pending: 0,
  });
});

it('what roles and supervisor say is put together', async () => {
  const reports: Record<ChildName, object> = {
    storage: { space: 'low', snapshotSlot: 5 },
    acceptor: { promised: 7 },
    learner: { decidedUpTo: 8 },
    proposer: { role: 'following', leader: nextBallot(1, 0) },
    watchers: { upTo: 8 },
  };
  const self = await startActor(system, 'parliament', { init: () => 0, receive: (state: number) => state });
  if (self === undefined) throw new Error('it did not start');
  for (const [name, report] of Object.entries(reports)) await startRole(self, name, report);
  const children = Object.keys(reports).map((id, index) => ({
    id,
    reference: childReference(self, id),
    type: 'worker' as const,
    restart: 'permanent' as const,
    significant: false,
    state: 'running' as const,
    incarnation: 1,
    restarts: index + 1,
    fencedMessages: 0,
  }));
  const founding = new FoundingNews(
    { directory: '00'.repeat(16), founded: true, introduced: new Map(), positions: new Map() },
    [1, 9],
    () => 0,
  );
  const pace = { strategy: 'rest_for_one', intensity: 3, periodMs: 5000 } as const;
  const supervision = { ...pace, state: 'running' as const, restarts: 10, children };
  const status = await reportStatus(self, SETTINGS, undefined, supervision, {
    founding,
    pending: 4,
    watching: 6,
    uncounted: NOBODY,
    count: async () => 3,
  });
  expect(status).toEqual({
    name: 'parliament',
    node: 'a',
    member: 0,
    founded: true,
    waitingFor: ['b', 'unknown'],
    members: MEMBERS,
    majority: false,
    storage: { state: 'running', restarts: 1, directory: 'd', space: 'low', snapshotSlot: 5 },
    acceptor: { state: 'running', restarts: 2, promised: 7 },
    learner: { state: 'running', restarts: 3, decidedUpTo: 8, registers: 3 },
    proposer: { state: 'following', restarts: 4, leader: { member: 1, node: 'b', ballot: nextBallot(1, 0) } },
    watchers: { state: 'running', restarts: 5, waiting: 6 },
    restarts: 10,
    pending: 4,
  });
});

it('a majority is of those that are connected and counted', async () => {
  const self = childReference(system, 'nobody');
  const alone = checkOptions({ member: 0, members: { 0: 'a' }, directory: 'd' });
  const actor = { founding: undefined, pending: 0, watching: 0, uncounted: NOBODY, count: uncounted };
  expect((await reportStatus(self, alone, undefined, undefined, actor)).majority).toBe(true);
  const excluded = await reportStatus(self, alone, undefined, undefined, { ...actor, uncounted: new Set([0]) });
  expect(excluded).toMatchObject({ majority: false, members: [{ id: 0, connected: true, counted: false }] });
});

async function startRole(parent: Reference, name: string, report: object): Promise<void> {
  await startActor(parent, name, {
    init: () => 0,
    receive(state: number, message: unknown, context) {
      if (message instanceof Inspect && context.sender !== undefined) {
        context.dispatch(context.sender, new Report(report));
      }
      return state;
    },
  });
}
