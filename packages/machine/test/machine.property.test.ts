/** Any machine, any commands: what goes in at one end as bytes comes out at the other. */

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type AnyMachine,
  type At,
  type CommandHandler,
  decodeCommand,
  decodeReply,
  encodeCommand,
  host,
  MachineError,
  machine,
  Rejection,
} from '../src/index.js';
import { refusalOf } from './support.js';

/** Plain data as users have them. */
const anyData = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  maxDepth: 3,
});
const anyFields = fc.dictionary(
  fc.string().filter((name) => name !== 'type'),
  anyData,
  { maxKeys: 4 },
);
const anyMoment = fc.record({ slot: fc.integer({ min: 1 }), index: fc.nat(), time: fc.nat() });

/** What a handler may do with a command: a state that depends on all that it is given. */
type Act = (state: unknown, fields: object, at: At) => { readonly state: unknown; readonly reply?: unknown };
const ACTS: Readonly<Record<string, Act>> = {
  replace: (_state, fields) => ({ state: fields, reply: fields }),
  nest: (state, fields, { slot, index }) => ({
    state: { slot, index, fields, depth: depthOf(state) + 1 },
    reply: depthOf(state),
  }),
  roll: (_state, _fields, at) => ({ state: [at.random(), at.time], reply: at.random() }),
  quiet: (state) => ({ state }),
  reject: (state, fields) => {
    throw new Rejection('no', 'not this', { state, fields });
  },
  fail: () => {
    throw new TypeError('broken');
  },
};

function depthOf(state: unknown): number {
  const { depth } = Object(state) as { depth?: unknown };
  return typeof depth === 'number' ? depth : 0;
}

type AnyCommand = { readonly type: string } & Readonly<Record<string, unknown>>;
/** Handlers by made-up types, each of which does one of the acts. */
const anyHandlers = fc.dictionary(fc.string(), fc.constantFrom(...Object.keys(ACTS)), { minKeys: 1, maxKeys: 5 });

function machineOf(handlers: Readonly<Record<string, string>>): AnyMachine {
  const commands = Object.entries(handlers).map(([type, act]): [string, CommandHandler<unknown>] => [
    type,
    (state, fields, at) => ACTS[act]?.(state, fields, at) ?? { state: undefined },
  ]);
  return machine<unknown, object, object>({
    name: 'any',
    version: 1,
    initial: () => null,
    commands: Object.fromEntries(commands),
    queries: { see: (state: unknown) => state },
  });
}

describe('any machine', () => {
  it('does with the bytes of commands what its handlers do with the commands, in either mode', () => {
    const anyRun = anyHandlers.chain((handlers) =>
      fc.tuple(
        fc.constant(handlers),
        fc.array(fc.tuple(fc.constantFrom(...Object.keys(handlers)), anyFields, anyMoment), { maxLength: 6 }),
      ),
    );
    fc.assert(
      fc.property(anyRun, ([handlers, commands]) => {
        const any = machineOf(handlers);
        const modes = [host(any), host(any, { development: true })];
        let states = modes.map((hosted) => hosted.initial());
        for (const [type, fields, moment] of commands) {
          const command: AnyCommand = { ...fields, type };
          const bytes = encodeCommand(any, command as never);
          expect(decodeCommand(any, bytes)).toEqual(command);
          const applied = modes.map((hosted, mode) => hosted.apply(states[mode], bytes, moment));
          const [plain, watched] = applied;
          expect(watched).toEqual(plain);
          const act = handlers[type] ?? '';
          if (plain !== undefined) expectAsAct(act, command, states[0], moment, plain);
          states = applied.map(({ state }) => state);
          // And a snapshot makes no difference.
          states = states.map((state, mode) => modes[mode]?.restore(modes[mode]?.snapshot(state) ?? []));
        }
      }),
      { numRuns: 40 },
    );
  });

  /** Against the act itself, called with values. */
  function expectAsAct(
    act: string,
    command: AnyCommand,
    before: unknown,
    moment: { readonly slot: number; readonly index: number; readonly time: number },
    { state, reply }: { readonly state: unknown; readonly reply: Uint8Array },
  ): void {
    const any = machineOf({ x: act });
    if (act === 'reject' || act === 'fail') {
      expect(state).toBe(before);
      const refusal = refusalOf(any, reply);
      if (act === 'fail')
        expect(refusal).toMatchObject({ code: 'handler-failed', fault: { name: 'TypeError', message: 'broken' } });
      else expect(refusal).toMatchObject({ code: 'no', data: { state: before, fields: command } });
      return;
    }
    const given = decodeReply<AnyMachine, never>(any, undefined as never, reply);
    if (act === 'replace') expect([state, given]).toEqual([command, command]);
    if (act === 'quiet') expect([state, given]).toEqual([before, undefined]);
    if (act === 'roll') expect(state).toEqual([expect.any(Number), moment.time]);
    if (act === 'nest') {
      const { slot, index } = moment;
      expect(state).toEqual({ slot, index, fields: command, depth: depthOf(before) + 1 });
      expect(given).toBe(depthOf(before));
    }
  }

  it('throws nothing out of apply and query, whatever the bytes', () => {
    const any = machineOf({ replace: 'replace', fail: 'fail' });
    const hosted = host(any);
    const state = { kept: true };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60, size: 'max' }), anyMoment, (bytes, moment) => {
        const applied = hosted.apply(state, bytes, moment);
        expect(applied.state).toBe(state);
        expect(refusalOf(any, applied.reply)).toBeInstanceOf(MachineError);
        expect(refusalOf(any, hosted.query(state, bytes))).toBeInstanceOf(MachineError);
      }),
      { numRuns: 500 },
    );
  });

  it('throws nothing out of apply, whatever becomes of the bytes of a command', () => {
    const any = machineOf({ replace: 'replace', nest: 'nest' });
    const hosted = host(any);
    const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(anyFields, fc.array(change, { minLength: 1, maxLength: 3 }), (fields, changes) => {
        const bytes = Uint8Array.from(encodeCommand(any, { ...fields, type: 'nest' } as never));
        for (const [at, bits] of changes) bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ bits;
        const { reply } = hosted.apply(null, bytes, { slot: 1, index: 0, time: 0 });
        try {
          decodeReply<AnyMachine, never>(any, undefined as never, reply);
        } catch (error) {
          expect(error).toBeInstanceOf(MachineError);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('tells each caller apart from random bytes in place of an outcome', () => {
    const any = machineOf({ replace: 'replace' });
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        try {
          decodeReply<AnyMachine, never>(any, undefined as never, bytes);
        } catch (error) {
          if (!(error instanceof Rejection)) expect(error).toBeInstanceOf(MachineError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
