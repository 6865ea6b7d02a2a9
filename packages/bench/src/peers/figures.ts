/** What every pair of processes is measured by, ours or foreign: small messages, one way and there and back. */

/** The length of every message's content. What a wire adds to it is part of what is measured. */
export const MESSAGE_BYTES = 200;

/** How much is done in the round that counts, and in the one before, which does not. Whole numbers, 1 or more. */
export interface PeerSizes {
  /** Sent one way, one after the other, without waiting for an answer. */
  readonly messages: number;
  /** Sent there and back, each when the one before is back. */
  readonly pings: number;
}

/** What came of it. */
export interface PeerFigures {
  /** Messages per second one way, timed at the sender until the receiver has said that it has them all. */
  readonly rate: number;
  /** The mean time there and back, in microseconds. */
  readonly roundTripUs: number;
}
