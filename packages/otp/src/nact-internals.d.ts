// The part of nact 7.6.2 that its typings leave out. Only nact.ts imports it.

declare module 'nact/lib/system-map.js' {
  const systemMap: {
    find(systemName: string | undefined, reference?: object): unknown;
  };
  export default systemMap;
}
