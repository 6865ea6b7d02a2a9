import { describe, expect, it } from '@jest/globals';
import {
  addressOf,
  call,
  childReference,
  exit,
  NameError,
  type Reference,
  register,
  registered,
  startActor,
  startSupervisor,
  startSystem,
  stop,
  stopActor,
  stopSystem,
  unregister,
  whereis,
} from '../src/index.js';
import { plain, probe } from './probe.js';
import { forEachTest, orderAndRestart, scribe } from './support.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});

describe('a name', () => {
  it('leads to its actor, from the system and from any actor in it, until it is taken away', async () => {
    const { ref } = await probe(system, 'a');
    register('server', ref);
    register('its other name', ref);
    expect(whereis(system, 'server')).toEqual(ref);
    expect(whereis(ref, 'its other name')).toEqual(ref);
    expect(registered(system)).toEqual(['server', 'its other name']);
    expect(unregister(system, 'server')).toBe(true);
    expect(unregister(system, 'server')).toBe(false);
    expect(whereis(system, 'server')).toBeUndefined();
    expect(registered(system)).toEqual(['its other name']);
  });

  it('is one in its system only', async () => {
    const other = startSystem();
    register('server', (await probe(system, 'a')).ref);
    register('server', (await probe(other, 'b')).ref);
    expect(addressOf(whereis(other, 'server') as Reference)).toBe(`${other.system.name}://b`);
    await stopSystem(other);
    expect(whereis(other, 'server')).toBeUndefined();
    expect(registered(other)).toEqual([]);
  });

  it('that is taken, empty, or for nobody is an error that says so', async () => {
    const { ref } = await probe(system, 'a');
    const holder = await probe(system, 'holder', { registeredName: 'server' });
    for (const wanted of [ref, holder.ref]) {
      expect(() => register('server', wanted)).toThrow(NameError);
      expect(() => register('server', wanted)).toThrow(expect.objectContaining({ code: 'name-taken' }));
    }
    expect(() => register('other', childReference(system, 'nobody'))).toThrow(
      expect.objectContaining({ code: 'noproc' }),
    );
    expect(() => register('', ref)).toThrow(RangeError);
    const second = startActor(system, 'second', scribe([], 'second'), { registeredName: 'server' });
    await expect(second).rejects.toMatchObject({ code: 'start-failed', cause: { code: 'name-taken' } });
    // What failed to start has left nothing in its place.
    await probe(system, 'second');
    expect(whereis(system, 'server')).toEqual(holder.ref);
  });

  it.each<[string, (ref: Reference) => unknown]>([
    ['in order', (ref) => stopActor(ref)],
    ['by a crash', (ref) => exit(ref, { crash: new Error('boom') })],
    ['by kill', (ref) => exit(ref, 'kill')],
    ["by nact's stop", (ref) => stop(ref)],
  ])('is free when its actor has ended %s', async (_, end) => {
    const { ref } = await probe(system, 'a', { registeredName: 'server' });
    const user = plain(system, 'plain');
    register('plain server', user.ref);
    await end(ref);
    stop(user.ref);
    expect(registered(system)).toEqual([]);
  });

  it('in the spec of a child is that of each incarnation, from before its init', async () => {
    const seen: unknown[] = [];
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      registeredName: 'its supervisor',
      children: [
        {
          id: 'a',
          registeredName: 'server',
          start: { ...scribe([], 'a'), init: () => seen.push(addressOf(whereis(system, 'server') as Reference)) },
        },
      ],
    });
    await orderAndRestart(supervisor, 'a', 'boom');
    expect(seen).toEqual([addressOf(supervisor.child('a')), addressOf(supervisor.child('a'))]);
    expect(await call(whereis(system, 'server') as Reference, 'echo', { timeoutMs: 5000 })).toBeDefined();
    expect(whereis(system, 'its supervisor')).toEqual(supervisor.ref);
    await supervisor.shutdown();
    expect(registered(system)).toEqual([]);
  });

  it('that is taken keeps a supervisor from starting', async () => {
    await probe(system, 'a', { registeredName: 'server' });
    const spec = { strategy: 'one_for_one', children: [], registeredName: 'server' } as const;
    await expect(startSupervisor(system, 'top', spec)).rejects.toMatchObject({ cause: { code: 'name-taken' } });
    await expect(startSupervisor(system, 'top', { ...spec, registeredName: 'free' })).resolves.toBeDefined();
  });
});
