// Kills members under load, one, two or all at a time, and measures how soon they serve again.
import { Load } from './load.mjs';
import { prepareTrio } from './trio.mjs';

const WORKERS = 6;
/** A member that has not served for so long will not, also on a machine that has other things to do. */
const SERVING_LIMIT_MS = 180_000;

/** Runs so many cycles; `onProgress` hears of each. */
export async function killCycles({ cycles, seed, onProgress }) {
  const random = randomFrom(seed);
  const alarms = [];
  const trio = await prepareTrio((name, event) =>
    alarms.push(`${name}: ${event.type} ${event.message ?? event.reason ?? ''}`),
  );
  const load = new Load(trio, random);
  const close = () => trio.close();
  process.once('exit', close);
  try {
    for (const name of trio.names) trio.start(name);
    await Promise.all(trio.names.map((name) => serving(trio.member(name), load)));
    load.start(WORKERS);
    // By how many were killed at a time.
    const restarts = { 1: [], 2: [], 3: [] };
    let kills = 0;
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      await pause(random() * 150);
      const victims = victimsOf(trio.names, random);
      kills += victims.length;
      await Promise.all(victims.map((name) => trio.kill(name)));
      const times = victims.map(async (name) => {
        const begun = performance.now();
        await serving(trio.start(name), load);
        restarts[victims.length].push(performance.now() - begun);
      });
      await Promise.all(times);
      onProgress(cycle + 1, cycles);
    }
    await load.stop();
    for (const name of trio.names) await load.readAll(name, () => {});
    const violations = [...load.violations, ...alarms];
    const restartMs = Object.fromEntries(Object.entries(restarts).map(([count, times]) => [count, quantiles(times)]));
    return { cycles, kills, answered: load.answered.size, failures: load.failures, violations, restartMs };
  } finally {
    load.isOver = true;
    process.off('exit', close);
    trio.close();
  }
}

/** Resolves when a member gives the value of a register: then it has started, knows its peers, and there is a leader. */
async function serving(member, load) {
  await member.ready;
  const deadline = performance.now() + SERVING_LIMIT_MS;
  const key = load.keys.at(-1) ?? 'first';
  while (performance.now() < deadline) {
    if ((await load.ask(member, key, '0 wants 0')) !== undefined) return;
  }
  throw new Error(`a member that was started again did not serve within ${SERVING_LIMIT_MS} ms`);
}

/** Mostly one, at times two, now and then all of them. */
function victimsOf(names, random) {
  const count = [1, 1, 1, 1, 1, 1, 2, 2, 3, 3][Math.floor(random() * 10)];
  return [...names]
    .map((name) => [random(), name])
    .sort(([one], [other]) => one - other)
    .slice(0, count)
    .map(([, name]) => name);
}

function quantiles(times) {
  if (times.length === 0) return undefined;
  const sorted = [...times].sort((one, other) => one - other);
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
  return { p50: at(0.5), p99: at(0.99), most: at(1) };
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
