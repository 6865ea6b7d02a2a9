/**
 * OTP's rules for trees of supervisors, written down once more, as plainly as they can be: what is started and stopped, and
 * in which order. After the documentation of `supervisor`, module by module of its text.
 */

import type { AutoShutdown, Restart, StaticSpec } from '../src/index.js';

export interface LeafPlan {
  readonly id: string;
  readonly restart: Restart;
  readonly significant: boolean;
}

export interface TreePlan extends LeafPlan {
  readonly strategy: StaticSpec['strategy'];
  readonly intensity: number;
  readonly autoShutdown: AutoShutdown;
  readonly children: readonly (LeafPlan | TreePlan)[];
}

/** How a leaf comes to its end. */
export type End = 'crash' | 'normal' | 'shutdown' | 'killed';

interface Node {
  readonly plan: LeafPlan | TreePlan;
  readonly parent: Node | undefined;
  /** In the order of their starts; those that were temporary and have ended are not here any more. */
  children: Node[];
  running: boolean;
  /** Restarts that a supervisor has counted. All of them happen within its period. */
  counted: number;
}

const isTree = (plan: LeafPlan | TreePlan): plan is TreePlan => 'children' in plan;
const isAbnormal = (end: End): boolean => end === 'crash' || end === 'killed';

/** A tree that follows the rules. `log` is what its leaves would have written. */
export class Model {
  readonly log: string[] = [];
  readonly root: Node;

  constructor(plan: TreePlan) {
    this.root = newNode(plan, undefined);
    this.#start(this.root);
  }

  /** All leaves that run, by their ids from the root on. */
  leaves(node: Node = this.root, path: readonly string[] = []): { readonly node: Node; readonly path: string[] }[] {
    return node.children.flatMap((child) => {
      const below = [...path, child.plan.id];
      if (isTree(child.plan)) return child.running ? this.leaves(child, below) : [];
      return child.running ? [{ node: child, path: below }] : [];
    });
  }

  /** A leaf ends by itself, or is killed. */
  take(leaf: Node, end: End): void {
    this.#ended(leaf, end);
  }

  /** What each supervisor that runs says of its children. */
  summary(node: Node = this.root): unknown {
    return node.children.map((child) => [
      child.plan.id,
      child.running ? 'running' : 'stopped',
      isTree(child.plan) && child.running ? this.summary(child) : [],
    ]);
  }

  terminate(node: Node): void {
    this.#stop(node);
    if (node.plan.restart === 'temporary') remove(node);
  }

  restart(node: Node): void {
    if (!node.running) this.#start(node);
  }

  delete(node: Node): void {
    if (!node.running) remove(node);
  }

  /** "Child processes are started in the order of the list." A supervisor starts with all its specs anew. */
  #start(node: Node): void {
    node.running = true;
    node.counted = 0;
    const { plan } = node;
    if (!isTree(plan)) {
      this.log.push(`+${plan.id}`);
      return;
    }
    node.children = plan.children.map((child) => newNode(child, node));
    for (const child of node.children) this.#start(child);
  }

  /** "… and terminated in the reverse order." */
  #stop(node: Node): void {
    if (!node.running) return;
    for (const child of node.children.toReversed()) this.#stop(child);
    if (!isTree(node.plan)) this.log.push(`-${node.plan.id} shutdown`);
    node.running = false;
  }

  #ended(node: Node, end: End): void {
    const { plan, parent } = node;
    // The signal `kill` cannot be trapped: nothing cleans up.
    if (!isTree(plan) && end !== 'killed') this.log.push(`-${plan.id} ${end}`);
    node.running = false;
    if (parent === undefined) return;
    if (plan.restart === 'permanent' || (plan.restart === 'transient' && isAbnormal(end))) {
      this.#restart(parent, node);
      return;
    }
    if (plan.restart === 'temporary') remove(node);
    const { autoShutdown } = parent.plan as TreePlan;
    const others = parent.children.some((child) => child.plan.significant && child.running);
    const isOver = autoShutdown === 'any_significant' || (autoShutdown === 'all_significant' && !others);
    if (plan.significant && isOver) this.#giveUp(parent);
  }

  #restart(parent: Node, node: Node): void {
    const { strategy, intensity } = parent.plan as TreePlan;
    if (parent.counted === intensity) {
      this.#giveUp(parent);
      return;
    }
    parent.counted += 1;
    const from = parent.children.indexOf(node);
    const group = parent.children.filter((child, index) => {
      if (strategy === 'one_for_one') return child === node;
      return strategy === 'one_for_all' || index >= from;
    });
    for (const child of group.toReversed()) {
      this.#stop(child);
      // "Temporary child processes are not restarted."
      if (child.plan.restart === 'temporary') remove(child);
    }
    for (const child of group) if (child.plan.restart !== 'temporary') this.#start(child);
  }

  /** "It terminates all the child processes and then itself", for the reason `shutdown`. */
  #giveUp(node: Node): void {
    for (const child of node.children.toReversed()) this.#stop(child);
    this.#ended(node, 'shutdown');
  }
}

function newNode(plan: LeafPlan | TreePlan, parent: Node | undefined): Node {
  return { plan, parent, children: [], running: false, counted: 0 };
}

function remove({ parent, plan }: Node): void {
  if (parent !== undefined) parent.children = parent.children.filter((child) => child.plan.id !== plan.id);
}
