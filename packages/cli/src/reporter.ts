/** What a running node tells on its terminal, or as JSON to a program. */

import type { NodeEvent, ParliamentEvent } from 'parliament';
import { inOwnWords, oneLine } from './errors.js';
import { complain, onOutputLost, print } from './output.js';

/** What is told when a node is ready to serve. */
interface Ready {
  readonly name: string;
  readonly member: number;
  readonly listen: string;
  readonly data: string;
  /** Peers that are not connected yet. */
  readonly missing: readonly string[];
}

export interface Reporter {
  ready(ready: Ready): void;
  node(event: NodeEvent): void;
  parliament(event: ParliamentEvent): void;
  stopping(reason: string): void;
  failed(reason: string): void;
}

/**
 * A reporter for people, or for programs: one JSON object a line, each with an `event` and its `time`. People get warnings on standard
 * error, and all else on standard output; programs get everything on standard output.
 */
export function openReporter(isJson: boolean): Reporter {
  // Nobody reads any longer: a node works on all the same.
  onOutputLost(() => {});
  /** Standard output begins with the line that says `ready`: what happened before follows it. */
  let early: string[] | undefined = [];
  function say(event: string, line: string): void {
    if (event === 'ready') {
      print(line);
      goOn();
    } else if (early === undefined) print(line);
    else early.push(line);
  }
  function goOn(): void {
    for (const line of early ?? []) print(line);
    early = undefined;
  }
  function tell({ event, ...details }: Event, told: Told | undefined): void {
    const time = new Date().toISOString();
    if (isJson) say(event, JSON.stringify({ event, time, ...details }));
    else if (told?.isWarning === true) complain(oneLine(`${time} warning: ${told.text}`));
    else if (told !== undefined) say(event, oneLine(`${time} ${told.text}`));
  }
  return {
    ready(ready) {
      const { name, member, listen, data, missing } = ready;
      const absent = missing.length > 0 ? `; not connected yet: ${missing.join(', ')}` : '';
      const text = `${name} (member ${member}) is ready: it listens on ${listen}, its data are in ${data}${absent}`;
      tell({ event: 'ready', ...ready }, news(text));
    },
    node(given) {
      // Some advice names options of the library.
      const event = given.type === 'refused' ? { ...given, reason: inOwnWords(given.code, given.reason) } : given;
      const { type, ...details } = event;
      tell({ event: type, ...details }, describeNodeEvent(event));
    },
    parliament(event) {
      const { type, ...details } = event;
      tell({ event: type, ...details }, describeParliamentEvent(event));
    },
    stopping(reason) {
      tell({ event: 'stopping', reason }, news(`stopping: ${reason}`));
    },
    failed(reason) {
      // It may never have been ready: what happened is told all the same.
      goOn();
      if (isJson) tell({ event: 'failed', reason }, undefined);
      complain(`parliament start: ${reason}`);
    },
  };
}

/** What happened, for programs. */
type Event = { readonly event: string; readonly [detail: string]: unknown };

/** The same for people; some things are not told to them. */
interface Told {
  readonly text: string;
  readonly isWarning: boolean;
}

const news = (text: string): Told => ({ text, isWarning: false });
const warning = (text: string): Told => ({ text, isWarning: true });

function describeNodeEvent(event: NodeEvent): Told | undefined {
  switch (event.type) {
    case 'nodeup':
      return isClient(event.node) ? undefined : news(`connected with ${event.node}`);
    case 'nodedown':
      return isClient(event.node) ? undefined : news(`lost the connection with ${event.node} (${event.reason})`);
    case 'refused':
      return warning(`${event.node ?? event.address}: ${event.reason}`);
    case 'bad-frame':
      return warning(`${event.node ?? event.address} sent what cannot be read: ${event.reason}`);
    case 'overloaded':
      return warning(`${event.bytes} bytes wait for ${event.node}${event.dropped ? '; its link was dropped' : ''}`);
    case 'too-large':
    case 'unknown-type':
    case 'discovery-failed':
      // The parliament warns of nodes that take too little; messages of a program, and discovery, are not the command's.
      return undefined;
    default:
      return event satisfies never;
  }
}

/** The command's own clients come and go. */
function isClient(node: string): boolean {
  return node.startsWith('client-');
}

function describeParliamentEvent(event: ParliamentEvent): Told {
  switch (event.type) {
    case 'founded':
      return news('the parliament is founded: from now on a majority of its members is enough');
    case 'leader':
      return news(event.node === undefined ? 'no leader is known' : `${event.node} leads, at ballot ${event.ballot}`);
    case 'restarted':
      return warning(`the ${event.role} was restarted: ${event.reason}`);
    case 'gave-up':
      return warning(`gave up: ${event.reason}`);
    case 'refused':
      return warning(`refused by ${event.by}: ${event.message}`);
    case 'space':
      return event.space === 'ok' ? news(event.message) : warning(event.message);
    case 'lost-memory':
    case 'standing-still':
    case 'warning':
      return warning(event.message);
  }
}
