// Mutants of otp that change nothing which anybody could see.

const TABLE = 'Of the tables of options only the keys are looked at (`namesIn`); the values are there for the types.';

module.exports = [
  { file: 'tree/start-actor.ts', from: 'true', what: 'true → false', times: 6, why: TABLE },
  { file: 'supervisor/supervisor-check.ts', from: 'true', what: 'true → false', times: 22, why: TABLE },
  {
    file: 'call/call.ts',
    from: 'this.dueAt = 0;',
    why: '`Line.join` sets it before anybody reads it; here it only gives all calls one shape.',
  },
  ...['earlier', 'later', 'neglect'].map((name) => ({
    file: 'call/call.ts',
    from: `this.${name} = undefined;`,
    why: 'What is not there reads as undefined, too; here it only gives all calls one shape.',
  })),
  {
    file: 'actor/handlers.ts',
    from: 'this.#isLate',
    what: 'condition → true',
    why: 'Whoever has ended it before it started halts it, and that calls `terminate` as soon as `init` is over: it is begun a microtask sooner.',
  },
  ...['condition → true', '> → >='].map((what) => ({
    file: 'actor/worker.ts',
    from: 'this.#actor.children.size > 0',
    what,
    times: 2,
    why: 'With nobody below, `haltBelow` does nothing: what follows comes a microtask later.',
  })),
  {
    file: 'actor/worker.ts',
    from: 'this.#handlers.isHandling && this.#handlers.inFlight === undefined',
    what: 'condition → true',
    why: 'Nothing is begun any more by then: what follows comes a microtask later.',
  },
  {
    file: 'actor/gen-server.ts',
    from: 'type === undefined',
    what: 'condition → false',
    times: 3,
    why: 'Answerers and receivers have texts for keys: there is none under `undefined`.',
  },
  {
    file: 'actor/gen-server.ts',
    from: 'hasTimeOuts',
    what: 'condition → true',
    why: 'Where no time-out was ever asked for, the map is empty and no message is a `TimeOut`: what follows does nothing.',
  },
  {
    file: 'supervisor/child.ts',
    from: '0',
    code: 'upSince: 0,',
    why: 'It is looked at of one that has started only, and is set by its start.',
  },
  {
    file: 'actor/mailbox.ts',
    from: 'dropped !== undefined',
    what: 'condition → true',
    why: 'The index is below the length of the mailbox: there is one.',
  },
  {
    file: 'process/burst-limit.ts',
    code: 'came: 0,',
    from: '0',
    what: '0 → 1',
    why: 'The first that comes begins a window of its own, which counts from 0.',
  },
];
