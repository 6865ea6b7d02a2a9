/**
 * How long messages may be. Each node says in its `limits.payloadBytes` what it takes, and one of them may take less than the others:
 * what is longer does not reach it, however often it is sent.
 */

import type { MemberId } from '@parliament/synod';
import { type Members, memberIds } from '../members.js';
import { MACHINE_LENGTH_MAX } from '../wire/packet-codec.js';

/** The longest message that may go to the node of a member, in bytes; undefined where that is not known, and counts as enough. */
export type Reach = (member: MemberId) => number | undefined;

/** What a desk may propose. */
export interface Room {
  /** The message of a command has at most so many bytes, or it cannot be decided while the present leader leads. */
  readonly messageBytes: number;
  /** The node that takes no longer one. */
  readonly node: string;
  /** Commands are put together up to so many bytes only, so that every member can take the decree. */
  readonly batchBytes: number;
}

/** A member that takes less than the values of its parliament need. */
export interface NarrowMember {
  readonly member: MemberId;
  readonly bytes: number;
  /** What is wrong, and what helps. */
  readonly message: string;
}

const ANY_BYTES: number = Number.MAX_SAFE_INTEGER;

/** Where nothing is known to be too long. */
export const ANY_ROOM: Room = { messageBytes: ANY_BYTES, node: '', batchBytes: ANY_BYTES };

/** A command has at most so many bytes beside its key and value; and around it, a decree and the packet that it travels in. */
export const COMMAND_BYTES = 64;
const PACKET_BYTES: number = 192 + MACHINE_LENGTH_MAX;

/** One member that takes hardly anything must not slow the others down: it could not catch up with them by messages so short anyhow. */
const LEAST_BATCH_BYTES: number = 16 * 1024;

/** What may travel with a value in one message: its key, and what a page of votes or decisions has before it. */
const AROUND_VALUE_BYTES: number = 64 * 1024;

/** How long the message of a command may be that has so many bytes of key and value. */
export function messageBytesOf(bytes: number): number {
  return bytes + COMMAND_BYTES + PACKET_BYTES;
}

/** What is gathered for a node that takes messages of `bytes`: half of it, so that what is around it fits as well. */
export function gatheredBytes(bytes: number): number {
  return Math.floor(bytes / 2);
}

/**
 * What the desk of `self` may propose to `leader`. A command must reach the leader; so many members that they and the leader are a
 * majority; and `self`, or it would not learn what was decided. Who leads proposes to itself, and votes for itself, without a message.
 */
export function roomFor(members: Members, self: MemberId, leader: MemberId | undefined, reach: Reach): Room {
  const limits = memberIds(members).map((member) => ({ member, bytes: reach(member) ?? ANY_BYTES }));
  const forAll = Math.max(LEAST_BATCH_BYTES, gatheredBytes(Math.min(...limits.map(({ bytes }) => bytes))));
  if (leader === undefined) return { ...ANY_ROOM, batchBytes: forAll };
  const voting = limits.map((limit) => (limit.member === leader ? { ...limit, bytes: ANY_BYTES } : limit));
  voting.sort((left, right) => right.bytes - left.bytes);
  const needed = voting.slice(0, Math.floor(voting.length / 2) + 1);
  if (leader !== self) needed.push(...limits.filter(({ member }) => member === leader || member === self));
  const narrowest = needed.reduce((one, other) => (other.bytes < one.bytes ? other : one));
  const batchBytes = Math.min(forAll, gatheredBytes(narrowest.bytes));
  return { messageBytes: narrowest.bytes, node: members[narrowest.member] ?? '', batchBytes };
}

/** The members that take less than values of up to `valueLimitBytes` need. */
export function narrowMembers(members: Members, reach: Reach, valueLimitBytes: number): NarrowMember[] {
  const needed = valueLimitBytes + AROUND_VALUE_BYTES;
  return memberIds(members).flatMap((member) => {
    const bytes = reach(member) ?? needed;
    if (bytes >= needed) return [];
    const message =
      `a message to node ${members[member]} has at most ${bytes} bytes, and values of up to ${valueLimitBytes} bytes need ${needed}: it ` +
      'cannot learn longer ones, nor take them as the leader; raise limits.payloadBytes there, or lower valueLimitBytes everywhere';
    return [{ member, bytes, message }];
  });
}

/** Why a command is not proposed. */
export function describeTooLarge(bytes: number, { messageBytes, node }: Room): string {
  return (
    `what is proposed needs a message of up to ${bytes} bytes, and one to node ${node} has at most ${messageBytes}: raise limits.payloadBytes ` +
    'there, or store it elsewhere and agree on its name'
  );
}
