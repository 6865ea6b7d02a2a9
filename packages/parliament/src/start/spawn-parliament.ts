/** How a parliament comes to life on a node, and how it ends. */

import { randomInt } from 'node:crypto';
import {
  type AnyBehaviour,
  addressOf,
  childReference,
  dispatch,
  isReference,
  pathOf,
  type Reference,
  StartError,
  type Supervisor,
  type SupervisorExit,
  startSupervisor,
  textOf,
} from '@parliament/otp';
import type { AnyMachine } from '@parliament/machine';
import { kv } from '@parliament/machines';
import { type Codec, type Node, nodeOf } from '@parliament/remote';
import { LedgerError, openLedger, openMemoryLedger } from '@parliament/storage';
import { foundingConfiguration, majority } from '@parliament/synod';
import { acceptorBehaviour } from '../actors/acceptor-actor.js';
import { learnerBehaviour } from '../actors/learner-actor.js';
import { Crash, Tick } from '../actors/mail.js';
import { ParliamentActor } from '../actors/parliament-actor.js';
import { openPost } from '../actors/post.js';
import { proposerBehaviour } from '../actors/proposer-actor.js';
import { reportStatus } from '../actors/report.js';
import type { RoleSettings } from '../actors/role-settings.js';
import { type OpenLedger, storageBehaviour } from '../actors/storage-actor.js';
import { watchersBehaviour } from '../actors/watchers-actor.js';
import { detach } from '../detach.js';
import { ParliamentError } from '../errors.js';
import type { Hosted } from '../host/hosted.js';
import { describeMembers, memberIds } from '../members.js';
import { type ParliamentOf, withMachine } from '../client/propose.js';
import { checkOptions, type MachineOptions, type ParliamentOptions, type Settings } from '../options.js';
import { hostedMachine } from '../host/hosting.js';
import { hostedPair } from '../pair/pair-face.js';
import { hostedRegisters } from '../registers/registers-face.js';
import { CHILDREN, type ChildName } from '../roles.js';
import { PACKET_CODECS } from '../wire/packet-codec.js';

/** How a parliament ended on this node. */
export type ParliamentExit = SupervisorExit;

/** The parliaments of this process, by the address of their actor. */
const running = new Map<string, Supervisor>();

/**
 * Starts a member of a parliament as an actor of the user's own system: an actor `name` with its roles as supervised
 * children, `rest_for_one` in the order storage, acceptor, learner, proposer, watchers. Its members find one another by `name`, so
 * it is the same on every node, as is the place in the tree.
 *
 * Without a `machine` it holds registers, for `ask`, and `kv` of `@parliament/machines` beside them, for `propose` and `read`.
 *
 * Open a node on the system first (`openNode`), unless the parliament has one member only.
 *
 * @param parent the system, or an actor in it.
 * @returns a reference to the parliament actor, once its roles have started; other members need not be there yet.
 * @throws ParliamentError `bad-option`, before anything is started.
 * @throws LedgerError when the data directory cannot be used; its message names the cause and the remedy.
 * @example
 * ```ts
 * import { openNode, spawnParliament, startSystem, stopParliament } from 'parliament';
 *
 * // The same in three processes, each with its own name, number, address and directory.
 * const system = startSystem('a');
 * const peers = { b: '127.0.0.1:7102', c: '127.0.0.1:7103' };
 * const node = await openNode(system, { name: 'a', listen: '127.0.0.1:7101', peers });
 * const registers = await spawnParliament(system, 'registers', {
 *   member: 0,
 *   members: { 0: 'a', 1: 'b', 2: 'c' },
 *   directory: './data-a',
 *   onEvent: (event) => console.log(event.type),
 * });
 *
 * await stopParliament(registers);
 * await node.close();
 * ```
 */
export async function spawnParliament<M extends AnyMachine>(
  parent: Reference,
  name: string,
  options: MachineOptions<M>,
): Promise<ParliamentOf<M>>;
export async function spawnParliament(
  parent: Reference,
  name: string,
  options: ParliamentOptions,
): Promise<ParliamentOf<typeof kv>>;
export async function spawnParliament(
  parent: Reference,
  name: string,
  given: ParliamentOptions & Partial<MachineOptions<AnyMachine>>,
): Promise<Reference> {
  const { machine, development = false, ...options } = given;
  if (typeof development !== 'boolean') throw new ParliamentError('bad-option', 'development: true or false');
  if (machine === undefined) {
    checkWithoutMachine(given);
    const { lastSlot = Number.MAX_SAFE_INTEGER } = options;
    // In a log with an end a slot is too dear for all but the one thing that is to be decided.
    const hasEnd = lastSlot !== Number.MAX_SAFE_INTEGER;
    const started = hasEnd
      ? await spawnHosted(parent, name, options, hostedRegisters)
      : await spawnHosted(parent, name, options, hostedPair);
    return withMachine(started, kv);
  }
  const hosted = hostedMachine(machine, development);
  return withMachine(await spawnHosted(parent, name, options, hosted), machine);
}

/** What is undefined by mistake, as by imports that go round in a circle, must not found a parliament of something else. */
function checkWithoutMachine(given: Partial<MachineOptions<AnyMachine>>): void {
  if ('machine' in given) {
    const message = 'machine: it is undefined; give a machine, or leave it out for registers and kv';
    throw new ParliamentError('bad-option', message);
  }
  if (given.development === true)
    throw new ParliamentError('bad-option', 'development: it is for a machine of your own, and none is given');
}

/** Where tests put something between the parts, to let them fail. */
export interface Seams {
  /** Around the behaviour of every role. */
  readonly wrap?: (child: ChildName, behaviour: AnyBehaviour) => AnyBehaviour;
  readonly openLedger?: OpenLedger;
  /** The packets that this member can read and write. */
  readonly codecs?: readonly Codec[];
}

/** The same, for a machine of one's own, with seams. */
export async function spawnHosted<State>(
  parent: Reference,
  name: string,
  options: ParliamentOptions,
  { machine, label, opensRegisters = false, openFace }: Hosted<State>,
  seams: Seams = {},
): Promise<Reference> {
  const { wrap = (_, behaviour) => behaviour, codecs = PACKET_CODECS } = seams;
  const settings = checkOptions(options);
  if (!isReference(parent)) {
    throw new ParliamentError(
      'bad-option',
      'parent: give the actor system, as startSystem gives it, or an actor in it',
    );
  }
  const { member, members, directory, timing, lastSlot, restarts } = settings;
  checkEnd(lastSlot, machine.name, label === undefined);
  const node = nodeOf(parent);
  checkNode(node, settings);
  const self = childReference(parent, name);
  const address = addressOf(self);
  if (running.has(address)) throw new ParliamentError('bad-option', `name: a parliament ${name} runs here already`);
  for (const codec of codecs) node?.addCodec(codec);

  const path = pathOf(self);
  const cluster = options.cluster ?? node?.cluster ?? 'parliament';
  const group = path.join('/');
  const child = (childName: ChildName): Reference => childReference(self, childName);
  const life = randomInt(1, 2 ** 47);
  const actor = new ParliamentActor({
    settings,
    self,
    path,
    node,
    life,
    isRepeatable: machine.isRepeatable,
    machine: label,
    openFace: (service) => openFace(service, settings.valueLimitBytes),
    child,
    report: () => reportStatus(self, settings, node, running.get(address)?.status(), actor),
  });
  const roles: RoleSettings = {
    member,
    history: [foundingConfiguration(majority(memberIds(members)))],
    leaseMs: timing.leaseMs,
    parliament: self,
    storage: child('storage'),
    acceptor: child('acceptor'),
    learner: child('learner'),
    proposer: child('proposer'),
    watchers: child('watchers'),
    tailSlots: settings.snapshots.tailSlots,
    post: openPost({
      member,
      role: child,
      send: (to, messages) => actor.send(to, messages),
      reach: (to) => actor.reach(to),
    }),
  };
  const storage: AnyBehaviour = storageBehaviour({
    parliament: self,
    directory,
    cluster,
    group,
    learner: child('learner'),
    acceptor: child('acceptor'),
    snapshots: settings.snapshots,
    member,
    memberIds: memberIds(members),
    founders: describeMembers(members),
    ...(label === undefined ? {} : { machine: label }),
    mayTakeOver: opensRegisters,
    introduce: (to, own, position, introduction) => actor.introduce(to, own, position, introduction),
    warn: (message) => settings.onEvent({ type: 'warning', message }),
    openLedger: seams.openLedger ?? (settings.isInMemory ? inMemory({ cluster, group, member }) : openLedger),
  });
  // A log with an end is one of few decrees: its members stand when somebody wants something, and not for ever.
  const standing = lastSlot === Number.MAX_SAFE_INTEGER;
  const proposer: AnyBehaviour = proposerBehaviour(roles, { ...timing, lastSlot, standing }, () => randomInt(2 ** 32));
  const behaviours: Record<ChildName, AnyBehaviour> = {
    storage,
    acceptor: acceptorBehaviour(roles),
    learner: learnerBehaviour(roles, life, machine, settings.watchBytes),
    proposer,
    watchers: watchersBehaviour(self, child('learner')),
  };
  const releasePaces = keepPaces(node, settings);
  const supervisor = await startSupervisor(parent, name, {
    strategy: 'rest_for_one',
    intensity: restarts.intensity,
    periodMs: restarts.periodMs,
    children: CHILDREN.map((id) => ({ id, start: wrap(id, behaviours[id]) })),
    onMessage: (message, { sender }) => actor.receive(message, sender),
    onEnd: () => actor.close(),
    onEvent: (event) => actor.noteSupervision(event),
  }).catch((error: unknown) => {
    releasePaces();
    throw causeOf(error, name);
  });

  const ticker = setInterval(
    () => {
      dispatch(self, new Tick());
    },
    Math.max(1, Math.floor(timing.heartbeatMs / 2)),
  );
  running.set(address, supervisor);
  // Users and members on other nodes send to it by its path; none of them has to end it.
  const close = node?.expose(self, 'messages');
  detach(
    supervisor.finished.then(() => {
      close?.();
      releasePaces();
      clearInterval(ticker);
      if (running.get(address) === supervisor) running.delete(address);
      // One that was killed had no chance to.
      actor.close();
    }),
  );
  return supervisor.ref;
}

/**
 * Stops a parliament of this process: its roles in reverse order, the last records synced, the directory unlocked. Calls
 * that wait fail as `exit`. Does nothing when it has stopped already.
 *
 * @throws ParliamentError `not-a-parliament` when it is no reference.
 * @example
 * ```ts
 * import { spawnParliament, startSystem, stopParliament, stopSystem } from 'parliament';
 *
 * const system = startSystem('a');
 * const members = { 0: 'a' };
 * const registers = await spawnParliament(system, 'registers', { member: 0, members, directory: './data-a' });
 *
 * await stopParliament(registers);
 * await stopSystem(system);
 * ```
 */
export async function stopParliament(parliament: Reference): Promise<void> {
  if (!isReference(parliament)) throw notAParliament(String(parliament));
  await running.get(addressOf(parliament))?.shutdown();
}

/**
 * Resolves when a parliament of this process has stopped, by {@link stopParliament} or because its roles crashed too often.
 *
 * @throws ParliamentError `not-a-parliament` when there is none at the reference in this process.
 */
export async function finished(parliament: Reference): Promise<ParliamentExit> {
  return supervisorOf(parliament).finished;
}

/**
 * Makes a role of a parliament of this process throw, or what else it has of children. For demonstrations and tests of supervision: it comes back, with its
 * memory.
 *
 * @throws ParliamentError `not-a-parliament` when there is none at the reference in this process; `bad-option` when there is no such
 *   role.
 */
export function crash(parliament: Reference, role: ChildName): void {
  supervisorOf(parliament);
  if (!CHILDREN.includes(role))
    throw new ParliamentError('bad-option', `role: ${role} is none of ${CHILDREN.join(', ')}`);
  dispatch(childReference(parliament, role), new Crash());
}

/**
 * A member that is gone is to be known soon; what members tell one another anyhow are signs of life.
 *
 * @throws ParliamentError `bad-option`, before anything is started.
 */
function keepPaces(node: Node | undefined, { members, timing }: Settings): () => void {
  const pace = {
    heartbeatMs: Math.max(100, timing.electionTimeoutMinMs),
    downAfterMs: Math.max(1000, 4 * timing.electionTimeoutMaxMs),
  };
  const ends: (() => void)[] = [];
  const stop = (): void => {
    for (const end of ends) end();
  };
  try {
    for (const peer of Object.values(members)) {
      if (node !== undefined && peer !== node.name) ends.push(node.keepPace(peer, pace));
    }
  } catch (error) {
    stop();
    throw new ParliamentError('bad-option', `members: ${textOf(error)}`);
  }
  return stop;
}

/** A ledger in memory outlives the incarnations of the storage actor, as a disk does. */
function inMemory(identity: { cluster: string; group: string; member: number }): OpenLedger {
  const ledger = openMemoryLedger(identity);
  const close = (): Promise<void> => Promise.resolve();
  return () =>
    Promise.resolve({
      ...ledger,
      get position() {
        return ledger.position;
      },
      close,
    });
}

/** What kept a child from starting: users know a ledger, and not the tree that it is part of. */
function causeOf(error: unknown, name: string): unknown {
  if (!(error instanceof StartError)) return error;
  if (error.cause instanceof LedgerError) return error.cause;
  return new ParliamentError('start-failed', `${name} did not start: ${error.message}`, { cause: error });
}

function supervisorOf(parliament: Reference): Supervisor {
  if (!isReference(parliament)) throw notAParliament(String(parliament));
  const supervisor = running.get(addressOf(parliament));
  if (supervisor !== undefined) return supervisor;
  throw notAParliament(addressOf(parliament));
}

function notAParliament(what: string): ParliamentError {
  return new ParliamentError('not-a-parliament', `${what} is no parliament that runs in this process`);
}

/** A log with an end has no sessions, and a command that is sent again may stand in several of its slots. */
function checkEnd(lastSlot: number, name: string, isOfRegisters: boolean): void {
  if (isOfRegisters || lastSlot === 1 || lastSlot === Number.MAX_SAFE_INTEGER) return;
  const reason = 'there a command that is sent again would be applied again';
  throw new ParliamentError('bad-option', `lastSlot: the log of ${name} has one slot or no end: in between ${reason}`);
}

function checkNode(node: Node | undefined, { member, members }: Settings): void {
  const own = members[member];
  if (node === undefined) {
    if (memberIds(members).length === 1) return;
    const remedy = 'call openNode(system, …) before spawnParliament(system, …)';
    throw new ParliamentError('bad-option', `members: several members need a node to reach one another by; ${remedy}`);
  }
  if (node.name !== own) {
    throw new ParliamentError('bad-option', `member: member ${member} is node ${own}, but this node is ${node.name}`);
  }
}
