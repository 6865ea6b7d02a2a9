import { spawn } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { oneLine, reasonOf } from '../src/errors.js';
import { patiently } from './progress.js';
import { BIN, cleanUpAfterwards, newFolder } from './support.js';

cleanUpAfterwards();

describe('what nobody foresaw', () => {
  /** A running node in which a signal makes something go wrong that no code is there for. */
  async function endOf(fault: string): Promise<{ status: number | null; stderr: string }> {
    const trap = `data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${fault} });`)}`;
    const data = path.join(newFolder(), 'data');
    const args = ['--import', trap, BIN, 'start', '--name', 'x', '--listen', '127.0.0.1:0', '--data', data];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdout.once('data', () => child.kill('SIGUSR2'));
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { status: await patiently('the node ends', closed), stderr };
  }

  it.each([
    ['thrown', `throw new TypeError('odd\\nline');`, /^parliament start: unexpected: TypeError: odd line at .*\n$/],
    ['rejected', `Promise.reject(new RangeError('odd'));`, /^parliament start: unexpected: RangeError: odd at .*\n$/],
    ['no error at all', `throw 'odd';`, /^parliament start: unexpected: odd\n$/],
  ])('ends the command with one line: %s', async (_, fault, message) => {
    expect(await endOf(fault)).toEqual({ status: 1, stderr: expect.stringMatching(message) });
  });

  it('is told by what can be told of it', () => {
    for (const odd of [undefined, null, 7, 'text', {}, { message: { toString: undefined } }, Object.create(null)]) {
      expect(oneLine(odd)).toEqual(expect.any(String));
      expect(reasonOf(odd)).toMatch(/^unexpected: /);
    }
  });
});
