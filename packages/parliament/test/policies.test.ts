import { describe, expect, it } from '@jest/globals';
import {
  type AcceptorMessage,
  createFounding,
  EXPELLED,
  type FoundingState,
  meet,
  NO_OP,
  type RoleName,
} from '@parliament/synod';
import { consequenceOf, fateOf, hasRoomFor, spaceOf } from '../src/actors/full-disk.js';
import { expulsionOf, takeBack, worthWritingDown } from '../src/actors/relapse.js';
import {
  askIfDue,
  createSnapshotting,
  noteSnapshotFound,
  noteSnapshotSaved,
  type Snapshotting,
} from '../src/actors/snapshotting.js';

const snapshot = (bytes: number, slot = 7) => ({ slot, history: [] as never, state: new Uint8Array(bytes) });

describe('a snapshot', () => {
  const SETTINGS = { logBytes: 100, tailSlots: 5 };

  /** A log that was at 1000 when the latest snapshot, of so many bytes, was saved. */
  it.each([
    [1099, 0, false],
    [1100, 0, true],
    [1100, 50, true],
    [1101, 51, false],
    [1102, 51, true],
    [1199, 100, false],
    [1200, 100, true],
  ])('is due, or not, at %d behind one of %d bytes: %s', (position, bytes, isDue) => {
    const snapshotting: Snapshotting = { at: 1000, bytes, slot: 1 };
    expect(askIfDue(snapshotting, position, SETTINGS)).toBe(isDue);
  });

  it('is asked for once, until the log has grown further', () => {
    const snapshotting = createSnapshotting(0, 0);
    expect(askIfDue(snapshotting, 100, SETTINGS)).toBe(true);
    expect(askIfDue(snapshotting, 199, SETTINGS)).toBe(false);
    expect(askIfDue(snapshotting, 200, SETTINGS)).toBe(true);
    noteSnapshotSaved(snapshotting, 250, snapshot(90));
    expect(snapshotting).toEqual({ at: 250, bytes: 90, slot: 7 });
    expect(askIfDue(snapshotting, 429, SETTINGS)).toBe(false);
    expect(askIfDue(snapshotting, 430, SETTINGS)).toBe(true);
  });

  it('is due by what was found in the log, too', () => {
    const snapshotting = createSnapshotting(5000, 180);
    noteSnapshotFound(snapshotting, snapshot(90));
    expect(askIfDue(snapshotting, 4999, SETTINGS)).toBe(false);
    expect(askIfDue(snapshotting, 5000, SETTINGS)).toBe(true);
  });
});

describe('a disk', () => {
  it.each([
    ['ok', false, 'ok'],
    ['low', false, 'low'],
    ['full', false, 'full'],
    ['ok', true, 'full'],
    ['low', true, 'full'],
  ] as const)('that says %s counts, where something did not fit: %s, as %s', (found, isRefusing, expected) => {
    expect(spaceOf(found, isRefusing)).toBe(expected);
  });

  const accept = (value: Uint8Array): AcceptorMessage => ({ type: 'accept', ballot: 1024, slot: 1, value });
  const prepare: AcceptorMessage = { type: 'prepare', ballot: 1024, fromSlot: 1, bytes: 1, token: 0 };
  const heartbeat: AcceptorMessage = { type: 'heartbeat', ballot: 1024, sequence: 1, decidedUpTo: 0, leaseMs: 0 };

  it.each([
    ['a vote for a value', accept(Uint8Array.of(1, 2)), false],
    ['a vote for nothing', accept(NO_OP), true],
    ['a promise', prepare, true],
    ['an answer to a heartbeat', heartbeat, true],
  ])('that is full has room for %s: %#', (_, message, expected) => {
    expect(hasRoomFor(message, 'full')).toBe(expected);
    expect(hasRoomFor(message, 'low')).toBe(true);
  });

  it.each([
    ['acceptor', true, 'ok', 'written'],
    ['acceptor', true, 'full', 'written'],
    ['acceptor', false, 'ok', 'nothing'],
    ['learner', true, 'ok', 'written'],
    ['learner', true, 'low', 'written'],
    ['learner', true, 'full', 'left-out'],
    ['learner', false, 'full', 'nothing'],
  ] as const)(
    'makes of what the %s wants written (present one: %s), where there is %s: %s',
    (role, isCurrent, space, fate) => {
      const name: RoleName = role;
      expect(fateOf(name, isCurrent, space)).toBe(fate);
    },
  );

  it.each([
    [true, true, 'start-anew'],
    [true, false, 'nothing'],
    [false, true, 'crash'],
    [false, false, 'crash'],
  ] as const)(
    'that fails for want of room (%s), and for a present role (%s), means: %s',
    (isNoSpace, isCurrent, expected) => {
      expect(consequenceOf(isNoSpace, isCurrent)).toBe(expected);
    },
  );
});

describe('a relapse', () => {
  function founded(): FoundingState {
    const founding = createFounding(0, 'own', [0, 1, 2]);
    for (const from of [1, 2]) meet(founding, from, { directory: `of ${from}`, yours: 'own', founded: true });
    return founding;
  }

  it.each([
    ['less than it had written', 10, 20, 20],
    ['as much as it had written', 20, 20, undefined],
    ['more than it had written', 30, 20, undefined],
  ])('is it when a member says that it has written %s', (_, position, known, expected) => {
    const founding = founded();
    const expulsion = expulsionOf(founding, 1, position, known);
    expect(expulsion?.had).toBe(expected);
    expect(founding.introduced.get(1)).toBe(expected === undefined ? 'of 1' : EXPELLED);
  });

  it('is told and written down once', () => {
    const founding = founded();
    const records = [{ type: 'introduced', member: 1, directory: EXPELLED }];
    expect(expulsionOf(founding, 1, 10, 20)).toEqual({ records, had: 20 });
    expect(expulsionOf(founding, 1, 10, 20)).toBeUndefined();
    expect(expulsionOf(founding, 7, 10, 20)?.had).toBe(20);
  });

  it('is noticed by positions that are written down when they are 4096 bytes further', () => {
    const founding = founded();
    const heard = new Map([[1, 100]]);
    const positions = new Map([
      [1, 4195],
      [2, 4096],
    ]);
    expect(worthWritingDown(founding, heard, positions)).toEqual([{ type: 'heard', member: 2, position: 4096 }]);
    // Known it is all the same.
    expect(founding.positions.get(1)).toBe(4195);
    expect(worthWritingDown(founding, heard, new Map([[1, 4196]]))).toEqual([
      { type: 'heard', member: 1, position: 4196 },
    ]);
    expect(worthWritingDown(founding, heard, positions)).toEqual([]);
  });
});

it('a meeting of which there was no room on the disk has not taken place', () => {
  const founding = createFounding(0, 'own', [0, 1]);
  const { records } = meet(founding, 1, { directory: 'other', yours: 'own', founded: false });
  expect(founding.founded).toBe(true);
  takeBack(founding, records);
  expect(founding.founded).toBe(false);
  expect(founding.introduced.size).toBe(0);
});
