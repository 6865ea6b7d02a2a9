import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { foundingConfiguration, majority, type Snapshot } from '@parliament/synod';
import { openLedger } from '../src/index.js';
import { confirmationFor, readEntries, type VerifyReport, verifyDirectory } from '../src/tools/index.js';
import { directoriesOfThisFile, firstSegment, OWNER, SAMPLE, systemError, voteOf } from './support.js';

const newDirectory = directoriesOfThisFile();
const SMALL = { ...OWNER, segmentBytes: 64 * 1024, reserveBytes: 0 };

function snapshotAt(slot: number): Snapshot {
  return { slot, history: [foundingConfiguration(majority([0, 1, 2]))], state: new Uint8Array([7]) };
}

/** A directory with two groups over several segments, the first of which were trimmed. */
async function makeLong(directory: string): Promise<void> {
  const ledger = await openLedger(directory, SMALL);
  const other = await openLedger(directory, { ...SMALL, group: 'other', member: 4 });
  for (let slot = 1; slot <= 80; slot++) await ledger.append([voteOf(slot, 4000)]);
  await other.append([{ type: 'founded' }]);
  await ledger.saveSnapshot(snapshotAt(60), 0);
  await other.saveSnapshot(snapshotAt(5), 0);
  await other.close();
  await ledger.close();
}

/** What the entries of a log come to: told by another way through the same bytes. */
async function countsOf(directory: string): Promise<Pick<VerifyReport, 'segments' | 'records' | 'bytes'>> {
  const files = new Set<string>();
  let [records, bytes] = [0, 0];
  for await (const entry of readEntries(directory)) {
    files.add(entry.file);
    if (entry.group !== '-') records += 1;
    bytes += entry.bytes;
  }
  return { segments: files.size, records, bytes };
}

function change(file: string, offset: number): void {
  const bytes = fs.readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ 1, offset);
  fs.writeFileSync(file, bytes);
}

const idOf = (directory: string): unknown =>
  JSON.parse(fs.readFileSync(path.join(directory, 'identity'), 'utf8').split('\n')[0] ?? '').directory;

describe('a directory that is verified', () => {
  it('is told with all that is in it, and how far the reading is', async () => {
    const directory = newDirectory();
    await makeLong(directory);
    const heard: [number, number][] = [];
    const report = await verifyDirectory(directory, (...each) => heard.push(each));
    const counts = await countsOf(directory);
    expect(counts.segments).toBeGreaterThan(1);
    expect(report).toEqual({
      cluster: 'test',
      directory: idOf(directory),
      groups: [
        { name: 'parliament', member: 1, snapshotSlot: 60 },
        { name: 'other', member: 4, snapshotSlot: 5 },
      ],
      ...counts,
      tornBytes: 0,
      problems: [],
    });
    const log = path.join(directory, 'log');
    const files = fs.readdirSync(log).filter((name) => name !== 'spare');
    const size = files.reduce((sum, name) => sum + fs.statSync(path.join(log, name)).size, 0);
    expect(heard).toHaveLength(files.length);
    expect(heard.at(-1)).toEqual([size, size]);
    for (const [done, total] of heard) expect(done).toBeLessThanOrEqual(total);
  });

  it('of one group without a snapshot, too', async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, SMALL);
    await ledger.append(SAMPLE);
    await ledger.close();
    expect(await verifyDirectory(directory)).toMatchObject({
      groups: [{ name: 'parliament', member: 1, snapshotSlot: 0 }],
      ...(await countsOf(directory)),
      problems: [],
    });
  });

  it('with a torn append has no problem, and is told how much was torn', async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, SMALL);
    await ledger.append([voteOf(1, 100)]);
    await ledger.append([voteOf(2, 4000)]);
    const last = ledger.position;
    await ledger.close();
    const bytes = fs.readFileSync(firstSegment(directory));
    // Without its last words and the seal behind it.
    bytes.fill(0, 64 + last - 100);
    fs.writeFileSync(firstSegment(directory), bytes);
    const { problems, tornBytes, bytes: whole } = await verifyDirectory(directory);
    expect(problems).toEqual([]);
    expect(whole + tornBytes).toBe(last);
    expect(tornBytes).toBeGreaterThan(4000);
  });

  it('tells of every snapshot that is damaged, and of the log all the same', async () => {
    const directory = newDirectory();
    await makeLong(directory);
    const whole = await verifyDirectory(directory);
    const names = ['1-60', '2-5'].map((name) => path.join(directory, 'snapshots', name));
    for (const name of names) change(name, 60);
    const { problems, ...rest } = await verifyDirectory(directory);
    expect({ ...rest, problems: [] }).toEqual(whole);
    expect(problems).toEqual([
      expect.stringMatching(`^parliament: ${names[0]} is damaged at offset`),
      expect.stringMatching(`^other: ${names[1]} is damaged at offset`),
    ]);
  });

  it('whose log is damaged is told where; what is in it is not counted', async () => {
    const directory = newDirectory();
    await makeLong(directory);
    const [name = ''] = fs.readdirSync(path.join(directory, 'log'));
    const file = path.join(directory, 'log', name);
    change(file, 64 + 40);
    expect(await verifyDirectory(directory)).toMatchObject({
      groups: [
        { name: 'parliament', snapshotSlot: 0 },
        { name: 'other', snapshotSlot: 0 },
      ],
      segments: 0,
      records: 0,
      bytes: 0,
      tornBytes: 0,
      problems: [expect.stringContaining(`${file} is damaged`)],
    });
  });

  it('is refused when it is none, of format 1, or not to be read', async () => {
    const directory = newDirectory();
    const refusal = (message: string) => ({ code: 'unusable', message: expect.stringContaining(message) });
    await expect(verifyDirectory(directory)).rejects.toMatchObject(refusal('is no data directory'));
    fs.mkdirSync(directory);
    await expect(verifyDirectory(directory)).rejects.toMatchObject(refusal('there is no file identity'));
    fs.copyFileSync(path.join(__dirname, 'golden/version-1/identity'), path.join(directory, 'identity'));
    await expect(verifyDirectory(directory)).rejects.toMatchObject(refusal(`${directory} has format 1`));
  });

  it('is told from one whose identity is damaged, or is kept from this user', async () => {
    const directory = newDirectory();
    await makeLong(directory);
    const identity = path.join(directory, 'identity');
    jest.spyOn(fs, 'readFileSync').mockImplementationOnce(() => {
      throw systemError('EACCES');
    });
    expect(() => confirmationFor(directory)).toThrow(
      expect.objectContaining({ code: 'unusable', message: `${directory} cannot be read (EACCES)` }),
    );
    jest.restoreAllMocks();
    change(identity, 3);
    await expect(verifyDirectory(directory)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(`${identity} is damaged`),
    });
  });
});
