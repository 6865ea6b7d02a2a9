// Mutants of remote that change nothing which anybody could see.

module.exports = [];
