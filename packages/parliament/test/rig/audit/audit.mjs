// Holds what left a member against what was on its disk by then (rule 1).
import { decodeRecord, RECORD_HEADER_BYTES, recordBytes } from '../../../../storage/dist/format.js';
import { callsOf } from './calls.mjs';
import { Connection } from './frames.mjs';

const ROLE_KINDS = [1, 2];

/** Reads a trace of a member whose data are in `directory`; gives what it sent too early. */
export function audit(trace, directory) {
  /** Writes to the log that no sync covers yet; syncs under way, each with the writes that it covers. */
  let written = [];
  const syncing = new Map();
  const votes = new Map();
  let promised = 0;
  const connections = new Map();
  const violations = [];
  const checked = { accepted: 0, promise: 0, writes: 0, syncs: 0 };

  const begin = ({ id, call, fd, path, bytes }) => {
    if (path.startsWith(directory)) {
      if (call === 'pwrite64') {
        written.push({ path, records: recordsOf(bytes) });
        checked.writes += 1;
      } else if (call === 'fdatasync' || call === 'fsync') {
        syncing.set(
          id,
          written.filter((write) => write.path === path),
        );
      }
      return;
    }
    if (!path.startsWith('socket:') && !path.startsWith('TCP')) return;
    if (call === 'close') connections.delete(fd);
    if (call !== 'write' && call !== 'writev') return;
    const connection = connections.get(fd) ?? new Connection();
    connections.set(fd, connection);
    for (const message of connection.take(bytes)) check(message);
  };
  const end = ({ id, isGood }) => {
    const covered = syncing.get(id);
    syncing.delete(id);
    if (covered === undefined || !isGood) return;
    checked.syncs += 1;
    written = written.filter((write) => !covered.includes(write));
    for (const { records } of covered) {
      for (const record of records) {
        promised = Math.max(promised, record.ballot);
        if (record.type === 'voted') votes.set(record.slot, Math.max(votes.get(record.slot) ?? 0, record.ballot));
      }
    }
  };
  const check = (message) => {
    if (message.type === 'accepted') {
      checked.accepted += 1;
      if (message.ballot > (votes.get(message.slot) ?? 0))
        violations.push(`a vote in slot ${message.slot} at ${message.ballot}`);
    } else if (message.type === 'promise') {
      checked.promise += 1;
      if (message.ballot > promised) violations.push(`a promise of ${message.ballot}`);
    }
  };
  for (const event of callsOf(trace)) {
    if (event.type === 'begin') begin(event);
    else end(event);
  }
  return { ...checked, violations };
}

/** The promises and votes in what was written to the log. */
function recordsOf(bytes) {
  const records = [];
  for (let offset = 0; offset + RECORD_HEADER_BYTES <= bytes.length; ) {
    const length = bytes.readUInt32LE(offset + 8);
    const kind = bytes[offset + 22];
    const end = offset + recordBytes(length);
    // The header of a segment, zeros, or a snapshot.
    if (kind === 0 || kind > 11 || end > bytes.length) break;
    const payload = bytes.subarray(offset + RECORD_HEADER_BYTES, offset + RECORD_HEADER_BYTES + length);
    if (ROLE_KINDS.includes(kind)) records.push(decodeRecord({ kind, payload }));
    offset = end;
  }
  return records;
}
