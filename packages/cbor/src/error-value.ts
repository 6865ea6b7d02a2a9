import { type EncodeOptions, objectToTokens, type TagDecoder, Token, Type } from 'cborg';

/** IANA: a serialised object. Here [name of the error, { message, code, cause }]. */
const TAG_OBJECT = 27;

const CLASSES: ReadonlyMap<string, ErrorConstructor> = new Map(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((Class) => [Class.name, Class]),
);

type Tokens = ReturnType<typeof objectToTokens>;

/** Name, message, `code` and `cause` travel; the stack, which tells of the sender's files, does not. */
export function encodeError(
  error: Error & { code?: unknown },
  options: EncodeOptions,
  stack: Parameters<typeof objectToTokens>[2],
): Tokens {
  const fields: { message: string; code?: unknown; cause?: unknown } = { message: String(error.message) };
  if (typeof error.code === 'string' || typeof error.code === 'number') fields.code = error.code;
  if (error.cause !== undefined) fields.cause = error.cause;
  // The error stands in the stack of containers, so that one that is its own cause is found to be a cycle.
  if (stack?.includes(error)) throw new TypeError('cycle of causes');
  return [
    new Token(Type.tag, TAG_OBJECT),
    new Token(Type.array, 2),
    objectToTokens(String(error.name), options),
    objectToTokens(fields, options, withParent(error, stack)),
  ];
}

export const ERROR_TAGS: Record<number, TagDecoder> = { [TAG_OBJECT]: (content) => errorOf(content()) };

function errorOf(content: unknown): Error {
  const [name, fields] = Array.isArray(content) ? content : [];
  if (typeof name !== 'string' || typeof fields?.message !== 'string') throw new TypeError('error of a bad form');
  const Class = CLASSES.get(name) ?? Error;
  const error = withoutStack(() => new Class(fields.message, 'cause' in fields ? { cause: fields.cause } : undefined));
  const hidden = { configurable: true, enumerable: false, writable: true };
  if (error.name !== name) Object.defineProperty(error, 'name', { ...hidden, value: name });
  if (typeof fields.code === 'string' || typeof fields.code === 'number') {
    Object.defineProperty(error, 'code', { ...hidden, enumerable: true, value: fields.code });
  }
  // Its own would show where it was decoded, which misleads.
  error.stack = `${name}: ${fields.message}`;
  return error;
}

/** A stack is the most of the price of an error, and this one would not be of use. */
function withoutStack<T>(make: () => T): T {
  const depth = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = depth;
  }
}

/** What is looked for in it is only the object of the fields, which is new; those below look at `obj` and `parent` themselves. */
function withParent(
  obj: object,
  parent: Parameters<typeof objectToTokens>[2],
): NonNullable<Parameters<typeof objectToTokens>[2]> {
  return { obj, parent, includes: () => false };
}
