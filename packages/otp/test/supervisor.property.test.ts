import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  call,
  dispatch,
  isAlive,
  type Restart,
  type Strategy,
  type Supervisor,
  startSupervisor,
} from '../src/index.js';
import { failOnUnhandledRejection, scribe, systemsOfThisFile, turns } from './support.js';

failOnUnhandledRejection();
const newSystem = systemsOfThisFile();

interface Step {
  readonly child: number;
  readonly order: 'boom' | 'reject' | 'exit';
}

interface ModelChild {
  readonly id: string;
  readonly restart: Restart;
  state: 'running' | 'stopped';
  restarts: number;
}

/** OTP's rules, written down once more, as plainly as they can be. */
class Model {
  readonly children: ModelChild[];
  readonly log: string[] = [];
  readonly #strategy: Strategy;
  readonly #intensity: number;
  restarts = 0;
  gaveUp = false;

  constructor(strategy: Strategy, intensity: number, restarts: readonly Restart[]) {
    this.#strategy = strategy;
    this.#intensity = intensity;
    this.children = restarts.map((restart, index) => ({ id: `c${index}`, restart, state: 'running', restarts: 0 }));
    for (const child of this.children) this.log.push(`+${child.id}`);
  }

  take({ child: index, order }: Step): void {
    const ended = this.children[index % this.children.length] as ModelChild;
    if (ended.state === 'stopped') return;
    const reason = order === 'exit' ? 'normal' : 'crash';
    const ends = (child: ModelChild): void => {
      if (child.state === 'running') this.log.push(`-${child.id} ${child === ended ? reason : 'shutdown'}`);
      child.state = 'stopped';
    };
    if (ended.restart === 'temporary' || (ended.restart === 'transient' && reason === 'normal')) {
      ends(ended);
      return;
    }
    if (this.restarts === this.#intensity) {
      this.gaveUp = true;
      for (const child of this.children.toReversed()) ends(child);
      return;
    }
    this.restarts += 1;
    const group = this.children.filter((child, position) => {
      if (this.#strategy === 'one_for_one') return child === ended;
      return this.#strategy === 'one_for_all' || position >= this.children.indexOf(ended);
    });
    for (const child of group.toReversed()) ends(child);
    for (const child of group) {
      if (child.restart === 'temporary') continue;
      child.state = 'running';
      child.restarts += 1;
      this.log.push(`+${child.id}`);
    }
  }

  summary(): object {
    return this.children.map(({ id, state, restarts }) => ({ id, state, restarts }));
  }
}

function summaryOf(supervisor: Supervisor): object {
  return supervisor.status().children.map(({ id, state, restarts }) => ({ id, state, restarts }));
}

/** Long enough for all that follows from one exit: nothing in it waits for more than turns of the event loop. */
const TURNS_OF_A_STEP = 200;

describe('a supervisor under random exits', () => {
  it("is left with the children that OTP's rules say, stopped and started in the order that they say", async () => {
    const system = newSystem();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<Strategy>('one_for_one', 'one_for_all', 'rest_for_one'),
        fc.nat({ max: 6 }),
        fc.array(fc.constantFrom<Restart>('permanent', 'transient', 'temporary'), { minLength: 1, maxLength: 5 }),
        fc.array(fc.record({ child: fc.nat({ max: 4 }), order: fc.constantFrom('boom', 'reject', 'exit') }), {
          maxLength: 8,
        }),
        async (strategy, intensity, restarts, steps) => {
          run += 1;
          const model = new Model(strategy, intensity, restarts);
          const log: string[] = [];
          const supervisor = await startSupervisor(system, `run-${run}`, {
            strategy,
            intensity,
            periodMs: 3_600_000,
            children: model.children.map(({ id, restart }) => ({ id, restart, start: scribe(log, id) })),
          });
          for (const step of steps as readonly Step[]) {
            model.take(step);
            dispatch(supervisor.child(`c${step.child % restarts.length}`), step.order);
            for (let turn = 0; turn < TURNS_OF_A_STEP && log.length < model.log.length; turn += 1) await turns(1);
            await turns(4);
            expect(log).toEqual(model.log);
            expect(summaryOf(supervisor)).toEqual(model.summary());
            if (model.gaveUp) break;
          }
          expect(isAlive(supervisor.ref)).toBe(!model.gaveUp);
          for (const { id, state } of model.children) {
            expect(isAlive(supervisor.child(id))).toBe(state === 'running');
            if (state === 'running') await call(supervisor.child(id), 'echo', { timeoutMs: 5000 });
          }
          await supervisor.shutdown();
          expect((await supervisor.finished).reason).toBe(model.gaveUp ? 'crash' : 'shutdown');
        },
      ),
      { numRuns: 300 },
    );
  });
});
