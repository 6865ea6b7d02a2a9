export * from './kv/kv.js';
export * from './kv/lease.js';
export * from './kv/compact.js';
export * from './kv/events.js';
export * from './kv/snapshot.js';
export * from './kv/restore.js';
