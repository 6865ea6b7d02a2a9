/** The fuzzer: altered frames and noise, into everything that takes bytes from strangers. */

import { textOf } from '@parliament/otp';
import { NodeError } from '#src/errors.js';
import { createCorpus } from './corpus.js';
import { createDecoders } from './decoders.js';
import { createFakeCbor } from './fake-cbor.js';
import { alterContent, alterItems } from './framing.js';
import { createHandshakes } from './handshakes.js';
import { Mutator } from './mutator.js';
import { seedNonces } from './nonces.js';
import { Random } from './random.js';
import { same } from './same.js';
import { runSession } from './session.js';
import { type Specimen, type Target, Violation } from './target.js';

export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  /** The folder of golden frames. */
  readonly golden: string;
  /** Fed with everything besides the targets that are built in. */
  readonly extra?: readonly Target[];
  /** Called now and then. */
  readonly onProgress?: (runs: number) => void;
}

/** How many inputs a target refused, and how many it took. */
interface Verdicts {
  refused: number;
  accepted: number;
}

/** What must not be, and how to have it again. */
interface Finding {
  readonly seed: number;
  readonly run: number;
  readonly target: string;
  readonly message: string;
  /** The input, in hexadecimal digits. */
  readonly input: string;
}

export interface FuzzResult {
  readonly runs: number;
  readonly seconds: number;
  readonly targets: Readonly<Record<string, Verdicts>>;
  /** By how much the heap grew between a tenth of the runs and the end; undefined without `node --expose-gc`. */
  readonly grownBytes: number | undefined;
  readonly finding: Finding | undefined;
}

/** The heap may grow by so much: that is noise. */
export const GROWN_BYTES_MAX: number = 50 * 2 ** 20;

/** A whole link costs as much as some hundred other runs, a step of the handshake as some. */
const SESSION_EVERY = 1000;
const HANDSHAKE_ONE_IN = 24;
const UNALTERED_ONE_IN = 32;
const NOISE_ONE_IN = 12;

const NO_INPUT: Uint8Array = new Uint8Array(0);

/** Runs until the first violation. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const random = new Random(options.seed);
  const restoreNonces = seedNonces(random);
  const depth = Error.stackTraceLimit;
  // Most inputs are refused by an error, and most of its price is the stack, which nobody looks at.
  Error.stackTraceLimit = 0;
  const fuzzer = new Fuzzer(options, random);
  try {
    return await fuzzer.run();
  } finally {
    Error.stackTraceLimit = depth;
    restoreNonces();
  }
}

class Fuzzer {
  readonly #options: FuzzOptions;
  readonly #random: Random;
  readonly #mutator: Mutator;
  /** By kind, so that each gets its share. */
  readonly #corpus: readonly (readonly Specimen[])[];
  readonly #decoders: ReturnType<typeof createDecoders>;
  readonly #all: readonly Target[];
  readonly #steps: ReturnType<typeof createHandshakes>;
  readonly #verdicts: Map<string, Verdicts> = new Map();
  readonly #mutate = (bytes: Uint8Array): Uint8Array => this.#mutator.mutate(bytes, this.#specimen().bytes);
  readonly #alterItems = (bytes: Uint8Array): Uint8Array =>
    alterItems(bytes, this.#mutate, () => this.#random.oneIn(2));
  readonly #alterContent = (bytes: Uint8Array): Uint8Array => alterContent(bytes, this.#mutate);
  #run = 0;
  #finding: Finding | undefined;

  constructor(options: FuzzOptions, random: Random) {
    const cbor = createFakeCbor();
    this.#options = options;
    this.#random = random;
    this.#mutator = new Mutator(random);
    this.#decoders = createDecoders(cbor);
    const specimens = createCorpus(cbor, options.golden);
    this.#corpus = Object.keys(this.#decoders).map((of) => specimens.filter(({ kind }) => kind === of));
    this.#all = [...Object.values(this.#decoders).flat(), ...(options.extra ?? [])];
    this.#steps = createHandshakes(random);
  }

  async run(): Promise<FuzzResult> {
    const { runs, onProgress } = this.#options;
    const begun = performance.now();
    const early = Math.floor(runs / 10);
    let heapBefore: number | undefined;
    // What nobody catches belongs to a session: nothing else is asynchronous.
    const escaped = (error: unknown): void => this.#found('link', NO_INPUT, error);
    process.on('unhandledRejection', escaped).on('uncaughtException', escaped);
    try {
      for (; this.#run < runs && this.#finding === undefined; this.#run += 1) {
        if (this.#run === early) heapBefore = heapBytes();
        if (this.#run % SESSION_EVERY === SESSION_EVERY - 1) {
          await this.#session();
          onProgress?.(this.#run);
        } else if (this.#random.oneIn(HANDSHAKE_ONE_IN)) this.#handshake();
        else this.#decode();
      }
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('unhandledRejection', escaped).off('uncaughtException', escaped);
    }
    const seconds = (performance.now() - begun) / 1000;
    const heapAfter = heapBytes();
    const grownBytes = heapBefore === undefined || heapAfter === undefined ? undefined : heapAfter - heapBefore;
    if (grownBytes !== undefined && grownBytes > GROWN_BYTES_MAX) {
      this.#found('memory', NO_INPUT, new Violation(`the heap grew by ${grownBytes} bytes`));
    }
    const targets = Object.fromEntries(this.#verdicts);
    return { runs: this.#run, seconds, targets, grownBytes, finding: this.#finding };
  }

  /** One input into the decoder that it is for, and into another. */
  #decode(): void {
    const specimen = this.#specimen();
    const bytes = this.#alter(specimen.bytes, specimen.kind === 'batch' ? this.#alterItems : undefined);
    const means = same(bytes, specimen.bytes) ? specimen.means : undefined;
    const own = this.#feed(this.#random.pick(this.#decoders[specimen.kind]), bytes);
    if (means !== undefined && !same(own, means)) {
      this.#found(specimen.kind, bytes, new Violation('it means something else than what was encoded'));
    }
    this.#feed(this.#random.pick(this.#all), bytes);
  }

  /** Mostly what was due at that step of that handshake, altered; now and then what is out of place there. */
  #handshake(): void {
    const step = this.#random.pick(this.#steps);
    const { target, frame } = step;
    const due = this.#random.oneIn(8) ? this.#random.pick(this.#steps) : step;
    const bytes = this.#alter(due.frame, due.isSealed ? undefined : this.#alterContent);
    const isTaken = this.#feed(target, bytes) !== REFUSED;
    if (same(bytes, frame) && !isTaken) this.#found(target.name, bytes, new Violation('what was sent is refused'));
  }

  async #session(): Promise<void> {
    try {
      const isAlive = await runSession(this.#random, this.#mutator);
      this.#count('link', isAlive ? 'accepted' : 'refused');
    } catch (error) {
      this.#found('link', NO_INPUT, error);
    }
  }

  /** `inside` alters them so that the lengths stay right. */
  #alter(bytes: Uint8Array, inside?: (bytes: Uint8Array) => Uint8Array): Uint8Array {
    if (this.#random.oneIn(UNALTERED_ONE_IN)) return Buffer.from(bytes);
    if (this.#random.oneIn(NOISE_ONE_IN)) return this.#mutator.noise();
    return inside !== undefined && this.#random.oneIn(2) ? inside(bytes) : this.#mutate(bytes);
  }

  #specimen(): Specimen {
    return this.#random.pick(this.#random.pick(this.#corpus));
  }

  /** @returns what the bytes mean, or {@link REFUSED}. */
  #feed(target: Target, bytes: Uint8Array): unknown {
    try {
      const means = target.feed(bytes);
      this.#count(target.name, 'accepted');
      return means;
    } catch (error) {
      if (error instanceof NodeError) this.#count(target.name, 'refused');
      else this.#found(target.name, bytes, error, () => target.feed(bytes));
      return REFUSED;
    }
  }

  #count(target: string, verdict: keyof Verdicts): void {
    let verdicts = this.#verdicts.get(target);
    if (verdicts === undefined) {
      verdicts = { refused: 0, accepted: 0 };
      this.#verdicts.set(target, verdicts);
    }
    verdicts[verdict] += 1;
  }

  /** The first one counts. `again`: does it once more, for the stack that was left out. */
  #found(target: string, bytes: Uint8Array, error: unknown, again?: () => unknown): void {
    if (this.#finding !== undefined) return;
    const { seed } = this.#options;
    const message = again === undefined ? told(error) : withStack(error, again);
    this.#finding = { seed, run: this.#run, target, message, input: Buffer.from(bytes).toString('hex') };
  }
}

const REFUSED: unique symbol = Symbol('refused');

function withStack(error: unknown, again: () => unknown): string {
  Error.stackTraceLimit = 20;
  try {
    again();
  } catch (thrown) {
    return told(thrown);
  } finally {
    Error.stackTraceLimit = 0;
  }
  return told(error);
}

function told(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
  return error instanceof Error && error.cause !== undefined ? `${text}\ncaused by ${textOf(error.cause)}` : text;
}

/** What is held once all garbage has gone; undefined when it cannot be made to go. */
function heapBytes(): number | undefined {
  if (globalThis.gc === undefined) return undefined;
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
