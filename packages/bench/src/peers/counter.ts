import { dispatch, type Reference } from '@parliament/otp';

/** Told how many messages come, says when they have come: to whoever said so. */
export class Counter {
  #left = 0;
  #asker: Reference | undefined;

  take(message: unknown, sender: Reference): void {
    if (typeof message === 'number') {
      this.#left = message;
      this.#asker = sender;
      return;
    }
    this.#left -= 1;
    if (this.#left === 0 && this.#asker !== undefined) dispatch(this.#asker, 'all');
  }
}
