/** The tokens of bytes, before they become values: none that would make the decoder recurse too deep, and no text that is not as it was written. */

import { Token, Tokenizer, Type } from 'cborg';
import { exactText } from './text.js';

/**
 * Refuses what is nested deeper than `encode` takes it, before the decoder, which recurses, has followed it: so what was decoded can be
 * encoded again. Tells whether a text is in it. And makes each empty byte string anew: cborg hands out one and the same for all, so that
 * two in a set became one.
 */
export class BoundedTokenizer extends Tokenizer {
  readonly #bytes: Uint8Array;
  readonly #depthMax: number;
  readonly #mark: string | undefined;
  /** How many items are still due at each open level. */
  readonly #due: number[] = [];
  /** Which of these levels are tags: they are none of the value. */
  readonly #isTag: boolean[] = [];
  #tags = 0;
  /** Whether the mark has come. */
  isMarked = false;

  constructor(bytes: Uint8Array, depthMax: number, mark: string | undefined) {
    super(bytes, { allowIndefinite: false });
    this.#bytes = bytes;
    this.#depthMax = depthMax;
    this.#mark = mark;
  }

  override next(): Token {
    const start = this.pos();
    const token = super.next();
    this.#follow(token);
    if (token.type === Type.string) return this.#text(exactText(token, this.#bytes, start));
    return token.type === Type.bytes && token.value.length === 0
      ? new Token(Type.bytes, new Uint8Array(0), token.encodedLength)
      : token;
  }

  #text(token: Token): Token {
    if (token.value === this.#mark) this.isMarked = true;
    return token;
  }

  #follow(token: Token): void {
    const due = this.#due;
    if (due.length > 0) due[due.length - 1] = (due[due.length - 1] as number) - 1;
    this.#checkDepth(token);
    const children = childrenOf(token);
    if (children > 0) this.#open(children, token.type === Type.tag);
    while (due.at(-1) === 0) this.#close();
  }

  #checkDepth(token: Token): void {
    const isContainer = token.type === Type.array || token.type === Type.map;
    // An empty container is a level as well. No level of a value has more than one tag, and what is in the last one may have another.
    if (isContainer && this.#due.length - this.#tags >= this.#depthMax) throw new RangeError('nested too deep');
    if (token.type === Type.tag && this.#tags > this.#depthMax) throw new RangeError('too many tags in each other');
  }

  #open(children: number, isTag: boolean): void {
    this.#due.push(children);
    this.#isTag.push(isTag);
    if (isTag) this.#tags += 1;
  }

  #close(): void {
    this.#due.pop();
    if (this.#isTag.pop() === true) this.#tags -= 1;
  }
}

function childrenOf(token: Token): number {
  if (token.type === Type.tag) return 1;
  if (token.type === Type.array) return token.value;
  return token.type === Type.map ? token.value * 2 : 0;
}
