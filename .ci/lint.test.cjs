const { spawnSync } = require('node:child_process');
const { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const { expect, it } = require('@jest/globals');

const root = join(__dirname, '..');

/** What the linter must refuse, by the file in which it would stand: a line each. */
const REFUSED = {
  'packages/storage/src/floating.ts': [
    'export function a(): void { work(); }',
    'export function b(): void { void work(); }',
    'export function c(): void { work().then((n) => n); }',
    'export function d(): void { work().then(() => {}, () => {}); }',
    'export function e(): void { work()?.then(() => {}, () => {}); }',
    'export function f(): void { work().finally(() => {}); }',
    'export function g(): void { setTimeout(async () => { await work(); }, 1); }',
    'export function h(): void { setTimeout(() => work(), 1); }',
    'export function i(): void { setImmediate(async () => { await work(); }); }',
    'export function j(): void { queueMicrotask(() => work()); }',
    'export function k(): void { emitter.on("end", async () => { await work(); }); }',
    'export function l(): void { emitter.once("end", () => work()); }',
    'export function m(): void { [1].forEach(async () => { await work(); }); }',
    'export function n(): void { Promise.all([work()]); }',
    'export function o(): void { setInterval(() => { work(); }, 1); }',
    'export function p(): void { signal.addEventListener("abort", async () => { await work(); }, { once: true }); }',
    'export function q(): void { new Promise((resolve) => resolve(1)); }',
  ],
  'packages/remote/src/timer.ts': ['export function a(): void { setTimeout(() => {}, 1); }'],
  'packages/synod/src/impure.ts': [
    'export const a = Date.now();',
    'export const b = Math.random();',
    'export const c = performance.now();',
    'export const d = process.pid;',
    'export const e = globalThis;',
  ],
  'packages/otp/src/inline.ts': [
    "export type A = import('node:fs').Stats;",
    "export type B = typeof import('node:fs');",
  ],
  'packages/otp/test/focused.test.ts': [
    'it.only("a", () => {});',
    'describe.only("b", () => {});',
    'test.only("c", () => {});',
  ],
};

const GIVEN = `import type { EventEmitter } from 'node:events';
async function work(): Promise<number> { return 1; }
declare const emitter: EventEmitter;
declare const signal: AbortSignal;
export const given = [work, emitter, signal];
`;

/** The numbers of the lines of a file that the linter refuses, from 0. */
function refusedLines(lines, said, file) {
  const first = GIVEN.split('\n').length;
  return lines.flatMap((line, index) => (said.includes(`file=${file},line=${first + index},`) ? [line] : []));
}

it('the linter refuses what would end the process, make a step impure, hide an import or leave out tests', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lint-'));
  try {
    cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
    for (const name of ['unattended', 'pure', 'imports', 'tests']) {
      cpSync(join(root, `.ci/${name}.grit`), join(folder, `.ci/${name}.grit`));
    }
    for (const [file, lines] of Object.entries(REFUSED)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), `${GIVEN}${lines.join('\n')}\n`);
    }
    const { stdout } = spawnSync(
      join(root, 'node_modules/.bin/biome'),
      ['lint', '--error-on-warnings', '--reporter=github', '--max-diagnostics=1000'],
      { cwd: folder, encoding: 'utf8' },
    );
    const said = stdout.replaceAll(`${folder}/`, '');
    for (const [file, lines] of Object.entries(REFUSED)) expect(refusedLines(lines, said, file)).toEqual(lines);
    // What is given is refused nowhere.
    expect(said).not.toMatch(/line=[1-5],/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
