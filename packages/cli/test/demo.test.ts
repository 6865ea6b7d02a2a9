import fs from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { patiently, until } from './progress.js';
import { cleanUpAfterwards, launch, runWith } from './support.js';

cleanUpAfterwards();

function pidsIn(text: string): number[] {
  return [...text.matchAll(/is process (\d+)/g)].map(([, pid]) => Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie that nobody has collected yet is gone for all purposes.
    return !/^\d+ \(.*\) Z/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function untilGone(pids: readonly number[]): Promise<void> {
  // A list that was read wrongly would be gone at once.
  expect(pids).toHaveLength(3);
  await until('the processes are gone', async () => {
    // Nobody tells of the end of what is no child of one's own: it is looked at in every turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    return !pids.some(isRunning);
  });
}

/** Resolves when the demonstration has told that text. */
function told(demo: ReturnType<typeof launch>, text: string): Promise<void> {
  const isTold = new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (demo.stdout().includes(text)) resolve();
    };
    demo.child.stdout?.on('data', look);
    void demo.ended.then(({ stdout, stderr }) => reject(new Error(`it ended: ${stdout}${stderr}`)));
    look();
  });
  return patiently(`the demonstration tells: ${text}`, isTold);
}

describe('the demonstration', () => {
  it('tells every step, exits with 0, and leaves neither process nor directory', async () => {
    // What stands for options elsewhere is not for its nodes.
    const variables = { PARLIAMENT_SECRET_FILE: '/nowhere', PARLIAMENT_NODE: 'nonsense' };
    const { status, stdout, stderr } = await runWith(variables, 'demo', '--exit');
    expect(stderr).toBe('');
    for (const step of [
      /^Three processes form a parliament; their data are in/,
      /ask\(somekey, somevalue\) at a: somevalue {3}\(\d+ ms\)/,
      /ask\(somekey\) at b: somevalue/,
      /ask\(somekey, other\) at c: somevalue/,
      /kill -9 \d+: that is [abc], the leader/,
      /ask\(after the kill, still deciding\) at [abc]: still deciding/,
      /is started again on its directory/,
      /keeps its word: it had promised ballot \d+/,
      /the acceptor of [abc] is made to crash/,
      /its supervisor has brought it back/,
      /with its memory: promised \d+/,
      /Every step went as it must/,
    ]) {
      expect(stdout).toMatch(step);
    }
    expect(status).toBe(0);
    await untilGone(pidsIn(stdout));
    const [, directory] = /data are in (\S+)/.exec(stdout) ?? [];
    expect(fs.existsSync(directory as string)).toBe(false);
  });

  it('keeps running until Ctrl-C, says how to talk to its nodes, and then stops them', async () => {
    const demo = launch(['demo']);
    await told(demo, 'npx parliament client --node');
    // Each stands in a line of its own, to be copied.
    const commands = ['ask color green', 'ask color', 'status'].map(
      (words) => `  npx parliament ${words} --node 127.0.0.1:`,
    );
    expect(demo.stdout().split('\n')).toEqual(
      expect.arrayContaining(commands.map((command) => expect.stringMatching(new RegExp(`^${command}\\d+$`)))),
    );
    const pids = pidsIn(demo.stdout());
    demo.child.kill('SIGINT');
    expect((await patiently('the demonstration stops', demo.ended)).status).toBe(0);
    await untilGone(pids);
  });

  it('stops its nodes when its terminal is closed', async () => {
    const demo = launch(['demo']);
    await told(demo, 'all three are ready');
    const [, directory] = /data are in (\S+)/.exec(demo.stdout()) ?? [];
    demo.child.kill('SIGHUP');
    const { status, stdout } = await patiently('the demonstration stops', demo.ended);
    expect(status).toBe(1);
    await untilGone(pidsIn(stdout).slice(0, 3));
    expect(fs.existsSync(directory as string)).toBe(false);
  });

  it('killed with -9 leaves no orphans', async () => {
    const demo = launch(['demo']);
    await told(demo, 'all three are ready');
    const [, directory] = /data are in (\S+)/.exec(demo.stdout()) ?? [];
    demo.child.kill('SIGKILL');
    await demo.ended;
    await untilGone(pidsIn(demo.stdout()));
    fs.rmSync(directory as string, { recursive: true, force: true });
  });
});
