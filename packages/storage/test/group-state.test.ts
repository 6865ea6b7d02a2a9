import { describe, expect, it } from '@jest/globals';
import { type DurableRecord, foundingConfiguration, majority } from '@parliament/synod';
import {
  countSpent,
  createGroupState,
  type GroupState,
  noteRecord,
  type Segment,
  standingRecords,
} from '../src/group-state.js';
import {
  decodeRecord,
  decodeSnapshotTaken,
  type EncodedRecord,
  encodeRecord,
  encodeSnapshotTaken,
} from '../src/record-codec.js';

const VALUE = new Uint8Array([1]);
const taken = (slot: number): EncodedRecord => encodeSnapshotTaken({ slot, bytes: 10, checksum: 20 });

function segmentOf(start = 0, highest: readonly (readonly [number, number])[] = []): Segment {
  return { sequence: 1, start, highest: new Map(highest), bytes: 1000 };
}

/** What is known of group 5 and of a segment after these records; as they are appended, and as they are read. */
function noted(...records: readonly EncodedRecord[]): {
  readonly group: GroupState;
  readonly highest: number | undefined;
} {
  const results = [true, false].map((isRead) => {
    const [group, segment] = [createGroupState(5), segmentOf()];
    for (const { kind, payload, ...seen } of records)
      noteRecord(group, segment, { kind, payload, ...(isRead ? {} : seen) });
    expect([...segment.highest.keys()]).toEqual(records.length === 0 ? [] : [5]);
    return { group, highest: segment.highest.get(5) };
  });
  expect(results[0]).toEqual(results[1]);
  return results[1] as (typeof results)[0];
}

const after = (...records: readonly DurableRecord[]): ReturnType<typeof noted> => noted(...records.map(encodeRecord));

describe('what a log knows of a group', () => {
  it.each<[DurableRecord, number, Partial<GroupState>]>([
    [{ type: 'promised', ballot: 1025 }, 0, { promised: 1025 }],
    [{ type: 'voted', slot: 7, ballot: 1025, value: VALUE }, 7, { promised: 1025 }],
    [{ type: 'decided', slot: 7, ballot: 1025 }, 7, {}],
    [{ type: 'learned', slot: 7, value: VALUE }, 7, {}],
    [{ type: 'introduced', member: 3, directory: 'ab'.repeat(16) }, 0, { introduced: new Map([[3, 'ab'.repeat(16)]]) }],
    [{ type: 'heard', member: 3, position: 9 }, 0, { heard: new Map([[3, 9]]) }],
    [{ type: 'founded' }, 0, { founded: true }],
    // As version 1 had them in its log.
    [{ type: 'snapshot', snapshot: { slot: 9, history: [foundingConfiguration(majority([0]))], state: VALUE } }, 0, {}],
  ])('is the slot of each record, and what stands by it: %j', (record, slot, standing) => {
    const { group, highest } = after(record);
    expect(highest).toBe(slot);
    expect(group).toEqual({ ...createGroupState(5), ...standing });
  });

  it('is the highest slot and the highest ballot, in whatever order they come', () => {
    const slots = [3, 9, 4].map((slot): DurableRecord => ({ type: 'decided', slot, ballot: 1025 }));
    expect(after(...slots, { type: 'founded' }).highest).toBe(9);
    const ballots = [1025, 5121, 3073].map((ballot): DurableRecord => ({ type: 'promised', ballot }));
    expect(after(...ballots).group.promised).toBe(5121);
    expect(after(...ballots, { type: 'voted', slot: 1, ballot: 7169, value: VALUE }).group.promised).toBe(7169);
  });

  it('is the last that was said of each member, and the furthest snapshot, the last one of its slot', () => {
    const { group } = after(
      { type: 'introduced', member: 3, directory: 'ab'.repeat(16) },
      { type: 'introduced', member: 3, directory: 'cd'.repeat(16) },
      { type: 'heard', member: 3, position: 9 },
      { type: 'heard', member: 3, position: 8 },
      { type: 'heard', member: 2, position: 1 },
    );
    expect(group.introduced).toEqual(new Map([[3, 'cd'.repeat(16)]]));
    expect(group.heard).toEqual(
      new Map([
        [3, 8],
        [2, 1],
      ]),
    );
    expect(group.founded).toBe(false);
    expect(after({ type: 'founded' }).group.founded).toBe(true);
    expect(noted(taken(5), taken(9), taken(8)).group.snapshot?.slot).toBe(9);
    const other = encodeSnapshotTaken({ slot: 9, bytes: 11, checksum: 21 });
    expect(noted(taken(9), other).group.snapshot).toEqual({ slot: 9, bytes: 11, checksum: 21 });
    expect(noted(taken(9)).highest).toBe(0);
  });

  it('that stands is written again: all of it, and no more', () => {
    const standing: DurableRecord[] = [
      { type: 'promised', ballot: 1025 },
      { type: 'introduced', member: 3, directory: 'ab'.repeat(16) },
      { type: 'heard', member: 3, position: 9 },
      { type: 'founded' },
    ];
    const snapshot = { slot: 9, bytes: 10, checksum: 20 };
    for (const each of [[], standing, standing.slice(0, 1), standing.slice(3)]) {
      const [first, ...records] = standingRecords(after(...each).group, snapshot);
      expect(decodeSnapshotTaken(first?.payload ?? VALUE)).toEqual(snapshot);
      expect(records.map(decodeRecord)).toEqual(each);
    }
  });
});

describe('segments that no group needs', () => {
  const group = (number: number, trimmedUpTo: number, standsFrom: number): [number, GroupState] => [
    number,
    { ...createGroupState(number), trimmedUpTo, standsFrom },
  ];

  it.each<[string, number, [number, GroupState][]]>([
    ['none, where no group has a snapshot', 0, [group(1, 0, 0), group(2, 0, 0)]],
    ['all but the last', 3, [group(1, 100, 400), group(2, 100, 400)]],
    ['those up to the slot that is trimmed', 2, [group(1, 20, 400), group(2, 100, 400)]],
    ['not the one with a slot more', 1, [group(1, 19, 400), group(2, 100, 400)]],
    ['those before what stands', 2, [group(1, 100, 300), group(2, 100, 400)]],
    ['not the one in which what stands begins', 1, [group(1, 100, 299), group(2, 100, 400)]],
    ['none that another one needs', 0, [group(1, 100, 400), group(2, 4, 400)]],
    ['nor holds one that has nothing in it', 1, [group(1, 20, 400), group(2, 100, 200), group(3, 0, 0)]],
  ])('are %s', (_, count, groups) => {
    const segments = [
      segmentOf(100, [
        [1, 10],
        [2, 5],
      ]),
      segmentOf(200, [
        [1, 20],
        [2, 0],
      ]),
      segmentOf(300, [[1, 30]]),
      segmentOf(400),
    ];
    expect(countSpent(segments, new Map(groups))).toBe(count);
    // One that is not known needs nothing.
    expect(countSpent(segments, new Map())).toBe(3);
  });
});
