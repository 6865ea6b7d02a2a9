// What the rig appends: everything follows from group and slot, so that whoever reads it can tell whether it was ever appended.

import { createHash } from 'node:crypto';
import { foundingConfiguration, majority } from '../../../../synod/dist/index.js';

export const GROUPS = ['first', 'second'];
export const MEMBER = 1;
export const CLUSTER = 'power-cut';
export const HISTORY = [foundingConfiguration(majority([0, MEMBER, 2]))];

/** Random numbers from 0 to 2^32 - 1 that are always the same. */
function drawn(...words) {
  return createHash('md5').update(words.join('/')).digest().readUInt32LE(0);
}

function bytesOf(length, ...words) {
  const seed = createHash('md5').update(words.join('/')).digest();
  const bytes = Buffer.alloc(length);
  for (let offset = 0; offset < length; offset += seed.length) seed.copy(bytes, offset);
  return bytes;
}

/** Mostly small, now and then of several pages. */
export function voteValue(group, slot) {
  const many = drawn(group, slot, 'many') % 10 === 0;
  return bytesOf(drawn(group, slot) % (many ? 20_000 : 400), group, slot);
}

export function snapshotState(group, slot) {
  return bytesOf(drawn(group, slot, 'snapshot') % 100_000, group, slot, 'snapshot');
}

/** The ballot that is promised for the nth time. */
export function ballotNumbered(count) {
  return (2 * count + 1) * 1024 + MEMBER;
}

export const VOTE_BALLOT = 1024 + MEMBER;

export function sameBytes(one, other) {
  return Buffer.compare(one, other) === 0;
}
