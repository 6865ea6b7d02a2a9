import { describe, expect, it } from '@jest/globals';
import { assignMembers, checkMembers, describeMembers } from '../src/members.js';

const a = { name: 'a' };
const b = { name: 'b' };
const c = { name: 'c' };

describe('assignMembers', () => {
  it('gives every node the same ids, whoever computes them', () => {
    const expected = { 0: 'a', 1: 'b', 2: 'c' };
    expect(assignMembers(a, [c, b])).toEqual(expected);
    expect(assignMembers({ ...b, member: 1 }, [a, c])).toEqual(expected);
    expect(assignMembers(c, [b, a])).toEqual(expected);
  });

  it('takes ids that are given, in any order', () => {
    const members = assignMembers({ name: 'a', member: 7 }, [
      { name: 'b', member: 3 },
      { name: 'c', member: 0 },
    ]);
    expect(members).toEqual({ 0: 'c', 3: 'b', 7: 'a' });
  });

  it('takes a node alone for a parliament of one', () => {
    expect(assignMembers(a, [])).toEqual({ 0: 'a' });
  });

  it.each([
    ['an id that contradicts the order of the names', { name: 'a', member: 2 }, [b, c], /order of the names/],
    [
      'ids for some and not for others',
      { name: 'a', member: 0 },
      [{ name: 'b', member: 1 }, c],
      /all of them or to none/,
    ],
    ['ids for the others and not for itself', a, [{ name: 'b', member: 1 }], /all of them or to none/],
    ['one id for two nodes', { name: 'a', member: 1 }, [{ name: 'b', member: 1 }], /unique/],
    ['one name for two nodes', a, [b, { name: 'a' }], /name of its own/],
    ['an id out of range', { name: 'a', member: 0 }, [{ name: 'b', member: 1024 }], /0 to 1023/],
  ])('refuses %s', (_, self, peers, message) => {
    expect(() => assignMembers(self, peers)).toThrow(
      expect.objectContaining({ code: 'bad-option', message: expect.stringMatching(message) }),
    );
  });
});

describe('checkMembers', () => {
  it.each([
    ['nobody', {}],
    ['a node twice', { 0: 'a', 1: 'a' }],
    ['a member without a node', { 0: '' }],
    ['an id that is no number', { x: 'a' }],
    ['an id that is not written as one', { '00': 'a' }],
  ])('refuses %s', (_, members) => {
    expect(() => checkMembers(members)).toThrow(expect.objectContaining({ code: 'bad-option' }));
  });
});

it('describes the same membership in the same words', () => {
  expect(describeMembers({ 2: 'c', 0: 'a', 1: 'b' })).toBe('0 a, 1 b, 2 c');
});
