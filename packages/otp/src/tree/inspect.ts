/** Looking at a tree of actors, as data. Nothing is kept for it: what is shown is read when somebody asks. */

import { workerOf } from '../actor/worker.js';
import { type AnyReference, actorAt, addressOf, type ConcreteActor, type ConcreteSystem, systemOf } from '../nact.js';
import { knownProcess } from '../process/process.js';
import { namesOf } from '../process/registry.js';
import { type SupervisorActor, supervisorOf } from '../supervisor/supervisor.js';
import type { Restart, Strategy } from '../supervisor/supervisor-spec.js';
import { textOf } from '../text-of.js';

/** One actor, or one child that has stopped, and all below it. Plain data, but for the state that a gen-server shows. */
export interface ActorInfo {
  readonly name: string;
  /** The system and the path, as one text. */
  readonly address: string;
  /** `actor`: a plain nact actor. */
  readonly type: 'system' | 'supervisor' | 'gen-server' | 'worker' | 'actor';
  /** False for the child of a supervisor that does not run at the moment, and for what is about to end. */
  readonly alive: boolean;
  /** Number of the present incarnation; absent when it is not known. */
  readonly incarnation?: number;
  /** How many messages wait, without the one at hand. */
  readonly mailbox: number;
  /** A message is at hand. */
  readonly busy: boolean;
  readonly registeredNames: readonly string[];
  /** How many actors it is linked with. */
  readonly links: number;
  /** How many are told of its end: by a monitor, mostly. */
  readonly watchers: number;
  /** How many calls wait for a reply of it. */
  readonly calls: number;
  /** What the behaviour's `inspect` shows; absent without one. */
  readonly state?: unknown;
  /** Of a supervisor. */
  readonly strategy?: Strategy;
  /** Of the child of a supervisor. */
  readonly restart?: Restart;
  /** Of the child of a supervisor: how often it was started anew. Of a supervisor at the top: restarts of its children. */
  readonly restarts?: number;
  /** Messages that incarnations of it tried to send after their end. */
  readonly fencedMessages?: number;
  /** Why its last incarnation ended, when it did so by itself. */
  readonly lastExit?: string;
  readonly children: readonly ActorInfo[];
}

/**
 * What is at a reference of this process, and below it; undefined when nothing is. It is a picture of one moment: it is taken
 * without waiting for anything.
 */
export function inspect(reference: AnyReference): ActorInfo | undefined {
  if (reference.type === 'system') {
    const system = systemOf(reference);
    return system === undefined ? undefined : infoOfSystem(system);
  }
  const actor = actorAt(reference);
  return actor === undefined ? undefined : infoOf(actor);
}

/** What is said of something without a mailbox. */
const IDLE = { mailbox: 0, busy: false, registeredNames: [], links: 0, watchers: 0, calls: 0 } as const;

function infoOfSystem(system: ConcreteSystem): ActorInfo {
  return {
    name: system.name,
    address: addressOf(system.reference),
    type: 'system',
    alive: true,
    ...IDLE,
    children: [...system.children.values()].map(infoOf),
  };
}

function infoOf(actor: ConcreteActor): ActorInfo {
  const process = knownProcess(actor);
  const supervisor = process && supervisorOf(process);
  const worker = process && workerOf(process);
  const { kind = undefined, ...shown } = worker === undefined ? {} : stateOf(() => worker.inspect());
  const type = supervisor !== undefined ? 'supervisor' : ((kind as ActorInfo['type'] | undefined) ?? 'actor');
  return {
    name: actor.name,
    address: addressOf(actor.reference),
    type,
    alive: process?.alive ?? true,
    ...(process === undefined ? {} : { incarnation: process.number }),
    mailbox: actor.mailbox.length,
    busy: actor.busy,
    registeredNames: process === undefined ? [] : namesOf(process),
    links: process?.links.size ?? 0,
    watchers: process?.watchers ?? 0,
    calls: process?.awaiting.length ?? 0,
    ...shown,
    ...(supervisor === undefined
      ? { children: [...actor.children.values()].map(infoOf) }
      : { ...supervisionOf(supervisor), children: childrenOf(supervisor, actor) }),
  };
}

function stateOf(look: () => { readonly kind: string; readonly state?: unknown }): {
  readonly kind?: string;
  readonly state?: unknown;
} {
  try {
    return look();
  } catch (error) {
    return { kind: 'worker', state: `its inspect failed: ${textOf(error)}` };
  }
}

function supervisionOf(supervisor: SupervisorActor): Partial<ActorInfo> {
  const { strategy, restarts } = supervisor.status();
  return { strategy, restarts };
}

function childrenOf(supervisor: SupervisorActor, { children }: ConcreteActor): ActorInfo[] {
  const shown = new Set<string>();
  const own = supervisor.whichChildren().map((child): ActorInfo => {
    shown.add(child.id);
    const { id, restart, restarts, fencedMessages, lastExit, reference } = child;
    const kept = { restart, restarts, fencedMessages, ...(lastExit === undefined ? {} : { lastExit }) };
    const actor = children.get(id);
    if (actor !== undefined) return { ...infoOf(actor), ...kept };
    return {
      name: id,
      address: addressOf(reference),
      type: child.type,
      alive: false,
      ...IDLE,
      ...kept,
      children: [],
    };
  });
  const others = [...children.values()].filter(({ name }) => !shown.has(name)).map(infoOf);
  return [...own, ...others];
}
