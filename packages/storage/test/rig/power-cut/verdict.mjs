// What must be true of a directory after a power cut, by what had been acknowledged before.

import { openLedger } from '../../../dist/index.js';
import { CLUSTER, GROUPS, MEMBER, sameBytes, snapshotState, VOTE_BALLOT, voteValue } from './contents.mjs';

/** What a group has been told, and has told. */
export function newTold() {
  return { started: 0, voted: 0, promised: 0, saving: 0, saved: 0 };
}

/** Takes note of what a worker said. */
export function note(told, what, number) {
  told[what] = Math.max(told[what], number);
}

/**
 * Opens the ledgers of a directory, reads them, and sees whether they can be used on. `before` is what had been acknowledged when
 * the power failed, by group, and `latest()` what is known to have been begun by now.
 */
export async function judge(directory, before, latest) {
  const problems = [];
  let [checked, tornBytes] = [0, 0];
  for (const group of GROUPS) {
    const problem = (text) => problems.push(`${group}: ${text}`);
    const found = await withLedger(directory, group, problem, async (ledger) => {
      tornBytes = Math.max(tornBytes, ledger.recovery.tornBytes);
      const contents = await read(ledger, group, problem);
      checked += compare(contents, before[group], latest()[group], problem);
      return contents;
    });
    if (found !== undefined) await useOn(directory, group, found, problem);
  }
  return { checked, tornBytes, problems };
}

/** Every vote must be what was appended, and follow the one before. */
async function read(ledger, group, problem) {
  const found = { first: undefined, last: 0, promised: 0, snapshot: 0 };
  await ledger.replay((record) => {
    if (record.type === 'voted') {
      const { slot, ballot, value } = record;
      if (ballot !== VOTE_BALLOT || !sameBytes(value, voteValue(group, slot)))
        problem(`slot ${slot} was never voted so`);
      if (found.first !== undefined && slot !== found.last + 1) problem(`slot ${slot} stands behind ${found.last}`);
      found.first ??= slot;
      found.last = slot;
    } else if (record.type === 'promised') {
      found.promised = Math.max(found.promised, record.ballot);
    } else if (record.type === 'snapshot') {
      const { slot, state } = record.snapshot;
      if (!sameBytes(state, snapshotState(group, slot))) problem(`the snapshot of slot ${slot} was never taken so`);
      found.snapshot = slot;
    } else {
      problem(`a record of type ${record.type} was never appended`);
    }
  });
  return found;
}

/** Gives how many acknowledged votes are there. */
function compare(found, before, latest, problem) {
  const { snapshot, promised } = found;
  const first = found.first ?? found.last + 1;
  const last = Math.max(found.last, snapshot);
  if (last < before.voted) problem(`slot ${before.voted} was acknowledged, and ${last} is the last`);
  if (first > snapshot + 1) problem(`slot ${first} is the first, and the snapshot is of slot ${snapshot}`);
  if (snapshot < before.saved) problem(`a snapshot of slot ${before.saved} was saved, and one of ${snapshot} is there`);
  if (promised < before.promised) problem(`${before.promised} was promised, and ${promised} is the highest`);
  if (found.last > latest.started) problem(`slot ${found.last} is there, and ${latest.started} was begun last`);
  if (snapshot > latest.saving) problem(`a snapshot of ${snapshot} is there, and ${latest.saving} was begun last`);
  return Math.max(0, Math.min(found.last, before.voted) - first + 1);
}

/** A ledger that was opened must keep what comes next. */
async function useOn(directory, group, found, problem) {
  const slot = Math.max(found.last, found.snapshot) + 1;
  await withLedger(directory, group, problem, (ledger) =>
    ledger.append([{ type: 'voted', slot, ballot: VOTE_BALLOT, value: voteValue(group, slot) }]),
  );
  await withLedger(directory, group, problem, async (ledger) => {
    const { last } = await read(ledger, group, problem);
    if (last !== slot) problem(`slot ${slot} was appended after the power cut, and ${last} is the last`);
  });
}

/** Opens a ledger for some work, and closes it. What goes wrong is a problem, and gives nothing. */
async function withLedger(directory, group, problem, work) {
  let ledger;
  try {
    ledger = await openLedger(directory, { cluster: CLUSTER, group, member: MEMBER });
    return await work(ledger);
  } catch (error) {
    problem(`${error.code ?? error.name}: ${error.message}`);
    return undefined;
  } finally {
    await ledger?.close();
  }
}
