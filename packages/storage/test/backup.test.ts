import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { foundingConfiguration, type History, majority } from '@parliament/synod';
import { type AppendedRecord, openLedger, realFileSystem } from '../src/index.js';
import { backUp, confirmationFor, restore, truncateCorrupt, verifyDirectory } from '../src/tools/index.js';
import { contentsOf, directoriesOfThisFile, firstSegment, OWNER, recordsOf, SAMPLE, systemError } from './support.js';

const newDirectory = directoriesOfThisFile();
const SMALL = { ...OWNER, segmentBytes: 64 * 1024, reserveBytes: 0 };
const HISTORY: History = [foundingConfiguration(majority([0, 1, 2]))];

function learned(slot: number): Extract<AppendedRecord, { type: 'learned' }> {
  return { type: 'learned', slot, value: new Uint8Array([1, slot]) };
}

/** A directory with two groups, the first of which has a snapshot and decisions on both sides of it. */
async function makeTwo(directory: string): Promise<void> {
  const ledger = await openLedger(directory, SMALL);
  await ledger.append([{ type: 'promised', ballot: 1025 }, ...[1, 2, 3].map(learned)]);
  await ledger.saveSnapshot({ slot: 2, history: HISTORY, state: new Uint8Array([7]) }, 0);
  await ledger.append([learned(4), learned(6)]);
  const other = await openLedger(directory, { ...OWNER, group: 'other', member: 4 });
  await other.append([learned(1), { type: 'founded' }]);
  await other.close();
  await ledger.close();
}

function change(file: string, offset: number): void {
  const bytes = fs.readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ 1, offset);
  fs.writeFileSync(file, bytes);
}

/** What stands beside a directory and has to do with it. */
const besides = (directory: string): string[] =>
  fs.readdirSync(path.dirname(directory)).filter((name) => name.startsWith(`${path.basename(directory)}.`));

describe('a backup', () => {
  it('has all of its directory but the identity, which has another name; and is a new directory of its own', async () => {
    const [directory, target] = [newDirectory(), path.join(newDirectory(), 'not', 'there')];
    await makeTwo(directory);
    const heard: [number, number][] = [];
    const report = await backUp(directory, target, (...each) => heard.push(each));
    expect({ ...report, directory: '' }).toEqual({ ...(await verifyDirectory(directory)), directory: '' });
    expect(fs.readdirSync(target).sort()).toEqual(['identity.backup', 'log', 'snapshots']);
    for (const name of ['log/0000000001', 'snapshots/1-2']) {
      expect(fs.readFileSync(path.join(target, name)).equals(fs.readFileSync(path.join(directory, name)))).toBe(true);
    }
    expect(heard).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(besides(target)).toEqual([]);
    expect(fs.statSync(target).mode & 0o077).toBe(0);
  });

  it('is said to be one where somebody starts a member on it, and is left as it is; it can be read', async () => {
    const [directory, target] = [newDirectory(), newDirectory()];
    await makeTwo(directory);
    await backUp(directory, target);
    const before = fs.readdirSync(target);
    await expect(openLedger(target, OWNER)).rejects.toMatchObject({
      code: 'unusable',
      message: `${target} is a backup, on which no member is started: make a directory of it with "parliament restore ${target} NEW --cluster NAME"`,
    });
    const refusal = { code: 'unusable', message: expect.stringContaining(`${target} is a backup: name the data`) };
    await expect(backUp(target, newDirectory())).rejects.toMatchObject(refusal);
    await expect(truncateCorrupt(target, 'any')).rejects.toMatchObject(refusal);
    expect(() => confirmationFor(target)).toThrow(/is a backup/);
    expect(await verifyDirectory(target)).toEqual(await verifyDirectory(directory));
    expect(fs.readdirSync(target)).toEqual(before);
  });

  it('is not made over something, and nothing of it is left', async () => {
    const [directory, target] = [newDirectory(), newDirectory()];
    await makeTwo(directory);
    fs.mkdirSync(target);
    const refusal = { code: 'unusable', message: expect.stringContaining(`${target} is there already`) };
    await expect(backUp(directory, target)).rejects.toMatchObject(refusal);
    fs.rmdirSync(target);
    // Nor over what has come meanwhile.
    await expect(backUp(directory, target, () => fs.mkdirSync(target, { recursive: true }))).rejects.toMatchObject(
      refusal,
    );
    expect(fs.readdirSync(target)).toEqual([]);
    expect(besides(target)).toEqual([]);
  });

  it('of what changes while it is copied is tried again', async () => {
    const [directory, target] = [newDirectory(), newDirectory()];
    await makeTwo(directory);
    const snapshot = path.join(directory, 'snapshots', '1-2');
    let copies = 0;
    await backUp(directory, target, (done) => {
      if (done > 1) return;
      copies += 1;
      // A file is missing; then it is there again, and not whole.
      if (copies === 1) fs.renameSync(snapshot, `${snapshot}.away`);
      else if (copies === 2) fs.writeFileSync(snapshot, 'half');
      else if (copies === 3) fs.copyFileSync(`${snapshot}.away`, snapshot);
    });
    expect(copies).toBe(3);
    expect(fs.readFileSync(path.join(target, 'snapshots/1-2')).equals(fs.readFileSync(`${snapshot}.away`))).toBe(true);
  });

  it('a segment of which goes before it is copied is tried again', async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, SMALL);
    for (let slot = 1; slot <= 4; slot++) await ledger.append([{ ...learned(slot), value: new Uint8Array(40_000) }]);
    await ledger.close();
    const second = path.join(directory, 'log', '0000000002');
    let copies = 0;
    const report = await backUp(directory, newDirectory(), (done) => {
      if (done > 1) return;
      copies += 1;
      // Listed, and not there; then neither; then it is as it was.
      if (copies === 1) fs.renameSync(second, `${second}.away`);
      else if (copies === 2) fs.renameSync(`${second}.away`, second);
    });
    expect([copies, report.records]).toEqual([3, 4]);
  });

  it('has the snapshot that is saved while the log is being copied, and is not tried again for it', async () => {
    const [directory, later] = [newDirectory(), newDirectory()];
    const ledger = await openLedger(directory, SMALL);
    for (let slot = 1; slot <= 4; slot++) await ledger.append([{ ...learned(slot), value: new Uint8Array(40_000) }]);
    await ledger.saveSnapshot({ slot: 1, history: HISTORY, state: new Uint8Array([7]) }, 1000);
    await ledger.close();
    fs.cpSync(directory, later, { recursive: true });
    const further = await openLedger(later, SMALL);
    await further.saveSnapshot({ slot: 2, history: HISTORY, state: new Uint8Array([8]) }, 1000);
    await further.close();
    const starts: number[] = [];
    const report = await backUp(directory, newDirectory(), (done, total) => {
      if (done > 1) return;
      starts.push(total);
      fs.rmSync(path.join(directory, 'snapshots'), { recursive: true });
      fs.cpSync(later, directory, { recursive: true });
    });
    expect(report.groups).toMatchObject([{ snapshotSlot: 2 }]);
    expect(starts).toHaveLength(1);
  });

  it('of what changes all the time is given up', async () => {
    const [directory, target] = [newDirectory(), newDirectory()];
    await makeTwo(directory);
    let copies = 0;
    const work = backUp(directory, target, (done) => {
      if (done > 1) return;
      copies += 1;
      // Each time it is damaged otherwise.
      fs.writeFileSync(path.join(directory, 'snapshots', '1-2'), 'x'.repeat(copies));
    });
    await expect(work).rejects.toMatchObject({ code: 'unusable', message: expect.stringContaining('changes faster') });
    expect(copies).toBeGreaterThan(2);
    expect(fs.existsSync(target)).toBe(false);
    expect(besides(target)).toEqual([]);
  });

  it('of what is damaged is none, and says what is damaged', async () => {
    const [directory, target] = [newDirectory(), newDirectory()];
    await makeTwo(directory);
    change(firstSegment(directory), 64 + 30);
    let copies = 0;
    const work = backUp(directory, target, (done) => {
      if (done === 1) copies += 1;
    });
    await expect(work).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(
        `^no whole copy of ${directory} could be made: ${firstSegment(directory)} is damaged`,
      ),
    });
    expect(copies).toBe(2);
    expect(fs.existsSync(target)).toBe(false);
  });
});

describe('a directory that is restored', () => {
  it('has what was decided of each group, and is of the member that the backup is of, or that is asked for', async () => {
    const [directory, target] = [newDirectory(), newDirectory()];
    await makeTwo(directory);
    await backUp(directory, target);
    for (const member of [undefined, 9]) {
      const fresh = newDirectory();
      const options = member === undefined ? { cluster: 'new' } : { cluster: 'new', member };
      const { groups } = await restore(target, fresh, options);
      expect(groups).toEqual([
        { name: 'parliament', member: member ?? 1, decidedUpTo: 4 },
        { name: 'other', member: member ?? 4, decidedUpTo: 1 },
      ]);
      const ledger = await openLedger(fresh, { cluster: 'new', member: member ?? 1 });
      const records = await recordsOf(ledger);
      await ledger.close();
      const snapshot = { slot: 2, history: HISTORY, state: new Uint8Array([7]) };
      // What is not decided without a gap is not known to be decided by all.
      expect(records).toEqual([{ type: 'snapshot', snapshot }, learned(3), learned(4)]);
      const other = await openLedger(fresh, { cluster: 'new', group: 'other', member: member ?? 4 });
      expect(await recordsOf(other)).toEqual([learned(1)]);
      await other.close();
    }
  });

  it('is not of the cluster of the backup, nor in the place of something; and nothing of it is left', async () => {
    const [directory, target, fresh] = [newDirectory(), newDirectory(), newDirectory()];
    await makeTwo(directory);
    await backUp(directory, target);
    await expect(restore(target, fresh, { cluster: 'test' })).rejects.toMatchObject({
      code: 'wrong-identity',
      message: expect.stringContaining('test is the cluster that the backup is of'),
    });
    expect(fs.existsSync(fresh)).toBe(false);
    fs.mkdirSync(fresh);
    await expect(restore(target, fresh, { cluster: 'new' })).rejects.toMatchObject({ code: 'unusable' });
    expect(fs.readdirSync(fresh)).toEqual([]);
    expect(besides(fresh)).toEqual([]);
  });
});

describe('what is left of a damaged directory', () => {
  it('is all before the damage, of each group; the damaged one stays beside it, in use by nobody', async () => {
    const directory = newDirectory();
    await makeTwo(directory);
    const whole = await contentsOf(directory);
    const id = confirmationFor(directory);
    change(path.join(directory, 'snapshots', '1-2'), 60);
    const report = await truncateCorrupt(directory, id);
    expect(report).toMatchObject({
      damage: expect.stringContaining(path.join(directory, 'snapshots', '1-2')),
      damaged: `${directory}.damaged-${id}`,
    });
    expect(fs.existsSync(path.join(report.damaged, 'lock'))).toBe(false);
    expect(fs.existsSync(`${directory}.salvaged`)).toBe(false);
    expect(confirmationFor(directory)).not.toBe(id);
    const kept = await contentsOf(directory);
    expect(kept).toEqual(whole.filter(({ type }) => type !== 'snapshot'));
    const other = await openLedger(directory, { ...OWNER, group: 'other', member: 4 });
    expect(await recordsOf(other)).toEqual([learned(1), { type: 'founded' }]);
    expect(report.records).toBe(kept.length + 2);
    await other.close();
  });

  it('has its name when it is whole; of one that could not be made nothing stays', async () => {
    const directory = newDirectory();
    await makeTwo(directory);
    change(firstSegment(directory), 300);
    const word = confirmationFor(directory);
    const { sync } = realFileSystem;
    const seen = new Set<boolean>();
    let left = Number.POSITIVE_INFINITY;
    realFileSystem.sync = (file) => {
      seen.add(fs.existsSync(`${directory}.salvaged`));
      left -= 1;
      return left === 0 ? Promise.reject(systemError('EIO')) : sync(file);
    };
    try {
      left = 4;
      await expect(truncateCorrupt(directory, word)).rejects.toThrow('EIO');
      expect(besides(directory)).toEqual([]);
      left = Number.POSITIVE_INFINITY;
      await truncateCorrupt(directory, word);
    } finally {
      realFileSystem.sync = sync;
    }
    expect(seen).toEqual(new Set([false]));
    expect(besides(directory)).toEqual([`${path.basename(directory)}.damaged-${word}`]);
  });

  it('is not looked for without the right word, without damage, where something is in the way, or under a node', async () => {
    const directory = newDirectory();
    const sample = await openLedger(directory, SMALL);
    await sample.append(SAMPLE);
    await sample.close();
    const id = confirmationFor(directory);
    const refused = (message: string): object => ({ code: 'unusable', message: expect.stringContaining(message) });
    await expect(truncateCorrupt(directory, 'wrong')).rejects.toMatchObject(refused('is not "wrong"'));
    await expect(truncateCorrupt(directory, id)).rejects.toMatchObject(refused('nothing is damaged'));
    const ledger = await openLedger(directory, SMALL);
    await expect(truncateCorrupt(directory, id)).rejects.toMatchObject({ code: 'locked' });
    await ledger.close();
    expect(await contentsOf(directory)).toEqual(SAMPLE);
    change(firstSegment(directory), 64 + 30);
    for (const name of [`${directory}.salvaged`, `${directory}.damaged-${id}`]) {
      fs.mkdirSync(name);
      await expect(truncateCorrupt(directory, id)).rejects.toMatchObject(refused(`${name} is in the way`));
      fs.rmdirSync(name);
    }
    expect(await truncateCorrupt(directory, id)).toMatchObject({ records: 0 });
  });
});
