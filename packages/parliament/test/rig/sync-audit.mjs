// npm run sync-audit: no promise and no vote leaves a member before it is synced. See HELP.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { audit } from './audit/audit.mjs';
import { Load } from './kill/load.mjs';
import { prepareTrio } from './kill/trio.mjs';

const AUDITED = 'b';

/** It stands later than the others, so that it promises, and does not lead. */
const PATIENT = { electionTimeoutMinMs: 3000, electionTimeoutMaxMs: 5000 };

/** So often the audited member is asked, each time for some seconds, until it answers. */
const ATTEMPTS = 20;

const HELP = `npm run sync-audit -- [--seconds N] [--sabotage] [--json]

Three members under load, one of them under strace. From its system calls alone, the bytes that it wrote to its log, its syncs, and
the frames that it gave to sockets: every promise and every vote that left had been written, and a sync that began after that had
ended. At the end each of the others is killed once, for a new election. Needs Linux and strace.

  --seconds N   how long (default 10)
  --sabotage    the member says too early that it has synced: the audit must find that
  --json        the result as one line of JSON
  --help        this text

Exit status: 0 nothing was found; 1 something was; 2 called wrongly; 3 strace is not here.`;

async function main({ seconds, isSabotaged, isJson }) {
  if (spawnSync('strace', ['-o', '/dev/null', 'true']).status !== 0) {
    console.error('sync-audit: strace is not here, or may not be used: apt-get install strace');
    return 3;
  }
  const trio = await prepareTrio(() => {});
  process.once('exit', () => trio.close());
  const trace = `${trio.directory('trace')}.txt`;
  const load = new Load(trio, Math.random);
  for (const name of trio.names) {
    trio.start(name, name === AUDITED ? { trace, isSabotaged, timing: PATIENT } : {});
    await trio.member(name).ready;
  }
  load.start(20);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  await load.stop();
  for (const name of trio.names) if (name !== AUDITED) await withoutMember(trio, load, name);
  // strace ends with what it traces.
  trio.member(AUDITED).child.disconnect();
  await trio.member(AUDITED).gone;
  const result = audit(trace, fs.realpathSync(trio.directory(AUDITED)) + path.sep);
  const { accepted, promise, writes, syncs, violations } = result;
  if (isJson) console.log(JSON.stringify(result));
  else {
    for (const violation of violations.slice(0, 10)) console.log(`TOO EARLY: ${violation}`);
    console.log(
      `${accepted} votes and ${promise} promises left; ${writes} writes, ${syncs} syncs: ${violations.length} left too early`,
    );
  }
  return violations.length === 0 && accepted > 0 && promise > 0 ? 0 : 1;
}

/**
 * One of the two was the leader: what the audited member answers without it, it answers by an election, and its promise. On a
 * busy machine the first one may have been won without it.
 */
async function withoutMember(trio, load, name) {
  await trio.kill(name);
  const key = `without ${name}`;
  for (let attempt = 1; (await load.ask(trio.member(AUDITED), key, '0 wants 0')) === undefined; attempt += 1) {
    if (attempt === ATTEMPTS)
      throw new Error(`${AUDITED} answers nothing without ${name}: ${JSON.stringify(load.failures)}`);
  }
  trio.start(name);
  await trio.member(name).ready;
}

function optionsOrExplain(args) {
  try {
    const boolean = /** @type {const} */ ({ type: 'boolean' });
    const string = /** @type {const} */ ({ type: 'string' });
    const options = { seconds: string, sabotage: boolean, json: boolean, help: boolean };
    const { values } = parseArgs({ args, options });
    if (values.help) {
      console.log(HELP);
      return undefined;
    }
    const seconds = Number(values.seconds ?? 10);
    if (!(seconds > 0)) throw new RangeError(`--seconds ${values.seconds}: a number above 0`);
    return { seconds, isSabotaged: values.sabotage === true, isJson: values.json === true };
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    console.error(`sync-audit: ${error.message}. See --help`);
    process.exitCode = 2;
    return undefined;
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const options = optionsOrExplain(process.argv.slice(2));
if (options !== undefined) {
  process.exitCode = await main(options);
  process.exit();
}
