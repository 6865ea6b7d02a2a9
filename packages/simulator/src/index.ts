export {
  checkLinearizable,
  type Operation,
  SEARCH_LIMIT,
  type Specification,
  Undecided,
  type Verdict,
} from './linearizability.js';
export type { Steps } from './world/member.js';
export { Violation } from './world/oracle.js';
export type { Fault, Plan, PlanOptions } from './world/plan.js';
export { FAULTS } from './world/plan.js';
export { HEALING_LIMIT_MS, type RunResult, run, runWith } from './world/run.js';
export type { ClientInput, Draw, Subject } from './world/subject.js';
export { World, type WorldOptions } from './world/world.js';
