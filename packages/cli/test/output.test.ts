import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { inOwnWords } from '../src/errors.js';
import { patiently } from './progress.js';
import { cleanUpAfterwards, launch, newFolder, run } from './support.js';

cleanUpAfterwards();

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;

describe('what a node tells', () => {
  const start = (...more: string[]): string[] => ['start', '--name', 'x', '--listen', '127.0.0.1:0', ...more];

  it('begins on standard output with the line that it is ready, and every line has its time', async () => {
    const node = launch(start('--data', path.join(newFolder(), 'data')));
    const isFounded = new Promise<void>((resolve) => {
      node.child.stdout?.on('data', () => {
        if (node.stdout().includes('is founded')) resolve();
      });
    });
    await patiently('x is founded', isFounded);
    node.child.kill('SIGTERM');
    const { status, stdout, stderr } = await patiently('x ends', node.ended);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(new RegExp(`^${TIME} x \\(member 0\\) is ready: it listens on 127\\.0\\.0\\.1:\\d+, `));
    for (const line of lines) expect(line).toMatch(new RegExp(`^${TIME} `));
    expect(lines.at(-1)).toMatch(/ stopping: got SIGTERM$/);
    expect([status, stderr]).toEqual([0, '']);
  });

  it('as a warning is on standard error, with its time; programs get it on standard output', async () => {
    const other = launch(start('--data', path.join(newFolder(), 'data'), '--json'));
    const address = await patiently('x is ready', firstLine(other)).then((line) => String(JSON.parse(line).listen));
    const peers = ['--name', 'z', '--listen', '127.0.0.1:0', '--cluster', 'other', '--peer', `x=${address}`];
    const warned = launch(['start', ...peers, '--data', path.join(newFolder(), 'data')]);
    const complaint = await patiently('it is refused', firstError(warned));
    expect(complaint).toMatch(
      new RegExp(
        `^${TIME} warning: x: .*another cluster: give both sides the same --cluster, or correct the address\n`,
      ),
    );
    warned.child.kill('SIGTERM');
    const { stdout } = await patiently('z ends', warned.ended);
    expect(stdout).toMatch(new RegExp(`^${TIME} z \\(member 1\\) is ready`));
    expect(stdout).not.toContain('warning');
    other.child.kill('SIGTERM');
    await patiently('x ends', other.ended);
  });

  it('of a start that fails is told to its end', async () => {
    const failed = await run(...start('--data', '/dev/null/below', '--json'));
    const events = failed.stdout.trimEnd().split('\n');
    expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({
      event: 'failed',
      time: expect.stringMatching(new RegExp(`^${TIME}$`)),
      reason: expect.any(String),
    });
    expect(failed.status).toBe(1);
  });
});

describe('advice of the library', () => {
  it.each([
    ['wrong-certificate', 'x showed no certificate for its name: give it one whose DNS name …', /has none: reach it/],
    ['too-many', 'x has as many connections as its limits allow: close some, or raise its limits', /try again/],
    [
      'too-large',
      'A message of 9 bytes is more than x takes, 8: send it in parts, or raise limits.payloadBytes there',
      /8: store it elsewhere/,
    ],
    [
      'too-large',
      'The reply of x has 9 bytes, more than 8: ask for it in parts, or raise limits.payloadBytes',
      /less at once/,
    ],
    [
      'version',
      'x speaks no version that this node speaks: bring it to a release of @parliament/remote',
      /update the older/,
    ],
  ])('of the code %s names nothing that the command does not have', (code, message, own) => {
    expect(inOwnWords(code, message)).toMatch(own);
    expect(inOwnWords(code, message)).not.toMatch(/limits\.|raise|DNS|@parliament/);
  });

  it('of any other code is told as it is', () => {
    expect(inOwnWords('address-in-use', 'x is in use: stop it')).toBe('x is in use: stop it');
  });
});

function firstLine({ child }: ReturnType<typeof launch>): Promise<string> {
  let text = '';
  return new Promise((resolve) => {
    child.stdout?.on('data', (more: string) => {
      text += more;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
  });
}

function firstError({ child }: ReturnType<typeof launch>): Promise<string> {
  let text = '';
  return new Promise((resolve) => {
    child.stderr?.on('data', (more: string) => {
      text += more;
      if (text.includes('\n')) resolve(text);
    });
  });
}
