// The system calls of a trace of strace, in the order in which they began and ended.
import fs from 'node:fs';

/** Yields `{ type: 'begin' | 'end', id, call, fd, path, bytes, isGood }`; `bytes` at the beginning. */
export function* callsOf(file) {
  const open = new Map();
  let id = 0;
  for (const line of fs.readFileSync(file, 'latin1').split('\n')) {
    const begun = /^(\d+) +(\w+)\((\d+)<([^>]*)>(.*)$/.exec(line);
    if (begun !== null) {
      const [, thread, call, fd, name, rest] = begun;
      id += 1;
      yield {
        type: /** @type {const} */ ('begin'),
        id,
        call,
        fd: Number(fd),
        path: unescaped(name),
        bytes: bytesOf(rest),
      };
      if (rest.includes('<unfinished ...>')) open.set(thread, id);
      else yield { type: /** @type {const} */ ('end'), id, isGood: !/\) += -1/.test(rest) };
      continue;
    }
    const resumed = /^(\d+) +<\.\.\. (\w+) resumed>(.*)$/.exec(line);
    if (resumed === null || !open.has(resumed[1])) continue;
    yield { type: /** @type {const} */ ('end'), id: open.get(resumed[1]), isGood: !/\) += -1/.test(resumed[3]) };
    open.delete(resumed[1]);
  }
}

/** strace shows every byte as \xNN. */
function bytesOf(text) {
  const strings = [...text.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex]) =>
    Buffer.from(hex.replaceAll('\\x', ''), 'hex'),
  );
  return Buffer.concat(strings);
}

function unescaped(text) {
  return text.replace(/\\x([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}
