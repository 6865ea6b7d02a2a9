/** What the compiler promises users: never run, compiled from the sources and again from what is shipped (npm run check:package). */

import {
  type ActorReference,
  type Address,
  type Codec,
  cameFrom,
  DEFAULT_LIMITS,
  type InSystem,
  type Node,
  type NodeDown,
  NodeError,
  type NodeErrorCode,
  type NodeEvent,
  type NodeLimits,
  type NodeOptions,
  nodeOf,
  openNode,
  type PeerStatus,
  peerOf,
  protobufCodec,
  type Reference,
  type RefusalCode,
  remoteRef,
  type Speaker,
  speakerOf,
} from '@parliament/remote';
import { expectTypeOf } from 'expect-type';

export function opening(system: InSystem): void {
  expectTypeOf(openNode).returns.resolves.toEqualTypeOf<Node>();
  expectTypeOf(openNode).toBeCallableWith(system, { name: 'a' });
  expectTypeOf(openNode).toBeCallableWith(system, {
    ...{ name: 'a', cluster: 'one', listen: '127.0.0.1:0', peers: { b: '127.0.0.1:1' } },
    secret: ['new', 'old'],
    tls: { cert: '', key: '', ca: '', clientCertificates: false },
    limits: { payloadBytes: 1e6 },
    expose: (path) => path.length > 0,
    spawn: { counter: (argument) => ({ init: () => argument, receive: (state: unknown) => state }) },
    onEvent: (event) => expectTypeOf(event).toEqualTypeOf<NodeEvent>(),
  });
  for (const discover of [
    { addresses: ['10.0.0.1:4000'], everyMs: 100 },
    { dns: 'example.org', port: 4000 },
    { srv: '_parliament._tcp.example.org' },
    { lookup: async () => ['10.0.0.1:4000'] },
  ]) {
    expectTypeOf(discover).toExtend<NonNullable<NodeOptions['discover']>>();
  }
  // @ts-expect-error without a name
  expectTypeOf(openNode(system, {}));
  // @ts-expect-error no such option
  expectTypeOf(openNode(system, { name: 'a', port: 1 }));
  // @ts-expect-error no such limit
  expectTypeOf(openNode(system, { name: 'a', limits: { bytes: 1 } }));
  // @ts-expect-error two secrets at most
  expectTypeOf(openNode(system, { name: 'a', secret: ['a', 'b', 'c'] }));
  // @ts-expect-error a service by DNS needs a port
  expectTypeOf(openNode(system, { name: 'a', discover: { dns: 'example.org' } }));
}

export function using(node: Node, reference: Reference): void {
  expectTypeOf(node.address).toEqualTypeOf<Address | undefined>();
  expectTypeOf(node.connect('127.0.0.1:1', { timeoutMs: 5 })).resolves.toEqualTypeOf<string>();
  expectTypeOf(node.whereis('b', 'name')).resolves.toEqualTypeOf<Reference | undefined>();
  expectTypeOf(node.ref('b', ['parent', 'child'])).toEqualTypeOf<ActorReference>();
  expectTypeOf(remoteRef(node, 'b', 'parent/child')).toEqualTypeOf<ActorReference>();
  expectTypeOf(node.spawnAt('b', 'counter', 5)).resolves.toEqualTypeOf<Reference>();
  expectTypeOf(node.connected('b', { timeoutMs: 5 })).resolves.toEqualTypeOf<void>();
  expectTypeOf(node.expose(reference, 'messages')).toEqualTypeOf<() => void>();
  expectTypeOf(node.monitorNode('b', reference)).toEqualTypeOf<() => void>();
  expectTypeOf(node.speakFor(reference)(reference, 'message')).toEqualTypeOf<boolean>();
  expectTypeOf(node.drained('b')).resolves.toEqualTypeOf<void>();
  expectTypeOf(node.peers()).toEqualTypeOf<PeerStatus[]>();
  expectTypeOf(node.close()).resolves.toEqualTypeOf<void>();
  // @ts-expect-error a reference, not its path
  expectTypeOf(node.expose('parent/child'));
  // @ts-expect-error all of it, or messages only
  expectTypeOf(node.expose(reference, 'links'));
}

export function knowing(reference: Reference): void {
  expectTypeOf(nodeOf(reference)).toEqualTypeOf<Node | undefined>();
  expectTypeOf(peerOf(reference)).toEqualTypeOf<string | undefined>();
  expectTypeOf(cameFrom(reference)).toEqualTypeOf<string | undefined>();
  expectTypeOf(speakerOf(undefined)).toEqualTypeOf<Speaker | undefined>();
  expectTypeOf(DEFAULT_LIMITS).toEqualTypeOf<NodeLimits>();
}

export function hearing(event: NodeEvent, down: NodeDown): void {
  if (event.type === 'nodedown') expectTypeOf(event.reason).toExtend<NodeDown['reason']>();
  if (event.type === 'refused') expectTypeOf(event.code).toEqualTypeOf<NodeErrorCode>();
  expectTypeOf(down.type).toEqualTypeOf<'nodedown'>();
}

export function failing(error: NodeError): void {
  expectTypeOf(error).toExtend<Error>();
  expectTypeOf(error.code).toEqualTypeOf<NodeErrorCode>();
  expectTypeOf<RefusalCode>().toExtend<NodeErrorCode>();
  expectTypeOf(NodeError).toBeConstructibleWith('timeout', 'late');
}

class Greeting {
  readonly who: string = '';
  static encode(message: Greeting): { finish(): Uint8Array } {
    return { finish: () => new TextEncoder().encode(message.who) };
  }
  static decode(_bytes: Uint8Array): Greeting {
    return new Greeting();
  }
}

export function codecs(node: Node): void {
  const codec = protobufCodec('greeting', Greeting, (message) => expectTypeOf(message).toEqualTypeOf<Greeting>());
  expectTypeOf(codec).toEqualTypeOf<Codec<Greeting>>();
  expectTypeOf(node.addCodec).toBeCallableWith(codec);
}
