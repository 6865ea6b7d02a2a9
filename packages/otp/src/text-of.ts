import { show } from '#platform';

/** The text of whatever was thrown: anything can be, and this must not throw itself. */
export function textOf(thrown: unknown): string {
  try {
    if (typeof thrown === 'string') return thrown;
    // Not `instanceof Error`: it may come from another realm.
    const message = (thrown as { message?: unknown } | null | undefined)?.message;
    return typeof message === 'string' ? message : show(thrown);
  } catch {
    return 'something that cannot be shown';
  }
}
