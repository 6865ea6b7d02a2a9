/** Our own: an actor of this process to an actor of another, over one link of @parliament/remote on loopback. */

import { fileURLToPath } from 'node:url';
import { dispatch, type Reference, startActor, startSystem, stopSystem } from '@parliament/otp';
import { type Node, openNode } from '@parliament/remote';
import { rateOf } from '../measure.js';
import { MESSAGE_BYTES, type PeerFigures, type PeerSizes } from './figures.js';
import { withProcesses } from './processes.js';

// The same path from `src`, where tests import this, and from `dist`: a process runs compiled code.
const PROGRAM: string = fileURLToPath(new URL('../../dist/programs/remote-peer.js', import.meta.url));

const TIMEOUT_MS = 60_000;
const TIMEOUT_LOOKUP_MS = 5000;
const MESSAGE: Uint8Array = new Uint8Array(MESSAGE_BYTES).fill(120);
/** So many are sent in one turn of the event loop. */
const BURST = 512;

/** What the actors on the other side are: started by @parliament/otp, or plain ones of nact. */
export type ActorKind = 'otp' | 'nact';

/** Measures an actor of this process against one of another. @throws PeerError */
export function measureRemote({ messages, pings }: PeerSizes, kind: ActorKind = 'otp'): Promise<PeerFigures> {
  return withProcesses(TIMEOUT_MS, async (processes) => {
    const [port] = await processes.startUntil('ready', process.execPath, [PROGRAM, kind]);
    const system = startSystem();
    const node = await openNode(system, { name: 'bench' });
    try {
      const peer = await node.connect(`127.0.0.1:${port}`);
      const [counter, echo] = await Promise.all(
        ['counter', 'echo'].map((name) => node.whereis(peer, name, { timeoutMs: TIMEOUT_LOOKUP_MS })),
      );
      const inbox = await startInbox(system);
      const rate = await secondRate(messages, () => sendAll(node, peer, counter as Reference, inbox, messages));
      const pingRate = await secondRate(pings, () => pingAll(echo as Reference, inbox, pings));
      return { rate, roundTripUs: 1e6 / pingRate };
    } finally {
      await node.close();
      await stopSystem(system);
    }
  });
}

interface Inbox {
  readonly self: Reference;
  /** Called with each message. */
  onMessage: () => void;
}

async function startInbox(system: Reference): Promise<Inbox> {
  const behaviour = {
    init: () => 0,
    receive(state: number): number {
      inbox.onMessage();
      return state;
    },
  };
  const inbox: Inbox = { self: (await startActor(system, 'inbox', behaviour)) as Reference, onMessage: () => {} };
  return inbox;
}

/** The first time warms up, and does not count. */
async function secondRate(count: number, work: () => Promise<void>): Promise<number> {
  await work();
  return rateOf(count, work);
}

/** Sends as fast as the link takes it, until the other side says that it has them all. */
async function sendAll(node: Node, peer: string, to: Reference, inbox: Inbox, messages: number): Promise<void> {
  const answered = new Promise<void>((resolve) => {
    inbox.onMessage = resolve;
  });
  dispatch(to, messages, inbox.self);
  for (let sent = 0; sent < messages; sent += 1) {
    dispatch(to, MESSAGE, inbox.self);
    if (sent % BURST > 0) continue;
    await new Promise((resolve) => setImmediate(resolve));
    await node.drained(peer);
  }
  await answered;
}

/** Sends the next one when the one before is back. */
function pingAll(to: Reference, inbox: Inbox, pings: number): Promise<void> {
  return new Promise((resolve) => {
    let left = pings;
    inbox.onMessage = () => {
      left -= 1;
      if (left > 0) dispatch(to, MESSAGE, inbox.self);
      else resolve();
    };
    dispatch(to, MESSAGE, inbox.self);
  });
}
