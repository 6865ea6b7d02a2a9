// A worker as the main program sees it.

const { fork } = require('node:child_process');
const { existsSync, mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

/** Where the files of tests are put: in memory where there is such a place, since a sync of a disk takes longer than most tests. */
const FILES = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A worker of whose tests none has begun or ended for so long is in a loop, and is ended. */
const SILENCE_MS = 60_000;
/** One that has kept so much of what it has run is replaced. */
const MOST_MEMORY = 1500 * 2 ** 20;

/** Without a mutant nothing is in a loop. */
const SILENCE_WITHOUT_MS = 600_000;

/** @returns `ask(order)`: the answer of `worker.cjs`, or `{ failed: why }` of a worker that had to be ended. */
function workerOf(name) {
  let child;
  let files;
  const start = () => {
    files = mkdtempSync(join(FILES, 'mutants-'));
    child = fork(join(__dirname, 'worker.cjs'), {
      env: { ...process.env, MUTANTS_OF: name, NODE_OPTIONS: '', TMPDIR: files },
      execArgv: ['--max-old-space-size=2000'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    child.errors = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      child.errors = (child.errors + text).slice(-2000);
    });
  };
  const end = () => {
    if (child === undefined) return;
    child.kill('SIGKILL');
    child = undefined;
    // It may have ended in the middle of a test, and what it has started may still write.
    rmSync(files, { recursive: true, force: true, maxRetries: 5 });
  };
  const ask = async (order) => {
    if (child === undefined) start();
    const answer = await exchange(child, order);
    if (answer.memory === undefined || answer.memory > MOST_MEMORY) end();
    return answer;
  };
  return { ask, end };
}

function exchange(child, order) {
  return new Promise((resolve) => {
    const finish = (answer) => {
      clearTimeout(timer);
      child.off('exit', onExit).off('message', onMessage);
      resolve(answer);
    };
    const onSilence = () => finish({ failed: 'an endless loop' });
    const onExit = () => finish({ failed: 'the process has ended', why: child.errors });
    const silenceMs = order.mutant === undefined ? SILENCE_WITHOUT_MS : SILENCE_MS;
    let timer = setTimeout(onSilence, silenceMs);
    const onMessage = (message) => {
      if (message.isAlive !== true) finish(message);
      else {
        clearTimeout(timer);
        timer = setTimeout(onSilence, silenceMs);
      }
    };
    child.on('exit', onExit).on('message', onMessage);
    child.send(order);
  });
}

module.exports = { workerOf };
