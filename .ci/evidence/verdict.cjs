// What came of an entry, of how its process ended and what it said.

const { STATUS_MISSING } = require('./list.cjs');

/** So much of what was said is shown of a failure. */
const LINES_SHOWN = 30;

/** What tells of a failure may stand far above the end: a mutant that lives, a rule that is broken. So much of that is shown, too. */
const TELLING = /^(SURVIVED|lives:|VIOLATION|TOO EARLY|FAIL)/;
const TELLING_SHOWN = 20;

/** The verdict on an entry, what it did, and, where it failed, why. */
function verdictOf(entry, { status, stdout, stderr, stall }) {
  const { figures, idle = () => [], says, status: wanted = 0 } = entry;
  const lines = stdout.trim().split('\n');
  const failed = (...reasons) => {
    const said = [...lines, ...stderr.trim().split('\n')].map((line) => line.slice(0, 400));
    const telling = said.slice(0, -LINES_SHOWN).filter((line) => TELLING.test(line.trim()));
    const why = [...reasons.slice(1), ...telling.slice(0, TELLING_SHOWN), ...said.slice(-LINES_SHOWN)];
    return { verdict: 'failed', did: reasons[0], why };
  };
  if (stall !== undefined) return failed(stall);
  if (status === STATUS_MISSING) return { verdict: 'skipped', did: stderr.trim(), why: [] };
  const report = figures === undefined ? undefined : reportOf(lines.at(-1));
  if (figures !== undefined && report === undefined) return failed(`ended with ${status}, without a report`);
  if (report?.skipped !== undefined && status === 0) return { verdict: 'skipped', did: report.skipped, why: [] };
  if (status !== wanted) return failed(`ended with ${status}, and not ${wanted}`);
  if (report === undefined) {
    const [did] = says.exec(stdout) ?? [];
    return did === undefined ? failed(`ended with ${status}, and has not said what it did`) : passed(did);
  }
  try {
    const missing = idle(report);
    return missing.length > 0 ? failed(...missing) : passed(figures(report));
  } catch (error) {
    // It lacks what is asked of it. What that breaks is one row of the table, and not the table.
    return failed(`its report is not as it should be: ${error.message}`);
  }
}

function passed(did) {
  return { verdict: 'passed', did, why: [] };
}

function reportOf(line) {
  try {
    const report = JSON.parse(line);
    return typeof report === 'object' && report !== null ? report : undefined;
  } catch {
    return undefined;
  }
}

module.exports = { verdictOf };
