/** A file of a disk that crashes: what it has, and what of that is certain. */

export const SECTOR_BYTES = 512;

/** A file, however it is called. */
export interface Inode {
  data: Buffer;
  /** What is certain. */
  durable: Buffer;
  /** Sectors that were changed since. */
  readonly dirty: Set<number>;
  /** Whether other disks, or the other field, have the same buffer: then it is copied before it is changed. */
  isDataShared: boolean;
  isDurableShared: boolean;
}

export function inodeOf(data: Buffer): Inode {
  return { data, durable: data, dirty: new Set(), isDataShared: true, isDurableShared: true };
}

export function sharing(inode: Inode): Inode {
  inode.isDataShared = true;
  return inodeOf(inode.data);
}

export function unshare(inode: Inode): void {
  if (inode.isDataShared) inode.data = Buffer.from(inode.data);
  inode.isDataShared = false;
}

export function settle(inode: Inode): void {
  if (inode.dirty.size === 0 && inode.durable.length === inode.data.length) return;
  if (inode.isDurableShared) inode.durable = Buffer.from(inode.durable);
  inode.isDurableShared = false;
  if (inode.durable.length !== inode.data.length) inode.durable = Buffer.concat([inode.durable], inode.data.length);
  for (const sector of inode.dirty) copySector(inode.data, inode.durable, sector);
  inode.dirty.clear();
}

/** What is left of a file: of the sectors that were changed, each with a probability of `share`. */
export function crashed(inode: Inode, share: number, chance: () => number): Inode {
  const { data, durable, dirty } = inode;
  if (dirty.size === 0) {
    inode.isDurableShared = true;
    return inodeOf(durable);
  }
  const survivors = [...dirty].filter(() => chance() < share);
  const longest = Math.max(
    durable.length,
    ...survivors.map((sector) => Math.min(data.length, (sector + 1) * SECTOR_BYTES)),
  );
  const left = Buffer.concat([durable], longest);
  for (const sector of survivors) copySector(data, left, sector);
  return inodeOf(left);
}

function copySector(from: Buffer, to: Buffer, sector: number): void {
  from.copy(
    to,
    sector * SECTOR_BYTES,
    sector * SECTOR_BYTES,
    Math.min(from.length, to.length, (sector + 1) * SECTOR_BYTES),
  );
}

/** The same file, and no more certain; whatever is done to one of the two does nothing to the other. */
export function twin(inode: Inode): Inode {
  inode.isDataShared = true;
  inode.isDurableShared = true;
  const { data, durable, dirty } = inode;
  return { data, durable, dirty: new Set(dirty), isDataShared: true, isDurableShared: true };
}
