/** What ends a world. */

/** What is known of how a violation came about. */
export interface Circumstances {
  /** The seed of the world. */
  readonly seed?: number;
  /** What came to pass, a line each, in order; with all left out that is not needed, where that was found out. */
  readonly story?: readonly string[];
}

/** A safety rule was broken, or no progress was made where it was owed. */
export class Violation extends Error {
  override readonly name = 'Violation';
  /** Undefined: it was not told by `runWith`. */
  readonly seed?: number;
  readonly story: readonly string[];

  constructor(message: string, { seed, story = [] }: Circumstances = {}, options?: ErrorOptions) {
    super(message, options);
    if (seed !== undefined) this.seed = seed;
    this.story = story;
  }
}
