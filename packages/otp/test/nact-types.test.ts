import { afterAll, describe, expect, it } from '@jest/globals';
import { dispatch, query, type Ref, spawn, start } from 'nact';
import * as otp from '../src/index.js';

// As a user has them: nact's own functions, with nact's own types.
const system = start();
afterAll(() => otp.stopSystem(system));

interface Ask {
  readonly from: Ref<number>;
}

const counter: Ref<Ask> = spawn(system, (state: number | undefined, { from }: Ask) => {
  dispatch(from, (state ?? 0) + 1);
  return (state ?? 0) + 1;
});

const idle: otp.AnyBehaviour = { init: () => 0, receive: (state: number) => state };

describe("nact's own references", () => {
  it('are taken by every function that wants one', async () => {
    otp.register('counter', counter);
    expect(otp.isRegistered(counter)).toBe(true);
    expect(otp.whereis(system, 'counter')).toBe(counter);
    expect(otp.mayBeAlive(counter)).toBe(true);
    const watcher = await otp.startActor(system, 'watcher', idle);
    if (watcher === undefined) throw new Error('it has started');
    otp.demonitor(otp.monitor(watcher, counter));
    otp.link(watcher, counter);
    otp.unlink(counter, watcher);
    expect(otp.inspect(counter)).toMatchObject({ type: 'actor', links: 0 });
    const top = await otp.startSupervisor(system, 'top', { strategy: 'one_for_one', children: [] });
    const end = otp.whenDown(counter);
    otp.exit(counter, 'kill', top.ref);
    expect(await end).toBe('killed');
    expect(await otp.call(counter, 'anyone?', { timeoutMs: 1000 }).catch(({ code }) => code)).toBe('noproc');
  });

  it('are what references of this package are to nact, too', async () => {
    const self = await otp.startActor(system, 'echo', {
      init: () => 0,
      receive(state: number, message: { readonly from: otp.AnyReference }) {
        otp.dispatch(message.from, state);
        return state;
      },
    });
    if (self === undefined) throw new Error('it has started');
    expect(await query(self, (from: Ref<number>) => ({ from }), 1000)).toBe(0);
    spawn(self, () => undefined, 'below');
    expect(otp.mayBeAlive(otp.childReference(self, 'below'))).toBe(true);
  });

  it('are not to be taken for anything else', () => {
    const refused = [
      // @ts-expect-error a number is no reference
      () => otp.register('number', 5),
      // @ts-expect-error nor is a text, though nact itself would let it pass
      () => dispatch('text', 'message'),
      // @ts-expect-error nor what only looks a little like one
      () => otp.monitor(system, { path: ['counter'] }),
    ];
    expect(refused).toHaveLength(3);
  });
});
