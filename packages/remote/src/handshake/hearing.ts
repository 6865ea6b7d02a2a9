import { textOf } from '@parliament/otp';
import { NodeError } from '../errors.js';
import type { Channel } from '../platform/channel.js';
import { attempt } from '../platform/unattended.js';
import { encodeFrame } from '../wire/frame-codec.js';
import { BadFrameError } from '../wire/frame-validator.js';
import { refusalToSend } from './handshake.js';

/** One side of a handshake under way. */
export interface Hearing {
  isDone(): boolean;
  /** Takes the next frame; what it throws ends the handshake. */
  step(bytes: Uint8Array): void;
  fail(error: NodeError): void;
  /** What is to be said of an end before the handshake is over. */
  ended(detail: string): string;
}

/** Hears the other side of a handshake. One whose frame is refused is told why, where it may know. */
export function hearHandshake(channel: Channel, { isDone, step, fail, ended }: Hearing): void {
  channel.listen({
    onMessage(bytes) {
      if (isDone()) return;
      try {
        step(bytes);
      } catch (error) {
        const code = refusalToSend(error);
        if (code !== undefined) channel.send(encodeFrame({ type: 'refused', code }));
        fail(error instanceof NodeError ? error : new BadFrameError(textOf(error)));
      }
    },
    onEnd: ({ reason, detail }) =>
      attempt(() => fail(new NodeError(reason === 'bad-frame' ? 'bad-frame' : 'unreachable', ended(detail)))),
  });
}
