/**
 * A leader is to give way to members that fall silent just then: it sees its last slots through, and finds nobody to hand over to.
 */

import { governing, isVoter, latest, type MemberId, majority } from '@parliament/synod';
import type { SimulatedNode } from './member.js';
import type { World } from './world.js';

type AnyWorld = World<unknown, unknown, unknown, unknown>;

/** The leader is watched this often, and no longer than this, in virtual milliseconds. */
const WATCH_MS = 5;
const PATIENCE_MS = 4000;

/** The new members come back so long after that, in virtual milliseconds. */
const ABSENCE_MS = 300;

/** Has the membership pass to the learners of now, whose votes are lost for a while. */
export function orphan(world: AnyWorld): void {
  const leader = world.nodes.find((node) => node.isLeading);
  if (leader === undefined) return;
  const { history, decidedUpTo } = leader.learner;
  const configuration = latest(history);
  const heirs = configuration.learners.filter((member) => world.stage.nodes.get(member)?.isUp === true);
  const isBusy =
    governing(history, decidedUpTo + 1) !== configuration ||
    configuration.voters.members.some((each) => world.lost.has(each));
  if (isBusy || heirs.length === 0 || heirs.some((member) => world.lost.has(member))) return;
  const { number: base, voters } = configuration;
  world.changedAt = world.queue.now;
  const change = { base, voters: majority(heirs), learners: voters.members };
  world.input(leader.member, (token) => ({ type: 'reconfigure', change, token }));
  watch(world, leader, (member) => heirs.includes(member));
}

function watch(
  world: AnyWorld,
  leader: SimulatedNode<unknown, unknown, unknown>,
  isHeir: (member: MemberId) => boolean,
  filters: readonly (() => void)[] = [],
  since: number = world.queue.now,
): void {
  const { role, listenedMs, options, history } = leader.proposer;
  const isOver = !leader.isLeading || world.queue.now - since > PATIENCE_MS || world.queue.now > world.plan.faultyMs;
  if (isOver || role.name !== 'leading') {
    for (const end of filters) end();
    return;
  }
  const isBegun = filters.length > 0 || !isVoter(latest(history), leader.member);
  const [wait, silence] = filters.length > 0 || !isBegun ? filters : fallSilent(world, isHeir);
  const heard = [...role.heard].filter(([member]) => isHeir(member)).map(([, at]) => listenedMs - at);
  if (wait !== undefined && silence !== undefined && heard.every((ago) => ago > options.electionTimeoutMaxMs)) {
    world.count('orphaned office');
    wait();
    world.queue.schedule(ABSENCE_MS, silence);
    return;
  }
  const next = wait === undefined || silence === undefined ? [] : [wait, silence];
  world.queue.schedule(WATCH_MS, () => watch(world, leader, isHeir, next, since));
}

/** Nothing comes from the heirs; and votes are asked for in vain, so that they have not to be asked before they count as silent. */
function fallSilent(world: AnyWorld, isHeir: (member: MemberId) => boolean): readonly (() => void)[] {
  return [
    world.network.filter(({ message }) => message.type === 'accept'),
    world.network.filter(({ from }) => isHeir(from)),
  ];
}
