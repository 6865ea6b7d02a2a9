import { afterEach, describe, expect, it } from '@jest/globals';
import { childReference, dispatch } from '@parliament/otp';
import { type Ledger, openLedger } from '@parliament/storage';
import { Crash, Saved, TakeSnapshot } from '../src/actors/mail.js';
import { ask, status } from '../src/index.js';
import type { Seams } from '../src/start/spawn-parliament.js';
import { type Chamber, openChamber, until } from './support/chamber.js';

/** A member whose snapshots are saved when they are let, and what its learners hear of that. */
function holdSaves(): {
  readonly seams: Seams;
  readonly heard: Saved[];
  /** How many slots each save was to keep below its snapshot. */
  readonly tails: number[];
  readonly begun: () => number;
  letGo(): void;
} {
  const heard: Saved[] = [];
  const tails: number[] = [];
  let begun = 0;
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const seams: Seams = {
    async openLedger(directory, options): Promise<Ledger> {
      const ledger = await openLedger(directory, options);
      const save = ledger.saveSnapshot.bind(ledger);
      ledger.saveSnapshot = async (...given) => {
        begun += 1;
        tails.push(given[1]);
        await held;
        await save(...given);
      };
      return ledger;
    },
    wrap: (role, behaviour) => ({
      ...behaviour,
      receive(state, message: unknown, context) {
        if (role === 'learner' && message instanceof Saved) heard.push(message);
        return behaviour.receive(state, message as never, context);
      },
    }),
  };
  return { seams, heard, tails, begun: () => begun, letGo: () => letGo() };
}

let chamber: Chamber;

afterEach(() => chamber.close());

describe('a learner that starts anew while the snapshot of the one before is being saved', () => {
  it('begins with that snapshot, and is not told of it as its own', async () => {
    const { seams, heard, begun, letGo } = holdSaves();
    chamber = await openChamber(['a'], {}, seams);
    const { parliament } = chamber.seat('a');
    for (let count = 1; count <= 10; count++) await ask(parliament, `key ${count}`, `${count}`);
    const learner = childReference(parliament, 'learner');
    dispatch(learner, new TakeSnapshot(0));
    await until(() => begun() === 1);
    dispatch(learner, new Crash());
    letGo();
    await until(async () => (await status(parliament, { timeoutMs: 120_000 })).storage.snapshotSlot > 0);
    // It answers, so it has recovered; and whatever storage told it before has come.
    expect(await ask(parliament, 'key 10', 'other', { timeoutMs: 120_000 })).toBe('10');
    expect((await status(parliament, { timeoutMs: 120_000 })).learner.registers).toBe(10);
    expect(heard).toEqual([]);
    // The next one is told as ever.
    await ask(parliament, 'key 11', '11');
    dispatch(learner, new TakeSnapshot(0));
    await until(() => heard.length === 1);
  });
});

it('a snapshot that is being taken keeps no more below it than is asked for meanwhile, as on a disk that has become full', async () => {
  const { seams, tails, letGo } = holdSaves();
  letGo();
  chamber = await openChamber(['a'], {}, seams);
  const { parliament } = chamber.seat('a');
  await ask(parliament, 'key', 'value');
  const learner = childReference(parliament, 'learner');
  for (const tailSlots of [1000, 0, 500]) dispatch(learner, new TakeSnapshot(tailSlots));
  await until(() => tails.length > 0);
  expect(tails).toEqual([0]);
});
