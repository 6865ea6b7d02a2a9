/**
 * The founding: three members meet, in any order and with anything lost or told twice; they crash, and member 0 may lose its disk, before
 * the founding or after it. Nobody votes here: what is searched is who has written down whom when a member may (rule 10).
 */

import {
  createFounding,
  type DurableRecord,
  type FoundingState,
  foundingConfiguration,
  type Introduction,
  introductionTo,
  isKnown,
  type MemberId,
  majority,
  meet,
  missing,
  notePosition,
  recoverFounding,
} from '@parliament/synod';
import { happens } from '../goals.js';
import type { Component, Effect, Input, Model } from '../model.js';

const MEMBERS: readonly MemberId[] = [0, 1, 2];

/** One that takes itself for a founding member, and is none in the eyes of the others. */
const STRANGER: MemberId = 3;

/** A member's founding, and what its disk holds of it. */
interface FoundingLocal {
  state: FoundingState;
  log: DurableRecord[];
  crashes: number;
  losses: number;
  /** How often it may write down how far the others are. */
  notes: number;
  /** It was founded before it lost its disk. */
  wasFounded: boolean;
}

interface Limits {
  readonly crashes: number;
  /** How many members may lose their disks, once each. */
  readonly losses: number;
  /** Member 1 may write down how far the others are. */
  readonly hasNotes: boolean;
  readonly hasStranger: boolean;
}

export function founding(name: string): Model {
  return build(name, { crashes: 1, losses: 1, hasNotes: false, hasStranger: false }, [
    'a member is founded',
    'a member is founded after a crash',
    'a member is noticed that has lost its disk',
    'a member is told that it has lost its disk',
  ]);
}

/** All are founded, and have said so; then two of three lose their disks. What was said before comes late. */
export function foundingOfFew(name: string): Model {
  const model = build(name, { crashes: 0, losses: 2, hasNotes: false, hasStranger: false }, [
    'a member is noticed that was founded and has lost its disk',
    'a member is told that it has lost its disk',
  ]);
  const founded = model.components.map((component) => ({
    ...component,
    initial: foundedLocal(component.initial as FoundingLocal),
  }));
  const effects = founded.flatMap(({ initial: { state } }) => state.others.map((to) => introduce(state, to, 0)));
  return { ...model, components: founded as unknown as Component<unknown>[], effects };
}

/** A member as it is when all have met. */
function foundedLocal(local: FoundingLocal): FoundingLocal {
  const { member, directory, others } = local.state;
  const met = others.map((other) => ({ type: 'introduced', member: other, directory: directoryOf(other, 0) }) as const);
  const log: DurableRecord[] = [...met, { type: 'founded' }];
  const state = createFounding(member, directory, MEMBERS);
  for (const record of log) recover(state, record);
  for (const other of others) state.knownBy.add(other);
  return { ...local, state, log };
}

/** A member writes down how far the others are, and knows that after a crash; and a stranger wants to be one. */
export function foundingWithNotes(name: string): Model {
  return build(name, { crashes: 1, losses: 0, hasNotes: true, hasStranger: true }, [
    'a member is founded after a crash',
    'a member knows after a crash how far another was',
    'a stranger introduces itself',
  ]);
}

function build(name: string, { crashes, losses, hasNotes, hasStranger }: Limits, goals: readonly string[]): Model {
  const members = MEMBERS.map((member) => {
    return foundingComponent(member, {
      crashes,
      losses: member < losses ? 1 : 0,
      notes: hasNotes && member === 1 ? 1 : 0,
    });
  });
  return {
    name,
    components: [...members, ...(hasStranger ? [strangerComponent()] : [])] as unknown as Component<unknown>[],
    joint: [],
    pairs: [
      ['founding 0', 'founding 1'],
      ['founding 0', 'founding 2'],
      ['founding 1', 'founding 2'],
    ].map(([left, right]) => ({ left: left as string, right: right as string, violation: strangers })),
    inputLimit: 256,
    history: [foundingConfiguration(majority(MEMBERS))],
    reach: goals.map(happens),
  };
}

/** It introduces itself to all, and hears from nobody. */
function strangerComponent(): Component<FoundingState> {
  return {
    name: `founding ${STRANGER}`,
    member: STRANGER,
    initial: createFounding(STRANGER, directoryOf(STRANGER, 0), [...MEMBERS, STRANGER]),
    actions: () => ['introduces itself'],
    act: (state) => ({ next: state, effects: missing(state).map((to) => introduce(state, to, 0)) }),
    receive: (state) => ({ next: state, effects: [], violation: 'a stranger is answered' }),
  };
}

function foundingComponent(
  member: MemberId,
  { crashes, losses, notes }: { readonly crashes: number; readonly losses: number; readonly notes: number },
): Component<FoundingLocal> {
  const first = createFounding(member, directoryOf(member, 0), MEMBERS);
  return {
    name: `founding ${member}`,
    member,
    initial: { state: first, log: [], crashes, losses, notes, wasFounded: false },
    actions(local) {
      const names = ['introduces itself'];
      if (local.crashes > 0) names.push('crashes');
      if (local.losses > 0) names.push('loses its disk');
      if (local.notes > 0 && local.state.positions.size > 0) names.push('writes down how far others are');
      return names;
    },
    act(local, action) {
      const { state } = local;
      if (action === 'introduces itself') {
        const waited = missing(state);
        const others = state.founded ? state.others : waited;
        const effects = others.map((to) => introduce(state, to, local.log.length));
        if (!state.founded || waited.length === 0) return { next: local, effects };
        return { next: local, effects, violation: `member ${member} is founded, and waits for others` };
      }
      if (action === 'writes down how far others are') {
        local.notes -= 1;
        for (const [other, position] of state.positions) local.log.push({ type: 'heard', member: other, position });
        return { next: local, effects: [] };
      }
      if (action === 'crashes') {
        local.crashes -= 1;
        local.state = createFounding(member, state.directory, MEMBERS);
        for (const record of local.log) recover(local.state, record);
        return { next: local, effects: [], ...whatIsKnownOf(local) };
      }
      local.losses -= 1;
      local.wasFounded = state.founded;
      local.log = [];
      local.state = createFounding(member, directoryOf(member, 1), MEMBERS);
      return { next: local, effects: [] };
    },
    receive(local, from, input) {
      const { state, crashes: left } = local;
      const { founded } = state;
      const { introduction, position } = wordOf(input);
      // What comes late says less: a member that has been further has lost memory.
      const furthest = Math.max(state.positions.get(from) ?? 0, position);
      notePosition(state, from, position);
      const isForgotten = (state.positions.get(from) ?? 0) < furthest;
      const { records, introduce: owed, mismatch } = meet(state, from, introduction);
      // What is sent is sent when the records are durable; were they lost, it would be as if nothing had come.
      local.log.push(...records);
      const effects = owed.map((to) => introduce(state, to, local.log.length));
      const reached: string[] = [];
      if (state.founded && !founded) reached.push('a member is founded');
      if (state.founded && !founded && left < crashes) reached.push('a member is founded after a crash');
      if (mismatch?.whose === 'sender') reached.push('a member is noticed that has lost its disk');
      if (mismatch?.whose === 'own') reached.push('a member is told that it has lost its disk');
      if (mismatch?.whose === 'sender' && introduction.founded) {
        reached.push('a member is noticed that was founded and has lost its disk');
      }
      if (from === STRANGER) reached.push('a stranger introduces itself');
      const isTaken = state.introduced.has(STRANGER);
      const violation = isTaken
        ? `member ${member} writes down a stranger`
        : state.founded && local.wasFounded
          ? `member ${member} is founded again, and has lost its memory`
          : isForgotten
            ? `member ${member} forgets how far member ${from} was`
            : undefined;
      return { next: local, effects, reached, ...(violation === undefined ? {} : { violation }) };
    },
  };
}

/** Rule 10: whoever is founded has written down all others, and they it, unless they have lost what they wrote. */
function strangers(left: unknown, right: unknown): string | undefined {
  for (const [one, two] of [
    [left, right],
    [right, left],
  ] as [FoundingLocal, FoundingLocal][]) {
    const { state } = one;
    const other = two.state;
    if (!state.founded) continue;
    const known = state.introduced.get(other.member);
    if (known === undefined) return `member ${state.member} is founded, and knows no directory of ${other.member}`;
    if (isKnown(state, other.member, other.directory) !== (known === other.directory)) {
      return `member ${state.member} counts member ${other.member} by another directory than the one it wrote down`;
    }
    if (known !== other.directory || other.introduced.get(state.member) === state.directory) continue;
    return `member ${state.member} is founded, and member ${other.member} has not written down its directory`;
  }
  return undefined;
}

/** An introduction, and how far its sender has written. */
interface Word {
  readonly introduction: Introduction;
  readonly position: number;
}

function introduce(state: FoundingState, to: MemberId, position: number): Effect {
  const content: Word = { introduction: introductionTo(state, to), position };
  const input: Input = { type: 'watermark', content };
  return { type: 'input', to: `founding ${to}`, from: state.member, input };
}

function wordOf(input: Input): Word {
  if (input.type !== 'watermark') throw new Error(`nobody sends ${input.type} here`);
  return input.content as Word;
}

function recover(state: FoundingState, record: DurableRecord): void {
  if (record.type === 'introduced' || record.type === 'founded' || record.type === 'heard')
    recoverFounding(state, record);
}

/** What a member knows of others after a crash: no less than it has written down. */
function whatIsKnownOf({ state, log }: FoundingLocal): {
  readonly reached: readonly string[];
  readonly violation?: string;
} {
  const heard = log.flatMap((record) => (record.type === 'heard' ? [record] : []));
  const forgotten = heard.find(({ member, position }) => (state.positions.get(member) ?? 0) < position);
  if (forgotten !== undefined) {
    return { reached: [], violation: `member ${state.member} forgets how far member ${forgotten.member} was` };
  }
  return { reached: heard.length > 0 ? ['a member knows after a crash how far another was'] : [] };
}

/** A directory of a member: its first one, or the one after it has lost its disk. */
function directoryOf(member: MemberId, losses: number): string {
  return `${member}${losses}`.padStart(32, '0');
}
