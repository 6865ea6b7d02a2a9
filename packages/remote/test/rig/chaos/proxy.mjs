// A TCP proxy in front of a node, which can do to a connection what networks do.

import net from 'node:net';

/** What is done to the bytes of one direction. */
const clean = () => ({ drops: false, delayMs: 0, flips: 0 });

/** Listens on `port` of the loopback interface, and leads to `target` there. `random` gives numbers from 0 to 1. */
export async function openProxy(port, target, random) {
  const ways = { forth: clean(), back: clean() };
  const pairs = new Set();

  function carry(from, to, way) {
    let queue = Promise.resolve();
    from.on('data', (bytes) => {
      if (way.drops) return;
      let passed = bytes;
      if (way.flips > 0 && bytes.length > 20) {
        way.flips -= 1;
        passed = Buffer.from(bytes);
        passed[Math.floor(random() * bytes.length)] ^= 1 << Math.floor(random() * 8);
      }
      const { delayMs } = way;
      queue = queue.then(async () => {
        if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
        to.write(passed);
      });
    });
  }

  const server = net.createServer((near) => {
    const far = net.connect(target, '127.0.0.1');
    const pair = [near, far];
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair)
      socket
        .setNoDelay(true)
        .on('error', () => {})
        .on('close', end);
    carry(near, far, ways.forth);
    carry(far, near, ways.back);
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)));

  return {
    ways,
    /** Ends every connection: by a reset of one side, or in order. */
    close() {
      for (const [near, far] of [...pairs]) (random() < 0.5 ? near : far).resetAndDestroy();
    },
    /** As it was. What was dropped meanwhile is a hole in the stream: such connections cannot go on. */
    heal() {
      const hadHole = ways.forth.drops || ways.back.drops;
      Object.assign(ways.forth, clean());
      Object.assign(ways.back, clean());
      if (hadHole) this.close();
    },
    end() {
      this.close();
      server.close();
    },
  };
}
