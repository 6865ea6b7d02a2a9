// The process that the power is cut from: appends to the ledgers of one directory, and tells its parent what was acknowledged.

import { openLedger, realFileSystem } from '../../../dist/index.js';
import {
  ballotNumbered,
  CLUSTER,
  GROUPS,
  HISTORY,
  MEMBER,
  snapshotState,
  VOTE_BALLOT,
  voteValue,
} from './contents.mjs';

const { directory, isWithoutSync } = JSON.parse(process.argv[2]);
const APPENDERS = 8;
const SEGMENT_BYTES = 64 * 1024;
/** After so many votes of a group there is a snapshot, and after so many the ledgers are closed and opened again. */
const SNAPSHOT_EVERY = 300;
const RESTART_AFTER = 1000;
const TAIL_SLOTS = 20;
const PROMISE_EVERY = 30;
/** Less than the whole disk takes, so that it never fills up, and the ones that wait are seen to at last. */
const PAUSE_EVERY = 50;

const tell = (...what) => process.send?.(what);
const disk = isWithoutSync
  ? { ...realFileSystem, sync: async () => {}, syncNow: () => {}, syncDirectory: () => {} }
  : realFileSystem;

process.once('disconnect', () => process.exit());
/** Once this is answered, all that was told before has arrived. */
process.on('message', () => tell('present'));
const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 4));

async function openGroup(group) {
  const options = {
    cluster: CLUSTER,
    group,
    member: MEMBER,
    segmentBytes: SEGMENT_BYTES,
    reserveBytes: SEGMENT_BYTES,
    disk,
  };
  const ledger = await openLedger(directory, options);
  const state = { group, ledger, slot: 0, promises: 0, acknowledged: 0, snapshot: 0 };
  await ledger.replay((record) => {
    if (record.type === 'voted') state.slot = Math.max(state.slot, record.slot);
    if (record.type === 'promised') state.promises = Math.max(state.promises, (record.ballot - 1024 - MEMBER) / 2048);
    if (record.type === 'snapshot') {
      state.snapshot = record.snapshot.slot;
      state.slot = Math.max(state.slot, state.snapshot);
    }
  });
  // What was read is on the disk, whether somebody had been told before or not.
  state.acknowledged = state.slot;
  return state;
}

async function vote(state) {
  const { group, ledger } = state;
  state.slot += 1;
  const { slot } = state;
  tell('started', group, slot);
  await ledger.append([{ type: 'voted', slot, ballot: VOTE_BALLOT, value: voteValue(group, slot) }]);
  state.acknowledged = Math.max(state.acknowledged, slot);
  tell('voted', group, slot);
}

async function promise(state) {
  state.promises += 1;
  const ballot = ballotNumbered(state.promises);
  await state.ledger.append([{ type: 'promised', ballot }]);
  tell('promised', state.group, ballot);
}

async function snapshot(state) {
  const slot = state.acknowledged;
  const saved = { slot, history: HISTORY, state: snapshotState(state.group, slot) };
  state.snapshot = slot;
  tell('saving', state.group, slot);
  await state.ledger.saveSnapshot(saved, TAIL_SLOTS);
  tell('saved', state.group, slot);
}

async function appender(state, until) {
  while (state.slot < until) {
    await vote(state);
    if (state.slot % PROMISE_EVERY === 0) await promise(state);
    if (state.acknowledged - state.snapshot > SNAPSHOT_EVERY) await snapshot(state);
    if (state.slot % PAUSE_EVERY === 0) await pause();
  }
}

for (;;) {
  const states = [];
  for (const group of GROUPS) states.push(await openGroup(group));
  await Promise.all(
    states.flatMap((state) => {
      const until = state.slot + 1 + Math.floor(Math.random() * RESTART_AFTER);
      return Array.from({ length: APPENDERS }, () => appender(state, until));
    }),
  );
  for (const { ledger } of states) await ledger.close();
}
