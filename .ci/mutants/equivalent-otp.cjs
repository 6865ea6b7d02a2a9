// Mutants of otp that change nothing which anybody could see.

module.exports = [];
