// Mutants of the machines that change nothing which anybody could see.

module.exports = [];
