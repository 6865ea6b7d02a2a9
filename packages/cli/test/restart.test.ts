import fs from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { patiently, until } from './progress.js';
import { cleanUpAfterwards, NAMES, startTrio, type Trio } from './support.js';

cleanUpAfterwards();

let trio: Trio | undefined;
afterAll(() => Promise.all(NAMES.map((name) => trio?.kill(name))));

async function leader(of: Trio, asked: string): Promise<string> {
  return until('a leader', async () => (await of.status(asked)).proposer.leader?.node ?? '');
}

describe('kill -9 (restart amnesia, defect 1)', () => {
  it('right after a decision: the killed node keeps its word, whoever it was', async () => {
    trio = await startTrio();
    for (const name of NAMES) {
      const key = `decided by ${name}`;
      expect(await trio.ask(name, key, name)).toBe(name);
      const before = await trio.status(name);
      await trio.kill(name);
      await trio.start(name);
      const after = await trio.status(name);
      // It had promised this ballot, and voted: neither may be forgotten.
      expect(after.acceptor.promised).toBeGreaterThanOrEqual(before.acceptor.promised);
      expect(await trio.ask(name, key, 'other')).toBe(name);
    }
  });

  it('of all at once: everything that was decided is decided', async () => {
    const running = trio as Trio;
    await running.ask('a', 'before all', 'v');
    const promised = await Promise.all(NAMES.map(async (name) => (await running.status(name)).acceptor.promised));
    await Promise.all(NAMES.map((name) => running.kill(name)));
    await Promise.all(NAMES.map((name) => running.start(name)));
    for (const [index, name] of NAMES.entries()) {
      const { acceptor } = await running.status(name);
      expect(acceptor.promised).toBeGreaterThanOrEqual(promised[index] as number);
      expect(await running.ask(name, 'before all', 'other')).toBe('v');
    }
  });

  it('right after a promise: a member that stood again and again while it was alone never goes back', async () => {
    const running = trio as Trio;
    const first = await leader(running, 'a');
    const others = NAMES.filter((name) => name !== first);
    // The leader goes, so the others promise a new ballot; they are killed as soon as they have.
    const before = (await running.status(others[0] as string)).acceptor.promised;
    await running.kill(first);
    const promised = await until('a new promise', async () => {
      const { acceptor } = await running.status(others[0] as string);
      return acceptor.promised > before ? acceptor.promised : 0;
    });
    await Promise.all(others.map((name) => running.kill(name)));
    await Promise.all(NAMES.map((name) => running.start(name)));
    expect((await running.status(others[0] as string)).acceptor.promised).toBeGreaterThanOrEqual(promised);
    expect(await running.ask(first, 'after', 'v')).toBe('v');
  });

  it('and the directory gone: the node says so and ends; the others go on', async () => {
    const running = trio as Trio;
    const directory = running.nodes.c?.directory as string;
    await running.kill('c');
    fs.rmSync(directory, { recursive: true });
    const returned = await running.start('c');
    const { status, stderr } = await patiently('c ends', returned.ended);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^parliament start: the data directory of this member has the id .* Put the old directory back/,
    );
    expect(await running.ask('a', 'without c', 'v')).toBe('v');
  });
});
