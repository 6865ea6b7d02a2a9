// What must be in a directory after a fault.
import { openLedger } from '../../../dist/index.js';

const TAIL_SLOTS = 5;

/** What is wrong with a directory, given what its workload said; undefined when nothing is. */
export async function objection(directory, lines) {
  const acknowledged = new Map();
  let snapshot = 0;
  for (const line of lines) {
    const [word, first, second] = line.split(' ');
    if (word === 'acknowledged') acknowledged.set(Number(first), Number(second));
    if (word === 'snapshot') snapshot = Number(first);
  }
  const found = new Map();
  let snapshotSlot = 0;
  let ledger;
  try {
    ledger = await openLedger(directory, { cluster: 'faults', member: 1 });
    await ledger.replay((record) => {
      if (record.type === 'voted') found.set(record.slot, record.value);
      if (record.type === 'snapshot') snapshotSlot = record.snapshot.slot;
    });
  } catch (error) {
    return `it cannot be opened: ${error.message}`;
  } finally {
    await ledger?.close();
  }
  if (snapshotSlot < snapshot) return `the snapshot of slot ${snapshot} is missing`;
  for (const [slot, bytes] of acknowledged) {
    if (slot <= snapshotSlot - TAIL_SLOTS) continue;
    const value = found.get(slot);
    if (value === undefined) return `slot ${slot} was acknowledged, and is missing`;
    if (value.length !== bytes || value.some((byte) => byte !== slot % 251)) return `slot ${slot} has another value`;
  }
  return undefined;
}
