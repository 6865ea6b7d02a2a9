/** Who is who: the members of a parliament and the nodes they live on. */

import { isMemberId, type MemberId } from '@parliament/synod';
import { ParliamentError } from './errors.js';

/** The members of a parliament: the name of each one's node, by member id. */
export type Members = Readonly<Record<MemberId, string>>;

/** A node that is to be a member, with its id where that is given. */
export interface Candidate {
  readonly name: string;
  readonly member?: MemberId;
}

/**
 * Gives ids to members. Either all ids are given, or none but the own one; then they follow the order of the names (by
 * UTF-16 code units): the first name has id 0, the next 1. Every node of a parliament must come to the same result.
 *
 * @throws ParliamentError `bad-option` when a name or an id stands twice, some ids are given and others not, or the own
 *   id contradicts the order of the names.
 */
export function assignMembers(self: Candidate, peers: readonly Candidate[]): Members {
  if (!Array.isArray(peers)) throw contradiction('the peers are not given as an array of { name, member }');
  const all = [self, ...peers];
  const names = new Set(all.map(({ name }) => name));
  if (names.size < all.length) throw contradiction('two members have the same name; each node needs a name of its own');
  const numbered = peers.filter(({ member }) => member !== undefined).length;
  if (numbered > 0) {
    if (numbered < peers.length || self.member === undefined) {
      throw contradiction('some members have an id and others none; give an id to all of them or to none');
    }
    const members: Record<MemberId, string> = {};
    for (const { name, member } of all) {
      if (member === undefined) continue;
      if (members[member] !== undefined) {
        throw contradiction(`member id ${member} is given to both ${members[member]} and ${name}; ids are unique`);
      }
      members[member] = name;
    }
    return checkMembers(members);
  }
  const members = Object.fromEntries([...names].sort().map((name, index) => [index, name]));
  const own = [...names].sort().indexOf(self.name);
  if (self.member !== undefined && self.member !== own) {
    throw contradiction(
      `node ${self.name} is given member id ${self.member}, but by the order of the names ` +
        `(${[...names].sort().join(', ')}) it has id ${own}; leave the id out, or give one to every member`,
    );
  }
  return checkMembers(members);
}

/** @throws ParliamentError `bad-option` unless there is a member, every id is 0 to 1023, and no node stands twice. */
export function checkMembers(members: Members): Members {
  if (typeof members !== 'object' || members === null || Array.isArray(members)) {
    throw contradiction("members: give the node of each, by its id, as in { 0: 'a', 1: 'b', 2: 'c' }");
  }
  const entries = Object.entries(members);
  if (entries.length === 0) throw contradiction('a parliament needs at least one member');
  for (const [id] of entries) {
    // And written so: as a key, 01 is another one.
    if (!isMemberId(Number(id)) || String(Number(id)) !== id)
      throw contradiction(`member id ${id} is not a whole number from 0 to 1023`);
  }
  const names = entries.map(([, name]) => name);
  if (names.some((name) => typeof name !== 'string' || name.length === 0)) {
    throw contradiction('every member needs the name of its node');
  }
  if (new Set(names).size < names.length) throw contradiction('two members are on the same node; each needs its own');
  return members;
}

/** The ids of `members`, ascending. */
export function memberIds(members: Members): MemberId[] {
  return Object.keys(members)
    .map(Number)
    .sort((left, right) => left - right);
}

/** The membership as one line, the same on every node that has the same members: `0 a, 1 b, 2 c`. */
export function describeMembers(members: Members): string {
  return memberIds(members)
    .map((id) => `${id} ${members[id]}`)
    .join(', ');
}

function contradiction(message: string): ParliamentError {
  return new ParliamentError('bad-option', message);
}
