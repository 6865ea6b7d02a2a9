export type { NetworkCounts, NetworkFaults } from './network.js';
export type { Steps } from './node.js';
export { Violation } from './oracle.js';
export { HEALING_LIMIT_MS, type RunResult, run } from './run.js';
export { World, type WorldCounts, type WorldOptions } from './world.js';
