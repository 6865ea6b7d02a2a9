// What came of an entry, of how its process ended and what it said.

const { STATUS_MISSING } = require('./list.cjs');

/** So much of what was said is shown of a failure. */
const LINES_SHOWN = 30;

/** The verdict on an entry, what it did, and, where it failed, why. */
function verdictOf(entry, { status, stdout, stderr, stall }) {
  const { figures, idle = () => [], status: wanted = 0 } = entry;
  const lines = stdout.trim().split('\n');
  const failed = (...reasons) => {
    const said = [...lines, ...stderr.trim().split('\n')].map((line) => line.slice(0, 400));
    return { verdict: 'failed', did: reasons[0], why: [...reasons.slice(1), ...said.slice(-LINES_SHOWN)] };
  };
  if (stall !== undefined) return failed(stall);
  if (status === STATUS_MISSING) return { verdict: 'skipped', did: stderr.trim(), why: [] };
  const report = figures === undefined ? undefined : reportOf(lines.at(-1));
  if (figures !== undefined && report === undefined) return failed(`ended with ${status}, without a report`);
  if (report?.skipped !== undefined) return { verdict: 'skipped', did: report.skipped, why: [] };
  if (status !== wanted) return failed(`ended with ${status}, and not ${wanted}`);
  const missing = report === undefined ? [] : idle(report);
  if (missing.length > 0) return failed(...missing);
  return { verdict: 'passed', did: report === undefined ? lines.at(-1) : figures(report), why: [] };
}

function reportOf(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

module.exports = { verdictOf };
