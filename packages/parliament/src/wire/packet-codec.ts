/**
 * Packets as bytes. Whatever comes in passes the checks of this file before any role sees it: what is missing, out of
 * range, too long or too many is refused with a {@link MalformedPacket}, and the link it came over is closed.
 */

import { textOf } from '@parliament/otp';
import type { Codec } from '@parliament/remote';
import { NumberReader, numberOf } from '@parliament/storage/format';
import {
  type Ballot,
  type Configuration,
  checkedConfiguration,
  checkedHistory,
  type Decision,
  isBallot,
  isMemberId,
  isSlot,
  type MemberId,
  type Message,
  NO_BALLOT,
  NO_OP,
  ownerOf,
  type Slot,
  type Value,
  type Vote,
} from '@parliament/synod';
import { parliament } from '#proto';
import type { Members } from '../members.js';
import { Packet, type PacketIntroduction } from './packet.js';

type WireMessage = parliament.protocol.IMessage;

/** What came in is not a packet that a correct member sends. */
class MalformedPacket extends Error {
  override readonly name = 'MalformedPacket';
}

/** A packet holds at most this many messages. */
export const PACKET_MESSAGE_LIMIT = 16_384;

/** A message holds at most this many votes or decisions, and an introduction at most this many members. */
const LIST_LIMIT = 65_536;

/** Bytes of a directory id. */
const DIRECTORY_BYTES = 16;

/** The label of a machine has at most this many characters. */
export const MACHINE_LENGTH_MAX = 128;

/** How packets of registers alone travel between nodes. */
export const packetCodec: Codec<Packet> = {
  // Another one whenever an old member would read a field otherwise than it is meant.
  type: 'parliament.packet.v2',
  matches: (message): message is Packet => message instanceof Packet && message.machine === undefined,
  encode: encodePacket,
  decode(bytes) {
    const packet = decodePacket(bytes);
    if (packet.machine === undefined) return packet;
    throw new MalformedPacket('it names a machine, in the form of registers alone');
  },
};

/** How the others travel. Members that know nothing but registers cannot read them: they would take what is decided for something else. */
export const machinePacketCodec: Codec<Packet> = {
  type: 'parliament.packet.v3',
  matches: (message): message is Packet => message instanceof Packet && message.machine !== undefined,
  encode: encodePacket,
  decode(bytes) {
    const packet = decodePacket(bytes);
    if (packet.machine !== undefined) return packet;
    throw new MalformedPacket('it names no machine');
  },
};

export const PACKET_CODECS: readonly Codec<Packet>[] = [packetCodec, machinePacketCodec];

function encodePacket({ from, directory, position, messages, introduction, start, machine }: Packet): Uint8Array {
  const wire: parliament.protocol.IPacket = {
    from,
    directory: Buffer.from(directory, 'hex'),
    position,
    messages: messages.map(toWire),
    ...(start && { life: start.life, started: start.position }),
    ...(machine === undefined ? {} : { machine }),
  };
  if (introduction !== undefined) {
    const { yours, founded, members } = introduction;
    wire.introduction = {
      yours: Buffer.from(yours ?? '', 'hex'),
      founded,
      members: Object.entries(members).map(([id, node]) => ({ id: Number(id), node })),
    };
  }
  return parliament.protocol.Packet.encode(wire).finish();
}

function toWire(message: Message): WireMessage {
  switch (message.type) {
    case 'canvass':
      return { canvass: message };
    case 'canvass-reply':
      return { canvassReply: message };
    case 'candidacy':
      return { candidacy: message };
    case 'prepare':
      return { prepare: message };
    case 'promise':
      return {
        promise: { ...message, upTo: message.upTo ?? 0, paused: message.isPaused, votes: [...message.votes] },
      };
    case 'accept':
      return { accept: message };
    case 'accepted':
      return { accepted: { ballot: message.ballot, slot: message.slot } };
    case 'nack':
      return { nack: message };
    case 'heartbeat':
      return { heartbeat: message };
    case 'heartbeat-reply':
      return { heartbeatReply: message };
    case 'fetch':
      return { fetch: message };
    case 'decided':
      return { decided: { ...message, decisions: [...message.decisions] } };
    case 'fetch-snapshot':
      return { fetchSnapshot: message };
    case 'snapshot-part':
      return { snapshotPart: { ...message, history: JSON.stringify(message.history) } };
    case 'handover':
      return { handover: message };
    case 'dismissal':
      return { dismissal: { configuration: JSON.stringify(message.configuration) } };
    case 'submit':
      return { submit: message };
    case 'ask-mark':
      return { askMark: message };
    case 'mark':
      return { mark: message };
  }
}

function decodePacket(bytes: Uint8Array): Packet {
  let wire: parliament.protocol.Packet;
  try {
    wire = parliament.protocol.Packet.decode(new NumberReader(bytes));
  } catch (error) {
    throw new MalformedPacket(`the packet cannot be decoded: ${textOf(error)}`);
  }
  const from = wire.from ?? -1;
  if (!isMemberId(from)) throw new MalformedPacket(`sender ${from} is no member id`);
  const directory = directoryId(wire.directory);
  if (directory === undefined) throw new MalformedPacket('the sender does not name its data directory');
  const messages = wire.messages ?? [];
  if (messages.length > PACKET_MESSAGE_LIMIT) throw new MalformedPacket(`${messages.length} messages in one packet`);
  const decoded = messages.map((message) => fromWire(message, from));
  const introduction = wire.introduction ? introductionFrom(wire.introduction) : undefined;
  const life = count(wire.life, 'life');
  const start = life === 0 ? undefined : { life, position: count(wire.started, 'position') };
  const machine = wire.machine ? wire.machine : undefined;
  if (machine !== undefined && machine.length > MACHINE_LENGTH_MAX)
    throw new MalformedPacket(`a machine whose label has ${machine.length} characters`);
  return new Packet(from, directory, count(wire.position, 'position'), decoded, introduction, start, machine);
}

function introductionFrom(wire: parliament.protocol.IIntroduction): PacketIntroduction {
  const yours = wire.yours && wire.yours.length > 0 ? directoryId(wire.yours) : undefined;
  const members: Record<MemberId, string> = {};
  for (const { id, node } of bounded(wire.members)) {
    if (!isMemberId(id ?? 0) || !node) throw new MalformedPacket('a member of the introduction has no id or no node');
    members[id ?? 0] = node;
  }
  return { yours, founded: wire.founded ?? false, members: members as Members };
}

function directoryId(bytes: Uint8Array | null | undefined): string | undefined {
  if (!bytes || bytes.length === 0) return undefined;
  if (bytes.length !== DIRECTORY_BYTES) throw new MalformedPacket(`a directory id of ${bytes.length} bytes`);
  return Buffer.from(bytes).toString('hex');
}

function fromWire(wire: WireMessage, from: MemberId): Message {
  if (wire.canvass) {
    const { attempt, decidedUpTo } = wire.canvass;
    return {
      type: 'canvass',
      attempt: count(attempt, 'attempt'),
      decidedUpTo: count(decidedUpTo, 'watermark'),
    };
  }
  if (wire.canvassReply) {
    const { attempt, support, highestSeen, decidedUpTo } = wire.canvassReply;
    return {
      type: 'canvass-reply',
      attempt: count(attempt, 'attempt'),
      support: support ?? false,
      highestSeen: ballotOrNone(highestSeen),
      decidedUpTo: count(decidedUpTo, 'watermark'),
    };
  }
  if (wire.candidacy) return { type: 'candidacy', ballot: ballotOf(wire.candidacy.ballot, from) };
  if (wire.prepare) {
    const { fromSlot, bytes, token, released } = wire.prepare;
    const message = {
      type: 'prepare',
      ballot: ballotOf(wire.prepare.ballot, from),
      fromSlot: slot(fromSlot),
      bytes: count(bytes, 'size'),
      token: count(token, 'token'),
    } as const;
    return numberOf(released) === 0 ? message : { ...message, released: ballot(released) };
  }
  if (wire.promise) return promiseFrom(wire.promise);
  if (wire.accept) {
    return {
      type: 'accept',
      ballot: ballotOf(wire.accept.ballot, from),
      slot: slot(wire.accept.slot),
      value: value(wire.accept.value),
    };
  }
  if (wire.accepted) return { type: 'accepted', ballot: ballot(wire.accepted.ballot), slot: slot(wire.accepted.slot) };
  if (wire.nack) return { type: 'nack', ballot: ballot(wire.nack.ballot), promised: ballotOrNone(wire.nack.promised) };
  if (wire.heartbeat) {
    return {
      type: 'heartbeat',
      ballot: ballotOf(wire.heartbeat.ballot, from),
      sequence: count(wire.heartbeat.sequence, 'sequence'),
      decidedUpTo: count(wire.heartbeat.decidedUpTo, 'watermark'),
      leaseMs: count(wire.heartbeat.leaseMs, 'lease'),
    };
  }
  if (wire.heartbeatReply) {
    const { sequence, leaseMs, decidedUpTo } = wire.heartbeatReply;
    return {
      type: 'heartbeat-reply',
      ballot: ballot(wire.heartbeatReply.ballot),
      sequence: count(sequence, 'sequence'),
      leaseMs: count(leaseMs, 'lease'),
      decidedUpTo: count(decidedUpTo, 'watermark'),
    };
  }
  if (wire.fetch) {
    const { fromSlot, upTo, bytes, token } = wire.fetch;
    return {
      type: 'fetch',
      fromSlot: slot(fromSlot),
      upTo: slot(upTo),
      bytes: count(bytes, 'size'),
      token: count(token, 'token'),
    };
  }
  if (wire.decided) {
    return {
      type: 'decided',
      decisions: bounded(wire.decided.decisions).map(decision),
      decidedUpTo: count(wire.decided.decidedUpTo, 'watermark'),
      token: count(wire.decided.token, 'token'),
    };
  }
  if (wire.fetchSnapshot) {
    const { offset, bytes, token } = wire.fetchSnapshot;
    return {
      type: 'fetch-snapshot',
      slot: slot(wire.fetchSnapshot.slot),
      offset: count(offset, 'offset'),
      bytes: count(bytes, 'size'),
      token: count(token, 'token'),
    };
  }
  if (wire.snapshotPart) return snapshotPartFrom(wire.snapshotPart);
  if (wire.handover) return { type: 'handover', ballot: ballotOf(wire.handover.ballot, from) };
  if (wire.dismissal) {
    const { configuration } = wire.dismissal;
    return {
      type: 'dismissal',
      configuration: checked(configuration, (given) => checkedConfiguration(given as Configuration)),
    };
  }
  if (wire.submit) return { type: 'submit', value: value(wire.submit.value) };
  if (wire.askMark) return { type: 'ask-mark', token: count(wire.askMark.token, 'token') };
  if (wire.mark) {
    return { type: 'mark', token: count(wire.mark.token, 'token'), slot: count(wire.mark.slot, 'mark') };
  }
  throw new MalformedPacket('a message of an unknown type; is that member of a newer version?');
}

function promiseFrom(wire: parliament.protocol.IPromise): Message {
  const fromSlot = slot(wire.fromSlot);
  const upTo = numberOf(wire.upTo) === 0 ? undefined : slot(wire.upTo);
  if (upTo !== undefined && upTo < fromSlot) throw new MalformedPacket(`a page of slots ${fromSlot} to ${upTo}`);
  const votes = bounded(wire.votes).map(voteFrom);
  for (const { slot: voted } of votes) {
    if (voted < fromSlot || (upTo !== undefined && voted > upTo))
      throw new MalformedPacket(`a vote in slot ${voted} on a page of slots ${fromSlot} to ${upTo ?? 'the last'}`);
  }
  return {
    type: 'promise',
    ballot: ballot(wire.ballot),
    fromSlot,
    upTo,
    isPaused: wire.paused ?? false,
    decidedUpTo: count(wire.decidedUpTo, 'watermark'),
    votes,
    token: count(wire.token, 'token'),
  };
}

function snapshotPartFrom(wire: parliament.protocol.ISnapshotPart): Message {
  const total = count(wire.total, 'total');
  const offset = count(wire.offset, 'offset');
  const bytes = value(wire.bytes);
  if (offset + bytes.length > total) throw new MalformedPacket(`${bytes.length} bytes at ${offset} of ${total}`);
  const history = checked(wire.history, checkedHistory);
  const token = count(wire.token, 'token');
  return { type: 'snapshot-part', slot: slot(wire.slot), history, total, offset, bytes, token };
}

/** JSON that must pass a check. */
function checked<Content>(text: string | null | undefined, check: (given: unknown) => Content): Content {
  try {
    return check(JSON.parse(text ?? ''));
  } catch (error) {
    throw new MalformedPacket(`a configuration cannot be read: ${textOf(error)}`);
  }
}

function voteFrom(wire: parliament.protocol.IVote): Vote {
  return { slot: slot(wire.slot), ballot: ballot(wire.ballot), value: value(wire.value) };
}

function decision(wire: parliament.protocol.IDecision): Decision {
  return { slot: slot(wire.slot), value: value(wire.value) };
}

function bounded<Item>(items: readonly Item[] | null | undefined): readonly Item[] {
  if (items && items.length > LIST_LIMIT) throw new MalformedPacket(`a list of ${items.length} entries`);
  return items ?? [];
}

type WireNumber = number | null | undefined;

function count(candidate: WireNumber, what: string): number {
  const found = numberOf(candidate);
  if (!Number.isSafeInteger(found) || found < 0) throw new MalformedPacket(`${what} ${found} is no count`);
  return found;
}

function slot(candidate: WireNumber): Slot {
  const found = numberOf(candidate);
  if (!isSlot(found)) throw new MalformedPacket(`slot ${found} is out of range`);
  return found;
}

function ballot(candidate: WireNumber): Ballot {
  const found = numberOf(candidate);
  if (!isBallot(found)) throw new MalformedPacket(`ballot ${found} is out of range`);
  return found;
}

function ballotOrNone(candidate: WireNumber): Ballot {
  return numberOf(candidate) === NO_BALLOT ? NO_BALLOT : ballot(candidate);
}

/** A ballot at which `from` proposes: nobody proposes at a ballot that is not its own (rule 3). */
function ballotOf(candidate: WireNumber, from: MemberId): Ballot {
  const found = ballot(candidate);
  if (ownerOf(found) !== from) throw new MalformedPacket(`member ${from} proposes at ballot ${found}, not its own`);
  return found;
}

/** A copy: what protobufjs decodes is a view into the frame, which would keep all of it in memory. */
function value(bytes: Uint8Array | null | undefined): Value {
  return bytes ? new Uint8Array(bytes) : NO_OP;
}
