/** The wrapper of @parliament/otp against bare nact: sending, asking, starting, restarting. */

import {
  call,
  dispatch,
  genServer,
  onCrash,
  type Reference,
  type Request,
  type Supervisor,
  serverAt,
  startActor,
  startSupervisor,
  stopActor,
} from '@parliament/otp';
import { type Comparison, rateOf } from './measure.js';
import { bare } from './nact.js';

/** How much of everything is done in a round. */
export interface Sizes {
  readonly messages: number;
  readonly actors: number;
  readonly calls: number;
  /** Calls that wait at the same time. */
  readonly atOnce: number;
  readonly spawns: number;
  readonly restarts: number;
}

const SIZES: Sizes = {
  messages: 100_000,
  actors: 100,
  calls: 60_000,
  atOnce: 1000,
  spawns: 2000,
  restarts: 300,
};

const TIMEOUT_MS = 60_000;

type Echo = Request<'echo', object, number>;

const echo = genServer<number, Echo>({
  init: () => ({ state: 7 }),
  handleCall: { echo: (_, __, state) => ({ reply: state, state }) },
  handleCast: {},
});

/** Counts down the messages of all actors that share it. */
class Countdown {
  #left = 0;
  #done: () => void = () => {};

  start(count: number): Promise<void> {
    this.#left = count;
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  readonly count = (state: number): number => {
    this.#left -= 1;
    if (this.#left === 0) this.#done();
    return state;
  };
}

/** All comparisons, with actors in `system`. */
export async function otpComparisons(system: Reference, sizes: Sizes = SIZES): Promise<readonly Comparison[]> {
  return [
    await dispatching(system, 'dispatch', 'messages to one actor', 1, sizes.messages, 0.85),
    await dispatching(
      system,
      'dispatch to many actors',
      'messages to many actors in turn',
      sizes.actors,
      sizes.messages,
    ),
    await asking(system, sizes.calls, 1, 'call one at a time'),
    await asking(system, sizes.calls, sizes.atOnce, 'call many at once'),
    askingPlain(system, sizes.calls),
    spawning(system, sizes.spawns),
    await restarting(system, sizes.restarts),
  ];
}

async function dispatching(
  system: Reference,
  name: string,
  about: string,
  actors: number,
  messages: number,
  target?: number,
): Promise<Comparison> {
  const [bareCountdown, countdown] = [new Countdown(), new Countdown()];
  const bareActors = Array.from({ length: actors }, () => bare.spawn<number>(system, bareCountdown.count));
  const ours = await Promise.all(
    Array.from({ length: actors }, (_, index) =>
      startActor(system, `${actors}-${index}`, { init: () => 0, receive: countdown.count }),
    ),
  );
  const send = (
    all: readonly Reference[],
    by: (to: Reference, message: unknown) => unknown,
    done: Promise<void>,
  ): Promise<void> => {
    for (let index = 0; index < messages; index += 1) by(all[index % actors] as Reference, index);
    return done;
  };
  return {
    name,
    about: `${about}, queued in one go, until all are handled`,
    ...(target === undefined ? {} : { target }),
    bare: () => rateOf(messages, () => send(bareActors, bare.dispatch, bareCountdown.start(messages))),
    here: () => rateOf(messages, () => send(ours as Reference[], dispatch, countdown.start(messages))),
  };
}

/** A nact actor that answers. */
function spawnPlain(system: Reference): Reference {
  return bare.spawn<number>(
    system,
    (state, _, { sender }) => {
      bare.dispatch(sender, state);
      return state;
    },
    undefined,
    { initialState: 7 },
  );
}

/** Asks `calls` times, so many at once. */
async function askAll(calls: number, atOnce: number, ask: () => Promise<unknown>): Promise<void> {
  if (atOnce === 1) for (let asked = 0; asked < calls; asked += 1) await ask();
  else for (let asked = 0; asked < calls; asked += atOnce) await Promise.all(Array.from({ length: atOnce }, ask));
}

async function asking(system: Reference, calls: number, atOnce: number, name: string): Promise<Comparison> {
  const plain = spawnPlain(system);
  const server = serverAt((await startActor(system, `echo-${atOnce}`, echo)) as Reference, echo);
  return {
    name,
    about: `requests and replies, ${atOnce} waiting at the same time: nact's query of a nact actor, call of a gen-server`,
    target: 1,
    bare: () => rateOf(calls, () => askAll(calls, atOnce, () => bare.query(plain, { type: 'echo' }, TIMEOUT_MS))),
    here: () =>
      rateOf(calls, () => askAll(calls, atOnce, () => call(server, { type: 'echo' }, { timeoutMs: TIMEOUT_MS }))),
  };
}

function askingPlain(system: Reference, calls: number): Comparison {
  const plain = spawnPlain(system);
  return {
    name: 'call of a plain nact actor',
    about: 'requests and replies, one at a time: query and call of the same plain nact actor',
    bare: () => rateOf(calls, () => askAll(calls, 1, () => bare.query(plain, 1, TIMEOUT_MS))),
    here: () => rateOf(calls, () => askAll(calls, 1, () => call(plain, 1, { timeoutMs: TIMEOUT_MS }))),
  };
}

function spawning(system: Reference, spawns: number): Comparison {
  let names = 0;
  const keep = (state: number): number => state;
  async function spawnBare(): Promise<void> {
    const all: Reference[] = [];
    for (let count = 0; count < spawns; count += 1) {
      names += 1;
      all.push(bare.spawn<number>(system, keep, `spawned-${names}`));
    }
    // Each has handled something, as ours have their init.
    await Promise.all(all.map((actor) => answered(actor)));
    for (const actor of all) bare.stop(actor);
  }
  async function answered(actor: Reference): Promise<void> {
    bare.dispatch(actor, 'init');
    await new Promise((resolve) => setImmediate(resolve));
  }
  async function spawnHere(): Promise<void> {
    const starting: Promise<Reference | undefined>[] = [];
    for (let count = 0; count < spawns; count += 1) {
      names += 1;
      starting.push(startActor(system, `spawned-${names}`, { init: () => 0, receive: keep }));
    }
    const all = await Promise.all(starting);
    await Promise.all(all.map((actor) => stopActor(actor as Reference)));
  }
  return {
    name: 'spawn and stop',
    about:
      'actors started, all at once, each until it has handled a first message, and stopped; ours in order and awaited',
    bare: () => rateOf(spawns, spawnBare),
    here: () => rateOf(spawns, spawnHere),
  };
}

async function restarting(system: Reference, restarts: number): Promise<Comparison> {
  const plain = bare.spawn<number>(
    system,
    (state, message, { sender }) => {
      if (message === 'boom') throw new Error('boom');
      bare.dispatch(sender, state);
      return state;
    },
    undefined,
    { initialState: 7, onCrash: (_, __, { reset }) => reset },
  );
  const supervisor: Supervisor = await startSupervisor(system, 'restarting', {
    strategy: 'one_for_one',
    intensity: Number.MAX_SAFE_INTEGER,
    periodMs: 1,
    children: [
      {
        id: 'child',
        start: {
          init: () => 7,
          receive(state: number, message: unknown, context) {
            if (message === 'boom') throw new Error('boom');
            if (context.sender !== undefined) context.dispatch(context.sender, state);
            return state;
          },
        },
      },
    ],
  });
  const child = supervisor.child('child');
  /** Until it answers again: between two incarnations nobody is there to ask. */
  async function serving(): Promise<void> {
    for (;;) {
      const isBack = await call(child, 'ask', { timeoutMs: TIMEOUT_MS }).then(
        () => true,
        () => false,
      );
      if (isBack) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return {
    name: 'restart',
    about:
      "crashes, each until the next answer: nact's reset, which fences nothing and waits for nothing; a supervisor",
    bare: () =>
      rateOf(restarts, async () => {
        for (let count = 0; count < restarts; count += 1) {
          bare.dispatch(plain, 'boom');
          await bare.query(plain, 'ask', TIMEOUT_MS);
        }
      }),
    async here() {
      // nact writes nothing of a crash that an `onCrash` answers, so neither do we: restarts are measured, not standard error.
      const stopHearing = onCrash(() => {});
      try {
        return await rateOf(restarts, async () => {
          for (let count = 0; count < restarts; count += 1) {
            dispatch(child, 'boom');
            await serving();
          }
        });
      } finally {
        stopHearing();
      }
    },
  };
}
