/** What somebody may have meant who has mistyped a word. */

/** The nearest of the known words, when it is near enough to be meant; as a question to put behind a complaint. */
export function didYouMean(word: string, known: readonly string[]): string {
  // One slip in a short word, two in a longer one.
  const limit = word.length < 5 ? 1 : 2;
  const near = known
    .map((candidate) => ({ candidate, slips: slipsBetween(word, candidate) }))
    .filter(({ candidate, slips }) => slips <= limit || (word.length >= 3 && candidate.startsWith(word)))
    .sort((one, other) => one.slips - other.slips);
  const [best] = near;
  return best === undefined ? '' : `; did you mean ${best.candidate}?`;
}

/** How many letters were left out, added, mistaken, or exchanged with their neighbour (optimal string alignment). */
function slipsBetween(one: string, other: string): number {
  // What nobody would call a slip is not counted out: the words of a command line may have any length.
  if (Math.abs(one.length - other.length) > 2) return Number.POSITIVE_INFINITY;
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= one.length; row += 1) {
    const slips = [row];
    rows.push(slips);
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      const isExchanged = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      slips.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          isExchanged ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(one.length, other.length);
}
