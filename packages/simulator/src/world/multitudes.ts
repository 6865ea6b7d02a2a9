/** What comes by thousands at a time: sessions, commands and questions, more than a parliament or a leader takes. */

import { SESSION_LIMIT } from '@parliament/synod';
import { Violation } from './violation.js';
import type { World } from './world.js';

type AnyWorld = World<unknown, unknown, unknown, unknown>;

/** So many more than there may be. */
const SURPLUS = 20;

/** More clients than there may be open a session each, all in one batch. */
export function crowdIn(world: AnyWorld): void {
  // Once in a world.
  if ((world.counts.faults.crowd ?? 0) > 0) return;
  const leader = world.nodes.find((node) => node.isLeading);
  if (leader === undefined) return;
  world.count('crowd');
  const first = 2 ** 40 + world.draw(2 ** 20);
  const length = SESSION_LIMIT + SURPLUS;
  world.propose(
    leader.member,
    Array.from({ length }, (_, index) => ({ type: 'open', token: first + index })),
  );
}

/** A leader holds so many values, and so many questions, at most. */
const HELD_LIMIT = 4096;

/** It is cut off for so long, in virtual milliseconds, so that nothing of what it is given moves on. */
const FLOOD_MS = 1500;

/** A leader that nobody hears is given more than it holds. */
export function flood(world: AnyWorld): void {
  const leader = world.nodes.find((node) => node.isLeading && !world.isPaused(node.member));
  if (leader === undefined || world.nodes.length === 1) return;
  world.count('flood');
  const { member } = leader;
  const end = world.network.filter(({ from, to }) => from === member || to === member);
  world.queue.schedule(FLOOD_MS, end);
  // What is in flight, and what waits.
  for (let count = 0; count < HELD_LIMIT + world.stageOptions.alpha + SURPLUS; count++) world.propose(member, []);
  for (let count = 0; count < HELD_LIMIT + SURPLUS; count++)
    world.input(member, (token) => ({ type: 'ask-mark', token }));
  const { role } = leader.proposer;
  if (role.name !== 'leading' || (role.backlog.length <= HELD_LIMIT && role.marks.length <= HELD_LIMIT)) return;
  throw new Violation(`member ${member} holds ${role.backlog.length} values and ${role.marks.length} questions`);
}
