/** What waits to leave over one link, and what is too much. */

export interface OutboxLimits {
  readonly queueSoftBytes: number;
  readonly queueHardBytes: number;
  readonly queueSoftMessages: number;
  readonly queueHardMessages: number;
}

/** Bounds what waits: past a soft limit callers are told, past a hard one the link ends. */
export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #waitingBytes: () => number;
  #messages = 0;
  #overloaded = false;
  #ended = false;
  readonly #drained: Set<() => void> = new Set();

  constructor(limits: OutboxLimits, waitingBytes: () => number) {
    this.#limits = limits;
    this.#waitingBytes = waitingBytes;
  }

  get overloaded(): boolean {
    return this.#overloaded;
  }

  /** Resolves when it is not overloaded, or has ended. */
  drained(): Promise<void> {
    if (!this.#overloaded || this.#ended) return Promise.resolve();
    return new Promise((resolve) => this.#drained.add(resolve));
  }

  /** So many messages are handed to the socket. @returns what to call when they have left. */
  leaving(messages: number): () => void {
    this.#messages += messages;
    return () => {
      this.#messages -= messages;
      this.#settle();
    };
  }

  /**
   * `tell`: it has become too much; `drop`: it is far too much. One frame with nothing before it never is: what may be sent at
   * all must be able to leave, with what is around it.
   */
  judge(isAlone = false): 'tell' | 'drop' | undefined {
    const bytes = this.#waitingBytes();
    const { queueSoftBytes, queueHardBytes, queueSoftMessages, queueHardMessages } = this.#limits;
    if ((bytes > queueHardBytes && !isAlone) || this.#messages > queueHardMessages) return 'drop';
    if (this.#overloaded || (bytes <= queueSoftBytes && this.#messages <= queueSoftMessages)) return undefined;
    this.#overloaded = true;
    return 'tell';
  }

  /** Nothing more leaves. */
  end(): void {
    this.#ended = true;
    this.#release();
  }

  #settle(): void {
    const { queueSoftBytes, queueSoftMessages } = this.#limits;
    if (!this.#overloaded || this.#waitingBytes() > queueSoftBytes / 2 || this.#messages > queueSoftMessages / 2)
      return;
    this.#overloaded = false;
    this.#release();
  }

  #release(): void {
    for (const resolve of this.#drained) resolve();
    this.#drained.clear();
  }
}
