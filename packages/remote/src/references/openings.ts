/** What a program opens to other nodes. */

import type { AnyBehaviour } from '@parliament/otp';

/** `subtree`: an actor and all below it, for everything; `messages`: it alone, for messages and monitors. */
export type Opening = 'subtree' | 'messages';

/** What somebody wants of an actor: to send to it, or watch it; or to send it an exit signal, or link with it, which may end it. */
export type Act = 'message' | 'exit';

/** Whether the actor at a path, from the root of its system, is open to other nodes. */
export type Rule = (path: readonly string[]) => boolean;

/** Makes a behaviour from the argument that came with the request, which it must check. May throw, to refuse. */
export type Offer = (argument: unknown) => AnyBehaviour;

/** What may be spawned from other nodes, by name. */
export type Offers = Readonly<Record<string, Offer>>;
