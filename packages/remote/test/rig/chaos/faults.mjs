// What is done to a world, one at a time. Each puts back in order what it has done.

import { NAMES, PAIRS, pause } from './world.mjs';

/** Longer than the nodes of the rig wait before they take a silent link for lost. */
const DOWN_MS = 800;

const killAndRestart = async (world, pick) => {
  const name = pick(NAMES);
  world.signal(name, 'SIGKILL');
  await pause(pick([0, 100, 600]));
  await world.start(name);
};

const stopAndContinue = async (world, pick) => {
  const name = pick(NAMES);
  world.signal(name, 'SIGSTOP');
  await pause(pick([200, 900]));
  world.signal(name, 'SIGCONT');
};

const proxyOf = (world, pick) => world.proxies.get(pick(PAIRS).join(''));

/** By kinds of world. */
export const FAULTS = {
  proxy: {
    'cut one way': async (world, pick) => {
      const proxy = proxyOf(world, pick);
      proxy.ways[pick(['forth', 'back'])].drops = true;
      await pause(DOWN_MS);
      proxy.heal();
    },
    'half-open': async (world, pick) => {
      const proxy = proxyOf(world, pick);
      for (const way of Object.values(proxy.ways)) way.drops = true;
      await pause(pick([100, DOWN_MS + 400]));
      proxy.heal();
    },
    delay: async (world, pick) => {
      const proxy = proxyOf(world, pick);
      proxy.ways.forth.delayMs = 5;
      proxy.ways.back.delayMs = 20;
      await pause(500);
      proxy.heal();
    },
    'flipped byte': async (world, pick) => {
      proxyOf(world, pick).ways[pick(['forth', 'back'])].flips = 1;
      await pause(200);
    },
    'lost connection': async (world, pick) => {
      proxyOf(world, pick).close();
      await pause(50);
    },
    'kill -9': killAndRestart,
    stop: stopAndContinue,
  },
  netns: {
    'cut one way': async (world, pick) => {
      const [from, to] = pick([...PAIRS, ...PAIRS.map(([one, other]) => [other, one])]);
      world.network.cut(from, to);
      await pause(pick([200, DOWN_MS]));
      world.network.heal(from, to);
    },
    'cut both ways': async (world, pick) => {
      const [one, other] = pick(PAIRS);
      world.network.cut(one, other);
      world.network.cut(other, one);
      await pause(pick([200, DOWN_MS + 400]));
      world.network.heal(one, other);
      world.network.heal(other, one);
    },
    'cut off one node': async (world, pick) => {
      const name = pick(NAMES);
      const others = NAMES.filter((other) => other !== name);
      for (const other of others) {
        world.network.cut(name, other);
        world.network.cut(other, name);
      }
      await pause(DOWN_MS + 400);
      for (const other of others) {
        world.network.heal(name, other);
        world.network.heal(other, name);
      }
    },
    'kill -9': killAndRestart,
    stop: stopAndContinue,
  },
};
