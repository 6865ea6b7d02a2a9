/**
 * The interface of Erlang's gen_paxos, in camelCase: `gen_paxos.erl` as {@link genPaxos}, `paxos_fsm.erl` as
 * {@link paxosFsm}. Same names, same meaning; none of its defects.
 */

import { createHash } from 'node:crypto';
import path from 'node:path';
import { isReference, type Reference } from '@parliament/otp';
import { nodeOf } from '@parliament/remote';
import { ask, clear, status } from '../client/ask.js';
import type { CallOptions } from '../client/calling.js';
import { objectionTo } from '../client/requests.js';
import { detach } from '../detach.js';
import { AskError, ParliamentError } from '../errors.js';
import { DEFAULT_VALUE_LIMIT_BYTES } from '../limits.js';
import { assignMembers, type Candidate, type Members } from '../members.js';
import { known, type ParliamentOptions } from '../options.js';
import { finished, spawnParliament, stopParliament } from './spawn-parliament.js';

/** The other members: their nodes' names, in which case ids follow the order of all names, or names by member id. */
export type Others = readonly string[] | Members;

/** What every parliament of one gen_paxos shares. */
export interface GenPaxosOptions
  extends Pick<ParliamentOptions, 'cluster' | 'timing' | 'valueLimitBytes' | 'restarts' | 'onEvent'> {
  /** Where votes are kept; each parliament in it gets a directory of its own. */
  readonly directory: string;
}

export interface GenPaxos {
  /**
   * Starts the agent of this node.
   *
   * @param id the own member id. With `others` as a list of names it must be the own place in the order of all names.
   * @throws ParliamentError, LedgerError; see `spawnParliament`.
   */
  startLink(id: number, others: Others): Promise<Reference>;
  /** Proposes a value for a key, or reads it; see `ask`. Never waits longer than its deadline. */
  ask(key: string, value?: string, options?: CallOptions): Promise<string | undefined>;
  /** Stops the agent, whether it runs or not. What it voted stays on disk. */
  stop(): Promise<void>;
  /** Empties what this node has cached; nothing that is decided is forgotten. */
  clear(options?: CallOptions): Promise<void>;
  versionInfo(): readonly ['gen_paxos', number];
}

/** The state of one decree. */
export type Result =
  | { readonly state: 'decided'; readonly value: string }
  /** What its proposer is doing. */
  | { readonly state: string; readonly value: undefined };

export interface PaxosFsm {
  /**
   * Runs one decree, as this node's member of it: a parliament of one slot. Every member starts it, with a value to propose
   * or without one. Started again, it is the same decree, and the value is proposed too.
   *
   * @param subject what is decided about; the same on every node.
   * @throws AskError `bad-request` for what `ask` refuses as a key or a value.
   */
  start(subject: string, id: number, value: string | undefined, others: Others): Promise<Reference>;
  /**
   * What is decided about `subject`, as far as this node knows or can find out.
   *
   * @throws ParliamentError `not-a-parliament` when it was not started on this node.
   */
  getResult(subject: string, options?: CallOptions): Promise<Result>;
  /** Stops the decree on this node, whether it runs or not. What was voted stays on disk, what is decided stays decided. */
  stop(subject: string): Promise<void>;
  versionInfo(): readonly ['paxos_fsm', number];
}

const KNOWN = [
  'directory',
  'cluster',
  'timing',
  'valueLimitBytes',
  'restarts',
  'onEvent',
] as const satisfies readonly (keyof GenPaxosOptions)[];

/** The version of both interfaces, as `version_info/0` of the original counts it: 1 was the original. */
const VERSION = 2;

/** The parliament's place in the actor tree of every node. */
const NAME = 'gen_paxos';

/** A proposer that has heard of no decision yet asks again after this time, in milliseconds. */
const PROPOSAL_TIMEOUT_MS = 60_000;

/**
 * gen_paxos on `system`: one parliament of write-once registers. Nothing is started before `startLink`.
 *
 * @param system a node must be open on it (`openNode`) before `startLink` is called with other members.
 * @example
 * ```ts
 * import { genPaxos, startSystem } from 'parliament';
 *
 * const paxos = genPaxos(startSystem('a'), { directory: './data-a' });
 * await paxos.startLink(0, []); // of three nodes, each opened by openNode: startLink(0, ['b', 'c']) on a
 * console.log(await paxos.ask('who leads', 'ann')); // ann
 * console.log(await paxos.ask('who leads')); // ann
 * await paxos.stop();
 * ```
 */
export function genPaxos(system: Reference, options: GenPaxosOptions): GenPaxos {
  check(system, options);
  let agent: Reference | undefined;
  const starting = new Set<Promise<Reference>>();
  const running = (): Reference => {
    if (agent !== undefined) return agent;
    throw new ParliamentError('not-a-parliament', 'gen_paxos is not started on this node; call startLink first');
  };
  return {
    async startLink(id, others) {
      const directory = path.join(options.directory, NAME);
      const members = membersOf(system, id, others);
      const started = spawnParliament(system, NAME, { ...options, member: id, members, directory });
      starting.add(started);
      try {
        agent = await started;
        return agent;
      } finally {
        starting.delete(started);
      }
    },
    ask: async (key, value, callOptions) => ask(running(), key, value, callOptions),
    async stop() {
      // One that is just coming up would run on otherwise.
      await Promise.allSettled(starting);
      if (agent !== undefined) await stopParliament(agent);
      agent = undefined;
    },
    clear: async (callOptions) => clear(running(), callOptions),
    versionInfo: () => ['gen_paxos', VERSION],
  };
}

/** paxos_fsm on `system`: one parliament of one slot for each subject. */
export function paxosFsm(system: Reference, options: GenPaxosOptions): PaxosFsm {
  check(system, options);
  const decrees = new Map<string, Promise<Reference>>();

  async function begin(subject: string, id: number, others: Others): Promise<Reference> {
    const name = `decree-${createHash('sha256').update(subject).digest('hex').slice(0, 32)}`;
    const directory = path.join(options.directory, name);
    const members = membersOf(system, id, others);
    return spawnParliament(system, name, { ...options, member: id, members, directory, lastSlot: 1 });
  }

  /** Proposes until something is decided or the decree is stopped. */
  async function pursue(decree: Reference, subject: string, value: string): Promise<void> {
    for (;;) {
      try {
        await ask(decree, subject, value, { timeoutMs: PROPOSAL_TIMEOUT_MS });
        return;
      } catch (error) {
        // Whoever stopped or misconfigured the decree knows it by other ways; a deadline means only: go on.
        if (!(error instanceof AskError) || error.code !== 'timeout') return;
      }
    }
  }

  return {
    async start(subject, id, value, others) {
      const objection = objectionTo(subject, value, options.valueLimitBytes ?? DEFAULT_VALUE_LIMIT_BYTES);
      if (objection !== undefined) throw new AskError('bad-request', 'not-applied', objection);
      const started = decrees.get(subject) ?? begin(subject, id, others);
      decrees.set(subject, started);
      const decree = await started.catch((error) => {
        if (decrees.get(subject) === started) decrees.delete(subject);
        throw error;
      });
      const forget = (): void => {
        if (decrees.get(subject) === started) decrees.delete(subject);
      };
      // One that has ended by itself is started again like one that was stopped.
      detach(finished(decree).then(forget, forget));
      if (value !== undefined) detach(pursue(decree, subject, value));
      return decree;
    },
    async getResult(subject, callOptions) {
      const started = decrees.get(subject);
      if (started === undefined) {
        throw new ParliamentError('not-a-parliament', `no decree about ${subject} is started on this node`);
      }
      const decree = await started;
      const report = await status(decree, callOptions);
      if (report.learner.decidedUpTo < 1) return { state: report.proposer.state, value: undefined };
      const value = await ask(decree, subject, undefined, callOptions);
      return value === undefined ? { state: report.proposer.state, value } : { state: 'decided', value };
    },
    async stop(subject) {
      const started = decrees.get(subject);
      decrees.delete(subject);
      // Whoever started it knows why it did not come up.
      const decree = await started?.catch(() => undefined);
      if (decree !== undefined) await stopParliament(decree);
    },
    versionInfo: () => ['paxos_fsm', VERSION],
  };
}

/** @throws ParliamentError `bad-option`; what `spawnParliament` takes it checks itself. */
function check(system: Reference, options: GenPaxosOptions): void {
  if (!isReference(system)) throw new ParliamentError('bad-option', 'system: give what startSystem gives');
  known('the options', options, KNOWN);
  const { directory } = options;
  if (typeof directory !== 'string' || directory === '') {
    throw new ParliamentError('bad-option', 'directory: give the path of a directory');
  }
}

function membersOf(system: Reference, id: number, others: Others): Members {
  const self: Candidate = { name: nodeOf(system)?.name ?? system.system.name, member: id };
  if (Array.isArray(others)) {
    return assignMembers(
      self,
      others.map((name: string) => ({ name })),
    );
  }
  return assignMembers(
    self,
    Object.entries(others).map(([member, name]) => ({ name, member: Number(member) })),
  );
}
