import { execFile } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

interface NodeReport {
  readonly floods: readonly { readonly flood: string; readonly during: number; readonly peakRss: number }[];
  readonly peakRss: number;
  readonly peers: readonly { sent: number; received: number; disordered: number; lostLinks: number }[];
  readonly downs: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}

const program = path.join(__dirname, 'rig', 'flood.mjs');

function flood(...args: string[]): Promise<NodeReport> {
  return new Promise((resolve, reject) => {
    // Its status tells of failures, as its report does.
    execFile(process.execPath, [program, '--small', '--json', ...args], (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr, { cause: error }));
      else resolve((JSON.parse(stdout) as { nodes: [NodeReport] }).nodes[0]);
    });
  });
}

const isLinux = process.platform === 'linux';

// It reads the memory of a process in /proc.
(isLinux ? describe : describe.skip)('a node under floods', () => {
  it('stays small, and good peers lose nothing, get all in order, and keep their links', async () => {
    const { floods, failures, peers, peakRss, downs } = await flood();
    expect(failures).toEqual([]);
    expect(floods.map((each) => each.flood)).toEqual([
      'connections',
      'pings',
      'pings unread',
      'fragments of strangers',
      'fragments',
      'never reading',
      'tiny items',
      'messages of most work',
      'tiny items to an actor',
      'definitions',
    ]);
    for (const { during } of floods) expect(during).toBeGreaterThan(0);
    expect(peakRss).toBeLessThan(256 * 2 ** 20);
    expect(downs['deaf overloaded']).toBeGreaterThan(0);
    for (const { sent, received, disordered, lostLinks } of peers) {
      expect(sent).toBeGreaterThan(1000);
      expect({ received, disordered, lostLinks }).toEqual({ received: sent, disordered: 0, lostLinks: 0 });
    }
  }, 300_000);
});
