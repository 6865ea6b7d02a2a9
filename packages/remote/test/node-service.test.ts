/** What a node answers itself, and with what it refuses. */

import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Behaviour, exit, register, whenDown } from '@parliament/otp';
import { NodeError } from '../src/errors.js';
import type { Reference, SystemReference } from '../src/index.js';
import { createService, type Service } from '../src/node/node-service.js';
import { spawn } from './actors.js';
import { startSystem } from './support.js';

const idle: Behaviour<number, unknown> = { init: () => 0, receive: (state) => state };
const spawned = { type: 'spawn', behaviour: 'idle' };

let system: SystemReference;
let service: Service;

beforeEach(() => {
  system = startSystem();
  service = createService(
    system,
    {
      idle: () => idle,
      told: (argument) => {
        throw argument;
      },
      broken: () => ({ ...idle, init: () => Promise.reject(new Error('does not begin')) }),
    },
    2,
  );
});

const ask = (request: unknown): Promise<unknown> => new Promise((resolve) => service.handle(request, resolve));
const refusalOf = async (request: unknown): Promise<string> => {
  const answer = await ask(request);
  return answer instanceof NodeError ? answer.code : `no refusal: ${String(answer)}`;
};
const pathOf = (answer: unknown): unknown => (answer as { path: { parts: unknown } }).path.parts;

describe('a node that is asked', () => {
  it('knows who has a name, and who has none', async () => {
    const actor = spawn(system, 'actor', () => {});
    register('name', actor as never);
    expect(await ask({ type: 'whereis', name: 'name' })).toBe(actor);
    expect(await ask({ type: 'whereis', name: 'other' })).toBeUndefined();
  });

  it('spawns what is offered, under the name that is given or one of its own', async () => {
    expect(pathOf(await ask({ ...spawned, name: 'mine' }))).toEqual(['mine']);
    const [first] = pathOf(await ask(spawned)) as [string];
    expect(first).toMatch(/^spawned-\d+$/);
  });

  it('spawns as many as may live, of which those do not count that have ended or never began', async () => {
    for (let count = 0; count < 3; count += 1)
      expect(await refusalOf({ ...spawned, behaviour: 'broken' })).toBe('spawn-failed');
    const first = (await ask(spawned)) as Reference;
    const second = (await ask(spawned)) as Reference;
    expect(pathOf(first)).not.toEqual(pathOf(second));
    expect(await ask(spawned)).toMatchObject({
      code: 'overloaded',
      message: '2 actors that other nodes have spawned live: stop some',
    });
    const ended = whenDown(first as never);
    exit(first as never, 'kill');
    await ended;
    expect(pathOf(await ask(spawned))).toBeDefined();
    expect(await refusalOf(spawned)).toBe('overloaded');
  });
});

describe('a node refuses', () => {
  it.each<[unknown]>([
    [undefined],
    [null],
    ['whereis'],
    [{ type: 'whereis' }],
    [{ type: 'whereis', name: 7 }],
    [{ type: 'spawn', behaviour: 7 }],
    [{ type: 'spawn', behaviour: 'idle', name: 7 }],
    [{ type: 'other', name: 'x', behaviour: 'idle' }],
  ])('what it does not know: %j', async (request) => {
    expect(await refusalOf(request)).toBe('not-supported');
  });

  it.each(['other', 'toString'])('to spawn what is not offered: %s', async (behaviour) => {
    expect(await ask({ type: 'spawn', behaviour })).toMatchObject({
      code: 'spawn-failed',
      message: `no behaviour "${behaviour}" is offered: see the option spawn`,
    });
  });

  it('by a code of nodes, whatever the program has thrown, in as few words as fit', async () => {
    const told = (argument: unknown): Promise<unknown> => ask({ type: 'spawn', behaviour: 'told', argument });
    const own = Object.assign(new Error('no such file'), { code: 'ENOENT' });
    expect(await told(own)).toMatchObject({ name: 'NodeError', code: 'spawn-failed', message: 'no such file' });
    expect(await told('x'.repeat(500))).toMatchObject({ code: 'spawn-failed', message: 'x'.repeat(500) });
    expect(await told(new Error('x'.repeat(501)))).toMatchObject({ message: 'x'.repeat(500) });
    expect(await told(new NodeError('overloaded', 'later'))).toMatchObject({ code: 'overloaded', message: 'later' });
  });

  it('what it cannot say, once more', async () => {
    const answers: unknown[] = [];
    await new Promise<void>((resolve) => {
      service.handle({ type: 'whereis', name: 'x' }, (answer) => {
        answers.push(answer);
        if (answers.length === 1) throw new TypeError('cannot travel');
        resolve();
      });
    });
    expect(answers).toEqual([undefined, expect.objectContaining({ code: 'spawn-failed', message: 'cannot travel' })]);
  });
});
