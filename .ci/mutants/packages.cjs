// The packages whose shells are mutated. `equivalent`: mutants that change nothing which anybody could see, with the argument.
// `skipTests`: files of tests that start programs, which run without mutants, or that take minutes.

module.exports = {
  cbor: { skip: [/platform\/browser/, /index\.ts$/], equivalent: './equivalent-cbor.cjs' },
  machine: { skip: [/index\.ts$/, /types\.ts$/], equivalent: './equivalent-machine.cjs' },
  machines: {
    skip: [/index\.ts$/],
    skipTests: [/etcd\./, /property\./, /readme\./],
    equivalent: './equivalent-machines.cjs',
  },
  otp: { skip: [/nact-internals/, /platform\/browser/, /index\.ts$/], equivalent: './equivalent-otp.cjs' },
  remote: {
    skip: [/nact-internals/, /platform\/browser/, /index\.ts$/],
    equivalent: './equivalent-remote.cjs',
  },
  storage: {
    skip: [/index\.ts$/, /\/format\.ts$/],
    skipTests: [/crash-images\./, /faults\./, /kill/, /power-cut\./, /readme\./],
    equivalent: './equivalent-storage.cjs',
  },
  parliament: {
    skip: [/index\.ts$/],
    skipTests: [/clean-end\./, /kill-cycles\./, /readme\./, /sabotage\./, /suspended-leader\./, /sync-audit\./],
    equivalent: './equivalent-parliament.cjs',
  },
};
