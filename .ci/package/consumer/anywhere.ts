// What a page can do, or a program that knows nothing of Node.js: compiled without its types.

import { createCbor } from '@parliament/cbor';
import { decodeReply, encodeCommand, host, machine } from '@parliament/machine';
import { emptyKv, put, readRange } from '@parliament/machines';
import { call, genServer, type Request, serverAt, startSupervisor, startSystem, stopSystem } from '@parliament/otp';
import { type Node, openNode } from '@parliament/remote';
import { createAcceptor, foundingConfiguration, majority, nextBallot, stepAcceptor } from '@parliament/synod';

const system = startSystem('consumer');

const counter = genServer<number, Request<'add', { readonly by: number }, number>>({
  init: () => ({ state: 0 }),
  handleCall: { add: ({ by }, _from, count) => ({ reply: count + by, state: count + by }) },
  handleCast: {},
});
const supervisor = await startSupervisor(system, 'counters', {
  strategy: 'one_for_one',
  children: [{ id: 'a', start: counter }],
});
const sum: number = await call(serverAt(supervisor.child('a'), counter), { type: 'add', by: 2 }, { timeoutMs: 5000 });
expect('a supervised gen-server answers', sum, 2);

const node: Node = await openNode(system, { name: 'page' });
expect('a node without a listener has no address', node.address, undefined);
await node.close();
await stopSystem(system);

const acceptor = createAcceptor(0, [foundingConfiguration(majority([0, 1, 2]))]);
const prepare = { type: 'prepare', ballot: nextBallot(1, 0), fromSlot: 1, bytes: 1e6, token: 0 } as const;
const { records } = stepAcceptor(acceptor, { type: 'message', from: 1, message: prepare }, 0);
expect('an acceptor promises', records[0]?.type, 'promised');

const cbor = createCbor();
const copy = cbor.decode(cbor.encode(new Map([['big', 2n ** 70n]])));
expect('a map comes back from its bytes', copy instanceof Map && copy.get('big'), 2n ** 70n);

const tally = machine({
  name: 'tally',
  version: 1,
  initial: () => 0,
  commands: { add: (sum, { by }: { by: number }) => ({ state: sum + by, reply: sum + by }) },
});
const add = encodeCommand(tally, { type: 'add', by: 2 });
const { reply } = host(tally, { development: true }).apply(1, add, { slot: 1, index: 0, time: 0 });
expect('a machine replies', decodeReply(tally, { type: 'add' }, reply), 3);

const key = Uint8Array.of(1);
const { state: kept } = put(emptyKv(), { key, value: Uint8Array.of(2) });
expect('a key is read', readRange(kept, { key }).items[0]?.value[0], 2);

console.log('anywhere: all is well');

function expect(what: string, found: unknown, wanted: unknown): void {
  if (found !== wanted) throw new Error(`${what}: ${String(found)}, and not ${String(wanted)}`);
}
