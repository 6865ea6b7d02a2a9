// A disk that the power can be cut from: an ext4 file system in a file, which is mounted. A copy of that file is what a disk would
// hold after a power cut, for what only sits in the page cache of the mounted file system is not in it. It has to be a copy of
// one moment: else the order in which things were written would not be kept. So the file lies on a second file system in a
// file, which is frozen meanwhile: reads go on, and every write waits.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const IMAGE_BYTES = 48 * 1024 * 1024;
const OUTER_BYTES = 80 * 1024 * 1024;
const TRIES = 20;
const TRY_AGAIN_MS = 50;
const TOOLS = ['mkfs.ext4', 'mount', 'umount', 'findmnt', 'fsfreeze', 'cp'];

const ENGLISH = { ...process.env, LC_ALL: 'C' };

const QUIETLY = {
  stdio: /** @type {import('node:child_process').StdioOptions} */ (['ignore', 'pipe', 'pipe']),
  env: ENGLISH,
};

/** In a session of its own: Ctrl-C is for this process, which cleans up, and not for a command that is half done. */
const run = (command, ...words) =>
  // The types leave out `detached`, which the functions that wait take as well.
  execFileSync(
    command,
    words,
    /** @type {import('node:child_process').ExecFileSyncOptions} */ ({ ...QUIETLY, detached: true }),
  )
    .toString()
    .trim();

function isInstalled(command) {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => fs.existsSync(path.join(folder, command)));
}

/** Whether there can be such disks here; the reason why not. */
export function obstacle() {
  if (process.platform !== 'linux') return 'it takes Linux';
  if (process.getuid?.() !== 0) return 'it takes root, to mount';
  const missing = TOOLS.filter((tool) => !isInstalled(tool));
  if (missing.length > 0) return `not installed: ${missing.join(', ')} (packages e2fsprogs, mount, util-linux)`;
  let disk;
  try {
    disk = openDisk();
    disk.cut().end();
    return undefined;
  } catch (error) {
    return `a file system in a file cannot be made, mounted or frozen: ${String(error.stderr ?? error.message).trim()}`;
  } finally {
    disk?.end();
  }
}

/** Makes such a disk. Whoever has it must call `end`, whatever comes; that may be done twice. */
export function openDisk() {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'power-cut-'));
  /** In the order in which they are mounted. */
  const mounted = [];
  const mount = (image, name, options = 'loop,noatime') => {
    const target = path.join(root, name);
    fs.mkdirSync(target);
    // Before it is: one that was cut short may have done it.
    mounted.push(target);
    run('mount', '-o', options, image, target);
    return target;
  };
  const unmount = (target) => {
    if (!mounted.includes(target)) return;
    unmountSurely(target);
    mounted.splice(mounted.indexOf(target), 1);
    fs.rmdirSync(target);
  };
  const end = () => {
    for (const target of [...mounted].reverse()) unmount(target);
    fs.rmSync(root, { recursive: true, force: true });
  };
  try {
    const outerImage = path.join(root, 'outer.img');
    makeFileSystem(outerImage, OUTER_BYTES);
    // Every page that the disk takes is made durable: that makes it as slow as disks are, and cuts hit it in the middle.
    const outer = mount(outerImage, 'outer', 'loop,noatime,sync');
    const image = path.join(outer, 'disk.img');
    makeFileSystem(image, IMAGE_BYTES);
    const directory = mount(image, 'disk');
    writePageByPage(directory);
    const copy = path.join(root, 'copy.img');
    return {
      directory,
      /** What the disk would hold if the power failed now, mounted: the file system repairs itself from its journal. */
      cut() {
        try {
          run('fsfreeze', '--freeze', outer);
          run('cp', '--sparse=always', image, copy);
        } finally {
          thaw(outer);
        }
        const target = mount(copy, 'copy');
        return {
          directory: target,
          end() {
            unmount(target);
            fs.rmSync(copy);
          },
        };
      },
      end,
    };
  } catch (error) {
    end();
    throw error;
  }
}

function makeFileSystem(image, bytes) {
  fs.closeSync(fs.openSync(image, 'w'));
  fs.truncateSync(image, bytes);
  run('mkfs.ext4', '-q', '-F', image);
}

/** Lets the disk take no more than a page at a time, so that the power can also fail in the middle of a longer write. */
function writePageByPage(target) {
  const device = path.basename(run('findmnt', '--noheadings', '--output', 'SOURCE', target));
  fs.writeFileSync(`/sys/block/${device}/queue/max_sectors_kb`, '4');
}

/** What stays frozen cannot be unmounted, ever. */
function thaw(target) {
  for (;;) {
    try {
      return run('fsfreeze', '--unfreeze', target);
    } catch (error) {
      // It was not frozen.
      if (String(error.stderr).includes('Invalid argument')) return undefined;
      if (error.signal === null) throw error;
    }
  }
}

/** A process that was just killed may hold a file for another moment. */
function unmountSurely(target) {
  for (let tries = 1; ; tries += 1) {
    try {
      return run('umount', target);
    } catch (error) {
      const cause = String(error.stderr);
      if (cause.includes('not mounted')) return undefined;
      // Better out of sight, and gone when its last file is closed, than left behind.
      if (tries >= TRIES) return run('umount', '--lazy', target);
      if (error.signal === null && !cause.includes('busy')) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TRY_AGAIN_MS);
    }
  }
}
