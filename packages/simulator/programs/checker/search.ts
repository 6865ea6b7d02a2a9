/**
 * The search: breadth first, over every state that a model can come to.
 *
 * A state of the whole is a row of numbers: for each component the number of its local state, and a bit for each input and
 * fact that there is. The shipped step functions run once for each local state and input that meet; after that the outcome is
 * looked up. So the protocol is checked as it is shipped, at the speed of table look-ups.
 */

import type { Evidence } from './evidence.js';
import { Facts } from './facts.js';
import type { Exploration, ExploreOptions, FoundViolation, PathStep, SearchDump } from './findings.js';
import { fingerprint } from './fingerprint.js';
import type { Component, Effect, Input, JointAction, Model, Outcome, PairInvariant } from './model.js';
import { copyOf, textOf } from './plain.js';
import { NONE, StateSet } from './state-set.js';

// Looked up once: in some surroundings (tests, workers) a global costs more than the arithmetic.
const { clz32 } = Math;

/** What a local state comes to by an input or an action. */
interface Transition {
  readonly next: number;
  /** The bits to set. */
  readonly bits: Int32Array;
  /** The bits that must be set by then. */
  readonly claims: Int32Array;
  readonly hasFacts: boolean;
  readonly violation: string | undefined;
  readonly thrown: unknown;
  readonly effects: readonly Effect[];
}

/** What several local states come to by a joint action. */
interface JointTransition extends Omit<Transition, 'next'> {
  readonly after: readonly number[];
}

interface InputEntry {
  readonly component: number;
  readonly to: string;
  readonly from: number;
  readonly input: Input;
}

const PROGRESS_STATES = 1 << 18;

const NO_BITS = new Int32Array(0);

/** Inputs and facts that a model can have, unless it says otherwise. */
const INPUT_LIMIT = 512;

/** A search that goes on from where it stopped. */
export class Search {
  readonly model: Model;
  readonly #components: readonly Component<unknown>[];
  readonly #indexOf: ReadonlyMap<string, number>;
  readonly #locals: unknown[][];
  readonly #localNumbers: readonly Map<string, number>[];
  readonly #inputs: InputEntry[] = [];
  readonly #inputNumbers = new Map<string, number>();
  readonly #effects: Effect[] = [];
  readonly #facts: Facts;
  /** By component and local state: by input, the number of a transition plus 1; 0 is not known, -1 changes nothing. */
  readonly #received: Int32Array[][];
  readonly #transitions: Transition[] = [];
  /** By component and local state: the transitions that it can make of itself. */
  readonly #actions: (readonly { readonly name: string; readonly transition: number }[])[][];
  readonly #joint: readonly Map<string | number, JointTransition | undefined>[];
  /** By joint action: the components that take part in it. */
  readonly #involved: readonly (readonly number[])[];
  readonly #reached = new Set<string>();
  readonly #each: readonly Map<number, number>[];
  readonly #pairs: readonly Map<number, string | undefined>[];
  readonly #words: number;
  readonly #length: number;
  /** How much of a row is in use: words of inputs that nothing has are 0, and are not looked at. */
  #width: number;
  #set = new StateSet();
  #level: Int32Array;
  #numbers: Uint32Array;
  /** How many states of this level are done. */
  #done = 0;
  #next: Int32Array;
  #nextNumbers: Uint32Array;
  #nextSize = 0;
  #depth = 0;
  #steps = 0;
  /** What is wrong with the state that a step has just come to. */
  #broken: string | undefined;
  #violation: FoundViolation | undefined;
  readonly #root: Int32Array;
  readonly #row: Int32Array;
  /** Set while a path is looked for: the state that the next step must come to. */
  #wanted: { readonly number: number; found: PathStep | undefined; row: Int32Array | undefined } | undefined;

  constructor(model: Model) {
    this.model = model;
    this.#components = model.components;
    this.#indexOf = new Map(
      model.components.flatMap(({ name, plays = [] }, index) => [name, ...plays].map((each) => [each, index] as const)),
    );
    this.#locals = model.components.map(() => []);
    this.#localNumbers = model.components.map(() => new Map());
    this.#received = model.components.map(() => []);
    this.#actions = model.components.map(() => []);
    this.#joint = model.joint.map(() => new Map());
    this.#involved = model.joint.map(({ components }) => components.map((name) => this.#indexOf.get(name) as number));
    this.#each = model.joint.map(() => new Map());
    this.#pairs = model.pairs.map(() => new Map());
    this.#facts = new Facts(model.history);
    this.#words = (model.inputLimit ?? INPUT_LIMIT) >>> 5;
    this.#length = model.components.length + this.#words;
    this.#width = model.components.length;
    this.#next = new Int32Array(this.#length << 8);
    this.#nextNumbers = new Uint32Array(1 << 8);
    this.#row = new Int32Array(this.#length);
    this.#level = new Int32Array(this.#length);
    this.#level.set(model.components.map(({ initial }, index) => this.#localNumber(index, initial)));
    for (const effect of model.effects ?? []) {
      const bit = this.#effectNumber(effect);
      const found = bit < 0 ? undefined : this.#begin(effect, bit);
      if (found !== undefined) throw new Error(`before the search of ${model.name} begins, ${found}`);
    }
    this.#root = this.#level;
    const [low, high] = fingerprint(this.#level, this.#width) as unknown as readonly [number, number];
    this.#numbers = Uint32Array.of(this.#set.add(low, high, NONE));
  }

  get states(): number {
    return this.#set.size;
  }

  /** What has come to pass in some state or other. */
  get evidence(): Evidence {
    return { reached: this.#reached, choices: this.#facts.choices };
  }

  /** The goals of the model that were not reached: what is about them was not searched. */
  get missed(): readonly string[] {
    const { evidence } = this;
    const missed = this.model.reach.filter(({ name, test }) => !(test?.(evidence) ?? evidence.reached.has(name)));
    return missed.map(({ name }) => name);
  }

  /** All that a search knows, to be written down; {@link Search.restore} goes on from there. */
  dump(): SearchDump {
    const [low, high, parents] = this.#set.dump() as [Uint32Array, Uint32Array, Uint32Array];
    return {
      plain: {
        locals: this.#locals,
        effects: this.#effects,
        done: this.#done,
        depth: this.#depth,
        steps: this.#steps,
        reached: [...this.#reached],
        choices: this.#facts.choices,
        violation: this.#violation && { ...this.#violation, thrown: undefined },
      },
      arrays: {
        low,
        high,
        parents,
        level: this.#level,
        numbers: this.#numbers,
        next: this.#next.subarray(0, this.#nextSize * this.#length),
        nextNumbers: this.#nextNumbers.subarray(0, this.#nextSize),
      },
    };
  }

  /** A search as it was dumped, of the same model. */
  static restore(model: Model, { plain, arrays }: SearchDump): Search {
    const search = new Search(model);
    for (const [component, locals] of plain.locals.entries()) {
      for (const local of locals) search.#localNumber(component, local);
    }
    for (const effect of plain.effects) search.#effectNumber(effect);
    search.#set = StateSet.restore([arrays.low, arrays.high, arrays.parents]);
    search.#level = arrays.level;
    search.#numbers = arrays.numbers;
    search.#next = new Int32Array(Math.max(2 * arrays.next.length, search.#length << 8));
    search.#next.set(arrays.next);
    search.#nextNumbers = new Uint32Array(search.#next.length / search.#length);
    search.#nextNumbers.set(arrays.nextNumbers);
    search.#nextSize = arrays.nextNumbers.length;
    search.#done = plain.done;
    search.#depth = plain.depth;
    search.#steps = plain.steps;
    for (const name of plain.reached) search.#reached.add(name);
    search.#facts.choices.push(...plain.choices);
    // The step to it is done, and would not be done again.
    search.#violation = plain.violation;
    return search;
  }

  /** Searches on, to the end or the limit. */
  run({ stateLimit = Number.POSITIVE_INFINITY, onProgress }: ExploreOptions = {}): Exploration {
    let told = this.#set.size;
    while (this.#numbers.length > 0 && this.#violation === undefined && this.#set.size < stateLimit) {
      this.#expand(this.#level, this.#done * this.#length, this.#numbers[this.#done] as number);
      this.#done += 1;
      if (this.#set.size - told >= PROGRESS_STATES) {
        told = this.#set.size;
        onProgress?.(told, this.#depth, this.#numbers.length - this.#done);
      }
      if (this.#done === this.#numbers.length) this.#descend();
    }
    const violation = this.#violation;
    return {
      model: this.model.name,
      states: this.#set.size,
      steps: this.#steps,
      isComplete: violation === undefined && this.#numbers.length === 0,
      depth: this.#depth,
      violation:
        violation === undefined
          ? undefined
          : {
              message: violation.message,
              path: [...this.#pathTo(violation.parent), violation.step],
              thrown: violation.thrown,
            },
    };
  }

  #descend(): void {
    this.#level = this.#next.slice(0, this.#nextSize * this.#length);
    this.#numbers = this.#nextNumbers.slice(0, this.#nextSize);
    this.#nextSize = 0;
    this.#done = 0;
    if (this.#numbers.length > 0) this.#depth += 1;
  }

  /** Something is on its way, or has come to pass, when the search begins. */
  #begin({ type }: Effect, bit: number): string | undefined {
    const bits = Int32Array.of(bit);
    if (type !== 'claim') setBits(this.#level, this.#components.length, bits);
    const [facts, claims] = type === 'claim' ? [NO_BITS, bits] : [bits, NO_BITS];
    return this.#facts.check(this.#level, this.#components.length, facts, claims);
  }

  /** Everything that can happen in one state. */
  #expand(level: Int32Array, base: number, parent: number): void {
    const components = this.#components.length;
    // What this state comes to may need more words than it has itself: they are none of its own.
    const words = this.#width - components;
    for (let word = 0; word < words; word++) {
      let bits = level[base + components + word] as number;
      while (bits !== 0) {
        const bit = 31 - clz32(bits & -bits);
        bits &= bits - 1;
        const input = (word << 5) + bit;
        const { component } = this.#inputs[input] as InputEntry;
        if (component < 0) continue;
        const local = level[base + component] as number;
        const transition = this.#receivedBy(component, local, input);
        if (transition >= 0) this.#take(level, base, parent, component, transition, input, '');
      }
    }
    for (let component = 0; component < components; component++) {
      for (const { name, transition } of this.#actionsOf(component, level[base + component] as number)) {
        this.#take(level, base, parent, component, transition, -1, name);
      }
    }
    const { joint } = this.model;
    for (let index = 0; index < joint.length; index++) {
      this.#takeJoint(level, base, parent, index, joint[index] as JointAction);
    }
  }

  #take(
    level: Int32Array,
    base: number,
    parent: number,
    component: number,
    number: number,
    input: number,
    action: string,
  ): void {
    const transition = this.#transitions[number] as Transition;
    const row = this.#row;
    const components = this.#components.length;
    const width = this.#width;
    for (let index = 0; index < width; index++) row[index] = level[base + index] as number;
    let changed = row[component] !== transition.next;
    row[component] = transition.next;
    const { bits } = transition;
    if (setBits(row, components, bits)) changed = true;
    // Who claims something without going on is right or wrong all the same.
    if (!changed && transition.violation === undefined && transition.claims.length === 0) return;
    const broken = transition.violation ?? this.#check(row, transition);
    if ((!changed && broken === undefined) || !this.#arrive(row, parent, broken)) return;
    const step = {
      component: this.#components[component]?.name ?? '',
      cause:
        input < 0 ? { action } : { from: this.#inputs[input]?.from ?? 0, input: this.#inputs[input]?.input as Input },
      effects: transition.effects,
    };
    this.#tell(parent, step, transition.thrown);
  }

  #check(row: Int32Array, { bits, claims, hasFacts }: Omit<Transition, 'next'>): string | undefined {
    return hasFacts ? this.#facts.check(row, this.#components.length, bits, claims) : undefined;
  }

  #takeJoint(level: Int32Array, base: number, parent: number, index: number, action: JointAction): void {
    const involved = this.#involved[index] as readonly number[];
    const before = involved.map((component) => level[base + component] as number);
    const transition = action.actEach === undefined ? this.#actJointly(index, involved, before) : undefined;
    const after = action.actEach === undefined ? transition?.after : this.#actEach(index, involved, before);
    if (after === undefined) return;
    const row = this.#row;
    const width = this.#width;
    for (let place = 0; place < width; place++) row[place] = level[base + place] as number;
    let changed = false;
    for (let place = 0; place < involved.length; place++) {
      row[involved[place] as number] = after[place] as number;
      if (after[place] !== before[place]) changed = true;
    }
    if (transition !== undefined && setBits(row, this.#components.length, transition.bits)) changed = true;
    const broken = transition === undefined ? undefined : (transition.violation ?? this.#check(row, transition));
    if ((!changed && broken === undefined) || !this.#arrive(row, parent, broken)) return;
    const step = {
      component: action.components[0] ?? '',
      cause: { action: action.name },
      effects: transition?.effects ?? [],
    };
    this.#tell(parent, step, transition?.thrown);
  }

  #actJointly(index: number, involved: readonly number[], before: readonly number[]): JointTransition | undefined {
    const key = before.length === 2 ? (before[0] as number) * 0x4000000 + (before[1] as number) : before.join();
    const memory = this.#joint[index] as Map<string | number, JointTransition | undefined>;
    const known = memory.get(key);
    if (known !== undefined || memory.has(key)) return known;
    const locals = involved.map((component, place) => this.#locals[component]?.[before[place] as number]);
    const { name, act } = this.model.joint[index] as JointAction;
    const outcome = outcomeOf(`"${name}"`, locals, () => act?.(copyOf(locals)));
    const transition =
      outcome === undefined
        ? undefined
        : {
            ...this.#effectsOf(outcome),
            after: outcome.next.map((local, place) => this.#localNumber(involved[place] as number, local)),
          };
    memory.set(key, transition);
    return transition;
  }

  #actEach(index: number, involved: readonly number[], before: readonly number[]): readonly number[] | undefined {
    const after: number[] = [];
    for (const [place, component] of involved.entries()) {
      const local = before[place] as number;
      const memory = this.#each[index] as Map<number, number>;
      const key = component * 0x4000000 + local;
      let next = memory.get(key);
      if (next === undefined) {
        const state = copyOf(this.#locals[component]?.[local]);
        const found = this.model.joint[index]?.actEach?.(state, this.#components[component] as Component<unknown>);
        next = found === undefined ? -1 : this.#localNumber(component, found);
        memory.set(key, next);
      }
      if (next < 0) return undefined;
      after.push(next);
    }
    return after;
  }

  /**
   * A step has come to a state: new, known, or wrong.
   *
   * @returns whether somebody wants to know the step: that is seldom, and it is made for that alone.
   */
  #arrive(row: Int32Array, parent: number, broken: string | undefined): boolean {
    const print = fingerprint(row, this.#width);
    const low = print[0] as number;
    const high = print[1] as number;
    if (this.#wanted !== undefined) {
      if (this.#wanted.found !== undefined || !this.#set.hasFingerprint(this.#wanted.number, low, high)) return false;
      this.#wanted.row = row.slice();
      return true;
    }
    this.#steps += 1;
    const number = this.#set.add(low, high, parent);
    if (number === NONE && broken === undefined) return false;
    this.#broken = broken ?? this.#checkPairs(row);
    if (this.#broken !== undefined) return true;
    if ((this.#nextSize + 1) * this.#length > this.#next.length) this.#growNext();
    this.#next.set(row, this.#nextSize * this.#length);
    this.#nextNumbers[this.#nextSize] = number;
    this.#nextSize += 1;
    return false;
  }

  /** The step to the state that is wanted, or to one that is wrong. */
  #tell(parent: number, step: PathStep, thrown: unknown): void {
    if (this.#wanted !== undefined) this.#wanted.found = step;
    else if (this.#broken !== undefined) this.#violation ??= { message: this.#broken, parent, step, thrown };
  }

  #growNext(): void {
    const rows = new Int32Array(2 * this.#next.length);
    rows.set(this.#next);
    this.#next = rows;
    const numbers = new Uint32Array(2 * this.#nextNumbers.length);
    numbers.set(this.#nextNumbers);
    this.#nextNumbers = numbers;
  }

  #checkPairs(row: Int32Array): string | undefined {
    const { pairs } = this.model;
    for (let index = 0; index < pairs.length; index++) {
      const { left, right, violation } = pairs[index] as PairInvariant;
      const one = this.#indexOf.get(left) as number;
      const two = this.#indexOf.get(right) as number;
      const first = row[one] as number;
      const second = row[two] as number;
      const key = first * 0x4000000 + second;
      const memory = this.#pairs[index] as Map<number, string | undefined>;
      if (!memory.has(key)) memory.set(key, violation(this.#locals[one]?.[first], this.#locals[two]?.[second]));
      const found = memory.get(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** What an input comes to, or -1 when it changes nothing. */
  #receivedBy(component: number, local: number, input: number): number {
    let table = (this.#received[component] as Int32Array[])[local] as Int32Array;
    if (input >= table.length) {
      // Most local states meet few inputs: their tables grow as they do.
      const larger = new Int32Array(Math.max(2 * table.length, input + 1));
      larger.set(table);
      table = larger;
      (this.#received[component] as Int32Array[])[local] = table;
    }
    const known = table[input] as number;
    if (known !== 0) return known > 0 ? known - 1 : -1;
    const { from, to, input: content } = this.#inputs[input] as InputEntry;
    const before = this.#locals[component]?.[local];
    const { name, receive } = this.#components[component] as Component<unknown>;
    const outcome = outcomeOf(name, before, () => receive(copyOf(before), from, content, to));
    const transition = this.#transition(component, outcome);
    const { next, bits, claims, violation } = transition;
    const isNothing = next === local && bits.length === 0 && claims.length === 0 && violation === undefined;
    table[input] = isNothing ? -1 : this.#transitions.push(transition);
    return (table[input] as number) > 0 ? (table[input] as number) - 1 : -1;
  }

  #actionsOf(component: number, local: number): readonly { readonly name: string; readonly transition: number }[] {
    const memory = this.#actions[component] as (readonly { name: string; transition: number }[])[];
    const known = memory[local];
    if (known !== undefined) return known;
    const { name: actor, actions, act } = this.#components[component] as Component<unknown>;
    const state = this.#locals[component]?.[local];
    const found = actions(state).map((name) => {
      const outcome = outcomeOf(actor, state, () => act(copyOf(state), name));
      return { name, transition: this.#transitions.push(this.#transition(component, outcome)) - 1 };
    });
    memory[local] = found;
    return found;
  }

  #transition(component: number, outcome: Outcome<unknown>): Transition {
    return { ...this.#effectsOf(outcome), next: this.#localNumber(component, outcome.next) };
  }

  #effectsOf({ effects, violation, reached, thrown }: Outcome<unknown>): Omit<Transition, 'next'> {
    for (const name of reached ?? []) this.#reached.add(name);
    const bitsOf = (chosen: readonly Effect[]): Int32Array => {
      return Int32Array.from(new Set(chosen.map((effect) => this.#effectNumber(effect)).filter((bit) => bit >= 0)));
    };
    return {
      bits: bitsOf(effects.filter(({ type }) => type !== 'claim')),
      claims: bitsOf(effects.filter(({ type }) => type === 'claim')),
      hasFacts: effects.some(({ type }) => type !== 'input'),
      violation,
      thrown,
      effects,
    };
  }

  #effectNumber(effect: Effect): number {
    if (effect.type === 'claim') {
      const { slot, value } = effect;
      return this.#effectNumber({ type: 'fact', fact: { type: 'decided', slot, value } });
    }
    const key = textOf(effect);
    const known = this.#inputNumbers.get(key);
    if (known !== undefined) return known;
    const component = effect.type === 'fact' ? -1 : this.#indexOf.get(effect.to);
    // Nobody plays that part in this model: the message is lost.
    if (component === undefined) return -1;
    const number = this.#newInput(key, effect, component);
    if (effect.type === 'fact') {
      this.#facts.add(number, effect.fact, (chosen) => this.#effectNumber({ type: 'fact', fact: chosen }));
    }
    return number;
  }

  #newInput(key: string, effect: Effect, component: number): number {
    const number = this.#inputs.length;
    if (number >= this.#words << 5) {
      throw new RangeError(
        `the model ${this.model.name} has more than ${this.#words << 5} inputs: give it a higher inputLimit`,
      );
    }
    this.#inputNumbers.set(key, number);
    this.#effects.push(effect);
    const { from, to, input } = effect.type === 'input' ? effect : { from: 0, to: '', input: undefined };
    this.#inputs.push({ component, to, from, input: input as Input });
    this.#width = this.#components.length + ((number >>> 5) + 1);
    return number;
  }

  #localNumber(component: number, local: unknown): number {
    const key = textOf(local);
    const numbers = this.#localNumbers[component] as Map<string, number>;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const locals = this.#locals[component] as unknown[];
    const number = locals.length;
    numbers.set(key, number);
    locals.push(local);
    (this.#received[component] as Int32Array[]).push(new Int32Array(32));
    return number;
  }

  #pathTo(state: number): PathStep[] {
    const numbers: number[] = [];
    for (let number = state; number !== NONE; number = this.#set.parentOf(number)) numbers.push(number);
    numbers.reverse();
    const path: PathStep[] = [];
    let row = this.#root;
    for (const number of numbers.slice(1)) {
      this.#wanted = { number, found: undefined, row: undefined };
      this.#expand(row, 0, NONE);
      const { found, row: reached } = this.#wanted as { found: PathStep | undefined; row: Int32Array | undefined };
      if (found === undefined || reached === undefined) throw new Error('the way to a state cannot be found again');
      path.push(found);
      row = reached;
    }
    this.#wanted = undefined;
    return path;
  }
}

/** What a step comes to. One that throws is wrong, and the way to it is as good to know as any other. */
function outcomeOf<Found extends Outcome<unknown> | undefined>(
  name: string,
  before: unknown,
  step: () => Found,
): Found | Outcome<never> {
  try {
    return step();
  } catch (thrown) {
    return { next: before as never, effects: [], violation: `${name} throws ${whereOf(thrown)}`, thrown };
  }
}

/** What an error says, and the place in the code that it comes from. */
function whereOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = error.stack?.split('\n').find((line) => /^ +at /.test(line)) ?? '';
  return `${error.name}: ${error.message}${place === '' ? '' : `, ${place.trim()}`}`;
}

/** Sets bits of a row. @returns whether one of them was not set. */
function setBits(row: Int32Array, base: number, bits: Int32Array): boolean {
  let changed = false;
  for (let index = 0; index < bits.length; index++) {
    const bit = bits[index] as number;
    const word = base + (bit >>> 5);
    const before = row[word] as number;
    const after = before | (1 << (bit & 31));
    if (before === after) continue;
    row[word] = after;
    changed = true;
  }
  return changed;
}
