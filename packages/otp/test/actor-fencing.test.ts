import { describe, expect, it } from '@jest/globals';
import { type ActorContext, call, dispatch, type ExitReason } from '../src/index.js';
import { allUp, gate, reply, systemsOfThisFile, turns, until } from './support.js';
import { alone } from './tree.js';

const newSystem = systemsOfThisFile();

describe('an incarnation that has ended', () => {
  it('handles none of the messages that still wait for it; they are lost with it', async () => {
    const seen: string[] = [];
    const { supervisor } = await alone(newSystem(), {
      init: () => 0,
      receive(state: number, message: string) {
        seen.push(message);
        if (message === 'boom') throw new Error('boom');
        return state;
      },
      // The actor stays in the tree for some turns after its crash.
      terminate: () => turns(5),
    });
    for (const message of ['boom', 'waits', 'waits, too']) dispatch(supervisor.child('actor'), message);
    await until(() => supervisor.status().children[0]?.restarts === 1);
    dispatch(supervisor.child('actor'), 'to the next one');
    await until(() => seen.length > 1);
    expect(seen).toEqual(['boom', 'to the next one']);
    await supervisor.shutdown();
  });

  it('sends nothing and changes nothing when its handler comes back late, and its successor waits for it', async () => {
    const late = gate();
    const log: string[] = [];
    let starts = 0;
    const { supervisor } = await alone(newSystem(), {
      init() {
        starts += 1;
        log.push(`init ${starts}`);
        return `fresh ${starts}`;
      },
      async receive(state: string, message: string, context: ActorContext) {
        if (message === 'show') reply(context, state);
        if (message !== 'slow') return state;
        context.fail(new Error('the disk is full'));
        await late.opened;
        log.push('late');
        context.dispatch(context.self, 'a ghost');
        return 'stale';
      },
    });
    const actor = supervisor.child('actor');
    dispatch(actor, 'slow');
    await until(() => supervisor.status().restarts === 1);
    await turns(5);
    expect(log).toEqual(['init 1']);
    late.open();
    await until(() => starts === 2);
    await allUp(supervisor);
    expect(log).toEqual(['init 1', 'late', 'init 2']);
    expect(await call(actor, 'show', { timeoutMs: 5000 })).toBe('fresh 2');
    expect(supervisor.status().children[0]?.fencedMessages).toBe(1);
    await supervisor.shutdown();
  });

  it('takes no caller of its successor down with it', async () => {
    const contexts: ActorContext[] = [];
    const { supervisor } = await alone(newSystem(), {
      init: (context: ActorContext) => contexts.push(context),
      receive(state: number, message: string, context: ActorContext) {
        if (message !== 'slow') return state;
        return turns(5).then(() => {
          reply(context, 'here you are');
          return state;
        });
      },
    });
    contexts[0]?.fail(new Error('boom'));
    await until(() => contexts.length === 2);
    await allUp(supervisor);
    const answer = call(supervisor.child('actor'), 'slow', { timeoutMs: 5000 });
    contexts[0]?.fail(new Error('too late'));
    expect(await answer).toBe('here you are');
    await supervisor.shutdown();
  });

  it('is replaced while its handler hangs, once its shutdown limit is over, and stays fenced', async () => {
    const late = gate();
    const seen: unknown[] = [];
    let starts = 0;
    const { supervisor, events } = await alone(
      newSystem(),
      () => {
        starts += 1;
        const own = starts;
        return {
          init: () => own,
          async receive(state: number, message: string, context: ActorContext) {
            if (message === 'hang') {
              context.fail(new Error('told to'));
              await late.opened;
              context.dispatch(supervisor.child('actor'), 'a ghost');
              throw new Error('a late fault');
            }
            seen.push(message);
            reply(context, state);
            return state;
          },
        };
      },
      20,
    );
    const actor = supervisor.child('actor');
    dispatch(actor, 'hang');
    await until(() => starts === 2);
    await allUp(supervisor);
    late.open();
    await until(() => events.some(({ type, ...rest }) => type === 'trouble' && 'error' in rest));
    expect(await call(actor, 'marker', { timeoutMs: 5000 })).toBe(2);
    expect(seen).toEqual(['marker']);
    expect(supervisor.status().children[0]).toMatchObject({ fencedMessages: 1, restarts: 1 });
    expect(events).toMatchObject([
      { type: 'exited', reason: 'told to' },
      { type: 'trouble', message: 'a handler of actor did not end within 20 ms; it is fenced' },
      { type: 'restarted' },
      { type: 'trouble', message: 'a handler of actor failed after the end of its incarnation' },
    ]);
    await supervisor.shutdown();
  });

  it('ends its handler in flight before terminate when it is shut down', async () => {
    const busy = gate();
    const log: string[] = [];
    const { supervisor } = await alone(newSystem(), {
      init: () => 'first',
      async receive(_state: string, message: string) {
        log.push(message);
        await busy.opened;
        log.push('done');
        return 'second';
      },
      terminate(state: string, reason: ExitReason) {
        log.push(`terminate ${state} ${reason}`);
      },
    });
    const actor = supervisor.child('actor');
    dispatch(actor, 'work');
    dispatch(actor, 'never handled');
    await until(() => log.length > 0);
    const shutdown = supervisor.shutdown();
    await turns(5);
    expect(log).toEqual(['work']);
    busy.open();
    await shutdown;
    expect(log).toEqual(['work', 'done', 'terminate second shutdown']);
  });

  it('is shut down within its limit however long terminate takes', async () => {
    const { supervisor, events } = await alone(
      newSystem(),
      { init: () => 0, receive: (state: number) => state, terminate: () => new Promise<void>(() => {}) },
      10,
    );
    await supervisor.shutdown();
    expect(events).toEqual([{ type: 'trouble', message: 'terminate of actor did not end within 10 ms' }]);
  });
});
