import { type ParliamentStatus, status } from 'parliament';
import { countdown, withClient } from '../client-node.js';
import { EXIT, oneLine } from '../errors.js';
import { flag, nodeOption, type Parsed } from '../options.js';
import { count, print } from '../output.js';

export async function run(parsed: Parsed): Promise<number> {
  const address = nodeOption(parsed);
  const isJson = flag(parsed, 'json');
  return withClient('status', parsed, async (client, { timeoutMs }) => {
    const left = countdown(timeoutMs);
    const { registers } = await client.reach(address, left());
    const report = await status(registers, { timeoutMs: left() });
    print(isJson ? JSON.stringify(report) : statusText(report));
    return EXIT.ok;
  });
}

/** The status as a person reads it. */
function statusText(report: ParliamentStatus): string {
  const { proposer, acceptor, learner, storage } = report;
  const leader = proposer.leader;
  const led = leader === undefined ? 'no leader is known' : `leader: ${leader.node}, at ballot ${leader.ballot}`;
  const founding = report.founded ? '' : `; not founded yet, waiting for ${report.waitingFor.join(', ') || 'storage'}`;
  const snapshot = storage.snapshotSlot === 0 ? '' : `, snapshot of slot ${storage.snapshotSlot}`;
  const space =
    storage.space === 'ok' ? '' : `; its disk is full${storage.space === 'full' ? ': no new proposals' : ''}`;
  const rows: [string, string, number | undefined][] = [
    ['node', `${report.node}, member ${report.member} of parliament "${report.name}"${founding}`, undefined],
    ['members', report.members.map(memberText).join(', '), undefined],
    ['majority', majorityText(report), undefined],
    ['storage', `${storage.state}, ${storage.directory}${snapshot}${space}`, storage.restarts],
    ['acceptor', `${acceptor.state}, promised ballot ${acceptor.promised}`, acceptor.restarts],
    [
      'learner',
      `${learner.state}, slots decided: ${learner.decidedUpTo}, registers: ${learner.registers}`,
      learner.restarts,
    ],
    ['proposer', `${proposer.state}; ${led}`, proposer.restarts],
    ['waiting', count(report.pending, 'request'), undefined],
  ];
  return rows
    .map(([name, text, restarts]) => {
      const suffix = restarts === undefined ? '' : ` (restarts: ${restarts})`;
      return oneLine(`${name.padEnd(10)}${text}${suffix}`);
    })
    .join('\n');
}

function memberText({ id, node, connected, counted, self }: ParliamentStatus['members'][number]): string {
  const place = self ? 'this node' : connected ? 'connected' : 'not connected';
  return `${id} ${node} (${place}${counted ? '' : ', not counted'})`;
}

function majorityText({ members, majority }: ParliamentStatus): string {
  const here = members.filter(({ connected, counted }) => connected && counted).length;
  const needed = Math.floor(members.length / 2) + 1;
  if (majority) return `yes: ${here} of ${count(members.length, 'member')}`;
  const verb = here === 1 ? 'is' : 'are';
  return `no majority: ${here} of ${count(members.length, 'member')} ${verb} here, ${needed} are needed. Nothing can be decided`;
}
