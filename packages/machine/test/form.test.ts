/** The bytes themselves: they are in logs and in snapshots, and members of different versions compare them. They do not change. */

import { expect, it } from '@jest/globals';
import { compose, encodeCommand, encodeQuery, host } from '../src/index.js';
import { account, MOMENT, snapshotOf } from './support.js';

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const two = compose({ a: account, b: account }, { name: 'two' });
const step = (amount: number) => ({ type: 'b', command: { type: 'withdraw', amount } }) as const;
const guard = { type: 'a', query: { type: 'balance' }, equals: 1 } as const;
const together = encodeCommand(two, { type: 'multi', guards: [guard], then: [step(1)], else: [] });
const hosted = host(two);
const state = { a: { balance: 1 }, b: { balance: 2 } };
const replyTo = (command: Uint8Array): Uint8Array => hosted.apply(state, command, MOMENT).reply;

it.each<[string, Uint8Array, string]>([
  [
    'a snapshot',
    snapshotOf(host(account), { balance: 5 }),
    '0000000b8301676163636f756e74010000000aa16762616c616e636505ffffffff',
  ],
  [
    'a snapshot of a composition',
    snapshotOf(hosted, state),
    '0000000783016374776f0200000002616100000001010000000b8301676163636f756e740100000001010000000aa16762616c616e636501000000010000000002616200000001010000000b8301676163636f756e740100000001010000000aa16762616c616e6365020000000100ffffffff',
  ],
  ['a command of a part', encodeCommand(two, step(1)), '82616257a2647479706568776974686472617766616d6f756e7401'],
  [
    'a command with steps',
    together,
    '84656d756c7469818361614ea164747970656762616c616e6365018182616257a2647479706568776974686472617766616d6f756e740180',
  ],
  [
    'a query of a part',
    encodeQuery(two, { type: 'a', query: { type: 'balance' } }),
    '8261614ea164747970656762616c616e6365',
  ],
  ['a reply', replyTo(encodeCommand(two, step(1))), '008261624101'],
  ['a reply to steps', replyTo(together), '0082f5818261624101'],
  [
    'a rejection',
    replyTo(encodeCommand(two, step(9))),
    '01a364636f64656a746f6f2d6c6974746c65676d6573736167656b74686572652061726520326464617461a16762616c616e636502',
  ],
  [
    'a failure',
    replyTo(new Uint8Array(0)),
    '02a264636f6465696d616c666f726d6564676d657373616765783374776f3a203020627974657320617265206e6f20636f6d6d616e6420746861742069747320636f64656320686173206d616465',
  ],
])('%s', (_what, bytes, hex) => expect(hexOf(bytes)).toBe(hex));
