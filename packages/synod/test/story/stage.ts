/** Where a story is played: the members, what is on its way between them, one clock, and what was said so far. */

import {
  type AcceptorState,
  type Ballot,
  type Configuration,
  type FoundingState,
  foundingConfiguration,
  type LearnerState,
  type MemberId,
  type Message,
  majority,
  type OnDisk,
  type ProposerOptions,
  type ProposerState,
  type Slot,
  type Value,
} from '../../src/index.js';
import type { Disk } from './disk.js';

/** A message on its way. */
export interface Packet {
  readonly from: MemberId;
  readonly to: MemberId;
  readonly message: Message;
  /** Which life of its sender it is of, how far that had written when this life began, and when it was sent. */
  readonly life: number;
  readonly startPosition: number;
  readonly position: number;
}

/** A member: the shipped roles, on a disk of their own. */
export interface Player {
  readonly member: MemberId;
  readonly disk: Disk;
  readonly founding: FoundingState;
  readonly acceptor: AcceptorState;
  readonly learner: LearnerState;
  readonly proposer: ProposerState;
  /** How much of what its learner knows is on disk. */
  readonly onDisk: OnDisk;
  /** What its acceptor is known to have promised on disk. */
  durable: Ballot;
  /** Counts its starts. */
  readonly life: number;
  /** How far it had written when it was started. */
  readonly startPosition: number;
  isUp: boolean;
  /** What it knows to be decided, in order and without gaps. */
  readonly log: Map<Slot, Value>;
  /** Of which life of each member it has heard. */
  readonly lives: Map<MemberId, number>;
  /** What it says to itself. */
  readonly toSelf: Message[];
}

export interface Stage {
  readonly founding: Configuration;
  readonly options: Partial<ProposerOptions>;
  readonly leaseMs: number;
  /** In milliseconds: all clocks go alike, but only who is told to tick looks at its own. */
  now: number;
  readonly players: Map<MemberId, Player>;
  /** In the order in which they were sent. */
  onTheWay: Packet[];
  /** Pairs of members that hear nothing of one another: see {@link pairOf}. */
  readonly cuts: Set<string>;
  /** Old copies of disks. */
  readonly copies: Map<MemberId, Disk>;
  /** What any member ever knew to be decided. */
  readonly chosen: Map<Slot, Value>;
  /** What was said since the last command. */
  readonly transcript: string[];
  /** When the last line was said. */
  saidAt: number;
  /** Whether only what changes is said, and not each message and record. */
  isBrief: boolean;
  tokens: number;
}

export interface StageSettings {
  readonly members: readonly MemberId[];
  readonly alpha: number;
  /** 0 for no leases. */
  readonly leaseMs: number;
  /** A log of a single slot, in which a member stands only when it has something to propose. */
  readonly isOneDecree: boolean;
}

export function createStage({ members, alpha, leaseMs, isOneDecree }: StageSettings): Stage {
  const oneDecree = isOneDecree ? { lastSlot: 1, standing: false } : {};
  return {
    founding: foundingConfiguration(majority(members), alpha),
    options: { leaseMs, ...oneDecree },
    leaseMs,
    now: 0,
    players: new Map(),
    onTheWay: [],
    cuts: new Set(),
    copies: new Map(),
    chosen: new Map(),
    transcript: [],
    saidAt: 0,
    isBrief: false,
    tokens: 0,
  };
}

/** @throws Error when there is no such member. */
export function playerOf(stage: Stage, member: MemberId): Player {
  const player = stage.players.get(member);
  if (player === undefined) throw new Error(`there is no member ${member}`);
  return player;
}

/** @throws Error when there is no such member, or it is down. */
export function runningPlayerOf(stage: Stage, member: MemberId): Player {
  const player = playerOf(stage, member);
  if (!player.isUp) throw new Error(`member ${member} is down`);
  return player;
}

/** Two members, whichever is named first. */
export function pairOf(one: MemberId, other: MemberId): string {
  return `${Math.min(one, other)}-${Math.max(one, other)}`;
}

/** Takes what is on its way from `from` to `to` (undefined: whoever it is), and of this type, if one is given. */
export function takePackets(
  stage: Stage,
  from: MemberId | undefined,
  to: MemberId | undefined,
  type?: string,
): Packet[] {
  const isMeant = (packet: Packet): boolean =>
    (from === undefined || packet.from === from) &&
    (to === undefined || packet.to === to) &&
    (type === undefined || packet.message.type === type);
  const taken = stage.onTheWay.filter(isMeant);
  stage.onTheWay = stage.onTheWay.filter((packet) => !isMeant(packet));
  return taken;
}
