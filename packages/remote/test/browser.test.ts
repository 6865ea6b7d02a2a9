/** The same package in a real browser, over its own WebSocket. Skipped where there is no Chromium. */

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { register } from '@parliament/otp';
import { build } from 'esbuild';
import { spawnEcho, spawnInbox } from './actors.js';
import { later, open, until } from './support.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) =>
  fs.existsSync(file),
);
const ROOT = path.join(__dirname, '..', '..', '..');

const quiet = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Serves the page with its script; gives its origin. */
async function servePage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(__dirname, 'browser', 'page.mjs')],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    nodePaths: [path.join(ROOT, 'node_modules')],
    alias: { assert: '@parliament/otp/browser/assert', crypto: '@parliament/otp/browser/crypto' },
  });
  const script = outputFiles[0]?.text ?? '';
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  later(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

function openBrowser(url: string): void {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'parliament-chromium-'));
  // In a group of its own, since a browser is many processes.
  const browser = spawn(CHROMIUM as string, [...quiet, `--user-data-dir=${profile}`, url], {
    stdio: 'ignore',
    detached: true,
    // What it leaves behind goes with the profile.
    env: { ...process.env, TMPDIR: profile },
  });
  later(async () => {
    process.kill(-(browser.pid as number), 'SIGKILL');
    // The last of its processes may still write to the profile.
    await until(() => {
      try {
        fs.rmSync(profile, { recursive: true, force: true });
        return true;
      } catch {
        return false;
      }
    });
  });
}

(CHROMIUM ? describe : describe.skip)('a browser as a node', () => {
  it.each([
    ['without a secret', undefined],
    ['with a secret', 'a secret that nobody guesses'],
  ])(
    'sends, asks, watches and links over its own WebSocket, %s',
    async (_what, secret) => {
      const origin = await servePage();
      const a = await open('a', {
        expose: () => false,
        origins: [origin],
        spawn: { victim: () => ({ init: () => 0, receive: () => 0 }) },
        ...(secret === undefined ? {} : { secret }),
      });
      const inbox = spawnInbox<unknown[]>(a.system, 'report');
      register('report', inbox.reference as never);
      register('echo', spawnEcho(a.system) as never);
      openBrowser(`${origin}/#127.0.0.1:${a.node.address?.port},${encodeURIComponent(secret ?? '')}`);
      await until(() => inbox.messages.length > 0);
      const enough = { shutdown: 'enough' };
      expect(inbox.messages[0]).toEqual([
        ['echo', true, true, 'on purpose', true],
        ['reference', 'oneself'],
        ['down', enough],
        ['exit', enough],
        ['queries', 2000],
        ['listen', 'not-supported'],
      ]);
      expect(a.node.nodes()).toEqual(['page']);
    },
    60_000,
  );
});
