/** What the papers show of `parliament kv`, typed into a shell as it stands there. */

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { startSpace } from './kv-node.js';
import { noteProgress, patiently } from './progress.js';
import { BIN, cleanUpAfterwards, newFolder } from './support.js';

cleanUpAfterwards();

const ROOT = path.join(__dirname, '../../..');

/** Lines of commands that are shown together, with what they print. */
function shownIn(paper: string): { readonly command: string; readonly printed: string }[] {
  const text = fs.readFileSync(path.join(ROOT, paper), 'utf8');
  const [block = ''] = /^ {4}export PARLIAMENT_NODE=.*\n(?: {4}.*\n)+/m.exec(text) ?? [];
  return block
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [, command = '', comment = ''] = /^ *(.*?)(?: +# (.*))?$/.exec(line) ?? [];
      return { command, printed: comment.split(';')[0] ?? '' };
    });
}

it.each(['README.md', 'packages/cli/README.md'])('%s shows what is so', async (paper) => {
  const lines = shownIn(paper);
  expect(lines.length).toBeGreaterThan(5);
  const node = await startSpace();
  const folder = newFolder();
  fs.writeFileSync(path.join(folder, 'photo.jpg'), Uint8Array.of(255, 216, 10, 0));
  const known = `npx() { "$@"; }; parliament() { '${process.execPath}' '${BIN}' "$@"; }`;
  try {
    for (const { command, printed } of lines) {
      const env = { ...process.env, PARLIAMENT_NODE: node.address };
      const shell = spawn('sh', ['-c', `${known}; ${command}`], {
        cwd: folder,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const stream of [shell.stdout, shell.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          said += text;
          noteProgress();
        });
      }
      const status = await patiently(command, new Promise((resolve) => shell.once('close', resolve)));
      expect([command, status, said.trim().replaceAll(/\s+/g, ' ')]).toEqual([
        command,
        0,
        printed.replaceAll(/ +/g, ' '),
      ]);
    }
  } finally {
    await node.close();
  }
});
