/** The state machine: registers that are written once. The first value that is decided for a key is its value for ever. */

import { applyEntry, createSessions, type SessionId, type SessionTable, type Slot } from '@parliament/synod';
import type { Batch, Command } from './command.js';

/** The registers that have a value, and the sessions of those who give them theirs. */
export interface Registers {
  readonly values: Map<string, string>;
  readonly sessions: SessionTable<string>;
}

/** What a batch came to, for one life of one member: the session it opened, and what became of its commands. */
export interface BatchResults {
  readonly opened: SessionId | undefined;
  readonly commands: readonly CommandResult[];
}

/** The value that a command's register has; or `refused`, when its session is no more: then it was not applied. */
export type CommandResult =
  | { readonly number: number; readonly value: string }
  | { readonly number: number; readonly refused: SessionId };

/** Some of the registers, in the order in which they got their values: that is the same on every member. */
export interface RegisterPage {
  readonly entries: readonly (readonly [key: string, value: string])[];
  /** How many have been seen with these, where there are more. */
  readonly next?: number;
}

/** At most so many registers are shown at a time, or so many units of text and one more register. */
const PAGE_ENTRIES = 1000;
const PAGE_UNITS = 256 * 1024;

/** Those behind the first `after` that got their values. A register keeps its value, and so its place. */
export function pageOf({ values }: Registers, after: number): RegisterPage {
  const entries: [string, string][] = [];
  let units = 0;
  let place = 0;
  for (const [key, value] of values) {
    place += 1;
    if (place <= after) continue;
    if (entries.length === PAGE_ENTRIES || units >= PAGE_UNITS) return { entries, next: after + entries.length };
    entries.push([key, value]);
    units += key.length + value.length;
  }
  return { entries };
}

export function createRegisters(): Registers {
  return { values: new Map(), sessions: createSessions(weightOf) };
}

/** What a value weighs while it is kept as a reply, in bytes: a text has two for each of its units. */
export function weightOf(value: string): number {
  return 2 * value.length;
}

/** Applies what is decided in `slot`. */
export function applyBatch(registers: Registers, slot: Slot, batch: Batch, life: number): BatchResults {
  const { values, sessions } = registers;
  const put = ({ key, value }: Command): string => {
    const decided = values.get(key);
    if (decided !== undefined) return decided;
    values.set(key, value);
    return value;
  };
  let opened: SessionId | undefined;
  for (const token of batch.opens) {
    const result = applyEntry(sessions, slot, { type: 'open', token }, put);
    if (result.type === 'opened' && token === life) opened = result.session;
  }
  for (const expiry of batch.expiries) applyEntry(sessions, slot, { type: 'expire', ...expiry }, put);
  const commands: CommandResult[] = [];
  for (const command of batch.commands) {
    const { session, sequence: number, acknowledged } = command;
    if (session === 0) {
      // Nothing is lost by doing without: a register takes its first value only, however often it is sent.
      const value = put(command);
      if (command.life === life) commands.push({ number: command.number, value });
      continue;
    }
    const result = applyEntry(sessions, slot, { type: 'run', session, number, acknowledged, command }, put);
    if (command.life !== life) continue;
    if (result.type === 'replied') commands.push({ number: command.number, value: result.reply });
    else if (result.type === 'refused' && result.reason === 'session-expired') {
      commands.push({ number: command.number, refused: session });
    }
  }
  return { opened, commands };
}
