import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import { freePorts } from '../src/free-ports.js';

const BIN = path.resolve(__dirname, '../bin/parliament.js');

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
  readonly ended: Promise<Result & { readonly signal: NodeJS.Signals | null }>;
}

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
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    child.once('close', () => resolve());
    child.kill('SIGKILL');
  });
}

/** Starts the command; its end is awaited by `ended`. */
export function launch(args: readonly string[], input?: string) {
  const child = spawn(process.execPath, [BIN, ...args], {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  processes.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  if (input !== undefined) child.stdin?.end(input);
  const ended = new Promise<Result & { signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (status, signal) => {
      processes.delete(child);
      resolve({ status, signal, stdout, stderr });
    });
  });
  return { child, ended, stdout: () => stdout };
}

/** Runs the command to its end. */
export function run(...args: string[]): Promise<Result> {
  return launch(args).ended;
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
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    kill: (signal) => void child.kill(signal),
    ended,
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
  ask(name: string, key: string, value?: string): Promise<Result>;
  status(name: string): Promise<Status>;
}

/** What the tests look at in a status. */
interface Status {
  readonly founded: boolean;
  readonly waitingFor: string[];
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
    ask: (name, key, value) =>
      run(
        'ask',
        key,
        ...(value === undefined ? [] : [value]),
        '--node',
        addresses[name] as string,
        '--timeout',
        '20s',
        ...common,
      ),
    async status(name) {
      const { stdout, stderr } = await run('status', '--node', addresses[name] as string, '--json', ...common);
      if (stdout === '') throw new Error(stderr);
      return JSON.parse(stdout) as Status;
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

/** Waits until `look` gives something that is true. */
export async function until<Found>(look: () => Promise<Found>): Promise<Found> {
  for (;;) {
    const found = await look();
    if (found) return found;
  }
}
