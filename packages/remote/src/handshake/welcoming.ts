import { NodeError, type RefusalCode } from '../errors.js';
import type { Agreement } from '../link/agreement.js';
import type { Channel } from '../platform/channel.js';
import { after, detach } from '../platform/unattended.js';
import { encodeFrame } from '../wire/frame-codec.js';
import { BadFrameError } from '../wire/frame-validator.js';
import { refusalError } from '../wire/refusal.js';
import type { Admission } from './admission.js';
import { checkProof, claimedName, type Identity, type Welcoming, welcome } from './handshake.js';
import { hearHandshake } from './hearing.js';

export interface GreetOptions {
  readonly identity: Identity;
  readonly handshakeMs: number;
  /** The dialler knows the secret, or there is none: it is likely to come in. `nonce`: its own. Not called when it is refused. */
  onPromising(nonce: Uint8Array): void;
  /** Whether the dialler, which has shown who it is, is let in. */
  admit(agreement: Agreement): Admission;
  /** Whether the link that stands in its way lives: then what the dialler is told; else undefined. */
  probe(agreement: Agreement): Promise<RefusalCode | undefined>;
  /** Called synchronously after the dialler was told. */
  onLinked(agreement: Agreement): void;
  /** `peer`: as the dialler calls itself, when it came to that. */
  onFailed(error: NodeError, peer: string | undefined): void;
}

/** Greets a dialler, and calls exactly one of `onLinked` and `onFailed`. Ending the channel makes it fail. */
export function greet(channel: Channel, options: GreetOptions): void {
  const { identity, handshakeMs } = options;
  let done = false;
  let welcomed: Welcoming | undefined;
  let agreement: Agreement | undefined;

  const finish = (): boolean => {
    if (done) return false;
    done = true;
    clearTimeout(deadline);
    return true;
  };
  const fail = (error: NodeError): void => {
    if (!finish()) return;
    channel.close(error.code === 'bad-frame' ? 'bad-frame' : 'refused');
    options.onFailed(error, welcomed?.peer.name ?? claimedName(error));
  };
  const deadline = after(handshakeMs, () => {
    fail(new NodeError('timeout', `${channel.address} did not finish the handshake within ${handshakeMs} ms`));
  });

  hearHandshake(channel, {
    isDone: () => done,
    step,
    fail,
    ended: (detail) => `${channel.address} left during the handshake: ${detail}`,
  });

  function step(bytes: Uint8Array): void {
    if (!welcomed) {
      const { state, send } = welcome(identity, bytes, channel.tls());
      welcomed = state;
      options.onPromising(state.nonce);
      channel.send(send);
      return;
    }
    if (agreement) throw new BadFrameError('frame before the link was up');
    agreement = checkProof(welcomed, bytes);
    detach(decide(agreement));
  }

  async function decide(proved: Agreement): Promise<void> {
    let admission: Admission | RefusalCode = options.admit(proved);
    while (admission === 'probe') {
      const refusal = await options.probe(proved);
      // The deadline of the handshake ends this loop.
      if (done) return;
      admission = refusal ?? options.admit(proved);
    }
    if (admission === 'admit') {
      channel.send(proved.sealer.seal(encodeFrame({ type: 'accepted' })));
      if (finish()) options.onLinked(proved);
    } else {
      channel.send(proved.sealer.seal(encodeFrame({ type: 'refused', code: admission })));
      fail(refusalError(admission, identity.name, proved.peer.name));
    }
  }
}
