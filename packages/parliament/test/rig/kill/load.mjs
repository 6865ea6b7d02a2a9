// Asks without end, and remembers what was answered: a register that was answered once has that value for ever.

/** Every so many-th key is one that all workers want, each for itself. */
const CONTESTED = 10;
const TIMEOUT_MS = 5000;
const PAUSE_MS = 10;

export class Load {
  constructor(trio, random) {
    this.trio = trio;
    this.random = random;
    /** What was answered, by key. */
    this.answered = new Map();
    this.violations = [];
    this.failures = {};
    this.isOver = false;
    this.keys = [];
  }

  /** Runs so many workers until `stop`. */
  start(workers) {
    this.done = Promise.all(Array.from({ length: workers }, (_, worker) => this.work(worker)));
  }

  async stop() {
    this.isOver = true;
    await this.done;
  }

  async work(worker) {
    for (let number = 0; !this.isOver; number += 1) {
      const key = number % CONTESTED === 0 ? `contested ${number}` : `${worker} ${number}`;
      await this.ask(this.pick(), key, `${worker} wants ${number}`);
      if (this.keys.length > 0)
        await this.ask(this.pick(), this.keys[Math.floor(this.random() * this.keys.length)], 'too late');
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  pick() {
    const { names } = this.trio;
    return this.trio.member(names[Math.floor(this.random() * names.length)]);
  }

  /** Asks one member, and checks the answer against all that were given before. */
  async ask(member, key, value) {
    const { value: found, code } = await member.ask(key, value, TIMEOUT_MS);
    if (code !== undefined) {
      this.failures[code] = (this.failures[code] ?? 0) + 1;
      return undefined;
    }
    const known = this.answered.get(key);
    if (known === undefined) {
      this.answered.set(key, found);
      this.keys.push(key);
      if (!/^\d+ wants \d+$/.test(found)) this.violations.push(`${key}: nobody asked for ${found}`);
    } else if (known !== found) this.violations.push(`${key}: ${known} was answered, and then ${found}`);
    return found;
  }

  /** Reads every key that was ever answered from one member. */
  async readAll(name, onProgress) {
    const keys = [...this.answered.keys()];
    let next = 0;
    const readers = Array.from({ length: 200 }, async () => {
      while (next < keys.length) {
        const key = keys[next];
        next += 1;
        onProgress(next, keys.length);
        for (let attempt = 0; (await this.ask(this.trio.member(name), key, 'too late')) === undefined; attempt += 1) {
          if (attempt < 10) continue;
          this.violations.push(`${key}: ${name} does not answer`);
          break;
        }
      }
    });
    await Promise.all(readers);
  }
}
