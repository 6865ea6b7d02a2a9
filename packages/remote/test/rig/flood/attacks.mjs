// The floods. Each goes on until `isOver()`, and counts in `tally` what it has done.
import { randomBytes } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { BatchWriter } from '../../../dist/wire/batch-writer.js';
import { connect, fragmentsOf, frameOf, link, sourceAddress, write } from './raw.mjs';

const ITEMS = 1000;
const AT_ONCE = 400;
const HOLD_MS = 1500;
const NONE = new Uint8Array(0);
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const turn = () => new Promise((resolve) => setImmediate(resolve));
const actor = (path, key = NONE) => ({
  kind: /** @type {const} */ ('actor'),
  node: 'node',
  incarnation: '',
  path: [path],
  key,
});

/** A frame that is a sign of life and asks for nothing: a reply to nobody. */
function reply(id = 1, payload = NONE) {
  const writer = new BatchWriter();
  writer.envelope({ to: { kind: 'waiting', id }, sender: undefined, codec: '', payload });
  return writer.finish(false, false);
}

const HALF_A_REQUEST = 'GET /parliament HTTP/1.1\r\nHost: node\r\nUpgrade: webso';
const AN_UPGRADE =
  'GET /parliament HTTP/1.1\r\nHost: node\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: parliament.v1\r\n\r\n';

/** What strangers say, in turns. */
const SAYINGS = [
  () => NONE,
  () => randomBytes(600),
  () => HALF_A_REQUEST,
  () => AN_UPGRADE,
  () => Buffer.concat([Buffer.from(AN_UPGRADE), frameOf(2, true, randomBytes(100))]),
];

/** One stranger; resolves when the node, or his patience, has ended it. */
function stranger(port, index, tally) {
  return new Promise((resolve) => {
    const localAddress = index % 2 === 0 ? sourceAddress(index) : '127.0.0.1';
    const socket = connectTcp({ port, host: '127.0.0.1', localAddress });
    const timer = setTimeout(() => socket.destroy(), HOLD_MS);
    socket.on('error', () => {});
    socket.on('connect', () => {
      tally.connections = (tally.connections ?? 0) + 1;
      socket.write(SAYINGS[index % SAYINGS.length]());
    });
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(undefined);
    });
    socket.resume();
  });
}

/** Again and again, also after the node has ended the link. */
async function again(isOver, tally, attack) {
  while (!isOver()) {
    try {
      await attack();
    } catch {
      tally.ended = (tally.ended ?? 0) + 1;
      await pause(50);
    }
  }
}

/** `make` gives what is sent next over an authenticated link, as bytes for TCP. */
async function writeLinked({ port, isOver, tally, isReading = true }, name, make) {
  await again(isOver, tally, async () => {
    const { socket, sealer } = await link(port, name);
    if (!isReading) socket.pause();
    let heardAt = performance.now();
    try {
      while (!isOver()) {
        if (socket.readyState !== socket.OPEN) throw new Error('the link is gone');
        await write(socket, make(sealer));
        if (performance.now() - heardAt < 300) continue;
        heardAt = performance.now();
        await write(socket, frameOf(2, true, sealer.seal(reply())));
        await turn();
      }
    } finally {
      socket.terminate();
    }
  });
}

/** `frames` give what is sent next over an authenticated link, sealed. */
async function sendLinked({ port, isOver, tally }, name, frames) {
  await again(isOver, tally, async () => {
    const { socket, sealer } = await link(port, name);
    const next = frames();
    try {
      while (!isOver()) {
        if (socket.readyState !== socket.OPEN) throw new Error('the link is gone');
        if (socket.bufferedAmount > 2 ** 20) {
          await turn();
          continue;
        }
        socket.send(sealer.seal(next()));
        tally.frames = (tally.frames ?? 0) + 1;
        // The word to stop must be heard.
        if (tally.frames % 16 === 0) await turn();
      }
    } finally {
      socket.terminate();
    }
  });
}

/** ws ends a connection that has more pings unanswered than 60. */
const PINGS_AT_ONCE = 50;
const PINGS = Buffer.concat(Array.from({ length: PINGS_AT_ONCE }, () => frameOf(9, true, new Uint8Array(125))));

/** Batches of the same tiny item, made once and sealed anew each time. */
function items(options, to, payload) {
  return sendLinked(options, 'talker', () => {
    const writer = new BatchWriter();
    const batch = () => {
      for (let count = 0; count < ITEMS; count += 1) writer.envelope({ to, sender: undefined, codec: '', payload });
      return Uint8Array.from(writer.finish(false, false));
    };
    let frame = batch();
    let known;
    return () => {
      const now = frame;
      // From the second on, nothing needs to be defined.
      known ??= batch();
      frame = known;
      return now;
    };
  });
}

/** As many parts as one message may have, of the kind that costs most: errors. */
const MOST_WORK = (() => {
  const unit = Buffer.from([0xd8, 27, 0x82, 0x60, 0xa1, 0x67, ...Buffer.from('message'), 0x60]);
  const count = 13_107;
  const head = Buffer.from([0x9a, 0, 0, 0, 0]);
  head.writeUInt32BE(count, 1);
  return Buffer.concat([head, ...new Array(count).fill(unit)]);
})();

export const ATTACKS = {
  async connections({ port, isOver, tally, connections }) {
    let next = 0;
    const strangers = Array.from({ length: AT_ONCE }, async () => {
      while (next < connections && !isOver()) {
        next += 1;
        await stranger(port, next, tally);
      }
    });
    await Promise.all(strangers);
  },
  /** As many as are answered. */
  pings: ({ port, isOver, tally }) =>
    again(isOver, tally, async () => {
      const { socket, sealer } = await link(port, 'pinger');
      let unanswered = 0;
      socket.on('pong', () => {
        unanswered -= 1;
      });
      const heartbeat = setInterval(() => socket.send(sealer.seal(reply())), 300);
      try {
        while (!isOver()) {
          if (socket.readyState !== socket.OPEN) throw new Error('the link is gone');
          if (unanswered === 0) {
            unanswered = PINGS_AT_ONCE;
            tally.pings = (tally.pings ?? 0) + PINGS_AT_ONCE;
            await write(socket, PINGS);
          }
          await turn();
        }
      } finally {
        clearInterval(heartbeat);
        socket.terminate();
      }
    }),
  /** Their answers must not be gathered. */
  'pings unread': (options) =>
    writeLinked({ ...options, isReading: false }, 'pinger', () => {
      options.tally.pings = (options.tally.pings ?? 0) + PINGS_AT_ONCE;
      return PINGS;
    }),
  async 'fragments of strangers'({ port, isOver, tally }) {
    let index = 0;
    const bytes = fragmentsOf(randomBytes(200));
    const strangers = Array.from({ length: 20 }, () =>
      again(isOver, tally, async () => {
        index += 1;
        const socket = await connect(port, sourceAddress(index));
        tally.connections = (tally.connections ?? 0) + 1;
        await write(socket, bytes);
        while (socket.readyState === socket.OPEN && !isOver()) await pause(5);
        socket.terminate();
      }),
    );
    await Promise.all(strangers);
  },
  fragments: (options) =>
    writeLinked(options, 'fragmenter', (sealer) => {
      options.tally.fragments = (options.tally.fragments ?? 0) + 1000;
      const messages = Array.from({ length: 30 }, () => fragmentsOf(sealer.seal(reply())));
      return Buffer.concat(messages);
    }),
  /** The node is told to send to it meanwhile. */
  'never reading': ({ port, isOver, tally }) =>
    again(isOver, tally, async () => {
      const { socket, sealer } = await link(port, 'deaf');
      socket.pause();
      let isGone = false;
      socket.once('close', () => {
        isGone = true;
      });
      // Writing fails once the node has reset the connection.
      while (!isOver() && !isGone) {
        await write(socket, frameOf(2, true, sealer.seal(reply())));
        await pause(20);
      }
      socket.terminate();
      if (isGone) throw new Error('the link is gone');
    }),
  'tiny items': (options) => items(options, { kind: 'waiting', id: 1 }, NONE),
  'messages of most work': (options) =>
    sendLinked(options, 'worker', () => {
      const writer = new BatchWriter();
      return () => {
        writer.envelope({ to: actor('sink'), sender: undefined, codec: '', payload: MOST_WORK });
        return writer.finish(false, false);
      };
    }),
  'tiny items to an actor': (options) => items(options, actor('sink'), Uint8Array.of(1)),
  /** What is kept of each definition must not keep the frame that it came in. */
  definitions: (options) =>
    sendLinked(options, 'definer', () => {
      const payload = new Uint8Array(500_000);
      const writer = new BatchWriter();
      let number = 0;
      return () => {
        number += 1;
        const to = actor(`no-actor-${number}`, new Uint8Array(16));
        writer.envelope({ to: { kind: 'waiting', id: 1 }, sender: to, codec: '', payload });
        return writer.finish(false, false);
      };
    }),
};
