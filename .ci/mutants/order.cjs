// What a worker is doing just now, for the environment of its tests: they share the process, and this module.

/**
 * `mutant`: which is in force; undefined: none. `tests`: those that meet it, with what each takes, in milliseconds.
 * `notes`: without a mutant, what each test of the file has met. `failed`: the first test that has failed.
 */
const order = { mutant: undefined, tests: new Map(), notes: undefined, failed: undefined, isEndless: false };
order.tellAlive = () => process.send({ isAlive: true });
/** What a test waits for will not come. Nobody can end the test but with the process. */
order.giveUp = (test) => process.send({ failed: test, why: 'it makes no progress' }, () => process.exit());

// Jest may load this module anew for each file; there is one order.
const KEY = Symbol.for('parliament.mutants.order');
globalThis[KEY] ??= order;

module.exports = { order: globalThis[KEY] };
