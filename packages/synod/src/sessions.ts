/**
 * Sessions: a command that is sent again is applied once (Liskov and Cowling, "Viewstamped Replication Revisited", 2012;
 * Ongaro's thesis, 6.3).
 *
 * The table is part of the replicated state: every learner changes it by the same commands in the same slots, it is in the
 * snapshot, and no clock has a say in it. A reply is kept until its client acknowledges it, so a repeated command gets the
 * very reply of the first time. A session that has ended never comes back, for its number is never given again: a command
 * that comes too late is refused, and never applied a second time.
 */

import type { Slot } from './slot.js';

/** The number of a session: counts those that were ever opened, from 1. */
export type SessionId = number;

/** What sessions see of a batch of commands. `Command` is whatever the machine takes. */
export type SessionEntry<Command> =
  /** Opens a session. `token` is random, and tells the client which of the results is for it. */
  | { readonly type: 'open'; readonly token: number }
  /**
   * Command number `number` (from 1) of a session. The client has the replies of all commands up to `acknowledged`, and
   * will not ask for them again.
   */
  | {
      readonly type: 'run';
      readonly session: SessionId;
      readonly number: number;
      readonly acknowledged: number;
      readonly command: Command;
    }
  | { readonly type: 'close'; readonly session: SessionId }
  /** Ends a session that nobody has used since `usedAt`. One that was used after all goes on. */
  | { readonly type: 'expire'; readonly session: SessionId; readonly usedAt: Slot }
  /** A command outside of sessions: applied as often as it is decided. `token` and `request` tell the client that the reply is for it. */
  | { readonly type: 'bare'; readonly token: number; readonly request: number; readonly command: Command };

/** Why a command is not applied. */
export type RefusedCommand = 'session-expired' | 'acknowledged' | 'too-far-ahead' | 'too-much-unacknowledged';

/** What became of an entry. */
export type SessionResult<Reply> =
  | { readonly type: 'opened'; readonly session: SessionId; readonly token: number }
  /** The reply of the command, also when it was applied before. */
  | { readonly type: 'replied'; readonly session: SessionId; readonly number: number; readonly reply: Reply }
  /** Not applied, for this reason. */
  | {
      readonly type: 'refused';
      readonly reason: RefusedCommand;
      readonly session: SessionId;
      readonly number: number;
    }
  | { readonly type: 'refused'; readonly reason: 'too-many-sessions'; readonly token: number }
  | { readonly type: 'ended'; readonly session: SessionId }
  /** It was to expire, and had been used meanwhile. */
  | { readonly type: 'kept'; readonly session: SessionId }
  /** The reply of a command outside of sessions. */
  | { readonly type: 'answered'; readonly token: number; readonly request: number; readonly reply: Reply };

export interface Session<Reply> {
  readonly token: number;
  /** The slot of the last command that used it. */
  usedAt: Slot;
  /** Every command up to here was acknowledged; its reply is gone. */
  acknowledged: number;
  /** By number, the replies of the commands that were applied and not acknowledged. */
  readonly replies: Map<number, Kept<Reply>>;
}

/** A reply, and what it weighed when it was given: whatever becomes of it meanwhile, so much is taken off when it goes. */
export interface Kept<Reply> {
  readonly reply: Reply;
  readonly bytes: number;
}

/** The sessions that are open. To be made by {@link createSessions} and changed by the functions of this file only. */
export interface SessionTable<Reply> {
  /** Sessions opened so far. */
  opened: number;
  readonly sessions: Map<SessionId, Session<Reply>>;
  /** By token: the session that was opened with it. Follows from `sessions`. */
  readonly byToken: Map<number, SessionId>;
  /** What all replies that are kept weigh. Follows from `sessions`. */
  bytes: number;
  /** What a reply weighs, in bytes: the same for the same reply, on every member. */
  readonly weigh: (reply: Reply) => number;
}

/** At most this many sessions are open at a time. */
export const SESSION_LIMIT = 10_000;

/** A session may be this many commands ahead of what it has acknowledged: so many replies are kept for it. */
export const UNACKNOWLEDGED_LIMIT = 8192;

/**
 * Once the replies that are kept for all sessions weigh this much, in bytes, a session that has not acknowledged all it got is refused
 * further commands. One that has is refused at four times as much: those who take up the room must not keep out the others.
 */
export const REPLIES_LIMIT_BYTES: number = 256 * 1024 * 1024;

/**
 * A table without sessions.
 *
 * @param weigh what a reply weighs, in bytes, beside some that each takes; it must be the same on every member. Default: nothing.
 */
export function createSessions<Reply>(weigh: (reply: Reply) => number = () => 0): SessionTable<Reply> {
  return { opened: 0, sessions: new Map(), byToken: new Map(), bytes: 0, weigh };
}

/** Puts a session into a table as it was in another one: out of a snapshot. */
export function restoreSession<Reply>(
  table: SessionTable<Reply>,
  id: SessionId,
  { token, usedAt, acknowledged, replies }: StoredSession<Reply>,
): void {
  const session: Session<Reply> = { token, usedAt, acknowledged, replies: new Map() };
  table.sessions.set(id, session);
  table.byToken.set(token, id);
  for (const [number, reply] of replies) keep(table, session, number, reply);
}

/** A session as a snapshot has it. */
export interface StoredSession<Reply> {
  readonly token: number;
  readonly usedAt: Slot;
  readonly acknowledged: number;
  readonly replies: Iterable<readonly [number: number, reply: Reply]>;
}

/** A reply weighs something also where it is empty: as many as there may be would be too many. */
const REPLY_OVERHEAD_BYTES = 64;

function keep<Reply>(table: SessionTable<Reply>, session: Session<Reply>, number: number, reply: Reply): void {
  const bytes = REPLY_OVERHEAD_BYTES + table.weigh(reply);
  session.replies.set(number, { reply, bytes });
  table.bytes += bytes;
}

/** Applies one entry, decided in `slot`. `apply` is called at most once, and never for a command of a session that was applied before. */
export function applyEntry<Command, Reply>(
  table: SessionTable<Reply>,
  slot: Slot,
  entry: SessionEntry<Command>,
  apply: (command: Command) => Reply,
): SessionResult<Reply> {
  switch (entry.type) {
    case 'open':
      return open(table, slot, entry.token);
    case 'close':
      end(table, entry.session);
      return { type: 'ended', session: entry.session };
    case 'expire': {
      const { session, usedAt } = entry;
      const found = table.sessions.get(session);
      if (found !== undefined && found.usedAt !== usedAt) return { type: 'kept', session };
      end(table, session);
      return { type: 'ended', session };
    }
    case 'run':
      return run(table, slot, entry, apply);
    case 'bare': {
      const { token, request, command } = entry;
      return { type: 'answered', token, request, reply: apply(command) };
    }
  }
}

/**
 * The sessions that nobody has used for `idleMs`, as one member sees it that has watched since `watch` was made: entries to
 * propose. Which member asks does not matter, nor how well its clock goes: a session that was used meanwhile goes on.
 */
export function idleSessions<Reply>(
  table: SessionTable<Reply>,
  watch: Map<SessionId, { readonly usedAt: Slot; readonly since: number }>,
  idleMs: number,
  now: number,
): { readonly type: 'expire'; readonly session: SessionId; readonly usedAt: Slot }[] {
  const idle: { type: 'expire'; session: SessionId; usedAt: Slot }[] = [];
  for (const session of watch.keys()) if (!table.sessions.has(session)) watch.delete(session);
  for (const [session, { usedAt }] of table.sessions) {
    const seen = watch.get(session);
    if (seen === undefined || seen.usedAt !== usedAt) watch.set(session, { usedAt, since: now });
    else if (now - seen.since >= idleMs) idle.push({ type: 'expire', session, usedAt });
  }
  return idle;
}

function open<Reply>(table: SessionTable<Reply>, slot: Slot, token: number): SessionResult<Reply> {
  // Asked twice, opened once.
  const known = table.byToken.get(token);
  if (known !== undefined) return { type: 'opened', session: known, token };
  if (table.sessions.size >= SESSION_LIMIT) return { type: 'refused', reason: 'too-many-sessions', token };
  table.opened += 1;
  restoreSession(table, table.opened, { token, usedAt: slot, acknowledged: 0, replies: [] });
  return { type: 'opened', session: table.opened, token };
}

function end<Reply>(table: SessionTable<Reply>, id: SessionId): void {
  const session = table.sessions.get(id);
  if (session === undefined) return;
  forget(table, session, Number.POSITIVE_INFINITY);
  table.sessions.delete(id);
  table.byToken.delete(session.token);
}

/** Forgets the replies of commands up to `upTo`: in steps of one where there are few, however far the number is. */
function forget<Reply>(table: SessionTable<Reply>, session: Session<Reply>, upTo: number): void {
  const { replies, acknowledged } = session;
  if (upTo <= acknowledged) return;
  if (upTo - acknowledged <= replies.size) {
    for (let number = acknowledged + 1; number <= upTo; number++) drop(table, session, number);
  } else {
    for (const number of replies.keys()) if (number <= upTo) drop(table, session, number);
  }
  session.acknowledged = upTo;
}

function drop<Reply>(table: SessionTable<Reply>, { replies }: Session<Reply>, number: number): void {
  const kept = replies.get(number);
  if (kept === undefined) return;
  table.bytes -= kept.bytes;
  replies.delete(number);
}

function run<Command, Reply>(
  table: SessionTable<Reply>,
  slot: Slot,
  entry: Extract<SessionEntry<Command>, { type: 'run' }>,
  apply: (command: Command) => Reply,
): SessionResult<Reply> {
  const { session: id, number, acknowledged, command } = entry;
  const session = table.sessions.get(id);
  if (session === undefined) return refusal('session-expired', id, number);
  session.usedAt = slot;
  forget(table, session, Math.min(acknowledged, number - 1));
  if (number <= session.acknowledged) return refusal('acknowledged', id, number);
  const known = session.replies.get(number);
  if (known !== undefined) return { type: 'replied', session: id, number, reply: known.reply };
  if (number > session.acknowledged + UNACKNOWLEDGED_LIMIT) return refusal('too-far-ahead', id, number);
  const limitBytes = REPLIES_LIMIT_BYTES * (session.replies.size > 0 ? 1 : 4);
  if (table.bytes >= limitBytes) return refusal('too-much-unacknowledged', id, number);
  const reply = apply(command);
  keep(table, session, number, reply);
  return { type: 'replied', session: id, number, reply };
}

function refusal(
  reason: RefusedCommand,
  session: SessionId,
  number: number,
): { type: 'refused'; reason: RefusedCommand; session: SessionId; number: number } {
  return { type: 'refused', reason, session, number };
}
