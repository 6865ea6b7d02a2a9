// The environment of a file of tests. Without a mutant it notes which mutants each test meets; with one, only the tests that
// meet it run, each for as long as it may take, and nothing runs after the first that has failed.

const { TestEnvironment: Plain } = require('jest-environment-node');
const { order } = require('./order.cjs');

const { environment } = require('./projects.cjs');
const Base = environment === 'node' ? Plain : require(environment);

/** A test may take so many times as long as without a mutant, but is given this at the least, in milliseconds. */
const PATIENCE = 5;
const LEAST_MS = 3000;
/**
 * How long a test takes depends on how busy the machine is, so its limit is not on the time that passes: while it waits, on the
 * turns that the event loop has had, one in so many milliseconds at the most; while it computes, on the time of the processor.
 */
const TURN_MS = 50;
/** The limit for all that may happen by itself on a busy machine. */
const UNHURRIED_MS = 600_000;
/** The time of the processor is looked at once in so many mutants that are met. */
const LOOK_EVERY = 4096;

const computedMs = () => process.cpuUsage().user / 1000;

module.exports = class extends Base {
  constructor(config, context) {
    super(config, context);
    this.hasFailed = false;
    // Not in `setup`: what jest loads before each file (`setupFiles`) comes before that, and meets mutants, too.
    this.global.__mutant = order.mutant === undefined ? this.noting() : this.inForce();
  }

  noting() {
    this.met = new Set();
    /** The test, by its number, that has met each mutant last: sets are slow where models of thousands of steps run. */
    this.lastMet = [];
    this.testNumber = 1;
    order.notes = { atLoad: this.met, tests: new Map() };
    return (number) => {
      if (this.lastMet[number] === this.testNumber) return false;
      this.lastMet[number] = this.testNumber;
      this.met.add(number);
      return false;
    };
  }

  inForce() {
    const { mutant } = order;
    let looks = 0;
    this.limitMs = Number.POSITIVE_INFINITY;
    this.begunMs = 0;
    return (number) => {
      looks += 1;
      if (looks % LOOK_EVERY === 0 && computedMs() - this.begunMs > this.limitMs) {
        order.isEndless = true;
        throw new Error('this goes on for ever');
      }
      return number === mutant;
    };
  }

  async handleTestEvent(event, state) {
    await super.handleTestEvent?.(event, state);
    if (event.name === 'test_start') this.begin(event.test);
    if (event.name === 'test_done') this.end(event.test);
  }

  begin(test) {
    order.tellAlive();
    const name = nameOf(test);
    if (order.mutant === undefined) {
      test.timeout = UNHURRIED_MS;
      this.met = order.notes.tests.get(name)?.met ?? new Set();
      this.testNumber += 1;
      return;
    }
    const normalMs = order.tests.get(name);
    if (this.hasFailed || normalMs === undefined) test.mode = 'skip';
    test.timeout = UNHURRIED_MS;
    if (test.mode === 'skip') return;
    this.limitMs = Math.max(LEAST_MS, PATIENCE * normalMs);
    this.begunMs = computedMs();
    let turns = 0;
    this.clock = setInterval(() => {
      turns += 1;
      if (turns % 20 === 0) order.tellAlive();
      if (turns * TURN_MS > this.limitMs) order.giveUp(name);
    }, TURN_MS);
  }

  end(test) {
    clearInterval(this.clock);
    const name = nameOf(test);
    if (test.errors.length > 0) {
      this.hasFailed = true;
      order.failed ??= name;
    }
    if (order.mutant !== undefined) return;
    order.notes.tests.set(name, { met: this.met, ms: test.duration ?? 0 });
    // What is still going on, and the hooks, are nobody's.
    this.met = order.notes.atLoad;
    this.testNumber += 1;
  }
};

function nameOf(test) {
  const names = [];
  for (let at = test; at.parent !== undefined; at = at.parent) names.unshift(at.name);
  return names.join(' › ');
}
