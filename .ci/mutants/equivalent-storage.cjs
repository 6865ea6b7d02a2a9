// Mutants of storage that change nothing which anybody could see.

module.exports = [];
