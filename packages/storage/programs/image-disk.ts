/**
 * A disk in memory that knows what of it a crash would leave. Every change is noted; a sync makes the changes of its file
 * certain, the sync of a directory the names in it. A crash image is what is certain, and any part of the rest.
 *
 * Of what was written and not synced, any sectors of 512 bytes may be there. Of names that were created, changed or removed
 * and not synced, those up to any point may have happened: file systems with a journal keep their order.
 */

import path from 'node:path';
import type { EntryKind, FileSystem } from '#src/file-system.js';
import { beginSync, crashed, type Inode, inodeOf, put, sharing, twin, unshare } from './image-inode.js';

type Entry = Inode | 'directory';
type Names = Map<string, Entry>;

/** A change of names: whether it happened is certain once its directory is synced. */
interface Change {
  readonly directories: readonly string[];
  /** Does it to `names`, whose entries are what `as` gives for those that it was about. */
  apply(names: Names, as: (entry: Entry) => Entry): void;
}

const itself = (entry: Entry): Entry => entry;

function systemError(code: string, name: string): Error {
  return Object.assign(new Error(`${code}: ${name}`), { code });
}

/** So many turns of the event loop a sync may take: most few, some as long as fifty others. So a roll, a trim and a new spare end in any order. */
const MOST_TURNS = 300;

/** So many crashes lose all changes of names that are not certain. */
const NAMES_LOST = 0.25;

/** For `ImageDisk.syncTurns`. */
export function turnsFrom(chance: () => number): () => number {
  return () => 1 + Math.floor(chance() ** 4 * MOST_TURNS);
}

export class ImageDisk implements FileSystem {
  readonly #names: Names;
  readonly #durable: Names;
  #changes: Change[] = [];
  readonly #files = new Map<number, Inode>();
  /** They end with the process: a copy has none of them. */
  readonly #locks = new Set<string>();
  #nextFile = 1;
  /** Counts the calls that change something. */
  operations = 0;
  /** Called after each of them, with what it has changed. */
  onOperation: (what: 'names' | 'bytes') => void = () => {};
  /** How many turns of the event loop the next sync takes; at least one. */
  syncTurns: () => number = () => 1;

  constructor(names: Names = new Map()) {
    this.#names = new Map(names);
    this.#durable = new Map(names);
  }

  /** What a crash at this moment may leave; `chance` gives numbers from 0 to 1. */
  image(chance: () => number): ImageDisk {
    const names: Names = new Map(this.#durable);
    // None of them, more often than by chance: what was written to a file that goes by a new name may be on the disk under its old one.
    const happened = chance() < NAMES_LOST ? 0 : Math.floor(chance() * (this.#changes.length + 1));
    for (const change of this.#changes.slice(0, happened)) change.apply(names, itself);
    // Some crashes lose all that is not certain, some nothing, most a part.
    const style = chance();
    const share = style < 0.15 ? 0 : style < 0.3 ? 1 : chance();
    const copies = new Map<Inode, Inode>();
    const image: Names = new Map();
    for (const [name, entry] of names) {
      if (entry === 'directory') {
        image.set(name, entry);
        continue;
      }
      const copy = copies.get(entry) ?? crashed(entry, share, chance);
      copies.set(entry, copy);
      image.set(name, copy);
    }
    return new ImageDisk(image);
  }

  /** A copy in which all that was done is certain. */
  copy(): ImageDisk {
    const image: Names = new Map();
    for (const [name, entry] of this.#names) {
      image.set(name, entry === 'directory' ? entry : sharing(entry));
    }
    return new ImageDisk(image);
  }

  /** What the next process finds when the present one is ended at this moment: everything, and no more certain than it is. */
  survivor(): ImageDisk {
    const twins = new Map<Inode, Inode>();
    const as = (entry: Entry): Entry => {
      if (entry === 'directory') return entry;
      const known = twins.get(entry) ?? twin(entry);
      twins.set(entry, known);
      return known;
    };
    const survivor = new ImageDisk();
    for (const [name, entry] of this.#names) survivor.#names.set(name, as(entry));
    for (const [name, entry] of this.#durable) survivor.#durable.set(name, as(entry));
    survivor.#changes = this.#changes.map(({ directories, apply }) => ({
      directories,
      apply: (names, further) => apply(names, (entry) => further(as(entry))),
    }));
    return survivor;
  }

  /** The files there are, by name. */
  files(): string[] {
    return [...this.#names].filter(([, entry]) => entry !== 'directory').map(([name]) => name);
  }

  /** The bytes of a file; to be changed at will. */
  bytesOf(name: string): Buffer {
    const inode = this.#find(name);
    unshare(inode);
    return inode.data;
  }

  kindOf(name: string): EntryKind | undefined {
    const entry = this.#names.get(path.resolve(name));
    return entry === undefined ? undefined : entry === 'directory' ? 'directory' : 'file';
  }

  makeDirectory(name: string): void {
    const resolved = path.resolve(name);
    if (this.#names.has(resolved)) return;
    this.#change([path.dirname(resolved)], (names) => names.set(resolved, 'directory'));
  }

  syncDirectory(name: string): void {
    const resolved = path.resolve(name);
    // A journal is written in order: what was done before in other directories is certain with it.
    const last = this.#changes.findLastIndex(({ directories }) => directories.includes(resolved));
    for (const change of this.#changes.splice(0, last + 1)) change.apply(this.#durable, itself);
    this.#operated();
  }

  readText(name: string): string {
    return this.#find(name).data.toString('utf8');
  }

  list(name: string): string[] {
    const resolved = path.resolve(name);
    return [...this.#names.keys()]
      .filter((each) => path.dirname(each) === resolved && each !== resolved)
      .map((each) => path.basename(each));
  }

  open(name: string): number {
    const file = this.#nextFile;
    this.#nextFile += 1;
    this.#files.set(file, this.#find(name));
    return file;
  }

  openToRead(name: string): number {
    return this.open(name);
  }

  create(name: string): number {
    const resolved = path.resolve(name);
    if (this.#names.has(resolved)) throw systemError('EEXIST', name);
    const inode = inodeOf(Buffer.alloc(0));
    this.#change([path.dirname(resolved)], (names, as) => names.set(resolved, as(inode)));
    return this.open(name);
  }

  size(file: number): number {
    return this.#inode(file).data.length;
  }

  read(file: number, target: Uint8Array, position: number): number {
    return this.#inode(file).data.copy(target, 0, position);
  }

  write(file: number, bytes: Uint8Array, position: number): number {
    put(this.#inode(file), bytes, position);
    this.#operated();
    return bytes.length;
  }

  truncate(file: number, length: number): void {
    const inode = this.#inode(file);
    inode.data = Buffer.concat([inode.data], length);
    inode.changes += 1;
    this.#operated();
  }

  async sync(file: number): Promise<void> {
    const end = beginSync(this.#inode(file));
    // While a sync is under way it has done nothing for certain.
    for (let turns = this.syncTurns(); turns > 0; turns -= 1) await new Promise((resolve) => setImmediate(resolve));
    end();
    this.#operated();
  }

  syncNow(file: number): void {
    beginSync(this.#inode(file))();
    this.#operated();
  }

  close(file: number): void {
    this.#files.delete(file);
  }

  rename(from: string, to: string): void {
    const [source, target] = [path.resolve(from), path.resolve(to)];
    this.#find(source);
    const moved = [...this.#names.keys()].filter((name) => name === source || name.startsWith(`${source}/`));
    this.#change([path.dirname(source), path.dirname(target)], (names) => {
      for (const name of moved) {
        const entry = names.get(name);
        if (entry === undefined) continue;
        names.delete(name);
        names.set(target + name.slice(source.length), entry);
      }
    });
  }

  remove(name: string): void {
    const resolved = path.resolve(name);
    this.#find(resolved);
    this.#change([path.dirname(resolved)], (names) => names.delete(resolved));
  }

  removeTree(name: string): void {
    const resolved = path.resolve(name);
    this.#change([path.dirname(resolved), resolved], (names) => {
      for (const each of [...names.keys()])
        if (each === resolved || each.startsWith(`${resolved}/`)) names.delete(each);
    });
  }

  async lock(name: string): Promise<(() => void) | undefined> {
    const resolved = path.resolve(name);
    if (this.#locks.has(resolved)) return undefined;
    this.#locks.add(resolved);
    return () => this.#locks.delete(resolved);
  }

  freeBytes(): number {
    return Number.MAX_SAFE_INTEGER;
  }

  #change(directories: readonly string[], apply: Change['apply']): void {
    apply(this.#names, itself);
    this.#changes.push({ directories, apply });
    this.#operated('names');
  }

  #operated(what: 'names' | 'bytes' = 'bytes'): void {
    this.operations += 1;
    this.onOperation(what);
  }

  #find(name: string): Inode {
    const entry = this.#names.get(path.resolve(name));
    if (entry === undefined) throw systemError('ENOENT', name);
    // Directories are only ever renamed.
    return entry === 'directory' ? inodeOf(Buffer.alloc(0)) : entry;
  }

  #inode(file: number): Inode {
    const inode = this.#files.get(file);
    if (inode === undefined) throw systemError('EBADF', String(file));
    return inode;
  }
}
