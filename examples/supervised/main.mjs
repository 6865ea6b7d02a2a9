// A gen-server that writes a journal, and its supervisor. It crashes on what it cannot deal with, and comes back with a
// fresh file handle; a caller learns at once what has happened. Too many crashes, and the supervisor gives up and says so.
// Usage: node main.mjs

import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallError, call, genServer, serverAt, startSupervisor, startSystem, stopSystem } from '@parliament/otp';

/** @typedef {import('@parliament/otp').Request<'write', { line: string }, number>} Write */
/** @typedef {import('@parliament/otp').Request<'lines', object, number>} Lines */
/** @typedef {{ file: import('node:fs/promises').FileHandle, lines: number }} State */

const folder = await mkdtemp(join(tmpdir(), 'parliament-supervised-'));
const path = join(folder, 'journal');

/** @type {import('@parliament/otp').GenServer<State, Write | Lines>} */
const callbacks = {
  // What init opens, terminate closes: also after a crash, before the next incarnation begins.
  init: async () => ({ state: { file: await open(path, 'a'), lines: 0 } }),
  handleCall: {
    async write({ line }, _from, state) {
      if (line.includes('\n')) throw new Error('a line has one line');
      await state.file.write(`${line}\n`);
      const lines = state.lines + 1;
      return { reply: lines, state: { ...state, lines } };
    },
    lines: (_request, _from, state) => ({ reply: state.lines, state }),
  },
  handleCast: {},
  terminate: async ({ file }) => file.close(),
};
const journal = genServer(callbacks);

/** @type {(() => void)[]} */
const waiting = [];
const system = startSystem('supervised');
const supervisor = await startSupervisor(system, 'services', {
  strategy: 'one_for_one',
  intensity: 1,
  periodMs: 60_000,
  children: [{ id: 'journal', start: journal }],
  onEvent({ type }) {
    if (type === 'restarted') waiting.shift()?.();
  },
});
const writer = serverAt(supervisor.child('journal'), journal);
const timeoutMs = 30_000;

console.log('written:', await call(writer, { type: 'write', line: 'first' }, { timeoutMs }));
/** @type {Promise<void>} */
const restarted = new Promise((resolve) => waiting.push(resolve));
await crash();
await restarted;
console.log('restarted, lines of this incarnation:', await call(writer, { type: 'lines' }, { timeoutMs }));
console.log('written:', await call(writer, { type: 'write', line: 'second' }, { timeoutMs }));
await crash();
const { how, message } = await supervisor.finished;
console.log(`the supervisor has ended: ${how}: ${message}`);
console.log('the file has:', (await readFile(path, 'utf8')).trim().split('\n').join(', '));
await stopSystem(system);
await rm(folder, { recursive: true });

async function crash() {
  try {
    await call(writer, { type: 'write', line: 'two\nlines' }, { timeoutMs });
  } catch (error) {
    if (error instanceof CallError) console.log('the call failed:', error.code);
    else throw error;
  }
}
