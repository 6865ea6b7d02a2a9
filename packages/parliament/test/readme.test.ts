import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
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

function run(file: string, name: string): { firstLine: Promise<string>; closed: Promise<number | null> } {
  const child = spawn(process.execPath, [file, name], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  processes.push(child);
  const firstLine = new Promise<string>((resolve) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.split('\n')[0] as string);
    });
  });
  return { firstLine, closed: new Promise((resolve) => child.once('close', resolve)) };
}

it('the README’s program runs as it stands: three processes agree, and stop when told to', async () => {
  // As it stands, but for the ports: those of the README may be taken on this machine.
  const ports = await freePorts(3);
  const program = [7101, 7102, 7103].reduce(
    (text, port, index) => text.replace(String(port), String(ports[index])),
    example('README.md', 'readme-service'),
  );
  fs.writeFileSync(path.join(folder, 'service.mjs'), program);
  const services = ['a', 'b', 'c'].map((name) => run('service.mjs', name));
  const lines = await Promise.all(services.map(({ firstLine }) => firstLine));
  const [, winner] = /^a: ([abc]) greets first$/.exec(lines[0] as string) ?? [];
  expect(lines).toEqual(['a', 'b', 'c'].map((name) => `${name}: ${winner} greets first`));
  for (const child of processes) child.kill('SIGTERM');
  expect(await Promise.all(services.map(({ closed }) => closed))).toEqual([0, 0, 0]);
}, 60_000);
