import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  finished,
  type GenPaxos,
  genPaxos,
  type Node,
  openNode,
  type PaxosFsm,
  paxosFsm,
  startSystem,
  stop,
  stopParliament,
} from '../src/index.js';
import { freePorts, PATIENT, QUICK, until } from './support/chamber.js';

const NAMES = ['a', 'b', 'c', 'd'];

interface Agent {
  readonly node: Node;
  readonly agent: GenPaxos;
  readonly fsm: PaxosFsm;
  others: string[];
}

let root: string;
let agents: Agent[] = [];

async function openAgents(count: number): Promise<Agent[]> {
  const names = NAMES.slice(0, count);
  const ports = await freePorts(count);
  const addresses = Object.fromEntries(names.map((name, index) => [name, `127.0.0.1:${ports[index]}`]));
  agents = await Promise.all(
    names.map(async (name) => {
      const { [name]: listen, ...peers } = addresses;
      const system = startSystem();
      const node = await openNode(system, { name, peers, reconnectMaxMs: 100, ...(listen ? { listen } : {}) });
      const options = { directory: path.join(root, name), timing: QUICK };
      return { node, agent: genPaxos(system, options), fsm: paxosFsm(system, options), others: Object.keys(peers) };
    }),
  );
  return agents;
}

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'parliament-test-'));
});

afterEach(async () => {
  for (const { agent, node, fsm } of agents) {
    await agent.stop();
    await fsm.stop('subject');
    await node.close();
    stop(node.system as never);
  }
  agents = [];
  fs.rmSync(root, { recursive: true, force: true });
});

describe('gen_paxos', () => {
  it('keeps the interface of the original', async () => {
    const [a, b, c] = (await openAgents(3)) as [Agent, Agent, Agent];
    await Promise.all([a, b, c].map(({ agent, others }, id) => agent.startLink(id, others)));
    expect(await a.agent.ask('somekey', 'somevalue', PATIENT)).toBe('somevalue');
    expect(await b.agent.ask('somekey', undefined, PATIENT)).toBe('somevalue');
    expect(await c.agent.ask('somekey', 'other', PATIENT)).toBe('somevalue');
    await b.agent.clear();
    expect(await b.agent.ask('somekey', undefined, PATIENT)).toBe('somevalue');
    expect(a.agent.versionInfo()).toEqual(['gen_paxos', 2]);
    await a.agent.stop();
    await expect(a.agent.ask('somekey')).rejects.toMatchObject({ code: 'not-a-parliament' });
  });

  it('defect 1: decisions survive a restart of everybody', async () => {
    const [a, b, c] = (await openAgents(3)) as [Agent, Agent, Agent];
    const startAll = () => Promise.all([a, b, c].map(({ agent, others }, id) => agent.startLink(id, others)));
    await startAll();
    await a.agent.ask('k', 'v', PATIENT);
    await Promise.all([a, b, c].map(({ agent }) => agent.stop()));
    await startAll();
    expect(await c.agent.ask('k', 'other', PATIENT)).toBe('v');
  });

  it('defect 5: a node that missed a decision cannot have it decided anew', async () => {
    const [a, b, c] = (await openAgents(3)) as [Agent, Agent, Agent];
    await Promise.all([a, b, c].map(({ agent, others }, id) => agent.startLink(id, others)));
    await a.agent.ask('founded', 'yes', PATIENT);
    await c.agent.stop();
    expect(await a.agent.ask('k', 'v1', PATIENT)).toBe('v1');
    await c.agent.startLink(2, c.others);
    expect(await c.agent.ask('k', 'v2', PATIENT)).toBe('v1');
    expect(await a.agent.ask('k', undefined, PATIENT)).toBe('v1');
  });

  it('defect 6: four members decide with three, and not with two', async () => {
    const all = await openAgents(4);
    await Promise.all(all.map(({ agent, others }, id) => agent.startLink(id, others)));
    const [a, , c, d] = all as [Agent, Agent, Agent, Agent];
    await a.agent.ask('founded', 'yes', PATIENT);
    await d.agent.stop();
    expect(await a.agent.ask('three', 'v', PATIENT)).toBe('v');
    await c.agent.stop();
    await expect(a.agent.ask('two', 'v', { timeoutMs: 600 })).rejects.toMatchObject({ code: 'timeout' });
  });

  it('defect 6: a member alone decides', async () => {
    const [a] = (await openAgents(1)) as [Agent];
    await a.agent.startLink(0, []);
    expect(await a.agent.ask('k', 'v', PATIENT)).toBe('v');
  });

  it('defect 13: a second ask for a key in progress is answered like the first', async () => {
    const [a, b, c] = (await openAgents(3)) as [Agent, Agent, Agent];
    await Promise.all([a, b, c].map(({ agent, others }, id) => agent.startLink(id, others)));
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => a.agent.ask('k', `v${index}`, PATIENT)));
    expect(new Set(answers).size).toBe(1);
  });

  it('defect 13: an ask that cannot be answered ends at its deadline, and says what is known', async () => {
    const [a] = (await openAgents(3)) as [Agent];
    await a.agent.startLink(0, a.others);
    await expect(a.agent.ask('k', 'v', { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'timeout',
      outcome: 'not-applied',
    });
  });

  it('defect 15: needs no global names: two agents of one process do not meet', async () => {
    const [a] = (await openAgents(1)) as [Agent];
    await a.agent.startLink(0, []);
    const system = startSystem();
    const other = genPaxos(system, { directory: path.join(root, 'other') });
    await other.startLink(0, []);
    await a.agent.ask('k', 'mine', PATIENT);
    expect(await other.ask('k', 'other', PATIENT)).toBe('other');
    await other.stop();
    stop(system);
  });

  it('that is stopped while it comes up is stopped, and can be started again', async () => {
    const [a] = (await openAgents(1)) as [Agent];
    const starting = a.agent.startLink(0, []);
    await a.agent.stop();
    await expect(finished(await starting)).rejects.toMatchObject({ code: 'not-a-parliament' });
    await expect(a.agent.ask('k')).rejects.toMatchObject({ code: 'not-a-parliament' });
    await a.agent.startLink(0, []);
    expect(await a.agent.ask('k', 'v', PATIENT)).toBe('v');
  });

  it('checks that ids are unique and in range', async () => {
    const [a] = (await openAgents(3)) as [Agent];
    await expect(a.agent.startLink(1, a.others)).rejects.toMatchObject({ code: 'bad-option' });
    await expect(a.agent.startLink(0, { 0: 'b', 1: 'c' })).rejects.toMatchObject({ code: 'bad-option' });
    await expect(a.agent.startLink(5000, { 0: 'b', 1: 'c' })).rejects.toMatchObject({ code: 'bad-option' });
  });
});

describe('paxos_fsm', () => {
  it('runs one decree: all members get the value of one of them', async () => {
    const [a, b, c] = (await openAgents(3)) as [Agent, Agent, Agent];
    await Promise.all([a, b, c].map(({ fsm, others }, id) => fsm.start('subject', id, `value of ${id}`, others)));
    const results = await Promise.all(
      [a, b, c].map(({ fsm }) =>
        until(async () => {
          const result = await fsm.getResult('subject');
          return result.state === 'decided' ? result.value : undefined;
        }),
      ),
    );
    expect(new Set(results).size).toBe(1);
    expect(results[0]).toMatch(/^value of [012]$/);
  });

  it('tells what it is doing while nothing is decided, and never crashes for being asked', async () => {
    const [a] = (await openAgents(3)) as [Agent];
    await a.fsm.start('subject', 0, 'v', a.others);
    expect(await a.fsm.getResult('subject')).toEqual({ state: expect.any(String), value: undefined });
    await expect(a.fsm.getResult('another')).rejects.toMatchObject({ code: 'not-a-parliament' });
  });

  it('remembers what was decided when it is stopped and started again, also with another value', async () => {
    const [a, b, c] = (await openAgents(3)) as [Agent, Agent, Agent];
    const decided = async (value: string | undefined): Promise<string> => {
      await Promise.all([a, b, c].map(({ fsm, others }, id) => fsm.start('subject', id, value, others)));
      return until(async () => (await b.fsm.getResult('subject')).value);
    };
    expect(await decided('first')).toBe('first');
    await Promise.all([a, b, c].map(({ fsm }) => fsm.stop('subject')));
    expect(await decided('second')).toBe('first');
  });

  it('that has ended by itself is started again; one that did not come up can be stopped', async () => {
    const [a] = (await openAgents(1)) as [Agent];
    const ended = finished(await a.fsm.start('subject', 0, 'first', []));
    await stopParliament(await a.fsm.start('subject', 0, undefined, []));
    await ended;
    await until(async () =>
      a.fsm.getResult('subject').then(
        () => false,
        () => true,
      ),
    );
    await a.fsm.start('subject', 0, 'second', []);
    expect(await until(async () => (await a.fsm.getResult('subject')).value)).toMatch(/^first$|^second$/);
    const empty = { code: 'bad-request', message: expect.stringContaining('the value is empty') };
    await expect(a.fsm.start('empty', 0, '', [])).rejects.toMatchObject(empty);
    const failing = a.fsm.start('other', 5000, 'v', []);
    await a.fsm.stop('other');
    await expect(failing).rejects.toMatchObject({ code: 'bad-option' });
  });

  it('does not decide before a member proposes', async () => {
    const [a, b, c] = (await openAgents(3)) as [Agent, Agent, Agent];
    await Promise.all([a, b, c].map(({ fsm, others }, id) => fsm.start('subject', id, undefined, others)));
    expect((await a.fsm.getResult('subject')).state).not.toBe('decided');
    await b.fsm.start('subject', 1, 'late', b.others);
    expect(await until(async () => (await c.fsm.getResult('subject')).value)).toBe('late');
    expect(b.fsm.versionInfo()).toEqual(['paxos_fsm', 2]);
  });
});
