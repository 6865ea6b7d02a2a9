// Mutants of machine that change nothing which anybody could see.

module.exports = [];
