/** Registers and `kv` as their users see them: `ask` and its kind, and beside them `propose` and `read`. */

import { kv } from '@parliament/machines';
import { parseRegisterRequest } from '../client/requests.js';
import type { Face, Hosted, Said, Service } from '../host/hosted.js';
import { type Holder, hostedMachine } from '../host/hosting.js';
import { registers } from '../registers/registers.js';
import { openRegistersFace } from '../registers/registers-face.js';
import { saidByKv, toKv } from './heads.js';
import { pairWith } from './pair.js';
import type { Pair } from './pair-snapshot.js';

const hostedKv: Hosted<Holder> = hostedMachine(kv, false);

/** What a parliament runs whose user brings no machine. */
export const hostedPair: Hosted<Pair<Holder>> = {
  machine: pairWith(hostedKv.machine),
  // Names of users' machines have no spaces: none of them has such a label.
  label: `registers ${registers.version} and ${kv.name} ${kv.version}`,
  opensRegisters: true,
  openFace(service, limitBytes) {
    const ofRegisters = openRegistersFace(service, limitBytes);
    const beside = hostedKv.openFace(serviceOfKv(service), limitBytes);
    const face: Face = {
      serve(message, sender) {
        const { serve } = parseRegisterRequest(message) === undefined ? beside : ofRegisters;
        serve(message, sender);
      },
    };
    return ofRegisters.count === undefined ? face : { ...face, count: ofRegisters.count };
  },
};

/** The parliament, as far as `kv` is concerned. */
function serviceOfKv(service: Service): Service {
  return {
    ...service,
    command: (payload, deadline, answer) => service.command(toKv(payload), deadline, ofKvOnly(answer)),
    query: (query, deadline, answer, wish) => service.query(toKv(query), deadline, ofKvOnly(answer), wish),
    look: async (query, timeoutMs) => own(await service.look(toKv(query), timeoutMs)),
    watch(request, answer) {
      const { query } = request;
      service.watch(query === undefined ? request : { ...request, query: toKv(query) }, (reply) => {
        answer(reply.ok && 'bytes' in reply ? { ...reply, bytes: own(reply.bytes) } : reply);
      });
    },
  };
}

function ofKvOnly<Reply extends Said | { readonly ok: false }>(answer: (reply: Reply) => void): (reply: Reply) => void {
  return (reply) => answer(reply.ok ? { ...reply, bytes: own(reply.bytes) } : reply);
}

function own(bytes: Uint8Array): Uint8Array {
  const said = saidByKv(bytes);
  if (said === undefined) throw new Error('what was said to kv was answered by registers');
  return said;
}
