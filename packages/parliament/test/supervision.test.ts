import { afterEach, describe, expect, it } from '@jest/globals';
import { type AnyBehaviour, childReference } from '@parliament/otp';
import { foundingConfiguration, majority } from '@parliament/synod';
import { ask, crash, dispatch, finished, status } from '../src/index.js';
import { type ChildName, CHILDREN, Delivery } from '../src/internal.js';
import { type Chamber, openChamber, until } from './support/chamber.js';

/** What the roles have been given, and where one is to fail next: by a throw, or by a rejection. */
const injection: { seen: Set<string>; target: string | undefined; how: 'throw' | 'reject'; fired: number } = {
  seen: new Set(),
  target: undefined,
  how: 'throw',
  fired: 0,
};

/** Lets a role fail before it handles a message of the targeted kind. */
function sabotage(role: ChildName, behaviour: AnyBehaviour): AnyBehaviour {
  return {
    ...behaviour,
    receive(state, message, context) {
      const kinds = kindsOf(role, message);
      for (const kind of kinds) injection.seen.add(kind);
      if (injection.target !== undefined && kinds.includes(injection.target)) {
        injection.target = undefined;
        injection.fired += 1;
        const error = new Error('sabotage');
        if (injection.how === 'reject') return Promise.reject(error);
        throw error;
      }
      return behaviour.receive(state, message, context);
    },
  };
}

function kindsOf(role: string, message: object): string[] {
  const { messages } = message as { messages?: readonly { type: string }[] };
  const name = `${role} ${message.constructor.name}`;
  return name.endsWith('Delivery') && messages ? [...new Set(messages.map(({ type }) => `${name} ${type}`))] : [name];
}

const TRIO = ['a', 'b', 'c'];
let chamber: Chamber;

afterEach(async () => {
  injection.target = undefined;
  await chamber.close();
});

const at = (name: string) => chamber.seat(name).parliament;

describe('a role that fails', () => {
  it('at any message, by a throw or a rejection, comes back, and nothing that was decided or promised is lost', async () => {
    // Every failure is forgiven here: the intensity has tests of its own.
    chamber = await openChamber(TRIO, { restarts: { intensity: 1000, periodMs: 1000 } }, sabotage);
    const decided = new Map<string, string>();
    const promised = new Map<string, number>();
    let counter = 0;
    /** Load of every kind: writes, reads, a member that is behind and fetches. */
    const work = async (): Promise<void> => {
      counter += 1;
      const key = `key ${counter}`;
      const answers = await Promise.all(TRIO.map((name) => ask(at(name), key, name, { timeoutMs: 20_000 })));
      expect(new Set(answers).size).toBe(1);
      decided.set(key, answers[0] as string);
      const name = TRIO[counter % 3] as string;
      expect(await ask(at(name), `never ${counter}`, undefined, { timeoutMs: 20_000 })).toBeUndefined();
      const { acceptor } = await until(async () => {
        const report = await status(at(name));
        return report.acceptor.state === 'running' ? report : undefined;
      });
      expect(acceptor.promised).toBeGreaterThanOrEqual(promised.get(name) ?? 0);
      promised.set(name, acceptor.promised);
    };
    await work();
    const done = new Set<string>();
    const unsettled = () => [...injection.seen].find((kind) => !done.has(kind));
    for (let kind = unsettled(); kind !== undefined; kind = unsettled()) {
      done.add(kind);
      for (const how of ['throw', 'reject'] as const) {
        injection.how = how;
        injection.target = kind;
        await work();
      }
      injection.target = undefined;
    }
    for (const [key, value] of decided) {
      for (const name of TRIO) expect(await ask(at(name), key, 'other', { timeoutMs: 20_000 })).toBe(value);
    }
    // Not vacuous: every role failed, at all messages that steady work brings it.
    expect(injection.fired).toBeGreaterThan(30);
    for (const kind of [
      'storage Commit',
      'storage Recover',
      'storage Introduced',
      'acceptor Delivery prepare',
      'acceptor Delivery accept',
      'acceptor Delivery heartbeat',
      'acceptor Settled',
      'learner Delivery accepted',
      'learner Delivery heartbeat',
      'learner Look',
      'learner Tick',
      'proposer Delivery promise',
      'proposer Delivery canvass',
      'proposer Delivery heartbeat-reply',
      'proposer Propose',
      'proposer AskForMark',
      'proposer Settled',
      'proposer Tick',
    ]) {
      expect([...done]).toContain(kind);
    }
  }, 120_000);

  it.each(CHILDREN)('%s: those that rest on it restart with it, and no other', async (role) => {
    chamber = await openChamber(['a']);
    await ask(at('a'), 'k', 'v');
    const before = await status(at('a'));
    crash(at('a'), role);
    const after = await until(async () => {
      const report = await status(at('a'));
      const isBack = report.proposer.restarts > before.proposer.restarts && report.proposer.state !== 'restarting';
      return isBack ? report : undefined;
    });
    const restarts = Object.fromEntries(CHILDREN.map((name: ChildName) => [name, after[name].restarts]));
    const expected = CHILDREN.map((name, index) => [name, index >= CHILDREN.indexOf(role) ? 1 : 0]);
    expect(restarts).toEqual(Object.fromEntries(expected));
    expect(after.acceptor.promised).toBeGreaterThanOrEqual(before.acceptor.promised);
    expect(after.learner.decidedUpTo).toBeGreaterThanOrEqual(before.learner.decidedUpTo);
    expect(await ask(at('a'), 'k', 'other')).toBe('v');
    expect(chamber.seat('a').events).toContainEqual({ type: 'restarted', role, reason: 'told to crash' });
  });

  it('too often stops the parliament: the host program learns it by an event and a promise, and callers at once', async () => {
    chamber = await openChamber(['a'], { restarts: { intensity: 1, periodMs: 60_000 } });
    const { parliament, events } = chamber.seat('a');
    const end = finished(parliament);
    crash(parliament, 'learner');
    await until(() => events.find(({ type }) => type === 'restarted'));
    crash(parliament, 'learner');
    expect(await end).toMatchObject({ how: 'intensity', message: expect.stringContaining('learner') });
    expect(events.at(-1)).toMatchObject({ type: 'gave-up', reason: expect.stringContaining('told to crash') });
    await expect(ask(parliament, 'k', 'v')).rejects.toMatchObject({ code: 'not-running', outcome: 'not-applied' });
  });
});

it('a snapshot from a member, of which this version can make nothing, changes nothing', async () => {
  chamber = await openChamber(TRIO);
  await ask(at('a'), 'k', 'v');
  const { decidedUpTo } = (await status(at('a'))).learner;
  const history = [foundingConfiguration(majority([0, 1, 2]))] as const;
  const part = {
    type: 'snapshot-part',
    slot: decidedUpTo + 1000,
    history,
    total: 1,
    offset: 0,
    bytes: new Uint8Array(1),
  } as const;
  dispatch(childReference(at('a'), 'learner'), new Delivery(1, [part]));
  expect(await ask(at('a'), 'l', 'w')).toBe('w');
  expect((await status(at('a'))).learner.decidedUpTo).toBeLessThan(decidedUpTo + 1000);
});

it('messages that look like those of the roles, sent by anybody, do nothing', async () => {
  chamber = await openChamber(TRIO);
  await ask(at('a'), 'k', 'v');
  const before = await status(at('a'));
  const { node } = chamber.seat('b');
  for (const child of CHILDREN) {
    const role = node.ref('a', ['registers', child]);
    const forged = {
      type: 'message',
      from: 0,
      messages: [{ type: 'prepare', ballot: 2 ** 50 + 1024, attempt: 1, fromSlot: 1 }],
    };
    for (const message of [forged, { records: [] }, null, 7, 'EXIT', { role: 'acceptor', incarnation: 1 }]) {
      dispatch(role, message);
    }
  }
  expect(await ask(at('a'), 'l', 'w')).toBe('w');
  const after = await status(at('a'));
  expect(after.restarts).toBe(before.restarts);
  expect(after.acceptor.promised).toBe(before.acceptor.promised);
});
