/** Registers and `kv` as one machine: one log, one snapshot, and each is told what is its own. */

import type { HostedMachine } from '../host/hosted.js';
import { registers } from '../registers/registers.js';
import { readOldSnapshot } from '../registers/registers-codec.js';
import { ofKv, saidByKv, saidToKv } from './heads.js';
import { type Pair, pairChunks, restorePair } from './pair-snapshot.js';

/** @param kv whose state is changed in place: the pair holds on to it. */
export function pairWith<Kv>(kv: HostedMachine<Kv>): HostedMachine<Pair<Kv>> {
  const { isRepeatable, weighReply = lengthOf } = registers;
  const { weighReply: weighReplyOfKv = lengthOf } = kv;
  return {
    name: `${registers.name} and ${kv.name}`,
    version: kv.version,
    isRepeatable: (command) => saidToKv(command) === undefined && isRepeatable(command),
    initial: () => ({ registers: registers.initial(), kv: kv.initial() }),
    apply(state, command, at) {
      const own = saidToKv(command);
      return own === undefined ? registers.apply(state.registers, command, at) : ofKv(kv.apply(state.kv, own, at));
    },
    query(state, query) {
      const own = saidToKv(query);
      return own === undefined ? registers.query(state.registers, query) : ofKv(kv.query(state.kv, own));
    },
    // Registers have no watchers: what they hold is listed.
    told(command, reply) {
      const [own, said] = [saidToKv(command), saidByKv(reply)];
      return own === undefined || said === undefined ? undefined : kv.told?.(own, said);
    },
    weighReply(reply) {
      const own = saidByKv(reply);
      return own === undefined ? weighReply(reply) : weighReplyOfKv(own);
    },
    snapshot: (state) => pairChunks(registers.snapshot(state.registers), kv.snapshot(state.kv)),
    restore: (chunks) => restorePair(chunks, kv),
    readOldSnapshot(bytes) {
      const { state, ...sessions } = readOldSnapshot(bytes);
      return { state: { registers: state, kv: kv.initial() }, ...sessions };
    },
  };
}

function lengthOf({ length }: Uint8Array): number {
  return length;
}
