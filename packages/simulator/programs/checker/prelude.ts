/**
 * A prelude: steps that a model has behind it when the search begins. What follows from there is searched in full, and what
 * would take many steps to come to is within reach.
 */

import type { Component, Effect, Outcome } from './model.js';

/** A step of a prelude: a component acts, or gets the message of a type that a member has sent it last. */
export type PreludeStep =
  | readonly [component: string, action: string]
  | readonly [component: string, messageType: string, from: number];

/** A step of a prelude cannot be taken: the members do not do what the model is about. */
export class PreludeError extends Error {
  override readonly name = 'PreludeError';
  readonly code = 'PRELUDE';
}

/** The components and inputs as they are after a prelude. @throws PreludeError when a step of it cannot be taken. */
export function playPrelude(
  components: readonly Component<unknown>[],
  steps: readonly PreludeStep[],
): { readonly components: Component<unknown>[]; readonly effects: Effect[] } {
  const played = components.map((component) => ({ ...component }));
  const effects: Effect[] = [];
  for (const [name, what, from] of steps) {
    const component = played.find((each) => each.name === name || each.plays?.includes(name) === true);
    if (component === undefined) throw new PreludeError(`there is no ${name}`);
    const outcome: Outcome<unknown> =
      from === undefined
        ? component.act(component.initial, what)
        : component.receive(component.initial, from, inputFor(effects, name, what, from), name);
    if (outcome.violation !== undefined) throw new PreludeError(`in a prelude, ${outcome.violation}`);
    Object.assign(component, { initial: outcome.next });
    effects.push(...outcome.effects);
  }
  return { components: played, effects };
}

function inputFor(
  effects: readonly Effect[],
  to: string,
  type: string,
  from: number,
): Extract<Effect, { type: 'input' }>['input'] {
  for (const effect of [...effects].reverse()) {
    if (effect.type !== 'input' || effect.to !== to || effect.from !== from) continue;
    if (effect.input.type === 'watermark' ? type === 'watermark' : effect.input.message.type === type)
      return effect.input;
  }
  throw new PreludeError(`no ${type} is on its way from ${from} to ${to}`);
}
