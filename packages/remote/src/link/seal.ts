/**
 * Frames under a message authentication code: HMAC-SHA-256 (RFC 2104) cut to 16 bytes, over the number of the frame and
 * the frame. The number is counted on both sides and not sent, so a frame that is replayed, left out or moved, or that
 * belongs to the other direction, does not match.
 */

import * as platform from '#platform';
import { BadFrameError } from '../wire/frame-validator.js';

const SEAL_BYTES = 16;

/** Puts the seal on frames that leave, in order. */
export interface Sealer {
  seal(frame: Uint8Array): Uint8Array;
}

/** Takes the seal off frames that arrive, in order. */
export interface Opener {
  /** @throws BadFrameError when the seal does not match. */
  open(sealed: Uint8Array): Uint8Array;
}

/** For links without a secret, and those that TLS seals. */
export const UNSEALED: Sealer & Opener = { seal: (frame) => frame, open: (frame) => frame };

export function createSealer(key: Uint8Array): Sealer {
  let number = 0;
  return {
    seal(frame) {
      const sealed = platform.allocate(frame.length + SEAL_BYTES);
      sealed.set(frame);
      sealed.set(sealOf(key, number, frame), frame.length);
      number += 1;
      return sealed;
    },
  };
}

export function createOpener(key: Uint8Array): Opener {
  let number = 0;
  return {
    open(sealed) {
      if (sealed.length <= SEAL_BYTES) throw new BadFrameError('frame too short for its seal');
      const frame = sealed.subarray(0, sealed.length - SEAL_BYTES);
      if (!platform.sameBytes(sealed.subarray(frame.length), sealOf(key, number, frame))) {
        throw new BadFrameError('frame with a wrong seal: altered, replayed or out of order');
      }
      number += 1;
      return frame;
    },
  };
}

function sealOf(key: Uint8Array, number: number, frame: Uint8Array): Uint8Array {
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(number));
  return platform.hmacSha256(key, new Uint8Array(counter.buffer), frame).subarray(0, SEAL_BYTES);
}
