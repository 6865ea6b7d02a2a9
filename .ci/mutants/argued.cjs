// Which mutants are argued to change nothing (equivalent-*.cjs), and which arguments are of what is no more, or of more than was meant.

/** `code`: the line that the mutant begins in, where what is changed stands in others, too. */
function isOf(one, { file, from, what, code }) {
  if (!file.endsWith(`/src/${one.file}`) || from !== one.from) return false;
  return (one.what === undefined || what === one.what) && (one.code === undefined || code === one.code);
}

/** An argument is of one mutant, or of as many as it says by `times`: one that is written later is not argued about by chance. */
function staleIn(equivalent, all) {
  return equivalent.flatMap((one) => {
    const { file, from, what, times = 1 } = one;
    const found = all.filter((mutant) => isOf(one, mutant)).length;
    if (found === times) return [];
    const which = `${file}: ${from} (${what ?? 'any change'})`;
    return [found === 0 ? `no such mutant any more: ${which}` : `argued of ${times}, and there are ${found}: ${which}`];
  });
}

module.exports = { isOf, staleIn };
