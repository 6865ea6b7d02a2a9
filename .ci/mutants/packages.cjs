// The packages whose shells are mutated. `equivalent`: mutants that change nothing which anybody could see, with the argument.

module.exports = {
  otp: { skip: [/nact-internals/, /platform\/browser/, /index\.ts$/], equivalent: './equivalent-otp.cjs' },
  remote: {
    skip: [/nact-internals/, /platform\/browser/, /index\.ts$/, /programs\//],
    equivalent: './equivalent-remote.cjs',
  },
};
