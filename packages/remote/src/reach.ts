/**
 * What other nodes may reach: actors that were registered under a name, those that they were sent a reference to, and those
 * that the program opens by a rule. A reference that leaves takes a key along, which this node can check and nobody can
 * make up: so it works for whomever it is handed on to, and this node remembers nothing of it.
 */

import { isRegistered } from '@parliament/otp';
import * as platform from '#platform';
import { reasonOf } from './errors.js';
import { REFERENCE_KEY_BYTES } from './frame-validator.js';
import { actorReference } from './nact.js';
import type { Act, Opening, Rule } from './openings.js';

/** How many keys are kept, so as not to compute them anew. */
const KEYS_MAX = 4096;

export class Reach {
  readonly #systemName: string;
  readonly #rule: Rule | undefined;
  readonly #secret: Uint8Array = platform.randomBytes(32);
  readonly #keys: Map<string, Uint8Array> = new Map();
  /** Paths that are open with all below them, and how often each was opened. */
  readonly #subtrees: Map<string, number> = new Map();
  /** Paths that are open for messages alone. */
  readonly #doors: Map<string, number> = new Map();

  constructor(systemName: string, rule: Rule | undefined) {
    this.#systemName = systemName;
    this.#rule = rule;
  }

  /** Opens an actor; the returned function ends that. */
  open(path: readonly string[], what: Opening): () => void {
    const table = what === 'messages' ? this.#doors : this.#subtrees;
    const text = path.join('/');
    table.set(text, (table.get(text) ?? 0) + 1);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      const left = (table.get(text) as number) - 1;
      if (left === 0) table.delete(text);
      else table.set(text, left);
    };
  }

  /** The key to the actor at a path of this node. */
  keyOf(path: readonly string[]): Uint8Array {
    const text = path.join('/');
    const known = this.#keys.get(text);
    if (known !== undefined) return known;
    const key = platform.hmacSha256(this.#secret, new TextEncoder().encode(text)).slice(0, REFERENCE_KEY_BYTES);
    if (this.#keys.size >= KEYS_MAX) this.#keys.clear();
    this.#keys.set(text, key);
    return key;
  }

  /** Whether whoever holds `key`, or none when it is empty, may do this to the actor at a path of this node. */
  allows(path: readonly string[], key: Uint8Array, act: Act): boolean {
    if (act === 'message' && this.#doors.size > 0 && this.#doors.has(path.join('/'))) return true;
    if (key.length > 0 && platform.sameBytes(key, this.keyOf(path))) return true;
    if (this.#subtrees.size > 0 && path.some((_, index) => this.#subtrees.has(path.slice(0, index + 1).join('/')))) {
      return true;
    }
    return isRegistered(actorReference(this.#systemName, path)) || this.#ruleAllows(path);
  }

  #ruleAllows(path: readonly string[]): boolean {
    try {
      return this.#rule?.(path) === true;
    } catch (error) {
      platform.warn(`The option expose threw: ${reasonOf(error)}`);
      return false;
    }
  }
}
