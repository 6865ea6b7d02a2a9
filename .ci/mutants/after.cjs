// After each file of tests of the run without a mutant: which ones it has met.

if (globalThis.__mutantsTell !== undefined) afterAll(() => globalThis.__mutantsTell(expect.getState().testPath));
