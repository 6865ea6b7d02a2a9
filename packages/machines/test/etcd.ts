// A real etcd on this machine, asked in JSON by its gateway.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type ClientRequest, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** What JSON may be. */
export interface Json {
  readonly [name: string]: unknown;
}

export interface Etcd {
  /** Asks, and gives the answer or the refusal: `{ error }`. */
  ask(method: string, body: Json): Promise<Json>;
  /** Follows a stream until it has told enough. */
  follow(method: string, body: Json, isEnough: (message: Json) => boolean): Promise<void>;
  stop(): Promise<void>;
}

/** How long a stream may say nothing. */
const SILENCE_MS = 60_000;

/** Whether there is an etcd to start. */
export function hasEtcd(): boolean {
  return spawnSync('etcd', ['--version']).status === 0;
}

/** Starts an etcd without data. */
export async function startEtcd(): Promise<Etcd> {
  const folder = mkdtempSync(path.join(tmpdir(), 'etcd-'));
  const [port, peerPort] = await freePorts();
  const [url, peerUrl] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  const urls = {
    'listen-client-urls': url,
    'advertise-client-urls': url,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': `default=${peerUrl}`,
  };
  const flags = { 'data-dir': folder, 'log-level': 'error', ...urls };
  const child = spawn(
    'etcd',
    Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
    { stdio: 'ignore' },
  );
  const agent = new Agent({ keepAlive: true });
  const etcd: Etcd = {
    ask: (method, body) => ask(agent, port, method, body),
    follow: (method, body, isEnough) => follow(agent, port, method, body, isEnough),
    stop: async () => {
      agent.destroy();
      await end(child);
      rmSync(folder, { recursive: true });
    },
  };
  try {
    await whenReady(etcd, child);
  } catch (error) {
    await etcd.stop();
    throw error;
  }
  return etcd;
}

async function whenReady(etcd: Etcd, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`etcd ended with ${child.exitCode}`);
    const answer = await etcd.ask('kv/range', { key: 'YQ==' }).catch(() => undefined);
    if (answer !== undefined && answer.error === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

function post(agent: Agent, port: number, method: string, body: Json): ClientRequest {
  const asked = request({ agent, port, host: '127.0.0.1', method: 'POST', path: `/v3/${method}` });
  asked.end(JSON.stringify(body));
  return asked;
}

function ask(agent: Agent, port: number, method: string, body: Json): Promise<Json> {
  return new Promise((resolve, reject) => {
    post(agent, port, method, body)
      .on('error', reject)
      .on('response', async (response) => {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += chunk;
        resolve(JSON.parse(text));
      });
  });
}

function follow(
  agent: Agent,
  port: number,
  method: string,
  body: Json,
  isEnough: (message: Json) => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = post(agent, port, method, body);
    asked.setTimeout(SILENCE_MS, () => asked.destroy(new Error(`etcd has told nothing for ${SILENCE_MS} ms`)));
    asked.on('error', reject).on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('error', reject);
      response.on('data', (chunk: string) => {
        text += chunk;
        const lines = text.split('\n');
        text = lines.pop() ?? '';
        if (!lines.some((line) => isEnough(JSON.parse(line)))) return;
        response.off('error', reject).on('error', () => {});
        asked.off('error', reject).on('error', () => {});
        asked.destroy();
        resolve();
      });
      response.on('end', () => reject(new Error('etcd ended the stream')));
    });
  });
}

async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object' && address !== null) ports.push(address.port);
  }
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  const [one = 0, other = 0] = ports;
  return [one, other];
}
