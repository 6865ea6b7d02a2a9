/** Who has connected, as the one who lets them in knows them. */

/** One who waits. */
export interface Guest {
  /** It has shown that it knows which secret is meant, or is in some other way likely to be one of the cluster. */
  promise(): void;
  /** It is a link now, or gone. */
  leave(): void;
}
