/**
 * The traps of nact 7.6.2, of restarting: what nact does, asserted, so that a version that
 * cures it is noticed; and that whoever goes through this package is not caught.
 */

import { describe, expect, it } from '@jest/globals';
import { type ActorContext, call, dispatch, mayBeAlive, startSupervisor, stop } from '../src/index.js';
import { crash, decide, gated, keep, type Policy, silenceNact, supervise } from './nact-traps.js';
import {
  allUp,
  type Gate,
  gate,
  inside,
  orderAndRestart,
  rawNact,
  scribe,
  systemsOfThisFile,
  turns,
  until,
} from './support.js';

const newSystem = systemsOfThisFile();
silenceNact();

const { spawn } = rawNact;

describe('p02: a reset runs two handlers of one actor at once', () => {
  it('nact: and the late one overwrites the fresh state', async () => {
    const parent = spawn(newSystem(), keep, 'parent');
    const { receive, most, begun } = gated();
    const actor = spawn(parent, receive, 'actor', { initialStateFunc: () => 0 });
    const peer = spawn(parent, crash, 'peer', { onCrash: decide('resetAll') });
    const slow = gate();
    dispatch(actor, slow);
    await until(() => begun() === 1);
    dispatch(peer, 'boom');
    await turns(3);
    dispatch(actor, 'now');
    await until(() => begun() === 2);
    expect(most()).toBe(2);
    dispatch(actor, 'now');
    await until(() => inside(actor)?.state === 2);
    slow.open();
    await until(() => inside(actor)?.state === 1);
  });

  it('here: one handler at a time, whatever restarts', async () => {
    const { receive, most, begun } = gated();
    const top = await supervise(
      newSystem(),
      { actor: { init: () => 0, receive }, peer: { init: () => 0, receive: crash } },
      'one_for_all',
    );
    const slow = gate();
    dispatch(top.child('actor'), slow);
    await until(() => begun() === 1);
    dispatch(top.child('peer'), 'boom');
    await until(() => top.status().restarts === 1);
    dispatch(top.child('actor'), 'now');
    await turns(5);
    expect(begun()).toBe(1);
    slow.open();
    await until(() => top.status().children.every(({ restarts, state }) => restarts === 1 && state === 'running'));
    dispatch(top.child('actor'), 'now');
    await until(() => begun() === 2);
    expect(most()).toBe(1);
    await top.shutdown();
  });
});

describe('p03: a parent that resumes after the fault of a child', () => {
  it('nact: runs two handlers itself, and the child never handles anything again', async () => {
    const { receive, most, begun } = gated();
    const onCrash = decide('resume');
    const parent = spawn(newSystem(), receive, 'parent', { onCrash });
    const escalate = decide('escalate');
    const child = spawn(parent, crash, 'child', { onCrash: escalate });
    const slow = gate();
    for (const message of [slow, slow]) dispatch(parent, message);
    await until(() => begun() === 1);
    dispatch(child, 'boom');
    await until(() => begun() === 2);
    dispatch(child, 'more');
    await turns(10);
    expect(most()).toBe(2);
    expect(inside(child)).toMatchObject({ busy: true, mailbox: { length: 1 } });
    slow.open();
  });

  it('here: the supervisor handles its own messages, and the child comes back', async () => {
    const log: string[] = [];
    const seen: unknown[] = [];
    const top = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'child', start: scribe(log, 'child') }],
      onMessage: (message) => seen.push(message),
    });
    dispatch(top.ref, 1);
    await orderAndRestart(top, 'child', 'boom');
    dispatch(top.ref, 2);
    expect(await call(top.child('child'), 'echo', { timeoutMs: 5000 })).toBe(0);
    await until(() => seen.length === 2);
    await top.shutdown();
  });
});

describe('p06: an init that fails while the policy takes its time', () => {
  it('nact: the next messages are handled with the old state', async () => {
    const pause = gate();
    let inits = 0;
    const seen: unknown[] = [];
    const receive = (state: unknown, message: string): unknown => {
      if (message === 'boom') crash();
      seen.push(state);
      return state;
    };
    const actor = spawn(newSystem(), receive, 'actor', {
      initialStateFunc: () => {
        inits += 1;
        return inits > 1 ? crash() : 'poisoned';
      },
      onCrash: async (message: unknown, _error: unknown, policy: Policy) => {
        if (message === undefined) await pause.opened;
        return message === undefined ? policy.stop : policy.reset;
      },
    });
    dispatch(actor, 'boom');
    dispatch(actor, 'next');
    await until(() => seen.length > 0);
    expect(seen).toEqual(['poisoned']);
    pause.open();
    await until(() => !mayBeAlive(actor));
  });

  it('here: no message is handled with a state of before', async () => {
    let inits = 0;
    const seen: unknown[] = [];
    const top = await supervise(newSystem(), {
      actor: {
        init() {
          inits += 1;
          if (inits === 2) crash();
          return inits;
        },
        receive(state: number, message: string) {
          if (message === 'boom') crash();
          seen.push(state);
          return state;
        },
      },
    });
    for (const message of ['boom', 'next', 'next']) dispatch(top.child('actor'), message);
    await until(() => inits === 3);
    await allUp(top);
    dispatch(top.child('actor'), 'after');
    await until(() => seen.length > 0);
    expect(seen).toEqual([3]);
    await top.shutdown();
  });
});

describe('p13: an acceptor breaks its promise', () => {
  interface Acceptor {
    readonly promised: number;
  }
  interface Ballot {
    readonly type: 'prepare' | 'accept';
    readonly ballot: number;
    readonly sync?: Gate;
  }
  /** Promises, syncs, answers: a handler that is in flight for as long as the disk takes. */
  function acceptor(answers: string[]): { disk: Acceptor; receive(s: Acceptor, m: Ballot): Promise<Acceptor> } {
    const self = {
      disk: { promised: 5 },
      async receive(state: Acceptor, { type, ballot, sync }: Ballot): Promise<Acceptor> {
        if (type === 'accept') {
          answers.push(ballot >= state.promised ? `accepted ${ballot}` : `refused ${ballot}`);
          return state;
        }
        if (ballot <= state.promised) return state;
        await sync?.opened;
        self.disk = { promised: Math.max(self.disk.promised, ballot) };
        answers.push(`promised ${ballot}`);
        return { promised: ballot };
      },
    };
    return self;
  }

  it('nact: a reset lets the late handler of an old promise overwrite a newer one', async () => {
    const answers: string[] = [];
    const parent = spawn(newSystem(), keep, 'parent');
    const role = acceptor(answers);
    const actor = spawn(parent, role.receive, 'acceptor', { initialStateFunc: () => role.disk });
    const peer = spawn(parent, crash, 'peer', { onCrash: decide('resetAll') });
    const sync = gate();
    dispatch(actor, { type: 'prepare', ballot: 6, sync });
    await turns(2);
    dispatch(peer, 'boom');
    await turns(3);
    dispatch(actor, { type: 'prepare', ballot: 9 });
    await until(() => answers.includes('promised 9'));
    sync.open();
    await until(() => answers.includes('promised 6'));
    dispatch(actor, { type: 'accept', ballot: 7 });
    await until(() => answers.length === 3);
    expect(role.disk.promised).toBe(9);
    expect(answers).toEqual(['promised 9', 'promised 6', 'accepted 7']);
  });

  it('here: it keeps it', async () => {
    const answers: string[] = [];
    const role = acceptor(answers);
    const top = await supervise(
      newSystem(),
      {
        acceptor: { init: () => role.disk, receive: role.receive },
        peer: { init: () => 0, receive: crash },
      },
      'one_for_all',
    );
    const sync = gate();
    dispatch(top.child('acceptor'), { type: 'prepare', ballot: 6, sync });
    await turns(2);
    dispatch(top.child('peer'), 'boom');
    await until(() => top.status().restarts === 1);
    dispatch(top.child('acceptor'), { type: 'prepare', ballot: 9 }); // Lost with the incarnation, as messages may be.
    sync.open();
    await until(() => top.status().children.every(({ restarts, state }) => restarts === 1 && state === 'running'));
    for (const ballot of [9, 7]) dispatch(top.child('acceptor'), { type: ballot === 9 ? 'prepare' : 'accept', ballot });
    dispatch(top.child('acceptor'), { type: 'accept', ballot: 9 });
    await until(() => answers.length === 4);
    expect(answers).toEqual(['promised 6', 'promised 9', 'refused 7', 'accepted 9']);
    await top.shutdown();
  });
});

describe('p18: decisions about a child go by its name', () => {
  it('nact: and hit a successor that has done nothing wrong, in the middle of a handler', async () => {
    const pause = gate();
    let asked = false;
    const parent = spawn(newSystem(), keep, 'parent', {
      onCrash: async (_message: unknown, _error: unknown, policy: Policy) => {
        asked = true;
        await pause.opened;
        return policy.resetChild;
      },
    });
    const onCrash = decide('escalate');
    const first = spawn(parent, crash, 'child', { onCrash });
    dispatch(first, 'boom');
    await until(() => asked);
    stop(first);
    const { receive, most, begun } = gated();
    const second = spawn(parent, receive, 'child', { initialStateFunc: () => 0 });
    const slow = gate();
    for (const message of [slow, slow]) dispatch(second, message);
    await until(() => begun() === 1);
    pause.open();
    await until(() => begun() === 2);
    expect(most()).toBe(2);
    slow.open();
  });

  it('here: they go by the incarnation, and an old one cannot hurt a new one', async () => {
    const contexts: ActorContext[] = [];
    const { receive, begun, most } = gated();
    const top = await supervise(newSystem(), {
      a: { init: (context: ActorContext) => contexts.push(context), receive },
    });
    contexts[0]?.fail(new Error('boom'));
    await until(() => contexts.length === 2);
    await allUp(top);
    const slow = gate();
    for (const message of [slow, slow]) dispatch(top.child('a'), message);
    await until(() => begun() === 1);
    contexts[0]?.fail(new Error('once more'));
    await turns(5);
    expect(top.status()).toMatchObject({ restarts: 1 });
    slow.open();
    await until(() => begun() === 2);
    expect(most()).toBe(1);
    await top.shutdown();
  });
});
