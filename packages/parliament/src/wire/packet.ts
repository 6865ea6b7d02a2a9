/** What members send one another: everything that one had to say to another in one turn of its event loop. */

import type { MemberId, Message } from '@parliament/synod';
import type { Members } from '../members.js';

/** How a member introduces itself; see `founding.ts` of `@parliament/synod`. */
export interface PacketIntroduction {
  /** The directory that the sender has written down for the receiver: 32 hexadecimal digits, or nothing yet. */
  readonly yours: string | undefined;
  readonly founded: boolean;
  /** The membership as the sender knows it. */
  readonly members: Members;
}

/** When a member was started. */
export interface PacketStart {
  /** A random number, drawn at each start. */
  readonly life: number;
  /** How far its directory was durable then. */
  readonly position: number;
}

/** A message of one member to another. A class of its own, so that nothing else that comes over a link passes for it. */
export class Packet {
  readonly from: MemberId;
  /** The id of the sender's data directory: 32 hexadecimal digits. */
  readonly directory: string;
  /** How far that directory was durable. */
  readonly position: number;
  readonly messages: readonly Message[];
  readonly introduction: PacketIntroduction | undefined;
  /** Members of older versions do not say it. */
  readonly start: PacketStart | undefined;
  /** The machine that the sender runs, and its version; undefined for registers alone. */
  readonly machine: string | undefined;

  constructor(
    from: MemberId,
    directory: string,
    position: number,
    messages: readonly Message[],
    introduction?: PacketIntroduction,
    start?: PacketStart,
    machine?: string,
  ) {
    this.from = from;
    this.directory = directory;
    this.position = position;
    this.messages = messages;
    this.introduction = introduction;
    this.start = start;
    this.machine = machine;
  }
}
