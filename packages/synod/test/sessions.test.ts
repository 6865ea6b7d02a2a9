import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  applyDecision,
  applyEntry,
  commandsValue,
  createReplica,
  createSessions,
  idleSessions,
  joinChunks,
  type Machine,
  type MachineCodec,
  majority,
  NO_OP,
  readReplica,
  REPLIES_LIMIT_BYTES,
  reconfigurationValue,
  SESSION_LIMIT,
  type SessionEntry,
  type SessionResult,
  type SessionTable,
  UNACKNOWLEDGED_LIMIT,
  writeReplica,
} from '../src/index.js';

/** A machine whose state is all that was ever applied, so that what is applied twice shows. */
const machine: Machine<number[], number, number> = {
  initial: () => [],
  apply: (state, command) => state.push(command),
  snapshot: (state) => [Uint8Array.from(state)],
  restore: (chunks) => [...joinChunks(chunks)],
};

const codec: MachineCodec<number, number> = {
  readEntries: (payload) => JSON.parse(new TextDecoder().decode(payload)),
  writeReply: (reply) => Uint8Array.of(reply),
  readReply: (bytes) => bytes[0] as number,
};

const batch = (entries: readonly SessionEntry<number>[]) =>
  commandsValue(new TextEncoder().encode(JSON.stringify(entries)));
const run = (session: number, number: number, command: number, acknowledged = 0): SessionEntry<number> => {
  return { type: 'run', session, number, acknowledged, command };
};

function apply(
  table: SessionTable<number>,
  slot: number,
  entry: SessionEntry<number>,
  applied: number[],
): SessionResult<number> {
  return applyEntry(table, slot, entry, (command) => applied.push(command));
}

describe('a session', () => {
  it('has each command applied once, whatever is sent again and in which order, and the same reply each time', () => {
    const entry = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          session: fc.integer({ min: 1, max: 3 }),
          number: fc.integer({ min: 1, max: 6 }),
          acknowledged: fc.nat({ max: 4 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ ends: fc.integer({ min: 1, max: 3 }) }) },
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 60 }), fc.nat(), (entries, cut) => {
        const replica = createReplica(machine, codec);
        const open = [1, 2, 3].map((token): SessionEntry<number> => ({ type: 'open', token }));
        applyDecision(replica, { slot: 1, value: batch(open) });
        const replies = new Map<string, number>();
        const ended = new Set<number>();
        entries.forEach((each, index) => {
          const slot = index + 2;
          // A snapshot in the middle changes nothing.
          if (index === cut % 60) readReplica(replica, slot - 1, writeReplica(replica));
          if ('ends' in each) {
            ended.add(each.ends);
            applyDecision(replica, { slot, value: batch([{ type: 'close', session: each.ends }]) });
            return;
          }
          const { session, number, acknowledged } = each;
          const [result] = applyDecision(replica, {
            slot,
            value: batch([run(session, number, 10 * session + number, acknowledged)]),
          });
          if (ended.has(session)) expect(result).toMatchObject({ type: 'refused', reason: 'session-expired' });
          if (result?.type !== 'replied') return;
          const key = `${session}/${number}`;
          expect(result.reply).toBe(replies.get(key) ?? result.reply);
          replies.set(key, result.reply);
        });
        expect(new Set(replica.state).size).toBe(replica.state.length);
        expect(replica.state.length).toBe(replies.size);
      }),
      { numRuns: 300 },
    );
  });

  it('that has ended never comes back: a late command is refused, and a late opening opens another one', () => {
    const table = createSessions<number>();
    const applied: number[] = [];
    expect(apply(table, 1, { type: 'open', token: 7 }, applied)).toEqual({ type: 'opened', session: 1, token: 7 });
    expect(apply(table, 2, { type: 'open', token: 7 }, applied)).toMatchObject({ session: 1 });
    apply(table, 3, run(1, 1, 5), applied);
    apply(table, 4, { type: 'close', session: 1 }, applied);
    expect(apply(table, 5, run(1, 1, 5), applied)).toEqual({
      type: 'refused',
      reason: 'session-expired',
      session: 1,
      number: 1,
    });
    expect(apply(table, 6, { type: 'open', token: 7 }, applied)).toMatchObject({ type: 'opened', session: 2 });
    expect(apply(table, 7, run(1, 1, 5), applied)).toMatchObject({ reason: 'session-expired' });
    expect(applied).toEqual([5]);
  });

  it('keeps a reply until it is acknowledged, and no longer; and no more of them than it may', () => {
    const table = createSessions<number>();
    const applied: number[] = [];
    apply(table, 1, { type: 'open', token: 7 }, applied);
    for (let number = 1; number <= 3; number++) apply(table, 2, run(1, number, number), applied);
    expect(apply(table, 3, run(1, 2, 2), applied)).toMatchObject({ type: 'replied', reply: 2 });
    apply(table, 4, run(1, 4, 4, 3), applied);
    expect(table.sessions.get(1)?.replies.size).toBe(1);
    expect(apply(table, 5, run(1, 2, 2), applied)).toMatchObject({ type: 'refused', reason: 'acknowledged' });
    expect(apply(table, 6, run(1, 4 + UNACKNOWLEDGED_LIMIT, 9), applied)).toMatchObject({ reason: 'too-far-ahead' });
    expect(applied).toEqual([1, 2, 3, 4]);
  });

  it('expires by the log when nobody uses it, and not when somebody did meanwhile', () => {
    const table = createSessions<number>();
    const watch = new Map();
    apply(table, 1, { type: 'open', token: 7 }, []);
    expect(idleSessions(table, watch, 1000, 0)).toEqual([]);
    expect(idleSessions(table, watch, 1000, 999)).toEqual([]);
    const [expiry] = idleSessions(table, watch, 1000, 1000);
    apply(table, 5, run(1, 1, 1), []);
    expect(apply(table, 6, expiry as SessionEntry<number>, [])).toEqual({ type: 'kept', session: 1 });
    expect(idleSessions(table, watch, 1000, 1500)).toEqual([]);
    const [again] = idleSessions(table, watch, 1000, 2500);
    expect(apply(table, 7, again as SessionEntry<number>, [])).toEqual({ type: 'ended', session: 1 });
    idleSessions(table, watch, 1000, 2600);
    expect(watch.size).toBe(0);
  });

  it('is refused when there are too many', () => {
    const table = createSessions<number>();
    for (let token = 1; token <= SESSION_LIMIT; token++) {
      table.opened += 1;
      table.sessions.set(table.opened, { token, usedAt: 1, acknowledged: 0, replies: new Map() });
    }
    expect(apply(table, 2, { type: 'open', token: 0 }, [])).toEqual({
      type: 'refused',
      reason: 'too-many-sessions',
      token: 0,
    });
  });
});

describe('what sessions cost', () => {
  const run = (session: number, number: number, acknowledged: number) =>
    ({ type: 'run', session, number, acknowledged, command: number }) as const;

  it('does not grow with the numbers that a client makes up', () => {
    const table = createSessions<string>();
    applyEntry(table, 1, { type: 'open', token: 7 }, () => '');
    const first = run(1, 1, 0);
    applyEntry(table, 2, first, () => 'one');
    // One step for each number would never end.
    const far = Number.MAX_SAFE_INTEGER;
    expect(applyEntry(table, 3, run(1, far, far - 1), () => 'far')).toMatchObject({ type: 'replied', reply: 'far' });
    const session = table.sessions.get(1);
    expect(session?.acknowledged).toBe(far - 1);
    expect([...(session?.replies ?? [])].map(([number, { reply }]) => [number, reply])).toEqual([[far, 'far']]);
    expect(applyEntry(table, 4, first, () => 'again')).toMatchObject({ type: 'refused', reason: 'acknowledged' });
  });

  it('is weighed once: a reply that a machine goes on to change takes off what it put on', () => {
    const table = createSessions<number[]>((reply) => reply.length);
    applyEntry(table, 1, { type: 'open', token: 7 }, () => []);
    const before = table.bytes;
    const shared = [1, 2, 3];
    applyEntry(table, 2, run(1, 1, 0), () => shared);
    shared.push(4, 5);
    applyEntry(table, 3, { type: 'close', session: 1 }, () => []);
    expect(table.bytes).toBe(before);
  });

  it('is bounded in bytes: who has not acknowledged waits first, and at four times as much everybody', () => {
    const weight = REPLIES_LIMIT_BYTES / 2;
    const table = createSessions<string>(() => weight);
    for (let token = 1; token <= 20; token++) applyEntry(table, 1, { type: 'open', token }, () => '');
    const apply = (session: number, number: number, acknowledged = 0) =>
      applyEntry(table, 2, run(session, number, acknowledged), () => 'reply').type;
    expect([apply(1, 1), apply(1, 2), apply(1, 3)]).toEqual(['replied', 'replied', 'refused']);
    // Another one goes on, and the first one too, once it has acknowledged.
    expect([apply(2, 1), apply(2, 2)]).toEqual(['replied', 'refused']);
    expect(apply(1, 3, 2)).toBe('replied');
    for (let session = 3; session <= 8; session++) expect(apply(session, 1)).toBe('replied');
    expect(apply(9, 1)).toBe('refused');
    expect(table.bytes).toBeGreaterThanOrEqual(4 * REPLIES_LIMIT_BYTES);
    for (let session = 1; session <= 8; session++) applyEntry(table, 3, { type: 'close', session }, () => '');
    expect(table.bytes).toBe(0);
    expect(apply(9, 1)).toBe('replied');
  });

  it('is the same for a table out of a snapshot', () => {
    const replica = createReplica(machine, codec);
    const write = (entries: SessionEntry<number>[]) =>
      applyDecision(replica, { slot: replica.appliedUpTo + 1, value: batch(entries) });
    write([{ type: 'open', token: 5 }]);
    write([run(1, 1, 0), run(1, 2, 0)]);
    const copy = createReplica(machine, codec);
    readReplica(copy, replica.appliedUpTo, writeReplica(replica));
    expect(copy.sessions.bytes).toBe(replica.sessions.bytes);
    expect(copy.sessions.bytes).toBeGreaterThan(0);
    // Asked twice, opened once: also where the first time is in the snapshot.
    expect(applyEntry(copy.sessions, 3, { type: 'open', token: 5 }, () => 0)).toMatchObject({ session: 1 });
  });
});

describe('a command outside of sessions', () => {
  it('is applied as often as it is decided, and answered by what its client named it', () => {
    const replica = createReplica(machine, codec);
    const bare: SessionEntry<number> = { type: 'bare', token: 7, request: 3, command: 5 };
    expect(applyDecision(replica, { slot: 1, value: batch([bare, bare]) })).toEqual([
      { type: 'answered', token: 7, request: 3, reply: 1 },
      { type: 'answered', token: 7, request: 3, reply: 2 },
    ]);
    expect(replica.sessions.opened).toBe(0);
  });
});

describe('a replica', () => {
  it('takes slots in order only', () => {
    const replica = createReplica(machine, codec);
    expect(() => applyDecision(replica, { slot: 2, value: batch([]) })).toThrow('slot 2 cannot follow slot 0');
  });

  it('passes over the no-op and changes of membership, and not over what a later version may have decreed', () => {
    const replica = createReplica(machine, codec);
    const change = reconfigurationValue({ base: 0, voters: majority([0, 1]), learners: [] });
    for (const value of [NO_OP, change]) {
      expect(applyDecision(replica, { slot: replica.appliedUpTo + 1, value })).toEqual([]);
    }
    for (const value of [[9], [2, 3, 4]]) {
      expect(() => applyDecision(replica, { slot: 3, value: Uint8Array.from(value) })).toThrow(/cannot read/);
    }
    expect(replica.appliedUpTo).toBe(2);
  });
});
