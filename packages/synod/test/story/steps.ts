/** The roles take their steps, and what follows from each is carried out as `member.ts` says. */

import {
  type AcceptorInput,
  type AcceptorMessage,
  afterAcceptor,
  afterLearner,
  afterWritten,
  type DurableRecord,
  type Envelope,
  isKnown,
  type LearnerInput,
  type LearnerMessage,
  type LearnerWrite,
  type MemberId,
  type Message,
  notePosition,
  noteRelapse,
  type ProposerInput,
  type ProposerMessage,
  progressOf,
  promisedBy,
  RECEIVERS,
  receiversOf,
  stepAcceptor,
  stepLearner,
  stepProposer,
  watermarkOf,
} from '../../src/index.js';
import { append, positionOf, sync } from './disk.js';
import { type Packet, type Player, pairOf, type Stage } from './stage.js';
import { directoryOf } from './starting.js';
import { noteDelivered, say, sayInDetail } from './transcript.js';
import { configurationWords, messageWords, newsWords, recordWords, roleWords } from './words.js';

/** Something comes from another member. It counts unless that one has lost its memory (rule 10). */
export function receive(stage: Stage, player: Player, packet: Packet): void {
  const { from, message, life, startPosition, position } = packet;
  const { founding, lives } = player;
  const known = lives.get(from) ?? 0;
  if (life < known) {
    sayInDetail(stage, `${player.member}`, ['too late', `member ${from} was started anew since it said so`]);
    return;
  }
  lives.set(from, life);
  const before = founding.positions.get(from) ?? 0;
  const relapse = life > known ? noteRelapse(founding, from, startPosition) : [];
  if (relapse.length > 0) {
    const rest = `member ${from} had written ${before} records, and begins with ${startPosition}: an old copy of its disk`;
    say(stage, `${player.member}`, ['relapse', rest]);
    write(stage, player, relapse, () => {});
  }
  if (!isKnown(founding, from, directoryOf(from))) {
    sayInDetail(stage, `${player.member}`, ['not counted', `member ${from} has lost its memory`]);
    return;
  }
  notePosition(founding, from, position);
  hear(stage, player, from, message);
  hearSelf(stage, player);
}

/** A member looks at its clock. */
export function tick(stage: Stage, player: Player): void {
  takeLearnerStep(stage, player, { type: 'tick' });
  takeProposerStep(stage, player, { type: 'tick' });
  hearSelf(stage, player);
}

/** Somebody asks something of a member's proposer. */
export function ask(stage: Stage, player: Player, input: ProposerInput): void {
  takeProposerStep(stage, player, input);
  hearSelf(stage, player);
}

/** What waits on a slow disk is synced. */
export function syncDisk(stage: Stage, player: Player): void {
  const waiting = player.disk.waiting.reduce((count, { records }) => count + records.length, 0);
  sayInDetail(stage, `${player.member} disk`, ['synced', `${waiting} ${waiting === 1 ? 'record' : 'records'}`]);
  sync(player.disk);
  hearSelf(stage, player);
}

function hearSelf(stage: Stage, player: Player): void {
  for (let message = player.toSelf.shift(); message !== undefined; message = player.toSelf.shift()) {
    hear(stage, player, player.member, message);
  }
}

function hear(stage: Stage, player: Player, from: MemberId, message: Message): void {
  const roles = receiversOf(message, player.member);
  if (roles.includes('acceptor') && isForAcceptor(message)) {
    takeAcceptorStep(stage, player, { type: 'message', from, message });
  }
  if (roles.includes('learner') && isForLearner(message)) {
    takeLearnerStep(stage, player, { type: 'message', from, message });
  }
  if (roles.includes('proposer') && isForProposer(message)) {
    takeProposerStep(stage, player, { type: 'message', from, message });
  }
}

function isForAcceptor(message: Message): message is AcceptorMessage {
  return RECEIVERS[message.type].includes('acceptor');
}

function isForLearner(message: Message): message is LearnerMessage {
  return RECEIVERS[message.type].includes('learner');
}

function isForProposer(message: Message): message is ProposerMessage {
  return RECEIVERS[message.type].includes('proposer');
}

function takeAcceptorStep(stage: Stage, player: Player, input: AcceptorInput): void {
  const step = stepAcceptor(player.acceptor, input, stage.now);
  const { atOnce, write: wanted } = afterAcceptor(player.acceptor, player.durable, step);
  post(stage, player, atOnce);
  if (wanted === undefined) return;
  write(stage, player, wanted.records, () => {
    player.durable = promisedBy(player.durable, wanted);
    post(stage, player, wanted.messages);
  });
}

function takeLearnerStep(stage: Stage, player: Player, input: LearnerInput): void {
  const step = stepLearner(player.learner, input, stage.now);
  const sequel = afterLearner(player.learner, player.onDisk, step);
  // Said first, for the transcript reads better so: what it writes, it writes because it knows.
  noteDelivered(stage, player, sequel.delivered);
  if (sequel.write !== undefined) writeLearned(stage, player, sequel.write);
  post(stage, player, sequel.messages);
  for (const { slot, result } of progressOf(step)?.changes ?? []) {
    const rest = result.type === 'changed' ? configurationWords(result.configuration) : result.reason;
    say(stage, `${player.member}`, [result.type, `slot ${slot}: ${rest}`]);
  }
  if (sequel.isAcceptorTold) tellAcceptor(stage, player);
  if (sequel.forProposer !== undefined) takeProposerStep(stage, player, sequel.forProposer);
}

function writeLearned(stage: Stage, player: Player, wanted: LearnerWrite): void {
  write(stage, player, wanted.records, () => {
    const input = afterWritten(player.onDisk, wanted);
    tellAcceptor(stage, player);
    if (input !== undefined) takeLearnerStep(stage, player, input);
  });
}

function tellAcceptor(stage: Stage, player: Player): void {
  takeAcceptorStep(stage, player, watermarkOf(player.learner, player.onDisk));
}

function takeProposerStep(stage: Stage, player: Player, input: ProposerInput): void {
  const { proposer, member } = player;
  const before = roleWords(proposer);
  const { messages, news } = stepProposer(proposer, input, stage.now);
  const after = roleWords(proposer);
  if (after !== before) say(stage, `${member}`, ['role', after]);
  post(stage, player, messages);
  for (const each of news) {
    const words = newsWords(each);
    if (words !== undefined) say(stage, `${member}`, words);
  }
}

/** Has records written down. `done` is called when they are synced: at once, unless the disk is slow. */
function write(stage: Stage, { member, disk }: Player, records: readonly DurableRecord[], done: () => void): void {
  for (const record of records) {
    const [kind, rest] = recordWords(record);
    sayInDetail(stage, `${member} disk`, [kind, disk.isSlow ? `${rest} (not synced yet)` : rest]);
  }
  append(disk, records, done);
  if (!disk.isSlow) sync(disk);
}

function post(stage: Stage, player: Player, envelopes: readonly Envelope[]): void {
  const { member: from, disk, life, startPosition } = player;
  for (const { to, message } of envelopes) {
    // Not said: one sees it by what it writes.
    if (to === from) {
      player.toSelf.push(message);
      continue;
    }
    const isLost = stage.cuts.has(pairOf(from, to)) || stage.players.get(to)?.isUp !== true;
    sayInDetail(stage, `${from} ${isLost ? '-x' : '->'} ${to}`, messageWords(message));
    if (!isLost) stage.onTheWay.push({ from, to, message, life, startPosition, position: positionOf(disk) });
  }
}
