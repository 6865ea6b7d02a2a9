import { describe, expect, it } from '@jest/globals';
import {
  call,
  childReference,
  Exit,
  type ExitReason,
  exit,
  inspect,
  link,
  mayBeAlive,
  type Reference,
  type SignalReason,
  startActor,
  stop,
  stopActor,
  trapExit,
  unlink,
  whenDown,
} from '../src/index.js';
import { type Probe, plain, probe } from './probe.js';
import { forEachTest, turns, until } from './support.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});

const crash = { crash: new Error('boom') };
const detail = { shutdown: 'work is done' };

/** What becomes of the receiver of an exit signal. */
type Fate = 'lives on' | 'gets a message' | { readonly ends: ExitReason };

async function expectFate(receiver: Probe, fate: Fate, reason: ExitReason, from: Reference): Promise<void> {
  await turns(3);
  if (typeof fate === 'object') {
    expect(mayBeAlive(receiver.ref)).toBe(false);
    expect(receiver.seen).toEqual([]);
    return;
  }
  expect(mayBeAlive(receiver.ref)).toBe(true);
  expect(receiver.seen).toEqual(fate === 'gets a message' ? [new Exit(from, reason)] : []);
}

// The Erlang reference manual, "Processes", "Receiving Exit Signals".
const RULES: readonly (readonly [traps: boolean, reason: SignalReason, fate: Fate])[] = [
  [false, 'normal', 'lives on'],
  [false, 'shutdown', { ends: 'shutdown' }],
  [false, detail, { ends: detail }],
  [false, crash, { ends: crash }],
  [false, 'killed', { ends: 'killed' }],
  [false, 'noconnection', { ends: 'noconnection' }],
  [false, 'kill', { ends: 'killed' }],
  [true, 'normal', 'gets a message'],
  [true, 'shutdown', 'gets a message'],
  [true, detail, 'gets a message'],
  [true, crash, 'gets a message'],
  [true, 'killed', 'gets a message'],
  [true, 'noconnection', 'gets a message'],
  [true, 'kill', { ends: 'killed' }],
];

describe('an exit signal', () => {
  it.each(RULES)('to an actor that traps exits, %p, with the reason %j: %j', async (traps, reason, fate) => {
    const receiver = await probe(system, 'receiver');
    const sender = await probe(system, 'sender');
    const down = whenDown(receiver.ref);
    if (traps) receiver.context.trapExit(true);
    exit(receiver.ref, reason, sender.ref);
    await expectFate(receiver, fate, reason as ExitReason, sender.ref);
    if (typeof fate === 'object') expect(await down).toEqual(fate.ends);
    expect(mayBeAlive(sender.ref)).toBe(true);
  });

  it.each(RULES.filter(([, reason]) => reason !== 'kill'))(
    'by a link to an actor that traps exits, %p, with the reason %j: %j',
    async (traps, reason, fate) => {
      const receiver = await probe(system, 'receiver');
      const other = await probe(system, 'other');
      const down = whenDown(receiver.ref);
      if (traps) receiver.context.trapExit(true);
      receiver.context.link(other.ref);
      if (reason === 'normal') await stopActor(other.ref);
      else exit(other.ref, reason);
      await expectFate(receiver, fate, reason as ExitReason, other.ref);
      if (typeof fate === 'object') expect(await down).toEqual(fate.ends);
    },
  );

  it('kill ends its receiver at once, which cleans up nothing; those linked to it get killed, which they can trap', async () => {
    const receiver = await probe(system, 'receiver');
    const trapping = await probe(system, 'trapping');
    const other = await probe(system, 'other');
    trapping.context.trapExit(true);
    for (const { ref } of [trapping, other]) link(ref, receiver.ref);
    exit(receiver.ref, 'kill');
    await turns(3);
    expect(receiver.ends).toEqual([]);
    expect(trapping.seen).toEqual([new Exit(receiver.ref, 'killed')]);
    expect(other.ends).toEqual(['killed']);
  });

  it('normal, sent by an actor to itself, ends it', async () => {
    const receiver = await probe(system, 'receiver');
    const down = whenDown(receiver.ref);
    exit(receiver.ref, 'normal', receiver.ref);
    expect(await down).toBe('normal');
  });

  it('without a sender names the system as one; to nobody it is nothing', async () => {
    const receiver = await probe(system, 'receiver');
    receiver.context.trapExit(true);
    exit(receiver.ref, 'shutdown');
    exit(childReference(system, 'nobody'), 'kill');
    await turns(3);
    expect(receiver.seen).toMatchObject([{ type: 'EXIT', from: { type: 'system' }, reason: 'shutdown' }]);
  });

  it('ends an actor that is still starting: its start fails', async () => {
    const starting = startActor(
      system,
      'slow',
      {
        init: () => new Promise<number>(() => {}),
        receive: (state: number) => state,
      },
      { shutdown: 5, onTrouble: () => {} },
    );
    exit(childReference(system, 'slow'), { crash: new Error('no more') });
    await expect(starting).rejects.toThrow('slow did not start: no more');
    expect(mayBeAlive(childReference(system, 'slow'))).toBe(false);
  });
});

describe('a link', () => {
  it('goes both ways, is one however often it is made, and passes an end on through all that are linked', async () => {
    const chain = await Promise.all(['a', 'b', 'c', 'd'].map((name) => probe(system, name)));
    for (const [index, { context }] of chain.entries()) {
      const next = chain[index + 1];
      if (next !== undefined) for (let times = 0; times < 3; times += 1) context.link(next.ref);
    }
    const downs = chain.map(({ ref }) => whenDown(ref));
    chain[2]?.context.fail(crash.crash);
    expect(await Promise.all(downs)).toEqual([crash, crash, crash, crash]);
  });

  it('that is taken off, from either side, passes nothing on', async () => {
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => probe(system, name)));
    if (!a || !b || !c) throw new Error('missing');
    a.context.link(b.ref);
    a.context.link(c.ref);
    a.context.unlink(b.ref);
    unlink(c.ref, a.ref);
    exit(a.ref, crash);
    await turns(3);
    expect([b, c].map(({ ref }) => mayBeAlive(ref))).toEqual([true, true]);
  });

  it('to nobody is an exit signal noproc', async () => {
    const a = await probe(system, 'a');
    const b = await probe(system, 'b');
    const nobody = childReference(system, 'nobody');
    b.context.trapExit(true);
    const down = whenDown(a.ref);
    a.context.link(nobody);
    b.context.link(nobody);
    expect(await down).toBe('noproc');
    await turns(2);
    expect(b.seen).toMatchObject([{ type: 'EXIT', reason: 'noproc' }]);
  });

  it('that is there from the start passes on the failure of the start', async () => {
    const parent = await probe(system, 'parent');
    parent.context.trapExit(true);
    const failing = startActor(
      system,
      'child',
      {
        init() {
          throw crash.crash;
        },
        receive: (state: number) => state,
      },
      { link: parent.ref },
    );
    await expect(failing).rejects.toMatchObject({ code: 'start-failed', cause: crash.crash });
    await turns(2);
    expect(parent.seen).toMatchObject([{ type: 'EXIT', reason: crash }]);
  });

  it('leaves nothing behind in those that outlive it', async () => {
    const a = await probe(system, 'a');
    a.context.trapExit(true);
    for (let count = 0; count < 3; count += 1) {
      const b = await probe(system, 'b');
      a.context.link(b.ref);
      await stopActor(b.ref);
    }
    expect(inspect(a.ref)?.links).toBe(0);
  });

  it('is of an incarnation: a successor under the same name is not linked', async () => {
    const a = await probe(system, 'a');
    const b = await probe(system, 'b');
    a.context.trapExit(true);
    a.context.link(b.ref);
    await stopActor(b.ref);
    const successor = await probe(system, 'b');
    exit(successor.ref, crash);
    await turns(3);
    expect(a.seen).toEqual([new Exit(b.ref, 'normal')]);
  });

  it.each(['ended', 'never there'])('cannot be made for an actor that has %s', async (what) => {
    const b = await probe(system, 'b');
    const a = childReference(system, 'a');
    if (what === 'ended') await stopActor((await probe(system, 'a')).ref);
    expect(() => link(a, b.ref)).toThrow(RangeError);
    expect(() => trapExit(a, true)).toThrow('self: no actor of this process is at');
  });
});

describe("a user's own plain nact actor", () => {
  it('can be linked: it is stopped when the other one ends, and the other way round', async () => {
    const [one, two] = [plain(system, 'one'), plain(system, 'two')];
    const [a, b] = await Promise.all(['a', 'b'].map((name) => probe(system, name)));
    if (!a || !b) throw new Error('missing');
    link(one.ref, a.ref);
    link(b.ref, two.ref);
    const down = whenDown(b.ref);
    exit(a.ref, crash);
    expect(mayBeAlive(one.ref)).toBe(false);
    stop(two.ref);
    expect(await down).toBe('shutdown');
  });

  it('can trap exits, and gets them as messages', async () => {
    const one = plain(system, 'one');
    const a = await probe(system, 'a');
    trapExit(one.ref, true);
    link(one.ref, a.ref);
    exit(a.ref, crash);
    await until(() => one.seen.length === 1);
    expect(one.seen).toEqual([new Exit(a.ref, crash)]);
    exit(one.ref, 'kill');
    expect(mayBeAlive(one.ref)).toBe(false);
  });

  it('that crashes says so to those that are linked', async () => {
    const one = plain(system, 'one');
    const a = await probe(system, 'a');
    a.context.trapExit(true);
    a.context.link(one.ref);
    const error = new Error('a plain fault');
    const failing = call(one.ref, error, { timeoutMs: 600_000 });
    await expect(failing).rejects.toMatchObject({ code: 'exit', reason: { crash: error } });
    await until(() => a.seen.length === 1);
    expect(a.seen).toEqual([new Exit(one.ref, { crash: error })]);
  });
});
