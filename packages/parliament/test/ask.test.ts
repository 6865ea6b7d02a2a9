import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { childReference } from '@parliament/otp';
import { ask, startSystem, stop } from '../src/index.js';

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
  await expect(ask(nobody, 'k', 'v')).rejects.toMatchObject({ code: 'not-running', outcome: 'not-applied' });
});
