/** The demonstration, step by step: that of gen_paxos' README, and then what it does not survive. */

import type { ParliamentStatus } from 'parliament';
import { CommandError } from './errors.js';
import { NAMES, type Name, type Trio } from './trio.js';

/** Tells one line. */
export type Tell = (text: string) => void;

/** How long something that is bound to happen may take, in milliseconds. */
const PATIENCE_MS = 60_000;

/** How often it is looked whether it has happened, in milliseconds. */
const LOOK_MS = 20;

/** Plays it. @throws CommandError at the first step that does not go as it must. */
export async function playScenario(trio: Trio, tell: Tell): Promise<void> {
  await askAndTell(trio, tell, 'a', 'somekey', 'somevalue', 'somevalue');
  await askAndTell(trio, tell, 'b', 'somekey', undefined, 'somevalue');
  await askAndTell(trio, tell, 'c', 'somekey', 'other', 'somevalue');

  const victim = await leaderOf(trio);
  const killed = await surviveKill(trio, tell, victim);
  await surviveCrash(trio, tell, killed);
}

async function askAndTell(
  trio: Trio,
  tell: Tell,
  name: Name,
  key: string,
  value: string | undefined,
  expected: string,
): Promise<void> {
  const begun = performance.now();
  const answer = await trio.ask(name, key, value);
  const call = value === undefined ? `ask(${key})` : `ask(${key}, ${value})`;
  const shown = answer === undefined ? 'nothing is decided' : answer;
  tell(`${call} at ${name}: ${shown}   (${since(begun)})`);
  if (answer !== expected) throw new CommandError(`${call} at ${name} gave ${shown}, but ${expected} was right`);
}

async function leaderOf(trio: Trio): Promise<Name> {
  const { proposer } = await trio.status('a');
  return NAMES.find((name) => name === proposer.leader?.node) ?? 'a';
}

async function surviveKill(trio: Trio, tell: Tell, victim: Name): Promise<Name> {
  const role =
    (await trio.status(victim)).proposer.state === 'leading' ? 'the leader' : 'no leader is known, so one of them';
  const promised = (await trio.status(victim)).acceptor.promised;
  tell('');
  tell(`kill -9 ${trio.pidOf(victim)}: that is ${victim}, ${role}`);
  await trio.kill(victim);
  const survivors = NAMES.filter((name) => name !== victim);
  const [first, second] = survivors as [Name, Name];
  await askAndTell(trio, tell, first, 'after the kill', 'still deciding', 'still deciding');
  await askAndTell(trio, tell, second, 'after the kill', undefined, 'still deciding');

  const begun = performance.now();
  await trio.restart(victim);
  tell(`${victim} is started again on its directory, as process ${trio.pidOf(victim)}   (${since(begun)})`);
  await askAndTell(trio, tell, victim, 'somekey', 'something else', 'somevalue');
  await askAndTell(trio, tell, victim, 'after the kill', undefined, 'still deciding');
  const now = (await trio.status(victim)).acceptor.promised;
  if (now < promised) throw new CommandError(`${victim} had promised ballot ${promised} and now says ${now}`);
  tell(`${victim} keeps its word: it had promised ballot ${promised}, and has promised ${now} now`);
  return victim;
}

async function surviveCrash(trio: Trio, tell: Tell, name: Name): Promise<void> {
  const before = await trio.status(name);
  tell('');
  tell(`the acceptor of ${name} is made to crash, inside the running process ${trio.pidOf(name)}`);
  const begun = performance.now();
  await trio.crash(name, 'acceptor');
  const after = await until(
    () => trio.status(name),
    (report) => report.acceptor.restarts > before.acceptor.restarts && report.proposer.state !== 'restarting',
    `the supervisor of ${name} did not bring its acceptor back`,
  );
  tell(
    `its supervisor has brought it back, and with it those that rest on it; ` +
      `restarts of the acceptor: ${after.acceptor.restarts}   (${since(begun)})`,
  );
  if (after.acceptor.promised < before.acceptor.promised || after.learner.decidedUpTo < before.learner.decidedUpTo) {
    throw new CommandError(
      `the acceptor of ${name} came back without its memory: ${summary(before)}, then ${summary(after)}`,
    );
  }
  tell(`with its memory: ${summary(before)} before, ${summary(after)} after`);
  await askAndTell(trio, tell, name, 'somekey', undefined, 'somevalue');
  await askAndTell(trio, tell, name, 'after the crash', 'still deciding', 'still deciding');
}

function summary({ acceptor, learner }: ParliamentStatus): string {
  return `promised ${acceptor.promised}, slots decided ${learner.decidedUpTo}`;
}

async function until<Found>(
  look: () => Promise<Found>,
  isEnough: (found: Found) => boolean,
  complaint: string,
): Promise<Found> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (isEnough(found)) return found;
    if (performance.now() > deadline) throw new CommandError(`${complaint} within ${PATIENCE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function since(begun: number): string {
  const milliseconds = performance.now() - begun;
  return milliseconds < 1000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
