/** Objects that are not data: how they go into a value, and come out of it. */
export interface References {
  isReference(value: object): boolean;
  encode(reference: object): Uint8Array;
  /** Gets what stands in the place of the bytes, whatever it is: must throw on what `encode` would not have made. */
  decode(content: unknown): object;
  /** How to find what only looks like one. */
  readonly lookAlikes?: {
    /** A text that is in all of them, as the name of a field: where it is not, nobody looks. */
    readonly mark: string;
    /** Gets what was decoded, and gives it without look-alikes. */
    disarm(value: unknown): unknown;
  };
}

/** How values are encoded and decoded. Unknown options throw. */
export interface CborOptions {
  /** What may be in a value besides data. Without it, bytes with a reference in them are malformed. */
  readonly references?: References;
  /**
   * Whether objects of classes are taken for plain objects of their own enumerable properties. Without it they are refused, as they
   * would not come back as what they were; so are references of nact, when there are no `references`.
   */
  readonly flattensClasses?: boolean;
  /** How deep a value may be nested: 64 (`DEPTH_MAX`) unless it is given, 256 at most. */
  readonly depthMax?: number;
  /**
   * How many parts a value may have: 131,072 (`WORK_MAX`) unless it is given, `Infinity` for any number. An entry of an object counts as
   * three; a date, an error, a bigint, a map or a set as five and what is in it; 16 bytes of a bigint as one.
   */
  readonly workMax?: number;
}

/** What encodes and decodes recurses. */
const DEEPEST = 256;

/** By name, what is wrong with a value of it, if anything. */
const OPTIONS: Readonly<Record<keyof CborOptions, (value: unknown) => string | undefined>> = {
  references: (value) => (typeof value === 'object' && value !== null ? undefined : 'must be an object'),
  flattensClasses: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
  depthMax: (value) =>
    Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= DEEPEST
      ? undefined
      : `must be a whole number from 1 to ${DEEPEST}`,
  workMax: (value) =>
    value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && Number(value) >= 1)
      ? undefined
      : 'must be a whole number from 1 on, or Infinity',
};

/** @throws RangeError when an option is unknown, or not of its form. */
export function checkOptions(options: CborOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new RangeError('The options of createCbor must be an object');
  for (const [name, value] of Object.entries(options)) {
    const known = Object.entries(OPTIONS).find(([each]) => each === name);
    if (known === undefined) {
      throw new RangeError(`unknown option ${name} of createCbor; known are ${Object.keys(OPTIONS).join(', ')}`);
    }
    const wrong = value === undefined ? undefined : known[1](value);
    if (wrong !== undefined) throw new RangeError(`The option ${name} of createCbor ${wrong}`);
  }
}
