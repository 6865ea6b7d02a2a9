import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { DurableRecord } from '@parliament/synod';
import { openLedger } from '../src/index.js';
import { contentsOf, directoriesOfThisFile, OWNER, recordsOf, SAMPLE, writeSample } from './support.js';

const newDirectory = directoriesOfThisFile();
const HEADER_BYTES = 32;
let log: Buffer;
let identity: Buffer;

beforeAll(async () => {
  const directory = newDirectory();
  await writeSample(directory);
  log = fs.readFileSync(path.join(directory, 'log'));
  identity = fs.readFileSync(path.join(directory, 'identity'));
});

/** A directory with such files. */
function directoryWith(files: { log?: Buffer; identity?: Buffer }): string {
  const directory = newDirectory();
  fs.mkdirSync(directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(directory, name), content);
  return directory;
}

/** What opening gives: the records, or the code of the error. */
async function attempt(directory: string): Promise<DurableRecord[] | string> {
  try {
    return await contentsOf(directory);
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('an append that was torn', () => {
  it('at any byte is cut off; all before it is there, and the ledger goes on', async () => {
    for (let length = HEADER_BYTES; length < log.length; length++) {
      const directory = directoryWith({ log: log.subarray(0, length), identity });
      const warnings: string[] = [];
      const ledger = await openLedger(directory, { ...OWNER, onWarning: ({ message }) => warnings.push(message) });
      const records = await recordsOf(ledger);
      expect(records).toEqual(SAMPLE.slice(0, records.length));
      expect(warnings).toHaveLength(ledger.recovery.tornBytes > 0 ? 1 : 0);
      await ledger.append([{ type: 'promised', ballot: 2 ** 51 + 1024 }]);
      await ledger.close();
      expect(await contentsOf(directory)).toEqual([...records, { type: 'promised', ballot: 2 ** 51 + 1024 }]);
    }
  });

  it('and left zeros behind is cut off too', async () => {
    const directory = directoryWith({ log: Buffer.concat([log, Buffer.alloc(5000)]), identity });
    const ledger = await openLedger(directory, OWNER);
    expect(ledger.recovery).toMatchObject({ records: SAMPLE.length, tornBytes: 5000 });
    await ledger.close();
  });
});

describe('damage', () => {
  it('is told with file, offset and remedy', async () => {
    const copy = Buffer.from(log);
    copy[HEADER_BYTES + 20] = 0xff;
    const directory = directoryWith({ log: copy, identity });
    await expect(openLedger(directory, OWNER)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(new RegExp(`${directory}/log is damaged at offset 32 .*restore`)),
    });
    expect(fs.readFileSync(path.join(directory, 'log'))).toEqual(copy);
  });

  it('by the log of another directory is refused', async () => {
    const other = newDirectory();
    await writeSample(other);
    const foreign = fs.readFileSync(path.join(other, 'log'));
    expect(await attempt(directoryWith({ log: foreign, identity }))).toBe('corrupt');
  });
});

describe('a directory', () => {
  it('without its log is refused, never founded anew', async () => {
    const directory = directoryWith({ identity });
    expect(await attempt(directory)).toBe('corrupt');
    expect(fs.existsSync(path.join(directory, 'log'))).toBe(false);
  });

  it('without its identity is refused, never founded anew', async () => {
    expect(await attempt(directoryWith({ log }))).toBe('corrupt');
  });

  it('whose creation was broken off is finished: nothing was ever acknowledged there', async () => {
    for (const length of [0, 10, HEADER_BYTES]) {
      expect(await attempt(directoryWith({ log: log.subarray(0, length) }))).toEqual([]);
    }
    expect(await attempt(directoryWith({}))).toEqual([]);
  });

  it('of a newer version is left alone', async () => {
    const [text = ''] = identity.toString().split('\n');
    const { crc32 } = await import('node:zlib');
    const newer = text.replace('"formatVersion":1', '"formatVersion":2');
    const content = `${newer}\n${crc32(newer).toString(16).padStart(8, '0')}\n`;
    expect(await attempt(directoryWith({ log, identity: Buffer.from(content) }))).toBe('newer-format');
  });
});
