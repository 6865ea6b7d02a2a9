/** A bar on a terminal, for long work. */

const WIDTH = 24;

export interface Progress {
  show(done: number, total: number): void;
  /** Takes the bar away. */
  end(): void;
}

/** Shows nothing where standard error is no terminal. */
export function openProgress(what: string): Progress {
  let shownAt = performance.now();
  let isShown = false;
  return {
    show(done, total) {
      const now = performance.now();
      // Short work needs none.
      if (process.stderr.isTTY !== true || now - shownAt < 200) return;
      shownAt = now;
      isShown = true;
      const share = total === 0 ? 1 : Math.min(1, done / total);
      const bar = '#'.repeat(Math.floor(WIDTH * share)).padEnd(WIDTH, '.');
      process.stderr.write(`\r\u001b[K[${bar}] ${Math.floor(100 * share)} %  ${what}`);
    },
    end() {
      if (isShown) process.stderr.write('\r\u001b[K');
    },
  };
}
