/** The commands of a story, apart from `members`, which sets the stage, and `expect`, which claims something. */

import { addLearner, commandsValue, latest, type MemberId, type Reconfiguration, replace } from '../../src/index.js';
import { createDisk, positionOf } from './disk.js';
import { type Packet, type Player, pairOf, playerOf, runningPlayerOf, type Stage, takePackets } from './stage.js';
import { crash, join, restart } from './starting.js';
import { ask, receive, syncDisk, tick } from './steps.js';
import { lose, say, sayInDetail } from './transcript.js';
import { ballotWords, decisionsWords, messageWords, roleWords } from './words.js';

/** One form of a command. What its pattern catches is handed on, in order; what is not there is an empty text. */
export interface Command {
  readonly form: string;
  readonly about: string;
  readonly pattern: RegExp;
  readonly play: (stage: Stage, ...words: string[]) => void;
}

/** A member that ticks looks at its clock so often, in milliseconds: as often as a leader is to be heard. */
const TICK_MS = 50;

/** A member that does not stand in this time never will, in milliseconds. */
const STAND_LIMIT_MS = 60_000;

/** So many messages, one after the other, are no end. */
const DELIVERY_LIMIT = 10_000;

export const COMMANDS: readonly Command[] = [
  {
    form: 'tick MEMBER… TIME',
    about: 'time passes, and these members look at their clocks every 50ms',
    pattern: /^tick (\d+(?: \d+)*) (\d+)ms$/,
    play: (stage, members = '', time = '') => passTime(stage, memberIds(members), Number(time)),
  },
  {
    form: 'stand MEMBER',
    about: 'time passes, and this member alone looks at its clock, until it stands',
    pattern: /^stand (\d+)$/,
    play: (stage, member = '') => stand(stage, Number(member)),
  },
  {
    form: 'run TIME',
    about: 'time passes, all members look at their clocks, and all that they send arrives at once',
    pattern: /^run (\d+)ms$/,
    play: (stage, time = '') => run(stage, Number(time)),
  },
  {
    form: 'deliver FROM -> TO [TYPE]',
    about: 'what is on its way arrives, in order; "all" stands for every member',
    pattern: /^deliver (\d+|all) -> (\d+|all)(?: ([a-z-]+))?$/,
    play: (stage, from = '', to = '', type = '') => {
      for (const packet of packetsOf(stage, from, to, type)) arrive(stage, packet);
    },
  },
  {
    form: 'deliver all',
    about: 'everything that is on its way arrives, and what is sent because of that, until all is quiet',
    pattern: /^deliver all$/,
    play: (stage) => {
      if (stage.onTheWay.length === 0) throw new Error('nothing is on its way');
      deliverAll(stage);
    },
  },
  {
    form: 'drop FROM -> TO [TYPE]',
    about: 'what is on its way gets lost',
    pattern: /^drop (\d+|all) -> (\d+|all)(?: ([a-z-]+))?$/,
    play: (stage, from = '', to = '', type = '') => lose(stage, packetsOf(stage, from, to, type)),
  },
  {
    form: 'cut MEMBER [- MEMBER]',
    about: 'the member hears nobody (or not that one), and is not heard',
    pattern: /^cut (\d+)(?: - (\d+))?$/,
    play: (stage, one = '', other = '') => {
      for (const [from, to] of pairsOf(stage, Number(one), other)) {
        stage.cuts.add(pairOf(from, to));
        lose(stage, [...takePackets(stage, from, to), ...takePackets(stage, to, from)]);
      }
    },
  },
  {
    form: 'mend MEMBER [- MEMBER]',
    about: 'the line is whole again',
    pattern: /^mend (\d+)(?: - (\d+))?$/,
    play: (stage, one = '', other = '') => {
      for (const [from, to] of pairsOf(stage, Number(one), other)) {
        if (!stage.cuts.delete(pairOf(from, to)) && other !== '') throw new Error('that line is not cut');
      }
    },
  },
  {
    form: 'disk MEMBER slow/fast',
    about: 'a slow disk syncs only when it is told to: sync MEMBER',
    pattern: /^disk (\d+) (slow|fast)$/,
    play: (stage, member = '', speed = '') => {
      playerOf(stage, Number(member)).disk.isSlow = speed === 'slow';
    },
  },
  {
    form: 'sync MEMBER',
    about: 'what waits on its slow disk is durable from now on, and what waits for that leaves',
    pattern: /^sync (\d+)$/,
    play: (stage, member = '') => {
      const player = runningPlayerOf(stage, Number(member));
      if (player.disk.waiting.length === 0) throw new Error(`nothing waits on the disk of member ${member}`);
      syncDisk(stage, player);
    },
  },
  {
    form: 'crash MEMBER',
    about: 'its process is gone, and what was not synced with it',
    pattern: /^crash (\d+)$/,
    play: (stage, member = '') => crash(stage, runningPlayerOf(stage, Number(member))),
  },
  {
    form: 'restart MEMBER',
    about: 'it starts again, on what its disk holds',
    pattern: /^restart (\d+)$/,
    play: (stage, member = '') => restart(stage, playerOf(stage, Number(member))),
  },
  {
    form: 'copy disk of MEMBER',
    about: 'somebody takes a copy of its data directory',
    pattern: /^copy disk of (\d+)$/,
    play: (stage, member = '') => {
      const { disk } = playerOf(stage, Number(member));
      stage.copies.set(Number(member), createDisk(disk.synced));
    },
  },
  {
    form: 'put back disk of MEMBER',
    about: 'the old copy takes the place of the data directory of a member that is down',
    pattern: /^put back disk of (\d+)$/,
    play: (stage, member = '') => {
      const player = playerOf(stage, Number(member));
      const copy = stage.copies.get(player.member);
      if (player.isUp) throw new Error(`member ${member} is not down`);
      if (copy === undefined) throw new Error(`there is no copy of the disk of member ${member}`);
      player.disk.synced.splice(0, positionOf(player.disk), ...copy.synced);
    },
  },
  {
    form: 'propose MEMBER "VALUE"',
    about: 'a client wants this value decided',
    pattern: /^propose (\d+) "([^"]*)"$/,
    play: (stage, member = '', text = '') => {
      const value = commandsValue(new TextEncoder().encode(text));
      ask(stage, runningPlayerOf(stage, Number(member)), { type: 'propose', value, token: nextToken(stage) });
    },
  },
  {
    form: 'read MEMBER',
    about: 'a client wants to read what is true now',
    pattern: /^read (\d+)$/,
    play: (stage, member = '') =>
      ask(stage, runningPlayerOf(stage, Number(member)), { type: 'ask-mark', token: nextToken(stage) }),
  },
  {
    form: 'read MEMBER on its lease',
    about: 'a client wants to read what is true now, without a question to anybody else',
    pattern: /^read (\d+) on its lease$/,
    play: (stage, member = '') =>
      ask(stage, runningPlayerOf(stage, Number(member)), { type: 'ask-lease', token: nextToken(stage) }),
  },
  {
    form: 'transfer FROM -> TO',
    about: 'the one is to hand over to the other',
    pattern: /^transfer (\d+) -> (\d+)$/,
    play: (stage, from = '', to = '') =>
      ask(stage, runningPlayerOf(stage, Number(from)), {
        type: 'transfer',
        to: Number(to),
        token: nextToken(stage),
      }),
  },
  {
    form: 'join MEMBER',
    about: 'a new member is started, and all know its directory; it is no member before that is decided',
    pattern: /^join (\d+)$/,
    play: (stage, member = '') => join(stage, Number(member)),
  },
  {
    form: 'change MEMBER add MEMBER',
    about: 'the first one is to have the membership changed: the other is to learn, without a vote',
    pattern: /^change (\d+) add (\d+)$/,
    play: (stage, by = '', come = '') => {
      const player = runningPlayerOf(stage, Number(by));
      change(stage, player, addLearner(latest(player.learner.history), Number(come)));
    },
  },
  {
    form: 'change MEMBER replace MEMBER by MEMBER',
    about: 'a voter is to go, and a learner is to vote in its place',
    pattern: /^change (\d+) replace (\d+) by (\d+)$/,
    play: (stage, by = '', gone = '', come = '') => {
      const player = runningPlayerOf(stage, Number(by));
      change(stage, player, replace(latest(player.learner.history), Number(gone), Number(come)));
    },
  },
  {
    form: 'state',
    about: 'what each member is, has promised, and knows to be decided',
    pattern: /^state$/,
    play: (stage) => {
      for (const player of stage.players.values()) sayState(stage, player);
    },
  },
];

/** Member ids that stand side by side. */
export function memberIds(words: string): MemberId[] {
  return words.split(' ').map(Number);
}

function change(stage: Stage, player: Player, wanted: Reconfiguration): void {
  ask(stage, player, { type: 'reconfigure', change: wanted, token: nextToken(stage) });
}

function nextToken(stage: Stage): number {
  stage.tokens += 1;
  return stage.tokens;
}

function passTime(stage: Stage, members: readonly MemberId[], timeMs: number): void {
  const players = members.map((member) => runningPlayerOf(stage, member));
  for (const end = stage.now + timeMs; stage.now < end; ) {
    stage.now = Math.min(end, stage.now + TICK_MS);
    for (const player of players) tick(stage, player);
  }
}

function stand(stage: Stage, member: MemberId): void {
  const player = runningPlayerOf(stage, member);
  const end = stage.now + STAND_LIMIT_MS;
  while (player.proposer.role.name === 'following') {
    if (stage.now >= end) throw new Error(`member ${member} does not stand`);
    stage.now += TICK_MS;
    tick(stage, player);
  }
}

function run(stage: Stage, timeMs: number): void {
  deliverAll(stage);
  for (const end = stage.now + timeMs; stage.now < end; ) {
    stage.now = Math.min(end, stage.now + TICK_MS);
    for (const player of stage.players.values()) if (player.isUp) tick(stage, player);
    deliverAll(stage);
  }
}

function deliverAll(stage: Stage): void {
  for (let count = 0; ; count++) {
    const packet = stage.onTheWay.shift();
    if (packet === undefined) return;
    if (count === DELIVERY_LIMIT) throw new Error(`${DELIVERY_LIMIT} messages have arrived, and there is no end to it`);
    arrive(stage, packet);
  }
}

function arrive(stage: Stage, packet: Packet): void {
  const { from, to, message } = packet;
  sayInDetail(stage, `${from} => ${to}`, messageWords(message));
  receive(stage, runningPlayerOf(stage, to), packet);
}

function packetsOf(stage: Stage, from: string, to: string, type: string): Packet[] {
  const packets = takePackets(stage, idOf(from), idOf(to), type === '' ? undefined : type);
  if (packets.length > 0) return packets;
  throw new Error(`no ${type === '' ? 'message' : type} is on its way from ${from} to ${to}`);
}

function idOf(word: string): MemberId | undefined {
  return word === 'all' ? undefined : Number(word);
}

function pairsOf(stage: Stage, one: MemberId, other: string): [MemberId, MemberId][] {
  playerOf(stage, one);
  if (other !== '') return [[one, playerOf(stage, Number(other)).member]];
  return [...stage.players.keys()].filter((member) => member !== one).map((member) => [one, member]);
}

function sayState(stage: Stage, { member, isUp, proposer, acceptor, log }: Player): void {
  const decisions = [...log].map(([slot, value]) => ({ slot, value }));
  const decided = decisions.length === 0 ? 'nothing decided' : `decided: ${decisionsWords(decisions)}`;
  if (!isUp) say(stage, `${member}`, ['is down', '']);
  else
    say(stage, `${member}`, [
      'state',
      `${roleWords(proposer)}; promised ${ballotWords(acceptor.promised)}; ${decided}`,
    ]);
}
