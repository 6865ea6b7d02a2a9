/** What a user gives is checked where it is given. A name that is mistyped is refused, not passed over. */

/**
 * @param whose what has the options, for the message.
 * @throws RangeError when they are no object, or one of them is none of `known`.
 */
export function checkOptions(whose: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new RangeError(`${whose}: the options are not given as an object`);
  }
  for (const name in options) {
    if (!known.includes(name)) throw new RangeError(`${whose}: there is no ${name}; there are: ${known.join(', ')}`);
  }
}

/** The names of some options. Complete, or the compiler says so. */
export function namesIn<Options extends object>(names: Readonly<Record<KeyOf<Options>, true>>): readonly string[] {
  return Object.keys(names);
}

/** Of a union, the names of all its members. */
type KeyOf<Options> = Options extends unknown ? keyof Options & string : never;
