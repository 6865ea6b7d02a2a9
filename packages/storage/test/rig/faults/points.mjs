// Every fault at every point of the workload.
import fs from 'node:fs';
import { CALLS, pointsOf, runTraced } from './trace.mjs';
import { objection } from './verdict.mjs';

/** What is done at a point: `once` and `for ever` as errors, the end of the process, or a delay. */
const FAULTS = [
  ...CALLS.map((call) => ({ call, name: 'killed', inject: (n) => `${call}:signal=SIGKILL:when=${n}`, isEnd: true })),
  ...['fdatasync', 'fsync'].flatMap((call) => errors(call, 'EIO')),
  ...errors('pwrite64', 'ENOSPC'),
  ...['pwrite64', 'rename', 'unlink'].flatMap((call) => errors(call, 'EIO')),
];

function errors(call, code) {
  return [
    { call, name: `${code} once`, inject: (n) => `${call}:error=${code}:when=${n}` },
    { call, name: `${code} for ever`, inject: (n) => `${call}:error=${code}:when=${n}+` },
  ];
}

/** Tries every point, or every `stride`-th; gives a row for each fault. */
export async function tryPoints({ stride, onProgress }) {
  const whole = await runTraced();
  clean(whole);
  if (whole.lines.at(-1) !== 'done') throw new Error(`the workload does not end without faults: ${whole.lines.at(-1)}`);
  const rows = [];
  const plans = FAULTS.map((fault) => ({
    fault,
    points: pointsOf(whole, fault.call).filter((_, index) => index % stride === 0),
  }));
  const total = plans.reduce((sum, { points }) => sum + points.length, 0);
  let done = 0;
  for (const { fault, points } of plans) {
    /** @type {{ fault: string, points: number, ended: Record<string, number>, violations: string[] }} */
    const row = { fault: `${fault.call} ${fault.name}`, points: points.length, ended: {}, violations: [] };
    for (const point of points) {
      const problem = await tryPoint(fault, point, row);
      if (problem !== undefined) row.violations.push(`${row.fault} at ${point}: ${problem}`);
      done += 1;
      onProgress(done, total);
    }
    rows.push(row);
  }
  return rows;
}

async function tryPoint(fault, point, row) {
  const run = await runTraced(fault.inject(point));
  try {
    const last = run.lines.at(-1) ?? '';
    const how = last === 'done' ? 'done' : last.startsWith('failed') ? last : 'killed';
    row.ended[how] = (row.ended[how] ?? 0) + 1;
    if (run.isHung) return 'it hung';
    if (how.startsWith('failed') && !how.startsWith('failed LedgerError')) return `it ended with ${how}`;
    return await objection(run.directory, run.lines);
  } finally {
    clean(run);
  }
}

/** Every sync takes 300 ms longer: slow, and nothing else. */
export async function tryDelay() {
  const run = await runTraced('fdatasync,fsync:delay_enter=300000');
  try {
    if (run.lines.at(-1) !== 'done') return `it ended with ${run.lines.at(-1)}`;
    return await objection(run.directory, run.lines);
  } finally {
    clean(run);
  }
}

function clean({ folder }) {
  fs.rmSync(folder, { recursive: true, force: true });
}
