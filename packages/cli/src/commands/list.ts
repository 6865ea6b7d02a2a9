import { listRegisters } from 'parliament';
import { withClient } from '../client-node.js';
import { EXIT, oneLine } from '../errors.js';
import { flag, nodeOption, type Parsed } from '../options.js';
import { endWithReader, printAndWait } from '../output.js';

/** Of a longer value a person is shown the beginning, in characters. */
const SHOWN_LENGTH_MAX = 100;

export async function run(parsed: Parsed): Promise<number> {
  const address = nodeOption(parsed);
  const isJson = flag(parsed, 'json');
  endWithReader('parliament list');
  return withClient('list', parsed, async (client, { timeoutMs }) => {
    const { registers } = await client.reach(address, timeoutMs);
    for await (const { key, value } of listRegisters(registers, { timeoutMs })) {
      await printAndWait(isJson ? JSON.stringify({ key, value }) : `${oneLine(key)}\t${shorten(oneLine(value))}`);
    }
    return EXIT.ok;
  });
}

function shorten(value: string): string {
  const characters = [...value];
  if (characters.length <= SHOWN_LENGTH_MAX) return value;
  return `${characters.slice(0, SHOWN_LENGTH_MAX).join('')}… (${characters.length} characters)`;
}
