/** A file of a disk that crashes: what it has, and what of that is certain. */

const SECTOR_BYTES = 512;

/** A file, however it is called. */
export interface Inode {
  data: Buffer;
  /** What is certain. */
  durable: Buffer;
  /** Sectors that were changed since, each with the number of the change. */
  readonly dirty: Map<number, number>;
  /** How often it was changed, and how often it had been when the latest sync began that has ended. */
  changes: number;
  settled: number;
  /** Whether other disks, or the other field, have the same buffer: then it is copied before it is changed. */
  isDataShared: boolean;
  isDurableShared: boolean;
}

export function inodeOf(data: Buffer): Inode {
  return { data, durable: data, dirty: new Map(), changes: 0, settled: 0, isDataShared: true, isDurableShared: true };
}

export function sharing(inode: Inode): Inode {
  inode.isDataShared = true;
  return inodeOf(inode.data);
}

export function unshare(inode: Inode): void {
  if (inode.isDataShared) inode.data = Buffer.from(inode.data);
  inode.isDataShared = false;
}

/** Writes `bytes` at `position`; they are not certain. */
export function put(inode: Inode, bytes: Uint8Array, position: number): void {
  const end = position + bytes.length;
  unshare(inode);
  if (end > inode.data.length) inode.data = Buffer.concat([inode.data], end);
  inode.data.set(bytes, position);
  inode.changes += 1;
  for (let sector = Math.floor(position / SECTOR_BYTES); sector * SECTOR_BYTES < end; sector += 1)
    inode.dirty.set(sector, inode.changes);
}

/** Begins a sync; what is returned ends it. Certain is then what stood there when it began, and nothing that was written since. */
export function beginSync(inode: Inode): () => void {
  const { data, changes } = inode;
  const sectors = [...inode.dirty.keys()];
  inode.isDataShared = true;
  return () => {
    // One that began later has made certain what is newer.
    if (changes < inode.settled || (sectors.length === 0 && inode.durable.length === data.length)) return;
    inode.settled = changes;
    if (inode.isDurableShared) inode.durable = Buffer.from(inode.durable);
    inode.isDurableShared = false;
    if (inode.durable.length !== data.length) inode.durable = Buffer.concat([inode.durable], data.length);
    for (const sector of sectors) {
      copySector(data, inode.durable, sector);
      if ((inode.dirty.get(sector) ?? 0) <= changes) inode.dirty.delete(sector);
    }
  };
}

/** What is left of a file: of the sectors that were changed, each with a probability of `share`. */
export function crashed(inode: Inode, share: number, chance: () => number): Inode {
  const { data, durable, dirty } = inode;
  if (dirty.size === 0) {
    inode.isDurableShared = true;
    return inodeOf(durable);
  }
  const survivors = [...dirty.keys()].filter(() => chance() < share);
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
  return { ...inode, dirty: new Map(inode.dirty) };
}
