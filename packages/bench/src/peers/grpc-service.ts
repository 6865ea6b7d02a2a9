/** The gRPC service of the measurement, by hand: with bytes that nobody encodes, only gRPC itself is measured. */

import type { BytesMethod } from './grpc-library.js';

const asTheyAre = (bytes: Buffer): Buffer => bytes;

function bidirectional(name: string): BytesMethod {
  return {
    path: `/parliament.bench.Peer/${name}`,
    requestStream: true,
    responseStream: true,
    requestSerialize: asTheyAre,
    requestDeserialize: asTheyAre,
    responseSerialize: asTheyAre,
    responseDeserialize: asTheyAre,
  };
}

/** The metadata of `count` that says after how many messages it answers. */
export const MESSAGES_KEY = 'messages';

export const PEER_SERVICE: { readonly count: BytesMethod; readonly echo: BytesMethod } = {
  /** Answers with one message whenever as many have come as its metadata say. */
  count: bidirectional('Count'),
  /** Answers each message with the same. */
  echo: bidirectional('Echo'),
};
