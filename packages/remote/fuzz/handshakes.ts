/**
 * The steps of the handshake. Without a secret an altered frame may be taken, as names are believed; with one, only what means
 * the same as the frame that the other side has sent. Not the same bytes: protobuf may write one thing in several ways, and
 * the macs are over what was meant.
 */

import { NodeError } from '#src/errors.js';
import {
  checkAccepted,
  checkProof,
  type Identity,
  prove,
  sayHello,
  VERSIONS,
  welcome,
} from '#src/handshake/handshake.js';
import { createOpener, createSealer, UNSEALED } from '#src/link/seal.js';
import type { ChannelSecurity } from '#src/platform/channel.js';
import { decodeFrame, encodeFrame } from '#src/wire/frame-codec.js';
import type { Random } from './random.js';
import { same } from './same.js';
import { type Target, Violation } from './target.js';

/** A step, and the frame that the other side sent for it. */
export interface Step {
  readonly target: Target;
  readonly frame: Uint8Array;
  /** Whether a seal follows the frame. */
  readonly isSealed: boolean;
}

/** How far two nodes trust each other. */
interface Trust {
  readonly name: string;
  readonly ofDialler: readonly string[];
  readonly ofListener: readonly string[];
  readonly security: ChannelSecurity | undefined;
}

const TRUSTS: readonly Trust[] = [
  { name: 'without a secret', ofDialler: [], ofListener: [], security: undefined },
  { name: 'with a secret', ofDialler: ['one'], ofListener: ['one'], security: undefined },
  { name: 'while secrets are exchanged', ofDialler: ['new', 'old'], ofListener: ['old'], security: undefined },
  {
    name: 'with a secret over TLS',
    ofDialler: ['one'],
    ofListener: ['one'],
    security: { binding: new Uint8Array(32).fill(5), certifies: undefined },
  },
];

/** Those of several handshakes, each with nonces of its own. */
export function createHandshakes(random: Random): readonly Step[] {
  return TRUSTS.flatMap((trust) => stepsOf(trust, random));
}

function stepsOf({ name, ofDialler, ofListener, security }: Trust, random: Random): Step[] {
  const dialler = identity('dialler', 'd'.repeat(32), ofDialler);
  const listener = identity('listener', '1'.repeat(32), ofListener);
  const isSecret = ofListener.length > 0;
  const hello = sayHello(dialler, 'listener', security);
  const welcomed = welcome(listener, hello.send, security);
  const { agreement, send: proof } = prove(hello.state, welcomed.send);
  const key = random.bytes(32);
  const isSealed = isSecret && security === undefined;
  const accepted = (isSealed ? createSealer(key) : UNSEALED).seal(encodeFrame({ type: 'accepted' }));

  const step = (which: string, frame: Uint8Array, feed: (bytes: Uint8Array) => unknown): Step => ({
    frame,
    isSealed: frame === accepted && isSealed,
    target: { name: `${which} ${name}`, feed },
  });
  const guarded = (which: string, frame: Uint8Array, feed: (bytes: Uint8Array) => unknown): Step =>
    step(which, frame, (bytes) => {
      const taken = feed(bytes);
      if (isSecret && !meansTheSame(bytes, frame)) throw new Violation('an altered frame was taken');
      return taken;
    });
  return [
    step('welcome', hello.send, (bytes) => {
      const answer = welcome(listener, bytes, security);
      // The listener cannot know yet; the dialler must.
      if (isSecret && !meansTheSame(bytes, hello.send)) refused(() => prove(hello.state, answer.send));
      return answer;
    }),
    guarded('prove', welcomed.send, (bytes) => prove(hello.state, bytes)),
    guarded('checkProof', proof, (bytes) => checkProof(welcomed.state, bytes)),
    step('checkAccepted', accepted, (bytes) => {
      const opener = isSealed ? createOpener(key) : UNSEALED;
      checkAccepted(dialler, { ...agreement, opener }, bytes);
      if (isSealed && !same(bytes, accepted)) throw new Violation('an altered frame was taken');
      return undefined;
    }),
  ];
}

function identity(name: string, incarnation: string, secrets: readonly string[]): Identity {
  const listen = '127.0.0.1:4000';
  return { cluster: 'parliament', name, incarnation, secrets, listen, payloadLimit: 1e6, versions: VERSIONS };
}

function meansTheSame(bytes: Uint8Array, sent: Uint8Array): boolean {
  return same(decodeFrame(bytes), decodeFrame(sent));
}

function refused(step: () => unknown): void {
  try {
    step();
  } catch (error) {
    if (error instanceof NodeError) return;
    throw error;
  }
  throw new Violation('a hello was altered, and the dialler took the answer to it');
}
