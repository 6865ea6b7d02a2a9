// One program, as a process group of its own: what it says, how it ends, and an end for it when it makes no progress.

const { spawn } = require('node:child_process');

/** The groups that run now, by their leaders. */
const running = new Set();

/** Between a request to end and the end of a group, in milliseconds: rigs unmount, and kill what they have started. */
const GRACE_MS = 10_000;

function signal(child, name) {
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    // It has just ended.
    if (error.code !== 'ESRCH') throw error;
  }
}

/**
 * Runs it until its end. The limit is on silence: programs tell what they have done by now every few seconds.
 *
 * @param onLine hears the last line of whatever it says
 */
function runProcess([command, ...args], { cwd, env, silenceMs, onLine }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    const said = { stdout: '', stderr: '' };
    let stall;
    let [silence, kill] = [];
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        stall = `nothing was heard of it for ${silenceMs / 1000} s`;
        signal(child, 'SIGTERM');
        kill = setTimeout(() => signal(child, 'SIGKILL'), GRACE_MS);
      }, silenceMs);
    };
    heard();
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => {
        heard();
        said[name] += text;
        onLine(text.trim().split('\n').at(-1));
      });
    }
    const end = (status) => {
      clearTimeout(silence);
      clearTimeout(kill);
      running.delete(child);
      resolve({ ...said, status, stall });
    };
    child.once('error', (error) => {
      said.stderr += `${error.message}\n`;
      end('an error');
    });
    child.once('close', (code, name) => end(code ?? name));
  });
}

/** Ends all that runs. */
function endAll() {
  for (const child of running) signal(child, 'SIGTERM');
}

module.exports = { endAll, runProcess };
