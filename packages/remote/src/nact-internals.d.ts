// The parts of nact 7.6.2 that its typings leave out. Only nact.ts imports them.

declare module 'nact/lib/system-map.js' {
  const systemMap: {
    find(systemName: string | undefined, reference?: object): unknown;
  };
  export default systemMap;
}

declare module 'nact/lib/references.js' {
  const references: {
    Nobody: new () => object;
    ActorReference: new (systemName: string, parent: object, path: object, name: string) => object;
    ActorSystemReference: new (systemName: string, path: object) => object;
    TemporaryReference: new (systemName: string) => object;
  };
  export default references;
}

declare module 'nact/lib/paths.js' {
  const paths: {
    ActorPath: (new (parts: readonly string[], system: string) => object) & { root(system: string): object };
  };
  export default paths;
}
