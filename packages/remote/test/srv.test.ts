import { createSocket } from 'node:dgram';
import dns from 'node:dns/promises';
import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { eventOf, later, linked, open } from './support.js';

/** The name of the question of a query: labels, each after its length, up to an empty one. */
const QUESTION_AT = 12;

/** A server of names that answers each question for SRV records of `_parliament` with this machine, and that port. */
async function serve(port: number): Promise<void> {
  const server = createSocket('udp4');
  server.on('message', (query, from) => {
    const end = query.indexOf(0, QUESTION_AT) + 5;
    const isKnown = query.toString('latin1', QUESTION_AT + 1).startsWith('_parliament');
    const header = Buffer.from(query.subarray(0, QUESTION_AT));
    // An answer: one question, and one record or the news that there is no such name.
    header.writeUInt16BE(isKnown ? 0x8580 : 0x8583, 2);
    header.writeUInt16BE(isKnown ? 1 : 0, 6);
    header.writeUInt32BE(0, 8);
    const target = Buffer.from('\x09localhost\x00', 'latin1');
    const record = Buffer.alloc(18);
    record.set([0xc0, QUESTION_AT, 0, 33, 0, 1]);
    record.writeUInt16BE(6 + target.length, 10);
    record.writeUInt16BE(port, 16);
    const answer = isKnown ? [record, target] : [];
    server.send(Buffer.concat([header, query.subarray(QUESTION_AT, end), ...answer]), from.port, from.address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  later(() => server.close());
  const before = dns.getServers();
  dns.setServers([`127.0.0.1:${server.address().port}`]);
  later(() => dns.setServers(before));
}

it('nodes are found by SRV records, and a name without any is told of', async () => {
  const a = await open('a', { listen: 'localhost:0' });
  await serve(a.node.address?.port as number);
  const b = await open('b', { discover: { srv: '_parliament._tcp.example.com', everyMs: 20 } });
  await linked(a, b);
  const c = await open('c', { discover: { srv: '_nothing._tcp.example.com', everyMs: 20 } });
  expect((await eventOf(c, 'discovery-failed')).reason).toMatch(/ENOTFOUND/);
});
