/** Members are started: for the first time, as newcomers, and again on what their disks hold. */

import {
  createAcceptor,
  createFounding,
  createLearner,
  createProposer,
  type Decision,
  type DurableRecord,
  type History,
  type MemberId,
  onDiskAtStart,
  proposerStart,
  recoverAcceptor,
  recoverFounding,
  recoverLearner,
  resumeAcceptor,
  stepAcceptor,
  watermarkOf,
} from '../../src/index.js';
import { createDisk, type Disk, loseUnsynced, positionOf } from './disk.js';
import { type Player, type Stage, takePackets } from './stage.js';
import { lose, noteDelivered, say } from './transcript.js';
import { recordWords } from './words.js';

/** The random id of a member's data directory. Here one can see whose it is. */
export function directoryOf(member: MemberId): string {
  return String(member).padStart(32, 'd');
}

/** A member that has met all others: so it is after the founding. */
export function startFounded(stage: Stage, member: MemberId, others: readonly MemberId[]): void {
  const records = others.map((other): DurableRecord => {
    return { type: 'introduced', member: other, directory: directoryOf(other) };
  });
  start(stage, member, createDisk([...records, { type: 'founded' }]), 1);
}

/** Somebody new, which all others write down. It is no member before that is decided. */
export function join(stage: Stage, member: MemberId): void {
  if (stage.players.has(member)) throw new Error(`there is a member ${member} already`);
  const others = [...stage.players.keys()];
  for (const { disk, founding } of stage.players.values()) {
    const record = { type: 'introduced', member, directory: directoryOf(member) } as const;
    disk.synced.push(record);
    recoverFounding(founding, record);
  }
  startFounded(stage, member, others);
}

/** Its process is gone, and with it what was not synced, and what was on its way to it. */
export function crash(stage: Stage, player: Player): void {
  player.isUp = false;
  for (const record of loseUnsynced(player.disk)) {
    const [kind, rest] = recordWords(record);
    say(stage, `${player.member} disk`, ['lost', `${kind} ${rest}`]);
  }
  lose(stage, takePackets(stage, undefined, player.member));
}

export function restart(stage: Stage, { isUp, member, disk, life }: Player): void {
  if (isUp) throw new Error(`member ${member} is not down`);
  for (const record of disk.synced) {
    const [kind, rest] = recordWords(record);
    // Whom it met at the founding tells nothing in a story.
    if (kind !== 'introduced' && kind !== 'founded') say(stage, `${member} disk`, ['found', `${kind} ${rest}`]);
  }
  start(stage, member, disk, life + 1);
}

/** Starts the roles in the order of `ROLES`, each on what it reads back. */
function start(stage: Stage, member: MemberId, disk: Disk, life: number): void {
  const { now, leaseMs, options } = stage;
  const history: History = [stage.founding];
  const founding = createFounding(member, directoryOf(member), stage.founding.voters.members);
  const acceptor = createAcceptor(member, history, leaseMs);
  const learner = createLearner(member, history);
  const delivered: Decision[] = [];
  for (const record of disk.synced) {
    if (record.type === 'introduced' || record.type === 'founded') recoverFounding(founding, record);
    recoverAcceptor(acceptor, record);
    delivered.push(...recoverLearner(learner, record).delivered);
  }
  resumeAcceptor(acceptor, now);
  const onDisk = onDiskAtStart(learner);
  const durable = acceptor.promised;
  const { history: known, ...begin } = proposerStart(durable, learner);
  const player: Player = {
    member,
    disk,
    founding,
    acceptor,
    learner,
    proposer: createProposer(member, known, { ...begin, seed: member, now, options }),
    onDisk,
    durable,
    life,
    startPosition: positionOf(disk),
    isUp: true,
    log: new Map(),
    lives: new Map(),
    toSelf: [],
  };
  stage.players.set(member, player);
  noteDelivered(stage, player, delivered);
  stepAcceptor(acceptor, watermarkOf(learner, onDisk), now);
}
