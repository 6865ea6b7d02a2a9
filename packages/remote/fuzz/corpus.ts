/** Well-formed frames and messages of every kind, to be altered. */

import fs from 'node:fs';
import path from 'node:path';
import { bytesOf } from '#src/hex.js';
import type { MessageCbor } from '#src/payload/message-cbor.js';
import { decodeBatch } from '#src/wire/batch-reader.js';
import { BatchWriter } from '#src/wire/batch-writer.js';
import type { ActorPlace, Greeting, HandshakeFrame, Item, Signal, WireReference } from '#src/wire/frame.js';
import {
  decodeFrame,
  decodeGreeting,
  encodeDefinition,
  encodeFrame,
  encodeReference,
  encodeSignal,
} from '#src/wire/frame-codec.js';
import { Definitions } from '#src/wire/numbering.js';
import { MESSAGES } from './corpus-messages.js';
import type { Specimen } from './target.js';

const INCARNATION = '0123456789abcdef'.repeat(2);
const NONE = new Uint8Array(0);
const REASON = Uint8Array.of(0x66, ...Buffer.from('normal'));
const NUMBERS = [0, 1, 4095, 2 ** 32, Number.MAX_SAFE_INTEGER];

const actor = (name: string, key: Uint8Array = NONE, incarnation = ''): ActorPlace => ({
  kind: 'actor',
  node: 'a',
  incarnation,
  path: [name, 'child'],
  key,
});
const OPENED = actor('opened', new Uint8Array(16).fill(7), INCARNATION);
const DEEP: ActorPlace = { ...OPENED, path: Array.from({ length: 32 }, (_, depth) => `level-${depth}`) };
const TEMPORARY = { kind: 'temporary', node: 'b', place: { incarnation: INCARNATION, peer: 'a', id: 5 } } as const;
const TEXTUAL = { kind: 'temporary', node: 'b', place: { incarnation: INCARNATION, peer: '', id: 'x1' } } as const;
const WAITING = { kind: 'waiting', id: 77 } as const;
const NODE = { kind: 'node', node: 'a' } as const;

const REFERENCES: readonly WireReference[] = [
  actor('plain'),
  OPENED,
  DEEP,
  TEMPORARY,
  TEXTUAL,
  NODE,
  { kind: 'system', node: 'a' },
  { kind: 'nobody' },
];

const HANDSHAKE: readonly HandshakeFrame[] = [
  { type: 'welcome', greeting: Uint8Array.of(1, 2, 3), mac: NONE },
  { type: 'proof', mac: NONE },
  { type: 'proof', mac: new Uint8Array(32).fill(9) },
  { type: 'accepted' },
  ...(['version', 'wrong-secret', 'self', 'name-taken', 'wrong-certificate'] as const).map(
    (code) => ({ type: 'refused', code }) as const,
  ),
];

const SIGNALS: readonly Signal[] = [
  ...[undefined, WAITING, TEMPORARY].flatMap((waiting): Signal[] => [
    { type: 'undelivered', waiting, reason: 'noproc', exitReason: NONE, codec: '' },
    { type: 'undelivered', waiting, reason: 'unknown-type', exitReason: NONE, codec: 'a/b' },
    { type: 'undelivered', waiting, reason: 'exit', exitReason: REASON, codec: '' },
  ]),
  ...NUMBERS.flatMap((number): Signal[] => [
    { type: 'monitor', number, object: OPENED },
    { type: 'demonitor', number },
    { type: 'down', number, reason: REASON },
  ]),
  { type: 'link', self: actor('self'), other: OPENED },
  { type: 'unlink', self: DEEP, other: actor('other') },
  { type: 'exit', to: OPENED, from: undefined, reason: REASON, overLink: false },
  { type: 'exit', to: OPENED, from: actor('from'), reason: REASON, overLink: true },
];

const ENVELOPES: readonly Item[] = [actor('plain'), OPENED, TEMPORARY, TEXTUAL, WAITING, NODE].flatMap((to, index) =>
  [undefined, actor('sender'), TEMPORARY, WAITING, REFERENCES[index]].map((sender, other) => ({
    type: 'envelope' as const,
    to,
    sender,
    codec: other % 2 === 0 ? '' : `codec/${index}`,
    payload: Uint8Array.from({ length: other * 7 }, (_, place) => place),
  })),
);

/** @param golden the folder of the frames that earlier releases sent. */
export function createCorpus(cbor: MessageCbor, golden: string): readonly Specimen[] {
  const messages = MESSAGES.map((means): Specimen => ({ kind: 'cbor', bytes: cbor.encode(means), means }));
  const references = REFERENCES.map((means): Specimen => ({ kind: 'reference', bytes: encodeReference(means), means }));
  const signals = SIGNALS.map((means): Specimen => ({ kind: 'signal', bytes: encodeSignal(means), means }));
  const frames = HANDSHAKE.map((means): Specimen => ({ kind: 'frame', bytes: encodeFrame(means), means }));
  return [...messages, ...references, ...signals, ...frames, ...definitions(), ...batches(), ...goldenFrames(golden)];
}

function definitions(): Specimen[] {
  const meanings: [number, WireReference | string][] = [
    [0, OPENED],
    [4095, DEEP],
    [1, 'a/b'],
    [256, 'type'],
  ];
  return meanings.map(([number, meaning]) => {
    return { kind: 'definition', bytes: encodeDefinition(number, meaning), means: { number, meaning } };
  });
}

function batches(): Specimen[] {
  const tiny = Array.from({ length: 100 }, () => ({ ...(ENVELOPES[20] as Item), codec: '', payload: NONE }) as Item);
  const all = [[], ...ENVELOPES.map((item) => [item]), ...SIGNALS.map((item) => [item]), ENVELOPES, SIGNALS, tiny];
  return all.flatMap((items, index): Specimen[] => {
    const writer = new BatchWriter();
    const ping = items.length === 0 || index % 2 === 0;
    const means = { type: 'batch', items, ping, pong: !ping };
    const first = write(writer, items, ping);
    if (items.length === 0) return [{ kind: 'batch', bytes: first, means }];
    // Once more, it leans on what has been defined.
    return [
      { kind: 'batch', bytes: first, means },
      { kind: 'batch', bytes: write(writer, items, ping), means: undefined },
    ];
  });
}

function write(writer: BatchWriter, items: readonly Item[], ping: boolean): Uint8Array {
  for (const item of items) {
    if (item.type === 'envelope') writer.envelope(item);
    else writer.signal(item);
  }
  return writer.finish(ping, !ping);
}

function goldenFrames(folder: string): Specimen[] {
  if (!fs.existsSync(folder)) return [];
  const files = fs.readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.flatMap((file) =>
    (JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')) as { kind: string; hex: string }[]).map(specimenOf),
  );
}

/** What golden frames mean is shown by the tests; here they must go on meaning it. */
function specimenOf({ kind, hex }: { readonly kind: string; readonly hex: string }): Specimen {
  const bytes = bytesOf(hex);
  if (kind === 'handshake') return { kind: 'frame', bytes, means: decodeFrame(bytes) };
  if (kind === 'greeting') return { kind, bytes, means: decodeGreeting(bytes) satisfies Greeting };
  return { kind: 'batch', bytes, means: decodeBatch(bytes, new Definitions()) };
}
