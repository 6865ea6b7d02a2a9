/** What ends a world. */

/** A safety rule was broken, or no progress was made where it was owed. */
export class Violation extends Error {
  override readonly name = 'Violation';
}
