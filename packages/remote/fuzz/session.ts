/**
 * A whole link under a secret, between two nodes of one process, with somebody in between who alters one frame: whatever he
 * does, what arrives is what was sent, in order, up to some frame, and the link ends.
 */

import type { Agreement } from '#src/link/agreement.js';
import { Link, type LinkOwner } from '#src/link/link.js';
import { createOpener, createSealer } from '#src/link/seal.js';
import type { ActorPlace } from '#src/wire/frame.js';
import { type Between, joinedChannels, type MemoryChannel } from './memory-channel.js';
import type { Mutator } from './mutator.js';
import type { Random } from './random.js';
import { same } from './same.js';
import { Violation } from './target.js';

/** What the one in between does to a frame. */
const ATTACKS = ['none', 'alter', 'drop', 'repeat', 'swap', 'reflect', 'insert', 'cut the seal'] as const;

const TO: ActorPlace = { kind: 'actor', node: 'b', incarnation: '', path: ['inbox'], key: new Uint8Array(0) };

/** One end of the link. */
interface End {
  readonly link: Link;
  readonly received: Uint8Array[];
  readonly reason: () => string | undefined;
}

/** What has not come about in so many turns of the event loop never does. */
const MOST_TURNS = 10_000;

/** @returns whether the link went through it alive, as it must when nothing was altered. @throws Violation */
export async function runSession(random: Random, mutator: Mutator): Promise<boolean> {
  const rounds = 3 + random.below(4);
  // A frame that is held back is noticed by the next one.
  const attacked = random.below(rounds - 1);
  const attack = random.pick(ATTACKS);
  let frames = 0;
  let isAltered = false;
  let held: Uint8Array | undefined;
  const between: Between = (frame) => {
    frames += 1;
    if (held !== undefined) {
      const late = held;
      held = undefined;
      return [frame, late];
    }
    if (frames - 1 !== attacked || attack === 'none') return [frame];
    isAltered = true;
    switch (attack) {
      case 'alter': {
        const altered = mutator.mutate(frame, frame);
        isAltered = !same(altered, frame);
        return [altered];
      }
      case 'drop':
        return [];
      case 'repeat':
        return [frame, frame];
      case 'swap':
        held = frame;
        return [];
      case 'reflect':
        channelA.arrive(frame);
        return [frame];
      case 'insert':
        return [mutator.noise(), frame];
      case 'cut the seal':
        return [frame.subarray(0, -16)];
    }
  };
  const [channelA, channelB] = joinedChannels(between, (frame) => [frame]);
  const [fromA, fromB] = [random.bytes(32), random.bytes(32)];
  const a = endOf(channelA, 'b', fromA, fromB);
  const b = endOf(channelB, 'a', fromB, fromA);
  const sent: Uint8Array[] = [];
  let sentBefore = 0;
  for (let round = 0; round < rounds; round += 1) {
    if (round === attacked) sentBefore = sent.length;
    for (let count = 1 + random.below(4); count > 0; count -= 1) {
      const payload = random.bytes(4 + random.below(60));
      new DataView(payload.buffer).setUint32(0, sent.length);
      sent.push(payload);
      a.link.send({ to: TO, sender: undefined, codec: '', payload });
    }
    await turn();
  }
  // A link takes a slice of each turn, and on a busy machine it needs more of them. Where `a` ends, `b` may still have some of
  // what came before: whoever ends a link drops that.
  const reasonNow = (): string | undefined => (attack === 'reflect' ? a.reason() : b.reason());
  const isOver = (): boolean =>
    isAltered ? reasonNow() !== undefined && b.received.length >= sentBefore : b.received.length >= sent.length;
  for (let turns = 0; turns < MOST_TURNS && !isOver(); turns += 1) await turn();
  const reason = reasonNow();
  a.link.end('closing', 'done');
  b.link.end('closing', 'done');
  // What had come before the end is handled first, slice by slice; then the end is told.
  const isTold = (): boolean => a.reason() !== undefined && b.reason() !== undefined;
  for (let turns = 0; turns < MOST_TURNS && !isTold(); turns += 1) await turn();
  check(sent, b.received, sentBefore, isAltered, reason, attack);
  return !isAltered;
}

function check(
  sent: readonly Uint8Array[],
  received: readonly Uint8Array[],
  least: number,
  isAltered: boolean,
  reason: string | undefined,
  attack: string,
): void {
  if (received.length > sent.length || received.some((payload, index) => !same(payload, sent[index]))) {
    throw new Violation(`attack "${attack}": a message arrived that was not sent, or out of order`);
  }
  if (received.length < (isAltered ? least : sent.length)) {
    throw new Violation(`attack "${attack}": ${received.length} of at least ${least} messages arrived`);
  }
  if (reason !== (isAltered ? 'bad-frame' : undefined)) {
    throw new Violation(`attack "${attack}": the link ended as ${reason}`);
  }
}

function endOf(channel: MemoryChannel, peer: string, own: Uint8Array, theirs: Uint8Array): End {
  const received: Uint8Array[] = [];
  let ended: string | undefined;
  const agreement: Agreement = {
    peer: { name: peer, incarnation: '0'.repeat(32), address: undefined, payloadLimit: 1e6 },
    version: 1,
    sealer: createSealer(own),
    opener: createOpener(theirs),
  };
  const owner: LinkOwner = {
    pace: { heartbeatMs: 60_000, downAfterMs: 240_000 },
    queueSoftBytes: 1e6,
    queueHardBytes: 1e6,
    queueSoftMessages: 1e6,
    queueHardMessages: 1e6,
    onItem(item) {
      if (item.type !== 'envelope' || !same(item.to, TO)) throw new TypeError('an item that was not sent');
      received.push(Uint8Array.from(item.payload));
    },
    onOverloaded: () => {},
    onEnd: (reason) => {
      ended = reason;
    },
  };
  const traffic = { framesIn: 0, framesOut: 0, bytesIn: 0, bytesOut: 0 };
  return { link: new Link(channel, agreement, traffic, owner), received, reason: () => ended };
}

/** What was sent has left, and has arrived. */
async function turn(): Promise<void> {
  for (let turns = 0; turns < 2; turns += 1) await new Promise((resolve) => setImmediate(resolve));
}
