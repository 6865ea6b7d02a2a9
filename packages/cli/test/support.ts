import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import { freePorts } from '../src/free-ports.js';
import { noteProgress, patiently } from './progress.js';

export const BIN = path.resolve(__dirname, '../bin/parliament.js');

/** How a command ended, and what it said. */
export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An event that a node told. */
type Event = { readonly event: string; readonly [field: string]: unknown };

/** A node in a process of its own. */
export interface RunningNode {
  readonly name: string;
  readonly address: string;
  readonly directory: string;
  readonly pid: number;
  readonly events: readonly Event[];
  /** Resolves with the first event of that kind, past or to come; rejects when the node ends before. */
  event(kind: string): Promise<Event>;
  kill(signal: NodeJS.Signals): void;
  /** Closes the pipe to which it writes its events. */
  stopReading(): void;
  readonly ended: Promise<Result & { readonly signal: NodeJS.Signals | null }>;
}

/** A process of the command. */
interface Launched {
  readonly child: ChildProcess;
  readonly ended: Promise<Result & { readonly signal: NodeJS.Signals | null }>;
  /** What it has written so far. */
  readonly stdout: () => string;
}

type Environment = Readonly<Record<string, string>>;

const processes = new Set<ChildProcess>();
const folders: string[] = [];

/** Whatever a test file has started or made is gone at its end. */
export function cleanUpAfterwards(): void {
  afterAll(async () => {
    await Promise.all([...processes].map(killAndWait));
    for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
  });
}

export function newFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parliament-cli-'));
  folders.push(folder);
  return folder;
}

function killAndWait(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('close', () => resolve());
    child.kill('SIGKILL');
  });
}

/** Starts the command, with that for its standard input. Its end is awaited by `ended`. */
export function launch(args: readonly string[], input?: string | Uint8Array, environment: Environment = {}): Launched {
  const { child, ended, stdout } = open(args, input === undefined ? 'ignore' : 'pipe', environment);
  child.stdin?.end(input);
  return { child, ended, stdout };
}

function open(args: readonly string[], stdin: 'ignore' | 'pipe', environment: Environment): Launched {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, [BIN, ...args], { stdio: [stdin, 'pipe', 'pipe'], env });
  processes.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    noteProgress();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    noteProgress();
  });
  // It may end before it has read everything.
  child.stdin?.on('error', () => {});
  const ended = new Promise<Awaited<Launched['ended']>>((resolve) => {
    child.once('close', (status, signal) => {
      processes.delete(child);
      noteProgress();
      resolve({ status, signal, stdout, stderr });
    });
  });
  return { child, ended, stdout: () => stdout };
}

/** Runs the command to its end. */
export function run(...args: string[]): Promise<Result> {
  return patiently(`parliament ${args.join(' ')}`, launch(args).ended);
}

/** The same, with these variables in its environment. */
export function runWith(environment: Environment, ...args: string[]): Promise<Result> {
  return patiently(`parliament ${args.join(' ')}`, launch(args, undefined, environment).ended);
}

/** Starts a node that tells its events as JSON. */
export function startNode(name: string, address: string, directory: string, more: readonly string[] = []): RunningNode {
  const { child, ended } = launch([
    'start',
    '--name',
    name,
    '--listen',
    address,
    '--data',
    directory,
    '--json',
    ...more,
  ]);
  const events: Event[] = [];
  let waiting: (() => void)[] = [];
  let rest = '';
  child.stdout?.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) events.push(JSON.parse(line) as Event);
    for (const wake of waiting.splice(0)) wake();
  });
  let isOver = false;
  void ended.then(() => {
    isOver = true;
    for (const wake of waiting.splice(0)) wake();
    waiting = [];
  });
  return {
    name,
    address,
    directory,
    pid: child.pid as number,
    events,
    async event(kind) {
      for (;;) {
        const found = events.find(({ event }) => event === kind);
        if (found !== undefined) return found;
        if (isOver) throw new Error(`${name} ended without the event ${kind}: ${(await ended).stderr}`);
        await patiently(`the event ${kind} of ${name}`, new Promise<void>((resolve) => waiting.push(resolve)));
      }
    },
    kill: (signal) => void child.kill(signal),
    stopReading: () => void child.stdout?.destroy(),
    ended,
  };
}

/** What a `parliament client` answered. */
interface Response {
  readonly id: number;
  readonly ok: boolean;
  readonly [field: string]: unknown;
}

/** Longer than any test waits, for calls that are to end by their answer. */
export const LONG = ['--timeout', '10m'];

/** Asks nodes through a client, one for each, which stays: starting a command costs more than all that it then does. */
class Clients {
  readonly #clients = new Map<string, (request: object) => Promise<Response>>();
  readonly #more: readonly string[];

  constructor(more: readonly string[]) {
    this.#more = more;
  }

  request(address: string, request: object): Promise<Response> {
    let client = this.#clients.get(address);
    if (client === undefined) {
      client = openClient(['client', '--node', address, ...LONG, ...this.#more]);
      this.#clients.set(address, client);
    }
    return patiently(JSON.stringify(request), client(request));
  }
}

/** A client that stays. */
export function openClient(args: readonly string[]): (request: object) => Promise<Response> {
  const { child, ended } = open(args, 'pipe', {});
  const waiting = new Map<number, (response: Response) => void>();
  let rest = '';
  let id = 0;
  child.stdout?.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const response = JSON.parse(line) as Response;
      waiting.get(response.id)?.(response);
      waiting.delete(response.id);
    }
  });
  const failed = ended.then(({ stderr }) => Promise.reject(new Error(`the client ended: ${stderr}`)));
  failed.catch(() => {});
  return (request) => {
    id += 1;
    const answered = new Promise<Response>((resolve) => waiting.set(id, resolve));
    child.stdin?.write(`${JSON.stringify({ ...request, id })}\n`);
    return Promise.race([answered, failed]);
  };
}

/** Three nodes a, b and c, on free ports. */
export interface Trio {
  readonly addresses: Readonly<Record<string, string>>;
  readonly nodes: Record<string, RunningNode>;
  /** Where each node has its directory, under its name. */
  readonly folder: string;
  /** Starts a node (again), on its directory. */
  start(name: string, more?: readonly string[]): Promise<RunningNode>;
  /** Kills a node with SIGKILL and waits until it is gone. */
  kill(name: string): Promise<void>;
  /** Asks one node; null when nothing is decided. Rejects with what the node said. */
  ask(name: string, key: string, value?: string, timeoutMs?: number): Promise<string | null>;
  status(name: string): Promise<Status>;
}

/** What the tests look at in a status. */
interface Status {
  readonly founded: boolean;
  readonly waitingFor: string[];
  readonly majority: boolean;
  readonly members: readonly { readonly node: string; readonly connected: boolean; readonly counted: boolean }[];
  readonly acceptor: { readonly promised: number; readonly restarts: number };
  readonly learner: { readonly decidedUpTo: number };
  readonly proposer: { readonly state: string; readonly leader?: { readonly node: string } };
}

export const NAMES = ['a', 'b', 'c'];

/** Prepares the three; nobody is started. */
export async function prepareTrio(common: readonly string[] = []): Promise<Trio> {
  const folder = newFolder();
  const ports = await freePorts(3);
  const addresses = Object.fromEntries(NAMES.map((name, index) => [name, `127.0.0.1:${ports[index]}`]));
  const nodes: Record<string, RunningNode> = {};
  const clients = new Clients(common);
  const trio: Trio = {
    addresses,
    nodes,
    folder,
    async start(name, more = []) {
      const peers = NAMES.filter((other) => other !== name).flatMap((other) => [
        '--peer',
        `${other}=${addresses[other]}`,
      ]);
      const node = startNode(name, addresses[name] as string, path.join(folder, name), [...peers, ...common, ...more]);
      nodes[name] = node;
      await node.event('ready');
      return node;
    },
    async kill(name) {
      nodes[name]?.kill('SIGKILL');
      await nodes[name]?.ended;
    },
    async ask(name, key, value, timeoutMs) {
      const response = await clients.request(addresses[name] as string, { op: 'ask', key, value, timeoutMs });
      if (!response.ok) throw new Error(`${response.error} (${response.outcome})`);
      return response.value as string | null;
    },
    async status(name) {
      const response = await clients.request(addresses[name] as string, { op: 'status' });
      if (!response.ok) throw new Error(String(response.error));
      return response.status as Status;
    },
  };
  return trio;
}

/** Three nodes that have founded a parliament. */
export async function startTrio(common: readonly string[] = []): Promise<Trio> {
  const trio = await prepareTrio(common);
  const nodes = await Promise.all(NAMES.map((name) => trio.start(name)));
  await Promise.all(nodes.map((node) => node.event('founded')));
  return trio;
}
