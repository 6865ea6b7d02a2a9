import { listRegisters } from 'parliament';
import { withClient } from '../client-node.js';
import { EXIT, oneLine } from '../errors.js';
import { flag, nodeOption, type Parsed } from '../options.js';
import { endWithReader, printAndWait, shorten } from '../output.js';

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
