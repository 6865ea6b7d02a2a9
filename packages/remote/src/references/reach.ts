/**
 * What other nodes may reach: actors that were registered under a name, those that they were sent a reference to, and those
 * that the program opens by a rule. A reference that leaves takes a key along, which this node can check and nobody can
 * make up: so it works for whomever it is handed on to, and this node remembers nothing of it.
 */

import { isRegistered, textOf } from '@parliament/otp';
import * as platform from '#platform';
import { hexOf } from '../hex.js';
import { actorReference } from '../nact.js';
import { REFERENCE_KEY_BYTES, TEMPORARY_ID_LENGTH_MAX } from '../wire/frame-validator.js';
import type { Act, Opening, Rule } from './openings.js';
import { PathTree } from './path-tree.js';

/** How many keys are kept, so as not to compute them anew. */
const KEYS_MAX = 4096;

export class Reach {
  readonly #systemName: string;
  readonly #rule: Rule | undefined;
  readonly #secret: Uint8Array = platform.randomBytes(32);
  readonly #keys: Map<string, Uint8Array> = new Map();
  /** The keys of paths that come again and again: those of references that go by a number. */
  readonly #known: WeakMap<readonly string[], Uint8Array> = new WeakMap();
  /** What is open with all below it. */
  readonly #subtrees: PathTree = new PathTree();
  /** What is open for messages alone. */
  readonly #doors: PathTree = new PathTree();

  constructor(systemName: string, rule: Rule | undefined) {
    this.#systemName = systemName;
    this.#rule = rule;
  }

  /** Opens an actor; the returned function ends that. */
  open(path: readonly string[], what: Opening): () => void {
    return (what === 'messages' ? this.#doors : this.#subtrees).add(path);
  }

  /** The key to the actor at a path of this node. */
  keyOf(path: readonly string[]): Uint8Array {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const text = path.join('/');
    const key = this.#keys.get(text) ?? this.#mac(text);
    if (this.#keys.size >= KEYS_MAX) this.#keys.clear();
    this.#keys.set(text, key);
    this.#known.set(path, key);
    return key;
  }

  /** Whether whoever holds `key`, or none when it is empty, may do this to the actor at a path of this node. */
  allows(path: readonly string[], key: Uint8Array, act: Act): boolean {
    if (act === 'message' && this.#doors.has(path)) return true;
    if (key.length > 0 && platform.sameBytes(key, this.keyOf(path))) return true;
    if (this.#subtrees.covers(path)) return true;
    return isRegistered(actorReference(this.#systemName, path)) || this.#ruleAllows(path);
  }

  /**
   * The identifier of one who waits for a reply, as it leaves this node: with a key, since whoever knows it may answer.
   *
   * @throws TypeError when it is too long.
   */
  sealId(peer: string, id: number | string): string {
    const text = `${typeof id === 'number' ? 'n' : 's'}${id}`;
    const sealed = `${text}.${hexOf(this.#mac(`waiting ${peer} ${text}`))}`;
    if (sealed.length <= TEMPORARY_ID_LENGTH_MAX) return sealed;
    throw new TypeError('A reference cannot travel: its identifier is too long');
  }

  /** The inverse of {@link sealId}; undefined when the key is not right. */
  openId(peer: string, sealed: string): number | string | undefined {
    const end = sealed.lastIndexOf('.');
    const text = sealed.slice(0, Math.max(0, end));
    const id = text.startsWith('n') ? Number(text.slice(1)) : text.slice(1);
    const expected = text === '' ? '' : this.sealId(peer, id);
    const [one, other] = [sealed, expected].map((each) => new TextEncoder().encode(each));
    return platform.sameBytes(one as Uint8Array, other as Uint8Array) ? id : undefined;
  }

  #mac(text: string): Uint8Array {
    return platform.hmacSha256(this.#secret, new TextEncoder().encode(text)).slice(0, REFERENCE_KEY_BYTES);
  }

  #ruleAllows(path: readonly string[]): boolean {
    try {
      return this.#rule?.(path) === true;
    } catch (error) {
      platform.warn(`The option expose threw: ${textOf(error)}`);
      return false;
    }
  }
}
