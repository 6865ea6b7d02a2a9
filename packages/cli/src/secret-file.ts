/** The file with the cluster's secret: read as long as nobody else can read it, or put another in its place. */

import { isUtf8 } from 'node:buffer';
import fs from 'node:fs';
import path from 'node:path';
import { SECRET_LENGTH } from 'parliament';
import { CommandError, oneLine } from './errors.js';
import type { Given } from './values.js';

/** What is longer is another file by mistake, in bytes. White space around the secret does not count. */
const FILE_BYTES_MAX = 64 * 1024;

/** As many symbolic links as Linux follows. */
const LINKS_MAX = 40;

/** Permission bits. */
const GROUP_WRITE_OR_RUN_OR_OTHERS = 0o037;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/**
 * The secret in a file, without the white space around it. The file, or a pipe, must be root's or one's own; its group may read
 * it, and nobody else may read or write it. Symbolic links are followed, as in a secret that Kubernetes mounts. On the way to it
 * there must be no directory that everybody may write to, unless it is sticky, as `/tmp` is, and what is followed in it is root's
 * or one's own. (A group that may write to a directory can only put back a file of root or of oneself.)
 *
 * @throws CommandError when it cannot be read, is not safe from others, or is no secret that a node takes.
 */
export function readSecret(given: Given | undefined): string | undefined {
  if (given === undefined) return undefined;
  const file = given.text;
  const remedy = remedyFor(file);
  let text: string;
  try {
    text = readGuarded(file);
  } catch (error) {
    throw new CommandError(`${given.as}: ${oneLine(error)}${error instanceof CommandError ? '' : `; ${remedy}`}`);
  }
  const secret = text.trim();
  const { min, max } = SECRET_LENGTH;
  if (secret.length >= min && secret.length <= max) return secret;
  const fault = secret.length < min ? `fewer than ${min}` : `more than ${max}`;
  throw new CommandError(`${given.as}: the secret in ${file} has ${fault} characters; ${remedy}`);
}

function readGuarded(file: string): string {
  // Asked before it is opened: opening a device may do anything.
  if (!isFileOrPipe(fs.statSync(file))) throw new CommandError(`${file} is not a file`);
  const descriptor = fs.openSync(file, 'r');
  try {
    const stats = fs.fstatSync(descriptor);
    if (!isFileOrPipe(stats)) throw new CommandError(`${file} is not a file`);
    if (process.platform !== 'win32') {
      checkFile(file, stats);
      checkWay(file);
    }
    return readAll(file, descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function isFileOrPipe(stats: fs.Stats): boolean {
  return stats.isFile() || stats.isFIFO();
}

function isTrusted({ uid }: fs.Stats): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

function checkFile(file: string, stats: fs.Stats): void {
  if (!isTrusted(stats)) {
    throw new CommandError(
      `${file} belongs to user ${stats.uid}, who can change it; run: chown ${process.geteuid?.()} ${file}`,
    );
  }
  if ((stats.mode & GROUP_WRITE_OR_RUN_OR_OTHERS) === 0) return;
  const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
  throw new CommandError(
    `other users may read or change ${file}, whose mode is ${mode}; run: chmod 600 ${file} (or mount it with mode 0440)`,
  );
}

/** Looks at every directory that leads to a file, through symbolic links. */
function checkWay(file: string): void {
  let links = 0;
  // As the system does it: not by the text of the path, in which a/link/.. would be a.
  let rest = namesIn(path.isAbsolute(file) ? file : `${process.cwd()}/${file}`);
  let at = '/';
  for (;;) {
    const [name, ...further] = rest;
    if (name === undefined) return;
    const next = path.join(at, name);
    if (name === '..') {
      at = next;
      rest = further;
      continue;
    }
    const stats = fs.lstatSync(next);
    const { mode } = fs.statSync(at);
    const isOpen = (mode & OTHERS_WRITE) !== 0;
    if (isOpen && !((mode & STICKY) !== 0 && isTrusted(stats))) {
      throw new CommandError(
        `every user may put another file in the place of ${next}, which leads to ${file}; run: chmod o-w ${at}`,
      );
    }
    if (!stats.isSymbolicLink()) {
      at = next;
      rest = further;
      continue;
    }
    links += 1;
    if (links > LINKS_MAX) throw new CommandError(`${file} leads through too many symbolic links`);
    const target = fs.readlinkSync(next);
    // A pipe without a name, such as the shell's <(...), lies in no directory.
    if (/^pipe:\[\d+\]$/.test(target)) return;
    if (path.isAbsolute(target)) at = '/';
    rest = [...namesIn(target), ...further];
  }
}

/** As text, all bytes that are none would be the same character: secrets that differ would be one, and easily guessed. */
function textIn(file: string, bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new CommandError(`${file} has bytes that are no text (UTF-8); ${remedyFor(file)}`);
}

function remedyFor(file: string): string {
  return `make one with: head -c 32 /dev/urandom | base64 > ${file} && chmod 600 ${file}`;
}

function namesIn(file: string): string[] {
  return file.split('/').filter((name) => name !== '' && name !== '.');
}

function readAll(file: string, descriptor: number): string {
  const buffer = Buffer.alloc(FILE_BYTES_MAX + 1);
  let length = 0;
  for (;;) {
    const count = fs.readSync(descriptor, buffer, length, buffer.length - length, null);
    if (count === 0) return textIn(file, buffer.subarray(0, length));
    length += count;
    if (length > FILE_BYTES_MAX) {
      throw new CommandError(`${file} has more than ${FILE_BYTES_MAX} bytes: is it the right file?`);
    }
  }
}
