/** The post of one member: takes what its roles have to say to the roles of others, and to one another. */

import { dispatch, type Incarnation, type Reference } from '@parliament/otp';
import { type Envelope, type MemberId, type Message, type RoleName, receiversOf } from '@parliament/synod';
import { PACKET_MESSAGE_LIMIT } from '../wire/packet-codec.js';
import { Received } from './mail.js';
import { gatheredBytes, type Reach } from './room.js';

/**
 * A packet holds at most so many bytes of values, half of what its receiver takes where that is less, or one message that has more: each
 * stays below a frame.
 */
const PACKET_BYTES = 1024 * 1024;

/** What a message weighs beside its values, at most. */
const MESSAGE_BYTES = 64;

/** What the post needs to know of its surroundings. */
export interface PostRoutes {
  readonly member: MemberId;
  /** The own actor of a role. */
  readonly role: (role: RoleName) => Reference;
  /** Hands a packet's messages to the node of another member; lost without a word when that cannot be reached. */
  readonly send: (to: MemberId, messages: readonly Message[]) => void;
  /** The longest packet that may go there; undefined where that is not known. */
  readonly reach: Reach;
}

export interface Post {
  /** Sends, unless the incarnation on whose behalf it is done has ended (fencing). */
  send(envelopes: readonly Envelope[], incarnation: Incarnation): void;
}

/** Opens a post that sends everything which one turn of the event loop has for another member as one packet. */
export function openPost(routes: PostRoutes): Post {
  const outgoing = new Map<MemberId, Message[]>();

  function flush(): void {
    for (const [to, messages] of outgoing) {
      const most = Math.min(PACKET_BYTES, gatheredBytes(routes.reach(to) ?? Number.MAX_SAFE_INTEGER));
      for (const packet of cut(messages, most)) routes.send(to, packet);
    }
    outgoing.clear();
  }

  return {
    send(envelopes, incarnation) {
      if (!incarnation.alive || envelopes.length === 0) return;
      const own: Message[] = [];
      for (const { to, message } of envelopes) {
        if (to === routes.member) {
          own.push(message);
          continue;
        }
        const waiting = outgoing.get(to);
        if (waiting !== undefined) {
          waiting.push(message);
        } else {
          if (outgoing.size === 0) queueMicrotask(flush);
          outgoing.set(to, [message]);
        }
      }
      if (own.length > 0) giveRoles(routes.role, routes.member, routes.member, own);
    },
  };
}

/** Gives each role of `member` the messages that are for it, in one message each, in their order. */
export function giveRoles(
  role: (role: RoleName) => Reference,
  member: MemberId,
  from: MemberId,
  messages: readonly Message[],
): void {
  const byRole = new Map<RoleName, Message[]>();
  for (const message of messages) {
    for (const receiver of receiversOf(message, member)) {
      const waiting = byRole.get(receiver);
      if (waiting === undefined) byRole.set(receiver, [message]);
      else waiting.push(message);
    }
  }
  // The table of receivers gives each role only the messages of its own type; the compiler cannot see that through the table.
  for (const [name, received] of byRole) dispatch(role(name), new Received(from, received as never[]));
}

function cut(messages: readonly Message[], most: number): Message[][] {
  const limit = Math.min(PACKET_MESSAGE_LIMIT, Math.ceil(most / MESSAGE_BYTES));
  const packets: Message[][] = [[]];
  let bytes = 0;
  let current = packets[0] as Message[];
  for (const message of messages) {
    const more = weight(message);
    if ((current.length > 0 && bytes + more > most) || current.length >= limit) {
      current = [];
      packets.push(current);
      bytes = 0;
    }
    current.push(message);
    bytes += more;
  }
  return packets;
}

function weight(message: Message): number {
  switch (message.type) {
    case 'accept':
    case 'submit':
      return message.value.length;
    case 'promise':
      return message.votes.reduce((bytes, vote) => bytes + vote.value.length, 0);
    case 'snapshot-part':
      return message.bytes.length;
    case 'decided':
      return message.decisions.reduce((bytes, decision) => bytes + decision.value.length, 0);
    default:
      return 0;
  }
}
