/** What there may be very many of costs as much for each as for a few: counted is the work, and not the time. */

import { expect, it, jest } from '@jest/globals';
import {
  call,
  dispatch,
  exit,
  genServer,
  inspect,
  type Reference,
  type Request,
  register,
  serverAt,
  startActor,
  startSupervisor,
} from '../src/index.js';
import { forEachTest, inside, scribe, turns, until } from './support.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});

it('the end of one child does not go through its siblings', async () => {
  const count = 100;
  let looks = 0;
  const supervisor = await startSupervisor(system, 'top', {
    strategy: 'simple_one_for_one',
    child: {
      id: 'a',
      restart: 'temporary',
      start: () => scribe([], 'a'),
      get significant() {
        looks += 1;
        return false;
      },
    },
  });
  const children: Reference[] = [];
  for (let made = 0; made < count; made += 1) children.push((await supervisor.startChild([])) ?? system);
  looks = 0;
  for (const child of children) dispatch(child, 'exit');
  await until(() => supervisor.countChildren().specs === 0);
  expect(looks).toBeGreaterThan(0);
  expect(looks).toBeLessThan(5 * count);
});

it('the end of an actor does not go through the calls that wait for others', async () => {
  const silent = { init: () => 0, receive: (state: number) => state };
  const a = (await startActor(system, 'a', silent)) ?? system;
  const b = (await startActor(system, 'b', silent)) ?? system;
  const codes: string[] = [];
  const asked = (to: Reference, name: string): void => {
    call(to, name, { timeoutMs: 60_000 }).catch(({ code }) => codes.push(`${name} ${code}`));
  };
  for (const name of ['a1', 'a2', 'a3']) asked(a, name);
  for (const name of ['b1', 'b2']) asked(b, name);
  await turns(2);
  const calls = (name: string): unknown => inspect(system)?.children.find((child) => child.name === name)?.calls;
  expect([calls('a'), calls('b')]).toEqual([3, 2]);
  const waiting = inside(system)?.tempReferences;
  const looks = [
    jest.spyOn(waiting as Map<unknown, unknown>, 'values'),
    jest.spyOn(waiting as Map<unknown, unknown>, 'entries'),
  ];
  exit(a, 'kill');
  for (const look of looks) expect(look).not.toHaveBeenCalled();
  await turns(1);
  expect(codes).toEqual(['a1 exit', 'a2 exit', 'a3 exit']);
  expect([calls('b'), waiting?.size]).toEqual([2, 2]);
});

it('those who wait for an actor are told in their order, whoever of them has left meanwhile', async () => {
  const silent = { init: () => 0, receive: (state: number) => state };
  const a = (await startActor(system, 'a', silent)) ?? system;
  const leaving = [0, 2, 4].map(() => new AbortController());
  const ends: string[] = [];
  const all = [0, 1, 2, 3, 4].map((name) => {
    const signal = name % 2 === 0 ? { signal: (leaving[name / 2] as AbortController).signal } : {};
    return call(a, name, { timeoutMs: 60_000, ...signal }).catch(({ code }) => ends.push(`${name} ${code}`));
  });
  // The one in the middle, the first, the last.
  for (const index of [1, 0, 2]) leaving[index]?.abort();
  expect(inspect(a)?.calls).toBe(2);
  const late = call(a, 5, { timeoutMs: 60_000 }).catch(({ code }) => ends.push(`5 ${code}`));
  exit(a, 'kill');
  await Promise.all([...all, late]);
  expect(ends).toEqual(['2 aborted', '0 aborted', '4 aborted', '1 exit', '3 exit', '5 exit']);
});

it('a gen-server goes on, without a message, as often as it likes', async () => {
  const often = 50_000;
  for (const isLater of [false, true]) {
    const server = genServer<number, Request<'read', object, number>, never, number>({
      init: () => ({ state: 0, continue: 1 }),
      handleCall: { read: (_, __, state) => ({ reply: state, state }) },
      handleCast: {},
      handleContinue(count) {
        const result = count < often ? { state: count, continue: count + 1 } : { state: count };
        return isLater ? Promise.resolve(result) : result;
      },
    });
    const a = serverAt((await startActor(system, `a-${isLater}`, server)) ?? system, server);
    expect(await call(a, { type: 'read' }, { timeoutMs: 60_000 })).toBe(often);
  }
});

it('the names of an actor are looked up at the actor', async () => {
  const a = (await startActor(system, 'a', scribe([], 'a'))) ?? system;
  for (const name of ['one', 'two']) register(name, a);
  expect(inspect(a)?.registeredNames).toEqual(['one', 'two']);
});
