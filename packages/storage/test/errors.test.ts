import { describe, expect, it } from '@jest/globals';
import { explain } from '../src/data-directory.js';
import { systemCode, textOf } from '../src/errors.js';
import { LedgerError } from '../src/index.js';
import { systemError } from './support.js';

describe('whatever was thrown', () => {
  it.each<[string, unknown, string]>([
    ['an error', new Error('a cause'), 'a cause'],
    ['an object that looks like one', { message: 7 }, '7'],
    ['an object', { toString: () => 'an object' }, 'an object'],
    ['a text', 'a text', 'a text'],
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
    ['a function', Object.assign(() => {}, { toString: () => 'a function', message: 'no' }), 'a function'],
  ])('has a text: %s', (_, thrown, text) => {
    expect(textOf(thrown)).toBe(text);
  });

  it.each<[string, unknown, string | undefined]>([
    ['an error of the system', systemError('EIO'), 'EIO'],
    ['an error with another code', Object.assign(new Error('x'), { code: 7 }), undefined],
    ['an error', new Error('x'), undefined],
    ['a text', 'EIO', undefined],
    ['null', null, undefined],
    ['undefined', undefined, undefined],
  ])('may have a code of the system: %s', (_, thrown, code) => {
    expect(systemCode(thrown)).toBe(code);
  });

  it.each(['ENOSPC', 'EDQUOT'])('with the code %s is told as a disk that is full', (code) => {
    const cause = systemError(code);
    expect(explain(cause, '/here')).toMatchObject({
      code: 'no-space',
      message: expect.stringContaining('/here'),
      cause,
    });
  });

  it('with another code of the system is told as a directory that cannot be used; all else as it is', () => {
    const cause = systemError('EACCES');
    const message = expect.stringMatching('^/here cannot be used: EACCES: as told: name a directory');
    expect(explain(cause, '/here')).toMatchObject({ code: 'unusable', message, cause });
    for (const own of [new LedgerError('locked', 'it is'), new RangeError('so'), 'a text']) {
      expect(explain(own, '/here')).toBe(own);
    }
  });
});
