export * from './ballot.js';
export * from './records.js';
export * from './slot.js';
