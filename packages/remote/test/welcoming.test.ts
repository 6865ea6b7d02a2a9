/** How a node greets one who dials it: step by step, to its good or bad end. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { NodeError, RefusalCode } from '../src/errors.js';
import type { Admission } from '../src/handshake/admission.js';
import { type Dialling, type Identity, prove, sayHello } from '../src/handshake/handshake.js';
import { greet } from '../src/handshake/welcoming.js';
import type { Agreement } from '../src/link/agreement.js';
import { decodeFrame, encodeFrame } from '../src/wire/frame-codec.js';
import { identity } from './raw.js';
import { SECRET } from './support.js';
import { TestChannel } from './test-channel.js';

const HANDSHAKE_MS = 1000;
const guarded = { secrets: [SECRET] };

/** A node that greets, and the test that dials it. */
class Rig {
  readonly channel = new TestChannel();
  readonly sent = this.channel.sent;
  readonly log: unknown[] = [];
  readonly admissions: Admission[] = [];
  agreement: Agreement | undefined;
  /** Answers the probe that is under way. */
  probed: (refusal: RefusalCode | undefined) => void = () => {};

  constructor() {
    this.channel.close = (reason) => void this.log.push(['close', reason]);
    greet(this.channel, {
      identity: identity('a', guarded),
      handshakeMs: HANDSHAKE_MS,
      onPromising: (nonce) => void this.log.push(['promising', nonce.length]),
      admit: ({ peer }) => {
        this.log.push(['admit', peer.name]);
        return this.admissions.shift() ?? 'admit';
      },
      probe: () =>
        new Promise((resolve) => {
          this.log.push(['probe']);
          this.probed = resolve;
        }),
      onLinked: ({ peer }) => void this.log.push(['linked', peer.name]),
      onFailed: ({ code, message }: NodeError, name) => void this.log.push(['failed', code, name, message]),
    });
  }

  /** Says hello, and proves that it is who it says. */
  dial(who: Identity = identity('b', guarded)): void {
    const { state, send } = sayHello(who, 'a');
    this.channel.receive(send);
    this.prove(state);
  }

  prove(state: Dialling): void {
    const { agreement, send } = prove(state, this.sent.shift() as Uint8Array);
    this.agreement = agreement;
    this.channel.receive(send);
  }

  /** What the dialler is told after its proof. */
  told(): unknown[] {
    return this.sent.map((frame) => decodeFrame(this.agreement?.opener.open(frame) as Uint8Array));
  }

  leave(): void {
    this.channel.listener?.onEnd({ reason: 'peer-closed', detail: 'closed by the other node' });
  }
}

let rig: Rig;
const settled = (): Promise<void> => Promise.resolve().then(() => undefined);
const LEFT = 'there:1 left during the handshake: closed by the other node';

beforeEach(() => {
  jest.useFakeTimers();
  rig = new Rig();
});

afterEach(() => {
  // It came to its end, whichever it was.
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

describe('one who dials', () => {
  it('is let in once, when it has proved who it is, and told so', async () => {
    rig.dial();
    await settled();
    expect(rig.log).toEqual([
      ['promising', 32],
      ['admit', 'b'],
      ['linked', 'b'],
    ]);
    expect(rig.told()).toEqual([{ type: 'accepted' }]);
    // Whatever comes or goes now is the link's.
    rig.channel.receive(Uint8Array.of(1));
    rig.leave();
    expect(rig.log).toHaveLength(3);
  });

  it('is told at once that it is not let in', async () => {
    rig.admissions.push('name-taken');
    rig.dial();
    await settled();
    expect(rig.told()).toEqual([{ type: 'refused', code: 'name-taken' }]);
    expect(rig.log.slice(2)).toEqual([
      ['close', 'refused'],
      ['failed', 'name-taken', 'b', expect.any(String)],
    ]);
  });

  it('waits until it is known whether another link lives, and is let in when it does not', async () => {
    rig.admissions.push('probe', 'probe');
    rig.dial();
    await settled();
    rig.probed(undefined);
    await settled();
    expect(rig.sent).toEqual([]);
    await settled();
    rig.probed(undefined);
    for (let turn = 0; turn < 5; turn += 1) await settled();
    expect(rig.log.slice(1)).toEqual([
      ['admit', 'b'],
      ['probe'],
      ['admit', 'b'],
      ['probe'],
      ['admit', 'b'],
      ['linked', 'b'],
    ]);
  });

  it('is refused when it lives', async () => {
    rig.admissions.push('probe');
    rig.dial();
    await settled();
    rig.probed('duplicate');
    for (let turn = 0; turn < 5; turn += 1) await settled();
    expect(rig.told()).toEqual([{ type: 'refused', code: 'duplicate' }]);
    expect(rig.log.slice(3)).toEqual([
      ['close', 'refused'],
      ['failed', 'duplicate', 'b', expect.any(String)],
    ]);
  });

  it('and leaves meanwhile is not asked about again', async () => {
    rig.admissions.push('probe');
    rig.dial();
    await settled();
    rig.leave();
    rig.probed(undefined);
    for (let turn = 0; turn < 5; turn += 1) await settled();
    expect(rig.log.slice(1)).toEqual([
      ['admit', 'b'],
      ['probe'],
      ['close', 'refused'],
      ['failed', 'unreachable', 'b', LEFT],
    ]);
    expect(rig.sent).toEqual([]);
  });

  it('and says more before it is answered, is malformed', async () => {
    rig.admissions.push('probe');
    rig.dial();
    await settled();
    rig.channel.receive(encodeFrame({ type: 'accepted' }));
    rig.probed(undefined);
    for (let turn = 0; turn < 5; turn += 1) await settled();
    expect(rig.log.slice(3)).toEqual([
      ['close', 'bad-frame'],
      ['failed', 'bad-frame', 'b', 'frame before the link was up'],
    ]);
    expect(rig.sent).toEqual([]);
  });
});

describe('a handshake fails', () => {
  it('when it takes too long, and says how long that is', () => {
    jest.advanceTimersByTime(HANDSHAKE_MS - 1);
    expect(rig.log).toEqual([]);
    jest.advanceTimersByTime(1);
    const message = 'there:1 did not finish the handshake within 1000 ms';
    expect(rig.log).toEqual([
      ['close', 'refused'],
      ['failed', 'timeout', undefined, message],
    ]);
    rig.leave();
    rig.channel.receive(sayHello(identity('b', guarded), 'a').send);
    expect(rig.log).toHaveLength(2);
  });

  it('of who is refused by its hello, which is told why, under the name that it gives itself', () => {
    rig.channel.receive(sayHello(identity('b', { ...guarded, cluster: 'other' }), 'a').send);
    expect(rig.sent.map(decodeFrame)).toEqual([{ type: 'refused', code: 'wrong-cluster' }]);
    expect(rig.log).toEqual([
      ['close', 'refused'],
      ['failed', 'wrong-cluster', 'b', expect.any(String)],
    ]);
  });

  it('of who has another proof, which is told why', () => {
    const { send } = sayHello(identity('b', guarded), 'a');
    rig.channel.receive(send);
    rig.channel.receive(encodeFrame({ type: 'proof', mac: new Uint8Array(32) }));
    expect(rig.sent.slice(1).map(decodeFrame)).toEqual([{ type: 'refused', code: 'wrong-secret' }]);
    expect(rig.log.slice(1)).toEqual([
      ['close', 'refused'],
      ['failed', 'wrong-secret', 'b', expect.any(String)],
    ]);
  });

  it('of who says anything else, which is told nothing', () => {
    rig.channel.receive(Uint8Array.of(0xff));
    expect(rig.sent).toEqual([]);
    expect(rig.log).toEqual([
      ['close', 'bad-frame'],
      ['failed', 'bad-frame', undefined, expect.any(String)],
    ]);
  });

  it('of who leaves, or of whose channel broke on what was malformed', () => {
    rig.leave();
    expect(rig.log).toEqual([
      ['close', 'refused'],
      ['failed', 'unreachable', undefined, LEFT],
    ]);
    rig = new Rig();
    rig.channel.listener?.onEnd({ reason: 'bad-frame', detail: 'text frame' });
    const message = 'there:1 left during the handshake: text frame';
    expect(rig.log).toEqual([
      ['close', 'bad-frame'],
      ['failed', 'bad-frame', undefined, message],
    ]);
  });
});
