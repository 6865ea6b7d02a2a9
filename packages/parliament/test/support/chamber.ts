import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {
  ask as askWithin,
  type CallOptions,
  type Node,
  openNode,
  type ParliamentEvent,
  type ParliamentOptions,
  type ParliamentStatus,
  type Reference,
  startSystem,
  status as statusWithin,
  stop,
  stopParliament,
} from '../../src/index.js';
import type { Hosted } from '../../src/host/hosted.js';
import { hostedPair } from '../../src/pair/pair-face.js';
import { type Seams, spawnHosted } from '../../src/start/spawn-parliament.js';

/** One member of a parliament under test: a system and a node of its own, in this process. */
interface Seat {
  readonly name: string;
  readonly member: number;
  readonly directory: string;
  readonly events: ParliamentEvent[];
  readonly system: ReturnType<typeof startSystem>;
  readonly node: Node;
  readonly parliament: Reference;
  /** Stops parliament and node; the directory stays. */
  leave(): Promise<void>;
}

/** Several members, each with a directory of its own, on free ports of this machine. */
export interface Chamber {
  readonly root: string;
  readonly names: readonly string[];
  /** The member of that name, which must be there. */
  seat(name: string): Seat;
  /** Lets a member come (back), with a node that takes messages of at most so many bytes. */
  enter(name: string, options?: Partial<ParliamentOptions>, payloadBytes?: number): Promise<Seat>;
  /** The same, as another program than the one of the others. */
  enterAs<State>(
    name: string,
    hosted: Hosted<State>,
    seams?: Seams,
    options?: Partial<ParliamentOptions>,
  ): Promise<Seat>;
  /** Everybody leaves, and the directories are removed. */
  close(): Promise<void>;
}

/** What is owed comes some time: on a machine that does much else, late. */
export const PATIENT = { timeoutMs: 120_000 };

/** The call, with more patience: on a busy machine these quick elections come one after the other. */
export function ask(
  reference: Reference,
  key: string,
  value?: string,
  options: CallOptions = {},
): Promise<string | undefined> {
  return askWithin(reference, key, value, { ...PATIENT, ...options });
}

/** The call, with more patience. */
export function status(reference: Reference): Promise<ParliamentStatus> {
  return statusWithin(reference, PATIENT);
}

/** Quick elections: tests wait for them. */
export const QUICK = { heartbeatMs: 20, electionTimeoutMinMs: 100, electionTimeoutMaxMs: 200, resendMs: 50 };

const PAYLOAD_BYTES: number = 4 * 1024 * 1024;

/** Prepares a chamber for members of these names; nobody is there yet. */
export function prepareChamber(names: readonly string[], seams: Seams = {}): Promise<Chamber> {
  return prepareHosted(names, hostedPair, seams);
}

/** The same, for members that run a machine of the test's own. */
export async function prepareHosted<State>(
  names: readonly string[],
  hosted: Hosted<State>,
  seams: Seams = {},
): Promise<Chamber> {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'parliament-test-'));
  const ports = await freePorts(names.length);
  const addresses = Object.fromEntries(names.map((name, index) => [name, `127.0.0.1:${ports[index]}`]));
  const seats = new Map<string, Seat>();

  async function seatOf<Content>(
    name: string,
    what: Hosted<Content>,
    between: Seams,
    options: Partial<ParliamentOptions>,
    payloadBytes: number,
  ): Promise<Seat> {
    const member = names.indexOf(name);
    const directory = path.join(root, name);
    const { [name]: listen, ...peers } = addresses;
    const system = startSystem();
    const events: ParliamentEvent[] = [];
    const limits = { payloadBytes };
    const node = await openNode(system, { name, peers, reconnectMaxMs: 100, limits, ...(listen ? { listen } : {}) });
    try {
      const parliament = await spawnHosted(
        system,
        'registers',
        {
          member,
          members: Object.fromEntries(names.entries()),
          directory,
          timing: QUICK,
          onEvent: (event) => events.push(event),
          ...options,
        },
        what,
        between,
      );
      const seat: Seat = {
        name,
        member,
        directory,
        events,
        system,
        node,
        parliament,
        async leave() {
          seats.delete(name);
          await stopParliament(parliament);
          await node.close();
          stop(system);
        },
      };
      seats.set(name, seat);
      return seat;
    } catch (error) {
      await node.close();
      stop(system);
      throw error;
    }
  }

  const chamber: Chamber = {
    root,
    names,
    seat(name) {
      const seat = seats.get(name);
      if (seat === undefined) throw new Error(`${name} is not there`);
      return seat;
    },
    enter: (name, options = {}, payloadBytes = PAYLOAD_BYTES) => seatOf(name, hosted, seams, options, payloadBytes),
    enterAs: (name, what, between = {}, options = {}) => seatOf(name, what, between, options, PAYLOAD_BYTES),
    async close() {
      await Promise.all([...seats.values()].map((seat) => seat.leave()));
      fs.rmSync(root, { recursive: true, force: true });
    },
  };
  return chamber;
}

/** A chamber in which everybody is. */
export async function openChamber(
  names: readonly string[],
  options: Partial<ParliamentOptions> = {},
  seams?: Seams,
): Promise<Chamber> {
  const chamber = await prepareChamber(names, seams);
  await Promise.all(names.map((name) => chamber.enter(name, options)));
  return chamber;
}

/** Waits until `look` gives something that is true. */
export async function until<Found>(look: () => Found | Promise<Found>): Promise<NonNullable<Found>> {
  for (;;) {
    const found = await look();
    if (found) return found as NonNullable<Found>;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Ports of this machine on which nobody listens. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = net.createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
