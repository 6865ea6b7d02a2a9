// What npm does not tell of a lock file.

const KINDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];
/** `npm:other@1.2.3` is another package under this name. */
const EXACT = /^(npm:(@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+$/;
const SCRIPTS = ['preinstall', 'install', 'postinstall'];

/** What is wrong with what a lock file says of packages of others; a sentence each. */
export function problemsOf(lock) {
  return Object.entries(lock.packages)
    .filter(([path, { link }]) => /(^|\/)node_modules\//.test(path) && !link)
    .flatMap(([path, { resolved, integrity }]) => [
      ...(resolved === undefined ? [] : [`${path} is fetched from ${resolved}, and not by its name`]),
      ...(integrity === undefined ? [`${path} has no integrity: whatever is fetched would be taken`] : []),
    ]);
}

/** What `allowScripts` must deny, and denies: packages of others that want to run something when they are installed. */
export function scriptProblems(lock, { allowScripts }) {
  const scripted = Object.entries(lock.packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
  return [
    ...scripted
      .filter((name) => !(name in allowScripts))
      .map((name) => `${name} has an install script: deny it by name`),
    ...Object.keys(allowScripts)
      .filter((name) => !scripted.includes(name))
      .map((name) => `${name} has no install script (any more): take it out of allowScripts`),
    ...Object.keys(allowScripts)
      .filter((name) => allowScripts[name] !== false)
      .map((name) => `the install script of ${name} would run: none needs it`),
  ];
}

/** What is wrong with one of our own: npm holds a range for fitting, and whoever installs it runs its scripts. */
export function ownProblems(path, manifest) {
  return [
    ...KINDS.flatMap((kind) => Object.entries(manifest[kind] ?? {}))
      .filter(([, range]) => !EXACT.test(range))
      .map(([name, range]) => `${path} wants ${name} ${range}, which is no exact version`),
    ...SCRIPTS.filter((name) => name in (manifest.scripts ?? {})).map(
      (name) => `${path} has a script ${name}: whoever installs it runs it`,
    ),
  ];
}
