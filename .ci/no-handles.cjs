// Jest's environment of Node.js, which sees to it that a file of tests leaves nothing behind that keeps a process alive.

const threads = require('node:worker_threads');
const { TestEnvironment } = require('jest-environment-node');

/** What comes and goes with what is written and read, and timers, which are told apart by who has made them. */
const PASSING = /^TTYWrap$|^FSReq|^CloseReq|^WriteWrap$|^ShutdownWrap$|^Timeout$/;

function counted() {
  const counts = new Map();
  for (const type of process.getActiveResourcesInfo()) {
    if (!PASSING.test(type)) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}

/** Node.js says of a timer that is over only by this field. */
const keepsAlive = (timer) => timer._destroyed === false && timer.hasRef();

/** So many turns of the event loop what has been closed may take to be gone. */
const TURNS = 50;

/** Timers up to this long may run out, in milliseconds; they are looked at this often. */
const LONGEST_TIMER_MS = 1000;
const STEP_MS = 25;

module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    // Node.js opens them when they are asked for first.
    for (const name of ['stdin', 'stdout', 'stderr']) void process[name];
    this.before = counted();
    this.timers = new Set();
    for (const name of ['setTimeout', 'setInterval']) this.watch(name);
    this.watchThreads();
  }

  /** Remembers the threads: Node.js does not count them among what keeps a process alive. */
  watchThreads() {
    const running = new Set();
    const { Worker } = threads;
    this.threads = running;
    this.unwatchThreads = () => Object.assign(threads, { Worker });
    threads.Worker = class extends Worker {
      constructor(...parameters) {
        super(...parameters);
        running.add(this);
        this.once('exit', () => running.delete(this));
      }
    };
  }

  /** Remembers the timers that are made in the tests. */
  watch(name) {
    const { timers } = this;
    const start = this.global[name];
    const watched = (...parameters) => {
      const timer = start(...parameters);
      timers.add(timer);
      // Many are made, and few are left.
      if (timers.size % 1000 === 0) for (const one of timers) if (!keepsAlive(one)) timers.delete(one);
      return timer;
    };
    // What `node:util` promisifies of it, and the like.
    this.global[name] = Object.assign(watched, start);
    for (const symbol of Object.getOwnPropertySymbols(start)) {
      Object.defineProperty(watched, symbol, Object.getOwnPropertyDescriptor(start, symbol));
    }
  }

  async teardown() {
    let left = this.left();
    for (let turn = 0; left.length > 0 && turn < TURNS; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      left = this.left();
    }
    // A timer that runs out by itself is waited for: nact's query leaves one behind when it fails. One that is set again and again stays.
    const { setTimeout: wait } = globalThis;
    for (let waited = 0; left.length > 0 && waited < LONGEST_TIMER_MS; waited += STEP_MS) {
      await new Promise((resolve) => wait(resolve, STEP_MS));
      left = this.left();
    }
    this.unwatchThreads();
    await super.teardown();
    if (left.length > 0) throw new Error(`the tests leave behind what keeps a process alive: ${left.join(', ')}`);
  }

  left() {
    const timers = [...this.timers].filter(keepsAlive);
    const left = timers.map((timer) => `a timer of ${timer._idleTimeout} ms`);
    if (this.threads.size > 0) left.push(`${this.threads.size} × a thread`);
    for (const [type, count] of counted()) {
      if (count > (this.before.get(type) ?? 0)) left.push(`${count} × ${type}`);
    }
    return left;
  }
};
