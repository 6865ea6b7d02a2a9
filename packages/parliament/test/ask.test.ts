import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { CallError, childReference, dispatch, startActor } from '@parliament/otp';
import { type AskError, ask, startSystem, stop } from '../src/index.js';

let system: ReturnType<typeof startSystem>;
beforeEach(() => {
  system = startSystem();
});
afterEach(() => stop(system));

it.each([
  ['a key that is empty', '', 'v'],
  ['a value that is empty', 'k', ''],
  // On the way to another node it would become another text.
  ['a key that is no text', '\ud800', undefined],
  ['a value that is no text', 'k', '\udc00'],
])('%s is refused where it is asked, whoever is there', async (_, key, value) => {
  const nobody = childReference(system, 'nobody');
  await expect(ask(nobody, key, value)).rejects.toMatchObject({ code: 'bad-request', outcome: 'not-applied' });
  await expect(ask(nobody, 'k', 'v')).rejects.toMatchObject({ code: 'noproc', outcome: 'not-applied' });
});

it.each<[string, unknown, Pick<AskError, 'code' | 'outcome'>]>([
  [
    'that it has stopped',
    { ok: false, code: 'not-running', outcome: 'unknown', error: 'stopped' },
    { code: 'exit', outcome: 'unknown' },
  ],
  [
    'that it knows no such request',
    new CallError('unknown-request', 'what?'),
    { code: 'noproc', outcome: 'not-applied' },
  ],
  ['that it has no codec', new CallError('unsendable', 'no codec'), { code: 'unsendable', outcome: 'unknown' }],
  ['that it has ended', new CallError('exit', 'ended'), { code: 'exit', outcome: 'unknown' }],
])('who is asked says %s: that is told in the words of this version', async (_, reply, told) => {
  await startActor(system, 'registers', {
    init: () => 0,
    receive(state: number, _message: unknown, { sender }) {
      if (sender !== undefined) dispatch(sender, reply);
      return state;
    },
  });
  await expect(ask(childReference(system, 'registers'), 'k', 'v')).rejects.toMatchObject(told);
});
