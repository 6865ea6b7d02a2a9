/** Names of nodes and clusters. */
export const NODE_NAME: RegExp = /^[a-zA-Z0-9._-]{1,64}$/;

/** What nact takes as the name of an actor, with a bound on its length. */
const ACTOR_NAME: RegExp = /^[a-zA-Z0-9\-$_.+!*'(),]{1,255}$/;

/** The type of a codec. */
export const CODEC_TYPE: RegExp = /^[a-zA-Z0-9._/+-]{1,128}$/;

/** An incarnation: 32 hexadecimal digits, drawn anew each time a node is opened. */
export const INCARNATION: RegExp = /^[0-9a-f]{32}$/;

/** How deep an actor may sit under its system and still be reached from another node. */
const PATH_DEPTH_MAX = 32;
/** How long all its names may be together. */
const PATH_LENGTH_MAX = 1024;

export function isNodeName(value: unknown): value is string {
  return typeof value === 'string' && NODE_NAME.test(value);
}

/** Whether `value` is the path of an actor: 1 to {@link PATH_DEPTH_MAX} names, {@link PATH_LENGTH_MAX} characters together. */
export function isActorPath(value: unknown): value is readonly string[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > PATH_DEPTH_MAX) return false;
  let length = 0;
  for (const part of value) {
    if (typeof part !== 'string' || !ACTOR_NAME.test(part)) return false;
    length += part.length;
  }
  return length <= PATH_LENGTH_MAX;
}
