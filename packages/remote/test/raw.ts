import { WebSocket } from 'ws';
import { type Identity, prove, sayHello, VERSIONS } from '../src/handshake/handshake.js';
import type { Node } from '../src/index.js';
import type { Agreement } from '../src/link/agreement.js';
import { BatchWriter } from '../src/wire/batch-writer.js';
import { addressOf, later, until } from './support.js';

/** A WebSocket that speaks to a node without any of the library's good manners. */
export interface RawClient {
  readonly socket: WebSocket;
  readonly received: Buffer[];
  /** The close code, once it is closed. */
  closed(): Promise<number>;
  /** The frame number `index`, once it has come. */
  frame(index: number): Promise<Buffer>;
}

export async function connectRaw(
  node: Node,
  { path = '/parliament', protocol = 'parliament.v1', headers = {} } = {},
): Promise<RawClient> {
  const socket = new WebSocket(`ws://${addressOf(node)}${path}`, protocol, { headers, perMessageDeflate: false });
  later(() => socket.terminate());
  const received: Buffer[] = [];
  let code: number | undefined;
  socket.on('message', (data) => received.push(data as Buffer));
  socket.on('close', (closeCode) => {
    code = closeCode;
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => {});
  return {
    socket,
    received,
    async closed() {
      await until(() => code !== undefined);
      return code as number;
    },
    async frame(index) {
      await until(() => received.length > index);
      return received[index] as Buffer;
    },
  };
}

export function identity(name: string, changes: Partial<Identity> = {}): Identity {
  const incarnation = Buffer.from(name).toString('hex').padEnd(32, '0');
  return {
    cluster: 'parliament',
    name,
    incarnation,
    secrets: [],
    listen: undefined,
    payloadLimit: 1e6,
    versions: VERSIONS,
    ...changes,
  };
}

/** Goes through the whole handshake as a node of that identity. */
export async function linkRaw(node: Node, who: Identity): Promise<RawClient & { agreement: Agreement }> {
  const client = await connectRaw(node);
  const { state, send } = sayHello(who, node.name);
  client.socket.send(send);
  const { agreement, send: proof } = prove(state, await client.frame(0));
  client.socket.send(proof);
  agreement.opener.open(await client.frame(1));
  return { ...client, agreement };
}

/** A frame with one message to the actor at a path of node `node`. */
export function messageFrame(node: string, path: string, payload: Uint8Array): Uint8Array {
  const writer = new BatchWriter();
  const to = { kind: 'actor', node, incarnation: '', path: [path], key: new Uint8Array(0) } as const;
  writer.envelope({ to, sender: undefined, codec: '', payload });
  return writer.finish(false, false);
}
