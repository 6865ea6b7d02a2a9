/** What a decoder is for. */
export type Kind = 'frame' | 'greeting' | 'reference' | 'signal' | 'definition' | 'batch' | 'cbor';

/** Bytes that are well-formed, to be fed as they are, and altered. */
export interface Specimen {
  readonly kind: Kind;
  readonly bytes: Uint8Array;
  /** What decoding them gives; undefined when that depends on what came before. */
  readonly means: unknown;
}

/** What takes bytes from strangers, and must stand whatever they are. */
export interface Target {
  readonly name: string;
  /**
   * @returns what the bytes mean.
   * @throws NodeError (a BadFrameError is one) to refuse them; whatever else it throws is a violation.
   */
  feed(bytes: Uint8Array): unknown;
}

/** The target was wrong to take what it took. */
export class Violation extends Error {
  override readonly name = 'Violation';
}
