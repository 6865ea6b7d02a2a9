import { afterEach } from '@jest/globals';
import { start, stop } from 'nact';
import { type Node, type NodeEvent, type NodeOptions, openNode, type SystemReference } from '../src/index.js';

/** A node with what it told. */
export interface TestNode {
  readonly node: Node;
  readonly system: SystemReference;
  readonly events: NodeEvent[];
}

type EventOf<T extends NodeEvent['type']> = Extract<NodeEvent, { type: T }>;

/** As long as one has to be where other machines are involved. */
export const SECRET = 'thirty-two bytes that nobody knows';

const cleanups: (() => unknown)[] = [];

/** Runs after the test, latest first. */
export function later(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

afterEach(async () => {
  while (cleanups.length > 0) await cleanups.pop()?.();
});

export function startSystem(): SystemReference {
  const system = start() as unknown as SystemReference;
  later(() => stop(system as never));
  return system;
}

/** Opens a node on a system of its own; closed after the test. Listens on any loopback port unless told otherwise. */
export async function open(name: string, options: Partial<NodeOptions> = {}): Promise<TestNode> {
  const system = startSystem();
  const events: NodeEvent[] = [];
  const node = await openNode(system, {
    name,
    listen: '127.0.0.1:0',
    reconnectMinMs: 5,
    expose: () => true,
    onEvent: (event) => events.push(event),
    ...options,
  });
  later(() => node.close());
  return { node, system, events };
}

/** Opens a node that dials the others, and waits for the links. */
export async function openTowards(
  name: string,
  targets: TestNode[],
  options: Partial<NodeOptions> = {},
): Promise<TestNode> {
  const peers = Object.fromEntries(targets.map((target) => [target.node.name, addressOf(target.node)]));
  const opened = await open(name, { peers, ...options });
  for (const target of targets) await linked(opened, target);
  return opened;
}

/** Two linked nodes; `b` dialled `a`. */
export async function openPair(options: Partial<NodeOptions> = {}): Promise<[TestNode, TestNode]> {
  const a = await open('a', options);
  return [a, await openTowards('b', [a], options)];
}

/** Waits until both know of their link. */
export async function linked(one: TestNode, other: TestNode): Promise<void> {
  await until(
    () => stateOf(one.node, other.node.name) === 'connected' && stateOf(other.node, one.node.name) === 'connected',
  );
}

export function stateOf(node: Node, peer: string): string | undefined {
  return node.peers().find(({ name }) => name === peer)?.state;
}

export function addressOf(node: Node): string {
  return `${node.address?.host}:${node.address?.port}`;
}

/** Waits for a condition; the test's own time limit is the limit. */
export async function until(condition: () => unknown): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Waits for an event, also one that came before. */
export async function eventOf<T extends NodeEvent['type']>(
  { events }: TestNode,
  type: T,
  matches: (event: EventOf<T>) => boolean = () => true,
): Promise<EventOf<T>> {
  const find = (): EventOf<T> | undefined =>
    events.find((event): event is EventOf<T> => event.type === type && matches(event as EventOf<T>));
  await until(find);
  return find() as EventOf<T>;
}
