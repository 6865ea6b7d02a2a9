import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readSecret as readGiven } from '../src/secret-file.js';
import { BIN, cleanUpAfterwards, newFolder } from './support.js';

cleanUpAfterwards();

const SECRET = 'a secret of more than sixteen characters';
const readSecret = (text: string): string | undefined => readGiven({ text, as: '--secret-file' });
const isRoot = process.geteuid?.() === 0;

function fileIn(folder: string, mode: number, owner?: number): string {
  const file = path.join(folder, 'secret');
  fs.writeFileSync(file, `${SECRET}\n`);
  fs.chmodSync(file, mode);
  if (owner !== undefined) fs.chownSync(file, owner, owner);
  return file;
}

function folderWith(mode: number, parent = newFolder()): string {
  const folder = path.join(parent, 'folder');
  fs.mkdirSync(folder);
  fs.chmodSync(folder, mode);
  return folder;
}

/** As Kubernetes mounts a secret: the file of a version, behind a link to the version, behind a link to the file. */
function mounted(mode: number, folderMode: number): string {
  const volume = folderWith(folderMode);
  fs.mkdirSync(path.join(volume, '..2026_01'), { mode: 0o755 });
  fileIn(path.join(volume, '..2026_01'), mode);
  fs.symlinkSync('..2026_01', path.join(volume, '..data'));
  fs.symlinkSync(path.join('..data', 'secret'), path.join(volume, 'secret'));
  return path.join(volume, 'secret');
}

describe('a secret is read', () => {
  it.each([0o400, 0o600, 0o440, 0o640])('from a file of mode %o', (mode) => {
    expect(readSecret(fileIn(newFolder(), mode))).toBe(SECRET);
  });

  it('as a pod mounts it: readable by the group, through links, in a sticky directory', () => {
    expect(readSecret(mounted(0o440, 0o3777))).toBe(SECRET);
    expect(readSecret(mounted(0o400, 0o1777))).toBe(SECRET);
  });

  it('by a path that goes back, as the system does and not by its text', () => {
    const inner = folderWith(0o755);
    fileIn(path.dirname(inner), 0o600);
    const elsewhere = newFolder();
    fs.symlinkSync(inner, path.join(elsewhere, 'link'));
    expect(readSecret(`${elsewhere}/link/../secret`)).toBe(SECRET);
  });

  it('from a pipe', async () => {
    const folder = newFolder();
    const pipe = path.join(folder, 'pipe');
    execFileSync('sh', ['-c', 'mkfifo -m 600 "$0"', pipe]);
    const writer = spawn('sh', ['-c', 'cat "$0" > "$1"', fileIn(folder, 0o600), pipe]);
    expect(readSecret(pipe)).toBe(SECRET);
    await new Promise((resolve) => writer.once('close', resolve));
  });

  it('from a pipe without a name, as the shell makes it', () => {
    const call = 'cat "$0" | "$1" "$2" ask k --node 127.0.0.1:1 --secret-file /dev/stdin 2>&1 || true';
    const told = execFileSync('sh', ['-c', call, fileIn(newFolder(), 0o600), process.execPath, BIN], {
      encoding: 'utf8',
    });
    expect(told).toMatch(/No link to 127\.0\.0\.1:1: ECONNREFUSED/);
  });
});

describe('a secret is refused', () => {
  it.each([0o644, 0o444, 0o604, 0o660, 0o620, 0o601, 0o610, 0o602])('from a file of mode %o', (mode) => {
    expect(() => readSecret(fileIn(newFolder(), mode))).toThrow(/other users may read or change .*chmod 600/);
  });

  it('where everybody may put another file in its place', () => {
    const folder = folderWith(0o777);
    expect(() => readSecret(fileIn(folder, 0o600))).toThrow(new RegExp(`every user .*run: chmod o-w ${folder}$`));
    const below = folderWith(0o755, folderWith(0o757));
    expect(() => readSecret(fileIn(below, 0o600))).toThrow(/every user .*chmod o-w/);
    const link = path.join(newFolder(), 'link');
    fs.symlinkSync(path.join(below, 'secret'), link);
    expect(() => readSecret(link)).toThrow(/every user .*chmod o-w/);
    expect(() => readSecret(mounted(0o440, 0o777))).toThrow(/every user .*chmod o-w/);
  });

  (isRoot ? it : it.skip)('when it, or a link to it in a sticky directory, is another user’s', () => {
    expect(() => readSecret(fileIn(newFolder(), 0o600, 12_345))).toThrow(/belongs to user 12345.*chown/);
    const sticky = folderWith(0o1777);
    const link = path.join(sticky, 'link');
    fs.symlinkSync(fileIn(newFolder(), 0o600), link);
    expect(readSecret(link)).toBe(SECRET);
    fs.lchownSync(link, 12_345, 12_345);
    expect(() => readSecret(link)).toThrow(/every user/);
  });

  it('that is no text: others would count as the same', () => {
    const file = fileIn(newFolder(), 0o600);
    fs.writeFileSync(file, Buffer.alloc(32, 0xff));
    expect(() => readSecret(file)).toThrow(/has bytes that are no text \(UTF-8\); make one with/);
  });

  it('from a pipe where everybody may put another one in its place', async () => {
    const pipe = path.join(folderWith(0o777), 'pipe');
    execFileSync('sh', ['-c', 'mkfifo -m 600 "$0"', pipe]);
    const writer = spawn('sh', ['-c', 'cat "$0" > "$1"', fileIn(newFolder(), 0o600), pipe]);
    expect(() => readSecret(pipe)).toThrow(/every user .*chmod o-w/);
    await new Promise((resolve) => writer.once('close', resolve));
  });

  it('from what is no file', () => {
    const folder = newFolder();
    for (const file of [folder, '/dev/zero', '/dev/null']) expect(() => readSecret(file)).toThrow(/is not a file/);
    const loop = path.join(folder, 'loop');
    fs.symlinkSync('loop', loop);
    expect(() => readSecret(loop)).toThrow(/ELOOP.*make one with/);
    expect(() => readSecret(path.join(folder, 'none'))).toThrow(/no such file.*make one with/);
  });

  it('that is too short, or no secret at all', () => {
    const file = fileIn(newFolder(), 0o600);
    fs.writeFileSync(file, `${'x'.repeat(15)}\n `);
    expect(() => readSecret(file)).toThrow(/fewer than 16 characters/);
    fs.writeFileSync(file, 'x'.repeat(1025));
    expect(() => readSecret(file)).toThrow(/more than 1024 characters/);
    fs.writeFileSync(file, 'x'.repeat(70_000));
    expect(() => readSecret(file)).toThrow(/more than 65536 bytes/);
  });
});
