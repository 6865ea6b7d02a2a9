import { expect, it } from '@jest/globals';
import { nextBallot } from '@parliament/synod';
import { objectionToLeases, whyNoLease } from '../src/actors/lease.js';
import { checkOptions } from '../src/options.js';

const OPTIONS = { member: 0, members: { 0: 'a', 1: 'b' }, storage: 'memory' } as const;

it('nobody has a lease where they are switched off, or where the log has an end', () => {
  const refused = { ok: false, code: 'no-lease', outcome: 'not-applied' };
  expect(objectionToLeases(checkOptions(OPTIONS))).toBeUndefined();
  expect(objectionToLeases(checkOptions({ ...OPTIONS, timing: { leaseMs: 1 } }))).toBeUndefined();
  expect(objectionToLeases(checkOptions({ ...OPTIONS, timing: { leaseMs: 0 } }))).toEqual({
    ...refused,
    error: 'leases are switched off here (timing.leaseMs): read linearizable',
  });
  expect(objectionToLeases(checkOptions({ ...OPTIONS, lastSlot: 1 }))).toMatchObject({
    ...refused,
    error: expect.stringMatching(/^in a log with an end/),
  });
});

it('a member that does not lead says who does, where that is known', () => {
  const settings = checkOptions(OPTIONS);
  expect(whyNoLease(settings, nextBallot(1, 0))).toBe(
    'only the leader has a lease, and this member is not it: ask node b, or read linearizable',
  );
  expect(whyNoLease(settings, nextBallot(2, 0))).toContain('ask node of member 2,');
  // Its own leadership has just ended.
  for (const leader of [undefined, nextBallot(0, 0)]) {
    expect(whyNoLease(settings, leader)).toMatch(/^no leader is known here: ask again when there is one/);
  }
});
