import { describe, expect, it } from '@jest/globals';
import { type History, majority } from '@parliament/synod';
import { RecordDisk } from '../src/world/disk.js';
import {
  encodeEntries,
  jsonCodec,
  type RegisterCommand,
  type RegisterReply,
  type Registers,
  registers,
} from '../src/world/machines.js';
import { SHIPPED_STEPS } from '../src/world/member.js';
import type { Parcel } from '../src/world/network.js';
import { Stage, type StageEvent, type StageOptions } from '../src/world/stage.js';

const OPTIONS: StageOptions<Registers, RegisterCommand, RegisterReply> = {
  members: 3,
  alpha: 16,
  quorums: majority([0, 1, 2]),
  proposer: { leaseMs: 0 },
  leaseMs: 0,
  tailSlots: 0,
  snapshotSlots: 0,
  disk: 'records',
  machine: registers,
  codec: jsonCodec(),
  steps: SHIPPED_STEPS,
  leasesHold: true,
};

const FOUNDED: History = [{ number: 0, from: 1, alpha: 16, voters: majority([0, 1, 2]), learners: [], spent: [] }];

/** Three members, of which all that they send arrives at once, and syncs end at once. */
function openStage() {
  const post: Parcel[] = [];
  const syncs: number[] = [];
  const stage = new Stage(OPTIONS, {
    onSend: (parcel) => post.push(parcel),
    onSyncBegun: (member) => syncs.push(member),
    onFailedSync: () => {},
    onResults: () => {},
    onNews: () => {},
  });
  let at = 0;
  const settle = (): void => {
    while (post.length + syncs.length > 0) {
      for (const member of syncs.splice(0)) stage.sync(at, member, 0);
      const parcel = post.shift();
      if (parcel !== undefined) stage.deliver(at, parcel);
    }
  };
  const happen = (event: StageEvent): void => {
    stage.apply(event);
    settle();
  };
  const begin = (member: number): void =>
    happen({ type: 'start', at, member, seed: member + 1, clock: { offset: 0, rate: 1 } });
  /** Time passes until somebody leads, and something is decided, of which all have heard. */
  const decide = (): void => {
    const leader = () => [...stage.nodes.values()].find(({ isLeading }) => isLeading);
    for (let ticks = 0; leader() === undefined && ticks < 1000; ticks++) {
      at += 20;
      for (const member of stage.nodes.keys()) happen({ type: 'tick', at, member });
    }
    const member = leader()?.member ?? -1;
    const payload = encodeEntries([{ type: 'open', token: 1 }]);
    happen({ type: 'propose', at, member, payload, token: 1 });
  };
  return { stage, post, happen, begin, decide, now: () => at };
}

/**
 * Member 2 is backed up, goes on, crashes, and its old copy is put back: the others know that it had written more. Newcomers, who join
 * meanwhile, have heard of that, too.
 */
function withOldCopy(newcomers: readonly number[] = []) {
  const opened = openStage();
  for (const member of [0, 1, 2]) opened.begin(member);
  opened.happen({ type: 'back-up', at: opened.now(), member: 2 });
  opened.decide();
  const at = opened.now();
  const member = opened.stage.nodes.get(2);
  if (member === undefined) throw new Error('member 2 is gone');
  const { directory, disk } = member;
  const { position } = disk;
  const message = { type: 'canvass', attempt: 1, decidedUpTo: 0 } as const;
  for (const to of newcomers) {
    opened.begin(to);
    opened.stage.deliver(at, { from: 2, to, directory, position, message });
    opened.post.length = 0;
  }
  opened.happen({ type: 'crash', at, member: 2, seed: 1 });
  opened.happen({ type: 'put-back', at, member: 2 });
  opened.happen({ type: 'restart', at, member: 2, seed: 1 });
  return opened;
}

describe('an old copy of a disk that is put back', () => {
  it.each([0, 1, 3])('is not counted by member %d, of whom 3 came later', (member) => {
    const { stage, post, begin, now } = withOldCopy();
    expect(stage.oracle.hasLost(2)).toBe(true);
    begin(3);
    const old = stage.nodes.get(2);
    if (old === undefined) throw new Error('member 2 is gone');
    const { directory, disk } = old;
    const canvass = { type: 'canvass', attempt: 7, decidedUpTo: 0 } as const;
    const say = (from: number, as: string, position: number): number => {
      post.length = 0;
      stage.deliver(now() + 10_000, { from, to: member, directory: as, position, message: canvass });
      return post.splice(0).filter(({ message }) => message.type === 'canvass-reply').length;
    };
    expect(say(2, directory, disk.position)).toBe(0);
    // Not for any other cause: from one that is counted, the same is answered.
    const other = stage.nodes.get(member === 0 ? 1 : 0);
    expect(say(other?.member ?? -1, other?.directory ?? '', other?.disk.position ?? 0)).toBe(1);
  });

  it('is noticed although it writes down whom it does not know, before it is heard', () => {
    const newcomers = Array.from({ length: 20 }, (_, index) => 3 + index);
    const { stage, post, now } = withOldCopy(newcomers);
    const old = stage.nodes.get(2);
    if (old === undefined) throw new Error('member 2 is gone');
    const message = { type: 'canvass', attempt: 7, decidedUpTo: 0 } as const;
    for (const member of [0, 1]) {
      // By now it has written more than any other one had heard of.
      expect(old.disk.position).toBeGreaterThan(stage.nodes.get(member)?.positionOf(2) ?? Number.NaN);
      post.length = 0;
      const { directory, disk } = old;
      stage.deliver(now() + 10_000, { from: 2, to: member, directory, position: disk.position, message });
      expect(post).toEqual([]);
    }
    expect(stage.oracle.hasLost(2)).toBe(true);
  });

  it('has broken no word: a vote that trimming kept may stand behind a later promise', () => {
    const voted = (slot: number, ballot: number) => ({ type: 'voted', slot, ballot, value: new Uint8Array() }) as const;
    const disk = new RecordDisk([]);
    disk.append([voted(1, 1024), voted(2, 1024), { type: 'promised', ballot: 2048 }])();
    disk.trim({ slot: 1, history: FOUNDED, state: new Uint8Array() })();
    const copy = disk.copy();
    expect(copy.brokenPromise).toBeUndefined();
    expect([copy.promised, copy.position, copy.synced]).toEqual([disk.promised, disk.position, disk.synced]);
    expect([copy.hasVote(1, 1024), copy.hasVote(2, 1024), copy.hasVote(2, 2048)]).toEqual([true, true, false]);
    // What it has seen it still sees.
    copy.append([voted(3, 1024)])();
    expect(copy.brokenPromise).toMatch(/a vote at ballot 1024 after a promise of 2048/);
    expect(copy.copy().brokenPromise).toBe(copy.brokenPromise);
    expect(disk.brokenPromise).toBeUndefined();
  });

  it('does not happen where the others have heard of no more: nothing is lost then that anybody could notice', () => {
    const { stage, happen, begin, now } = openStage();
    for (const member of [0, 1, 2]) begin(member);
    const at = now();
    happen({ type: 'back-up', at, member: 2 });
    happen({ type: 'crash', at, member: 2, seed: 1 });
    happen({ type: 'put-back', at, member: 2 });
    expect(stage.oracle.hasLost(2)).toBe(false);
  });
});
