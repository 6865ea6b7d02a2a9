/** How a parliament's status comes about. */

import { call, childReference, pathOf, type Reference, type SupervisorStatus } from '@parliament/otp';
import type { Node } from '@parliament/remote';
import { ownerOf } from '@parliament/synod';
import { memberIds } from '../members.js';
import type { Settings } from '../options.js';
import type { ChildName } from '../roles.js';
import type { ParliamentStatus } from '../status.js';
import type { AcceptorReport } from './acceptor-actor.js';
import type { LearnerReport } from './learner-actor.js';
import { Inspect, type Report } from './mail.js';
import type { ParliamentActor } from './parliament-actor.js';
import type { ProposerReport } from './proposer-actor.js';
import type { StorageReport } from './storage-actor.js';
import type { WatchersReport } from './watchers-actor.js';

/** A child that does not say within this time what it is doing is restarting, or busy; in milliseconds. */
const INSPECTION_LIMIT_MS = 500;

/** Asks every role what it is doing, and puts it together with what the supervisor and the node know. */
export async function reportStatus(
  self: Reference,
  settings: Settings,
  node: Node | undefined,
  supervision: SupervisorStatus | undefined,
  actor: Pick<ParliamentActor, 'founding' | 'pending' | 'watching' | 'uncounted' | 'count'>,
): Promise<ParliamentStatus> {
  const { member, members, directory } = settings;
  const restartsOf = (name: ChildName): number =>
    supervision?.children.find((candidate) => candidate.id === name)?.restarts ?? 0;
  const inspect = async <Content>(name: ChildName): Promise<Content | undefined> =>
    call<Report<Content>>(childReference(self, name), new Inspect(), { timeoutMs: INSPECTION_LIMIT_MS }).then(
      (report) => report.content,
      () => undefined,
    );
  const [storage, acceptor, learner, proposer, watchers, registers] = await Promise.all([
    inspect<StorageReport>('storage'),
    inspect<AcceptorReport>('acceptor'),
    inspect<LearnerReport>('learner'),
    inspect<ProposerReport>('proposer'),
    inspect<WatchersReport>('watchers'),
    actor.count(INSPECTION_LIMIT_MS).catch(() => 0),
  ]);
  const stateOf = (report: object | undefined): string => (report === undefined ? 'restarting' : 'running');
  const connected = new Set((node?.peers() ?? []).filter((peer) => peer.state === 'connected').map(({ name }) => name));
  const leader = proposer?.leader;
  const nameOf = (id: number): string => members[id] ?? 'unknown';
  const all = memberIds(members).map((id) => {
    const [peer, self] = [nameOf(id), id === member];
    return { id, node: peer, connected: self || connected.has(peer), counted: !actor.uncounted.has(id), self };
  });
  return {
    name: pathOf(self).join('/'),
    node: nameOf(member),
    member,
    founded: actor.founding?.founded ?? false,
    waitingFor: (actor.founding?.missing ?? []).map(nameOf),
    members: all,
    majority: 2 * all.filter((each) => each.connected && each.counted).length > all.length,
    storage: {
      state: stateOf(storage),
      directory,
      space: storage?.space ?? 'ok',
      snapshotSlot: storage?.snapshotSlot ?? 0,
      restarts: restartsOf('storage'),
    },
    acceptor: { state: stateOf(acceptor), promised: acceptor?.promised ?? 0, restarts: restartsOf('acceptor') },
    learner: {
      state: stateOf(learner),
      decidedUpTo: learner?.decidedUpTo ?? 0,
      registers,
      restarts: restartsOf('learner'),
    },
    proposer: {
      state: proposer?.role ?? 'restarting',
      ...(leader === undefined
        ? {}
        : { leader: { member: ownerOf(leader), node: nameOf(ownerOf(leader)), ballot: leader } }),
      restarts: restartsOf('proposer'),
    },
    watchers: {
      state: stateOf(watchers),
      waiting: actor.watching,
      restarts: restartsOf('watchers'),
    },
    restarts: supervision?.restarts ?? 0,
    pending: actor.pending,
  };
}
