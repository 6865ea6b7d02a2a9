/**
 * References and types that come again and again travel under a number: the sender defines it once on each link, and anew
 * when it has gone to another. Bounded on both sides.
 */

import type { WireReference } from './frame.js';
import { BadFrameError } from './frame-validator.js';

/** How many references are defined at a time, in each direction of a link. */
export const REFERENCES_MAX = 4096;
/** How much room they may take together, in characters: past it, a reference travels in full. */
export const REFERENCES_CHARACTERS_MAX: number = 1024 * 1024;
/** How many types; their numbers begin at 1, as 0 is CBOR. */
export const TYPES_MAX = 256;

/** The sender's side for one kind of meaning: which number stands for what. When all are taken, the oldest goes. */
export class Numbering<Meaning extends object | string> {
  readonly #first: number;
  readonly #charactersMax: number;
  #characters = 0;
  readonly #held: (string | undefined)[];
  readonly #byText: Map<string, number> = new Map();
  readonly #byObject: WeakMap<object, { readonly number: number; readonly text: string }> = new WeakMap();
  readonly #keyOf: (meaning: Meaning) => string;
  readonly #define: (number: number, meaning: Meaning) => void;
  #next = 0;

  /** `keyOf` tells meanings apart; `define` tells the other side. `charactersMax`: of all texts together. */
  constructor(
    size: number,
    first: number,
    charactersMax: number,
    keyOf: (meaning: Meaning) => string,
    define: (number: number, meaning: Meaning) => void,
  ) {
    this.#first = first;
    this.#charactersMax = charactersMax;
    this.#held = new Array<string | undefined>(size).fill(undefined);
    this.#keyOf = keyOf;
    this.#define = define;
  }

  /** -1: there is no room for it. */
  numberOf(meaning: Meaning): number {
    if (typeof meaning === 'string') return this.#numberOfText(meaning, meaning);
    const known = this.#byObject.get(meaning);
    if (known !== undefined && this.#held[known.number - this.#first] === known.text) return known.number;
    const text = this.#keyOf(meaning);
    const number = this.#numberOfText(text, meaning);
    if (number !== -1) this.#byObject.set(meaning, { number, text });
    return number;
  }

  #numberOfText(text: string, meaning: Meaning): number {
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    const place = this.#next;
    const gone = this.#held[place];
    const characters = this.#characters - (gone?.length ?? 0) + text.length;
    if (characters > this.#charactersMax) return -1;
    this.#characters = characters;
    this.#next = (place + 1) % this.#held.length;
    if (gone !== undefined) this.#byText.delete(gone);
    const number = place + this.#first;
    this.#held[place] = text;
    this.#byText.set(text, number);
    this.#define(number, meaning);
    return number;
  }
}

/** The receiver's side of one direction of one link. */
export class Definitions {
  readonly #references: (WireReference | undefined)[] = [];
  readonly #types: (string | undefined)[] = [];
  #characters = 0;

  /** @throws BadFrameError when the number is out of range, or there is no room for all that was defined. */
  define(number: number, meaning: WireReference | string): void {
    if (typeof meaning === 'string') {
      if (number < 1 || number > TYPES_MAX) throw new BadFrameError('definition under a number out of range');
      this.#types[number] = meaning;
    } else {
      if (number >= REFERENCES_MAX) throw new BadFrameError('definition under a number out of range');
      this.#characters += charactersOf(meaning) - charactersOf(this.#references[number]);
      if (this.#characters > REFERENCES_CHARACTERS_MAX) throw new BadFrameError('definitions of too many characters');
      this.#references[number] = meaning;
    }
  }

  /** @throws BadFrameError when nothing is defined under the number. */
  reference(number: number): WireReference {
    const reference = this.#references[number];
    if (reference === undefined) throw new BadFrameError('reference under a number that is not defined');
    return reference;
  }

  /** @throws BadFrameError when nothing is defined under the number. */
  type(number: number): string {
    if (number === 0) return '';
    const type = this.#types[number];
    if (type === undefined) throw new BadFrameError('type under a number that is not defined');
    return type;
  }
}

/** No more than what the sender counts, whose text holds all of it. */
function charactersOf(reference: WireReference | undefined): number {
  if (reference?.kind !== 'actor') return 0;
  const { node, incarnation, path } = reference;
  return path.reduce((sum, name) => sum + name.length + 1, node.length + incarnation.length);
}
