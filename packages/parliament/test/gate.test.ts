import { describe, expect, it } from '@jest/globals';
import { EXPELLED } from '@parliament/synod';
import { describeLostMemory, judge, NOTHING_WRITTEN, noteWritten, type Written } from '../src/actors/gate.js';
import { FoundingNews } from '../src/actors/mail.js';
import { explainTrouble } from '../src/events.js';
import { Packet, type PacketIntroduction, type PacketStart } from '../src/wire/packet.js';

const MEMBERS = { 0: 'a', 1: 'b', 2: 'c' };
const DIRECTORY = '11'.repeat(16);
const OTHER = '22'.repeat(16);

function founding(founded: boolean, directory = DIRECTORY): FoundingNews {
  const introduced = new Map([[1, directory]]);
  return new FoundingNews(
    { directory: '00'.repeat(16), founded, introduced, positions: new Map() },
    founded ? [] : [2],
    () => 0,
  );
}

interface Given {
  readonly from?: number;
  readonly node?: string;
  readonly position?: number;
  readonly written?: Written;
  readonly start?: PacketStart;
  readonly news?: FoundingNews | undefined;
  readonly introduction?: PacketIntroduction;
  /** What the sender runs, and the receiver; undefined for registers alone. */
  readonly its?: string;
  readonly machine?: string;
}

/** The sender had written 10, in its life 7, of which it said so. */
const WRITTEN: Written = { position: 10, life: 7, earlier: [5, 6] };

function verdict({
  from = 1,
  node = 'b',
  position = 10,
  written = WRITTEN,
  introduction,
  start,
  its,
  machine,
  ...rest
}: Given) {
  const news = 'news' in rest ? rest.news : founding(true);
  return judge(
    new Packet(from, DIRECTORY, position, [], introduction, start, its),
    node,
    0,
    MEMBERS,
    news,
    written,
    machine,
  );
}

describe('a packet', () => {
  it('of a member with the directory that is written down for it is let in', () => {
    expect(verdict({})).toEqual({ type: 'admit' });
    expect(verdict({ position: 11 })).toEqual({ type: 'admit' });
    const introduction = { yours: undefined, founded: true, members: { 2: 'c', 1: 'b', 0: 'a' } };
    expect(verdict({ introduction })).toEqual({ type: 'admit' });
  });

  it('before the founding, or with another directory, counts for its introduction only', () => {
    expect(verdict({ news: undefined })).toEqual({ type: 'introduction-only' });
    expect(verdict({ news: founding(false) })).toEqual({ type: 'introduction-only' });
    expect(verdict({ news: founding(true, OTHER) })).toEqual({ type: 'introduction-only' });
    // What it has written is no sign of an old copy: that is said of the directory that is known.
    expect(verdict({ news: founding(true, OTHER), position: 9 })).toEqual({ type: 'introduction-only' });
  });

  it('of a member that has written less than it had comes from an old copy', () => {
    expect(verdict({ position: 9 })).toMatchObject({
      type: 'relapse',
      message: expect.stringMatching(/member 1 \(node b\) was put back: it had written 10 bytes,\s+and now says 9/),
    });
  });

  it('of a member that began with less than it had comes from an old copy, however much was written since', () => {
    const start = { life: 8, position: 9 };
    const message = expect.stringMatching(/had written 10 bytes, and now says 9\./);
    expect(verdict({ position: 20, start })).toEqual({ type: 'relapse', position: 9, message });
    expect(verdict({ position: 20, start: { life: 8, position: 10 } })).toEqual({ type: 'admit' });
    // In the life in which it said so it had begun with less, of course; and where that life is not known, it may have.
    expect(verdict({ start: { life: 7, position: 9 } })).toEqual({ type: 'admit' });
    expect(verdict({ start, written: { ...WRITTEN, life: undefined } })).toEqual({ type: 'admit' });
    expect(verdict({ position: 9, start: { life: 7, position: 9 } })).toMatchObject({ type: 'relapse' });
  });

  it('of an earlier life, which comes when there is a later one, is no sign of anything', () => {
    expect(verdict({ position: 3, start: { life: 6, position: 2 } })).toEqual({ type: 'late' });
    expect(verdict({ position: 12, start: { life: 5, position: 2 } })).toEqual({ type: 'late' });
  });

  it('of the own id, of the id of another node, of no member, or of other members is refused, and told why', () => {
    const refusals: [Given, RegExp][] = [
      [{ from: 0, node: 'x' }, /^member id 0 is taken: it is node a; start node x with an id of its own/],
      [{ node: 'x' }, /^member id 1 is taken: it is node b, not x \(members: 0 a, 1 b, 2 c\)/],
      [{ from: 7 }, /^there is no member 7 in this parliament \(members: 0 a, 1 b, 2 c\)/],
      [
        { introduction: { yours: undefined, founded: false, members: { 0: 'a', 1: 'b' } } },
        /^node b was started with the members 0 a, 1 b, but the others have 0 a, 1 b, 2 c/,
      ],
    ];
    for (const [given, message] of refusals) {
      expect(verdict(given)).toEqual({ type: 'refuse', message: expect.stringMatching(message) });
    }
  });
});

describe('a packet of a member that runs another machine', () => {
  it('counts for nothing, not even its introduction, and it is said what to install, or to start', () => {
    const introduction = { yours: undefined, founded: false, members: MEMBERS };
    const remedy =
      'install the same version of parliament on every node (earlier ones know registers alone), with the same options';
    const strangers: [Given, string][] = [
      [{ machine: 'account 1' }, `node b runs registers alone, but the others run account 1: ${remedy}`],
      [{ its: 'account 1' }, `node b runs account 1, but the others run registers alone: ${remedy}`],
      [
        { its: 'account 2', machine: 'account 1' },
        'node b runs account 2, but the others run account 1: give every node the same machine, in the same version',
      ],
    ];
    for (const [given, message] of strangers) {
      // Of whom nothing was heard since this member was started, whatever it had written before.
      for (const written of [NOTHING_WRITTEN, { ...WRITTEN, life: undefined }]) {
        expect(verdict({ ...given, written })).toEqual({ type: 'stranger', message });
        expect(verdict({ ...given, written, position: 3 })).toEqual({ type: 'stranger', message });
      }
      expect(verdict({ ...given, introduction, news: founding(false) })).toEqual({ type: 'stranger', message });
      expect(verdict({ ...given, news: founding(true, OTHER) })).toEqual({ type: 'stranger', message });
      // Of whom more was let in than this: it was sent before its sender was replaced by one of this kind.
      expect(verdict(given)).toEqual({ type: 'late' });
    }
    expect(verdict({ its: 'account 1', machine: 'account 1' })).toEqual({ type: 'admit' });
  });
});

describe('what a member had written', () => {
  const packet = (position: number, start?: PacketStart): Packet =>
    new Packet(1, DIRECTORY, position, [], undefined, start);

  it('is the most that it has said, and in which life it said so', () => {
    let written = noteWritten(NOTHING_WRITTEN, packet(4));
    expect(written).toEqual({ position: 4, life: undefined, earlier: [] });
    written = noteWritten(written, packet(4, { life: 7, position: 1 }));
    expect(written).toEqual({ position: 4, life: 7, earlier: [] });
    written = noteWritten(written, packet(3, { life: 8, position: 3 }));
    expect(written).toEqual({ position: 4, life: 7, earlier: [] });
    written = noteWritten(written, packet(9, { life: 8, position: 5 }));
    expect(written).toEqual({ position: 9, life: 8, earlier: [7] });
    expect(noteWritten(written, packet(11))).toEqual({ position: 11, life: 8, earlier: [7] });
    // More of the same life is no life that is over.
    const more = packet(12, { life: 8, position: 5 });
    expect(noteWritten(written, more)).toEqual({ position: 12, life: 8, earlier: [7] });
  });

  it('remembers sixteen lives', () => {
    let written = NOTHING_WRITTEN;
    for (let life = 1; life <= 40; life++) written = noteWritten(written, packet(life, { life, position: life }));
    expect(written.earlier).toEqual(Array.from({ length: 16 }, (_, index) => 24 + index));
  });
});

it('a lost memory is told to the one that lost it and to those that noticed, each in its words', () => {
  const tell = (whose: 'own' | 'sender' | 'relapse') => describeLostMemory(whose, 'b', 1, OTHER, DIRECTORY);
  expect(tell('own')).toMatch(`of this member has the id ${DIRECTORY}, but node b has ${OTHER} written down`);
  expect(tell('sender')).toMatch(`of member 1 (node b) has the id ${DIRECTORY}, but ${OTHER} is written down`);
  for (const whose of ['own', 'sender'] as const) expect(tell(whose)).toMatch(/Put the old directory back/);
  const relapse = describeLostMemory('relapse', 'b', 1, '90', '50');
  expect(relapse).toMatch(/^an old copy of .* member 1 \(node b\) .* it had written 90 bytes, and now says 50\./);
  // No directory has that id: nobody must look for it.
  for (const whose of ['own', 'sender'] as const) {
    const expelled = describeLostMemory(whose, 'b', 1, EXPELLED, DIRECTORY);
    expect(expelled).toMatch(/expelled.* for good, after an old copy .* spent\.$/);
    expect(expelled).not.toMatch(/0000|Put the old directory back/);
  }
});

it('what a member stands still for is told with what to do about it', () => {
  const nodeOf = (member: number): string => `node ${'abc'[member]}`;
  expect(explainTrouble({ type: 'unknown-decree', slot: 7, kind: 99 }, nodeOf, '')).toMatch(
    /^slot 7 holds a decree of kind 99.*update this member$/,
  );
  const large = { type: 'snapshot-too-large', from: 1, slot: 7, bytes: 100, limitBytes: 99 } as const;
  expect(explainTrouble(large, nodeOf, '')).toMatch(/^the snapshot of slot 7 on node b has 100 bytes.*at most 99/);
  expect(explainTrouble({ type: 'snapshot-unreadable', from: 2, slot: 8 }, nodeOf, 'it is empty')).toMatch(
    /make nothing of the snapshot of slot 8 on node c \(it is empty\): give all members the same version/,
  );
});
