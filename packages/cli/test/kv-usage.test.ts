import { expect, it } from '@jest/globals';
import { UsageError } from '../src/errors.js';
import { parseOptions } from '../src/options.js';
import { kvUsage } from '../src/usage/kv.js';

const AT = ['--node', '127.0.0.1:1'];

/** As the command does it, in this process: of a wrong call nothing else becomes. */
async function call([action, ...args]: readonly string[]): Promise<void> {
  const command = kvUsage.commands.find(({ name }) => name === action);
  if (command === undefined) throw new Error(`there is no ${action}`);
  const parsed = parseOptions(args, command.options, command.maxPositionals);
  const { run } = await command.load();
  await run(parsed);
}

it.each([
  ['an option of another action', ['get', 'k', '--limit', '1', ...AT], /Unknown option '--limit'/],
  ['no key to get', ['get', ...AT], /KEY is missing: parliament kv get KEY/],
  ['an empty key', ['get', '', ...AT], /KEY is empty: a key has one byte or more/],
  [
    'a key that is no text',
    ['get', 'k\ufffd', ...AT],
    /KEY has bytes that are not UTF-8, .*; give it in base64, with --base64/,
  ],
  ['a key that is no base64', ['get', '_w==', '--base64', ...AT], /KEY _w==: with --base64 it is given in base64/],
  ['a level with a slip', ['get', 'k', '--level', 'locl', ...AT], /--level locl: give one of .*; did you mean local\?/],
  ['a revision that is none', ['get', 'k', '--rev', '-1', ...AT], /--rev/],
  ['a revision of nothing', ['get', 'k', '--rev', '0', ...AT], /--rev 0: give a whole number from 1 on/],
  ['no node', ['get', 'k'], /--node is missing/],
  ['no value to put', ['put', 'k', ...AT], /VALUE is missing: .*; - for VALUE takes it from standard input/],
  ['no node for a value from standard input', ['put', 'k', '-'], /--node is missing/],
  [
    'a version that is none',
    ['put', 'k', 'v', '--if-version', 'x', ...AT],
    /--if-version x: give a whole number from 0 on/,
  ],
  ['no keys to delete', ['delete', ...AT], /it is not said which keys: parliament kv delete KEY, --range FROM TO/],
  ['two keys to delete, for a range', ['delete', 'a', 'b', ...AT], /unexpected argument "b": .*--range FROM TO/],
  ['a range to delete without an end', ['delete', '--range', 'a', ...AT], /TO is missing/],
  ['a range to delete with an empty end', ['delete', '--range', 'a', '', ...AT], /TO is empty/],
  ['an empty prefix', ['delete', '--prefix', '', ...AT], /--prefix is empty/],
  ['a prefix and a key', ['delete', 'k', '--prefix', 'a', ...AT], /give one of them/],
  ['no range', ['range', ...AT], /it is not said which keys: parliament kv range FROM \[TO\]/],
  ['a prefix and all', ['range', '--prefix', 'a', '--all', ...AT], /give one of them/],
  ['a count of so many', ['range', '--all', '--count-only', '--limit', '1', ...AT], /--count-only tells how many/],
  ['an order that is none', ['range', '--all', '--order', 'up', ...AT], /--order up: give one of ascend, descend/],
  ['no revision', ['compact', ...AT], /REVISION is missing/],
  ['no keys to watch', ['watch', ...AT], /it is not said which keys: parliament kv watch KEY, --range FROM \[TO\]/],
  ['two keys to watch', ['watch', 'a', 'b', ...AT], /unexpected argument "b": parliament kv watch/],
  ['a revision of before all', ['watch', 'a', '--from', '0', ...AT], /--from 0: give a whole number from 1 on/],
  ['a revision that is no number', ['compact', 'x', ...AT], /REVISION x: give a whole number from 1 on/],
])('%s is a wrong call', async (_, args, message) => {
  const thrown = await call(args).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(UsageError);
  expect(String(thrown)).toMatch(message);
});
