import { listRegisters } from 'parliament';
import { clientSettings, openClient } from '../client-node.js';
import { EXIT, oneLine, reasonOf } from '../errors.js';
import { flag, nodeOption, type Parsed } from '../options.js';
import { complain, endWithReader, print, printAndWait } from '../output.js';

/** Of a longer value a person is shown the beginning, in characters. */
const SHOWN_LENGTH_MAX = 100;

export async function run(parsed: Parsed): Promise<number> {
  const address = nodeOption(parsed);
  const settings = clientSettings(parsed);
  const isJson = flag(parsed, 'json');
  endWithReader('parliament list');
  const client = await openClient(settings);
  try {
    const { registers } = await client.reach(address, settings.timeoutMs);
    for await (const { key, value } of listRegisters(registers, { timeoutMs: settings.timeoutMs })) {
      await printAndWait(isJson ? JSON.stringify({ key, value }) : `${oneLine(key)}\t${shorten(oneLine(value))}`);
    }
    return EXIT.ok;
  } catch (error) {
    const reason = reasonOf(error);
    if (isJson) print(JSON.stringify({ ok: false, error: reason }));
    complain(`parliament list: ${reason}`);
    return EXIT.failed;
  } finally {
    await client.close();
  }
}

function shorten(value: string): string {
  const characters = [...value];
  if (characters.length <= SHOWN_LENGTH_MAX) return value;
  return `${characters.slice(0, SHOWN_LENGTH_MAX).join('')}… (${characters.length} characters)`;
}
