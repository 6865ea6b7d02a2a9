import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, it } from '@jest/globals';
import { freePorts } from './support/chamber.js';

const repository = path.resolve(__dirname, '../../..');
// Inside the repository, so that `import 'parliament'` finds this one's compiled code, as it would in a user's project.
const folder = fs.mkdtempSync(path.join(repository, 'node_modules', '.readme-'));
const processes: ChildProcess[] = [];

afterAll(async () => {
  const running = processes.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  await Promise.all(
    running.map((child) => {
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      return closed;
    }),
  );
  fs.rmSync(folder, { recursive: true, force: true });
});

/** The program that follows a marker in a README. */
function example(file: string, name: string): string {
  const text = fs.readFileSync(path.join(repository, file), 'utf8');
  const [, code] = new RegExp(`<!-- example: ${name} -->\\n\`\`\`\\w+\\n([^]*?)\`\`\``).exec(text) ?? [];
  if (code === undefined) throw new Error(`${file} has no example ${name}`);
  return code;
}

interface Running {
  readonly child: ChildProcess;
  /** Waits for the line with a number, from 0, of those that tell who leads. */
  line(number: number): Promise<string>;
  /** Waits for the first line that tells why nobody does. */
  complaint(): Promise<string>;
  readonly closed: Promise<number | null>;
}

function run(place: string, name: string): Running {
  const child = spawn(process.execPath, ['service.mjs', name], { cwd: place, stdio: ['ignore', 'pipe', 'inherit'] });
  processes.push(child);
  const news: string[] = [];
  const complaints: string[] = [];
  const printed = new EventEmitter();
  createInterface({ input: child.stdout }).on('line', (line) => {
    (line.includes(' leads term ') ? news : complaints).push(line);
    printed.emit('line');
  });
  async function wait(lines: readonly string[], number: number): Promise<string> {
    for (;;) {
      const line = lines[number];
      if (line !== undefined) return line;
      await once(printed, 'line');
    }
  }
  return {
    child,
    line: (number) => wait(news, number),
    complaint: () => wait(complaints, 0),
    closed: new Promise((resolve) => child.once('close', resolve)),
  };
}

/** A directory with the README's program as it stands, but for the ports: those of the README may be taken on this machine. */
async function writeService(): Promise<string> {
  const ports = await freePorts(3);
  const program = [7101, 7102, 7103].reduce(
    (text, port, index) => text.replace(String(port), String(ports[index])),
    example('README.md', 'readme-service'),
  );
  const place = fs.mkdtempSync(path.join(folder, 'service-'));
  fs.writeFileSync(path.join(place, 'service.mjs'), program);
  return place;
}

it('the README’s program runs as it stands: three processes agree on a leader, and on another when it is killed', async () => {
  const place = await writeService();
  const names = ['a', 'b', 'c'];
  const services = new Map(names.map((name) => [name, run(place, name)]));
  const linesOf = (some: readonly string[], number: number) =>
    Promise.all(some.map((name) => (services.get(name) as Running).line(number)));
  const first = await linesOf(names, 0);
  const [, leader = ''] = /^a: ([abc]) leads term 1$/.exec(first[0] as string) ?? [];
  expect(first).toEqual(names.map((name) => `${name}: ${leader} leads term 1`));
  services.get(leader)?.child.kill('SIGKILL');
  const rest = names.filter((name) => name !== leader);
  const second = await linesOf(rest, 1);
  const [, next = ''] = /: ([abc]) leads term 2$/.exec(second[0] as string) ?? [];
  expect(rest).toContain(next);
  expect(second).toEqual(rest.map((name) => `${name}: ${next} leads term 2`));
  // It comes back as another candidate: it is told of what it has missed, and leads no term of its former self.
  await services.get(leader)?.closed;
  services.set(leader, run(place, leader));
  expect([await linesOf([leader], 0), await linesOf([leader], 1)]).toEqual([
    [`${leader}: ${leader} leads term 1`],
    [`${leader}: ${next} leads term 2`],
  ]);
  for (const { child } of services.values()) child.kill('SIGTERM');
  expect(await Promise.all([...services.values()].map(({ closed }) => closed))).toEqual([0, 0, 0]);
}, 120_000);

it('the README’s program tells who is missing, and stops without an error while it waits for them', async () => {
  const alone = run(await writeService(), 'a');
  expect(await alone.complaint()).toMatch(/^a: .*not founded yet.* waits for b .*, c /);
  alone.child.kill('SIGTERM');
  expect(await alone.closed).toBe(0);
}, 60_000);
