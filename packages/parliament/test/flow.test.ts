import { afterEach, describe, expect, it } from '@jest/globals';
import { openLedger, realFileSystem } from '@parliament/storage';
import { DEFAULT_PROPOSER_OPTIONS } from '@parliament/synod';
import type { OpenLedger } from '../src/actors/storage-actor.js';
import { ask, status } from '../src/index.js';
import { type Chamber, openChamber, until } from './support/chamber.js';

const TRIO = ['a', 'b', 'c'];
const LONG = { timeoutMs: 240_000 };
const { heartbeatMs, electionTimeoutMinMs, electionTimeoutMaxMs, resendMs } = DEFAULT_PROPOSER_OPTIONS;
/** As shipped: slow disks are what they are slow for. */
const timing = { heartbeatMs, electionTimeoutMinMs, electionTimeoutMaxMs, resendMs };

let chamber: Chamber;
afterEach(() => chamber.close());

const at = (name: string) => chamber.seat(name).parliament;
const leader = () =>
  until(async () => {
    for (const name of chamber.names) {
      if ((await status(at(name), LONG)).proposer.state === 'leading') return name;
    }
    return undefined;
  });

/** Disks of which each sync takes so long, once they are slow. */
function slowDisks(syncMs: number): { openLedger: OpenLedger; begin: () => void; readonly syncs: () => number } {
  let isSlow = false;
  let syncs = 0;
  const disk: typeof realFileSystem = {
    ...realFileSystem,
    async sync(file) {
      if (isSlow) {
        await new Promise((resolve) => setTimeout(resolve, syncMs));
        syncs += 1;
      }
      await realFileSystem.sync(file);
    },
  };
  return {
    openLedger: (directory, options) => openLedger(directory, { ...options, disk }),
    begin: () => {
      isSlow = true;
    },
    syncs: () => syncs,
  };
}

describe('many large values at once', () => {
  it('are all applied, whichever member is asked', async () => {
    chamber = await openChamber(TRIO, { timing });
    const first = await leader();
    const follower = TRIO.find((name) => name !== first) ?? '';
    const value = 'v'.repeat(65_536);
    const answers = await Promise.all(
      Array.from({ length: 600 }, (_, index) => ask(at(index % 2 === 0 ? first : follower), `k${index}`, value, LONG)),
    );
    expect(answers.every((answer) => answer === value)).toBe(true);
    // No link was ever so full that it was closed.
    const { parliament } = chamber.seat(follower);
    await expect(ask(parliament, 'after', 'v', LONG)).resolves.toBe('v');
  }, 300_000);
});

describe('a leader', () => {
  it('stays, and has things decided, where a sync takes longer than members wait for a leader', async () => {
    const disks = slowDisks(2000);
    // Three times as long as shipped: members that wait for the processor on a busy machine are not silent.
    const patient = Object.fromEntries(Object.entries(timing).map(([name, ms]) => [name, 3 * ms]));
    expect(patient.electionTimeoutMaxMs).toBeLessThan(2000);
    chamber = await openChamber(TRIO, { timing: patient }, { openLedger: disks.openLedger });
    const first = await leader();
    await ask(at(first), 'before', 'v', LONG);
    disks.begin();
    const eventsAt = TRIO.map((name) => chamber.seat(name).events.length);
    // Votes are being written all the time, on every member.
    for (let round = 0; round < 2; round++) {
      const name = TRIO[round % TRIO.length] as string;
      await expect(ask(at(name), `k${round}`, 'v', LONG)).resolves.toBe('v');
    }
    expect(disks.syncs()).toBeGreaterThanOrEqual(2 * TRIO.length);
    const news = TRIO.flatMap((name, index) => chamber.seat(name).events.slice(eventsAt[index]));
    expect(news.filter(({ type }) => type === 'leader')).toEqual([]);
  }, 60_000);

  it('is found where syncs take two seconds', async () => {
    const disks = slowDisks(2000);
    chamber = await openChamber(TRIO, { timing }, { openLedger: disks.openLedger });
    const first = await leader();
    await ask(at(first), 'before', 'v', LONG);
    disks.begin();
    await chamber.seat(first).leave();
    const follower = TRIO.find((name) => name !== first) ?? '';
    await expect(ask(at(follower), 'after', 'v', LONG)).resolves.toBe('v');
  }, 150_000);
});
