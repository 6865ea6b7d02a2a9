/** A machine of bytes that is not registers, and to which it is not all the same how often a command is applied: a sum. */

import { dispatch } from '@parliament/otp';
import { joinChunks } from '@parliament/synod';
import type { FailureReply } from '../../src/client/requests.js';
import type { Hosted, HostedMachine, LogFull, Said } from '../../src/host/hosted.js';

function encode(number: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(number);
  return bytes;
}

function decodeSum(bytes: Uint8Array): number {
  return bytes.length === 4 ? Buffer.from(bytes).readInt32BE() : 0;
}

/** "Add so much." The reply is the sum. */
export const encodeAdd: (amount: number) => Uint8Array = encode;

/** A query asks for the sum, whatever it says; a snapshot has it twice, in two chunks. */
export const counter: HostedMachine<{ sum: number }> = {
  name: 'counter',
  version: 1,
  isRepeatable: () => false,
  initial: () => ({ sum: 0 }),
  apply(state, command) {
    state.sum += decodeSum(command);
    return encode(state.sum);
  },
  query: ({ sum }) => encode(sum),
  snapshot: ({ sum }) => [encode(sum), encode(sum)],
  restore(chunks) {
    const bytes = joinChunks(chunks);
    const [sum, again] = [decodeSum(bytes.subarray(0, 4)), decodeSum(bytes.subarray(4))];
    if (bytes.length !== 8 || sum !== again) throw new Error('that is no sum');
    return { sum };
  },
};

/** What is asked of the counter on its node. */
export type CounterRequest =
  | { readonly type: 'add'; readonly amount: number; readonly timeoutMs: number }
  | { readonly type: 'sum'; readonly timeoutMs: number };

export type CounterReply = { readonly ok: true; readonly sum: number } | FailureReply | LogFull;

function isCounterRequest(message: unknown): message is CounterRequest {
  return (
    typeof message === 'object' && message !== null && 'type' in message && /^(add|sum)$/.test(String(message.type))
  );
}

export const hostedCounter: Hosted<{ sum: number }> = {
  machine: counter,
  label: 'counter 1',
  openFace: (service) => ({
    serve(message, sender) {
      if (!isCounterRequest(message)) return;
      const deadline = performance.now() + message.timeoutMs;
      const answer = (reply: Said | FailureReply | LogFull): void => {
        dispatch(sender, reply.ok ? { ok: true, sum: decodeSum(reply.bytes) } : reply);
      };
      if (message.type === 'add') service.command(encodeAdd(message.amount), deadline, answer);
      else service.query(new Uint8Array(), deadline, answer);
    },
  }),
};
