/** A definition that is not right is refused where it is given, with what is not right in it. */

import { describe, expect, it } from '@jest/globals';
import { compose, MachineError, machine } from '../src/index.js';
import { account, thrownBy } from './support.js';

const right = { name: 'counter', version: 2, initial: () => 0, commands: { add: () => ({ state: 1 }) } };
const schema = { '~standard': { version: 1, vendor: 'test', validate: () => ({ value: {} }) } };
const older = machine({ ...right, version: 1 });

const WRONG: readonly (readonly [string, unknown, string])[] = [
  ['nothing', undefined, 'machine: give its definition as an object'],
  ['no name', { ...right, name: undefined }, 'machine: its name must match /^[\\w.+-]{1,100}$/, but is nothing'],
  ['a name with a space', { ...right, name: 'a b' }, 'but is "a b"'],
  ['a name that is too long', { ...right, name: 'a'.repeat(101) }, 'its name must match'],
  ['no version', { ...right, version: undefined }, 'counter: its version is an integer from 1, but is nothing'],
  ['version 0', { ...right, version: 0 }, 'counter: its version is an integer from 1, but is 0'],
  ['half a version', { ...right, version: 1.5 }, 'counter: its version is an integer from 1, but is 1.5'],
  ['a state for initial', { ...right, initial: 0 }, 'counter: initial is no function that gives the first state'],
  ['no commands', { ...right, commands: undefined }, 'counter: commands are missing'],
  ['commands in an array', { ...right, commands: [] }, 'counter: commands: an object is needed, not an array'],
  ['a handler that is none', { ...right, commands: { add: 1 } }, 'counter: commands.add is no function'],
  ['a query that is none', { ...right, queries: { sum: 1 } }, 'counter: queries.sum is no function'],
  ['a part that is mistyped', { ...right, command: {} }, 'counter: there is no command; there are: name, version'],
  [
    'schemas without a kind',
    { ...right, schema: { add: schema } },
    'counter: schema: there is no add; there are: commands',
  ],
  [
    'a schema that is none',
    { ...right, schema: { commands: { add: {} } } },
    'counter: schema.commands.add is no Standard',
  ],
  [
    'a null for a schema',
    { ...right, schema: { commands: { add: null } } },
    'counter: schema.commands.add is no Standard',
  ],
  ['a schema for nothing', { ...right, schema: { queries: { sum: schema } } }, 'schema.queries.sum is for what has no'],
  ['half a codec', { ...right, codec: { encode: () => new Uint8Array() } }, 'counter: codec: decode is no function'],
  ['snapshot alone', { ...right, snapshot: () => [] }, 'counter: restore is no function: there must be snapshot and'],
  ['restore alone', { ...right, restore: () => 0 }, 'counter: snapshot is no function: there must be snapshot and'],
  ['previous alone', { ...right, previous: older }, 'counter: migrate is no function: it goes with previous'],
  ['migrate alone', { ...right, migrate: () => 0 }, 'counter: previous is no machine: it goes with migrate'],
  [
    'what is no machine as previous',
    { ...right, previous: right, migrate: () => 0 },
    'counter: previous is no machine',
  ],
  [
    'another machine',
    { ...right, previous: account, migrate: () => 0 },
    'counter: previous is the machine account, and no',
  ],
  [
    'a later version as previous',
    { ...right, version: 1, previous: older, migrate: () => 0 },
    'counter: previous has version 1, which must be below 1',
  ],
];

describe('machine', () => {
  it.each(WRONG)('refuses %s', (_what, definition, message) => {
    const error = thrownBy(() => machine(definition as never));
    expect(error).toBeInstanceOf(MachineError);
    expect(error).toMatchObject({ code: 'bad-machine', message: expect.stringContaining(message) });
  });

  it('takes what is right', () => {
    expect(machine(right)).toMatchObject({ name: 'counter', version: 2 });
    expect(machine({ ...right, previous: older, migrate: (state) => state })).toMatchObject({ version: 2 });
  });
});

const twice = machine({ ...right, previous: older, migrate: (state: number) => state });
const lost = machine({ ...right, version: 2 });

describe('compose', () => {
  it.each<[string, unknown, unknown, string]>([
    ['nothing', undefined, undefined, 'compose: give the machines as an object'],
    ['no part', {}, undefined, 'compose: there is no machine'],
    [
      'a part that is no machine',
      { a: right },
      undefined,
      'compose: a: an object is no machine: give what machine or compose',
    ],
    ['a part called multi', { multi: account }, undefined, 'compose: no part may be called multi'],
    ['a part with a bad name', { 'a b': account }, undefined, 'its name must match'],
    [
      'an option that is mistyped',
      { a: account },
      { nmae: 'x' },
      'compose: there is no nmae; there are: name, version',
    ],
    ['a bad name', { a: account }, { name: 'a b' }, 'its name must match'],
    ['a bad version', { a: account }, { version: 0 }, 'a: its version is an integer from 1, but is 0'],
    [
      'a previous one that is no composition',
      { a: account },
      { name: 'counter', version: 3, previous: twice },
      'counter: previous is no composition',
    ],
    [
      'itself as previous',
      { a: account },
      { previous: compose({ a: account }) },
      'a: previous has version 1, which must',
    ],
    [
      'another one as previous',
      { a: twice },
      { previous: compose({ b: account }) },
      'a: previous is the machine b, and no',
    ],
    [
      'a part that was another machine',
      { a: account },
      { version: 5, previous: compose({ a: twice }) },
      'a: a was the machine counter, and is account now',
    ],
    [
      'a part that forgot where it comes from',
      { a: lost },
      { previous: compose({ a: older }) },
      'a: a has version 2, and does not know how to come from 1: give its definition the previous one',
    ],
  ])('refuses %s', (_what, parts, options, message) => {
    const error = thrownBy(() => compose(parts as never, options as never));
    expect(error).toBeInstanceOf(MachineError);
    expect(error).toMatchObject({ code: 'bad-machine', message: expect.stringContaining(message) });
  });

  it('has the names of its parts, and the sum of their versions', () => {
    expect(compose({ accounts: account, counts: twice })).toMatchObject({ name: 'accounts+counts', version: 3 });
    expect(compose({ accounts: account }, { name: 'bank', version: 9 })).toMatchObject({ name: 'bank', version: 9 });
  });
});
