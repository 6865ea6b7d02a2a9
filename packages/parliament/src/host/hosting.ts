/** A machine of a user's, as a parliament runs it. */

import { type AnyMachine, host, isReplied, type Machine } from '@parliament/machine';
import type { Hosted, HostedMachine } from './hosted.js';
import { openMachineFace } from './machine-face.js';

/** The state of the machine after the latest command: machines give a new one and leave the old one, replicas hold on to one object. */
export interface Holder {
  current: unknown;
}

/**
 * @param development whether the machine is watched for what would make members differ.
 * @throws MachineError `bad-machine` when it is none that `machine` or `compose` gave.
 */
export function hostedMachine(machine: AnyMachine, development: boolean): Hosted<Holder> {
  const hosted = host(machine as Machine<unknown>, { development });
  const { name, version } = hosted;
  const replicated: HostedMachine<Holder> = {
    name,
    version,
    // Nobody knows what it does: only its session keeps a command from being applied twice.
    isRepeatable: () => false,
    initial: () => ({ current: hosted.initial() }),
    apply(holder, command, at) {
      const { state, reply } = hosted.apply(holder.current, command, at);
      holder.current = state;
      return reply;
    },
    weighReply: hosted.weigh,
    told: (command, reply) => (isReplied(reply) ? { command, reply } : undefined),
    query: ({ current }, query) => hosted.query(current, query),
    snapshot: ({ current }) => hosted.snapshot(current),
    restore: (chunks) => ({ current: hosted.restore(chunks) }),
  };
  return {
    machine: replicated,
    // What it finds it does not apply: members that differ in this would differ in their states, and so would one from its own past.
    label: `${name} ${version}${development ? ', watched' : ''}`,
    openFace: (service, limitBytes) => openMachineFace(name, service, limitBytes),
  };
}
