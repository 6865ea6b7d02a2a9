/** What a running node tells on its terminal, or as JSON to a program. */

import type { NodeEvent, ParliamentEvent } from 'parliament';
import { oneLine } from './errors.js';
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

/** A reporter for people, or for programs: one JSON object a line, each with an `event`. */
export function openReporter(isJson: boolean): Reporter {
  // Nobody reads any longer: a node works on all the same.
  onOutputLost(() => {});
  const queue: object[] = [];
  let isReady = false;
  /** The line that says `ready` comes first: what happened before follows it. */
  function tell(event: object, text: string | undefined): void {
    if (!isJson) {
      if (text !== undefined) print(oneLine(text));
    } else if (isReady) {
      print(JSON.stringify(event));
    } else {
      queue.push(event);
    }
  }
  return {
    ready(ready) {
      isReady = true;
      const { name, member, listen, data, missing } = ready;
      const absent = missing.length > 0 ? `; not connected yet: ${missing.join(', ')}` : '';
      tell(
        { event: 'ready', ...ready },
        `${name} (member ${member}) is ready: it listens on ${listen}, its data are in ${data}${absent}`,
      );
      for (const event of queue.splice(0)) print(JSON.stringify(event));
    },
    node(event) {
      const { type, ...details } = event;
      tell({ event: type, ...details }, describeNodeEvent(event));
    },
    parliament(event) {
      const { type, ...details } = event;
      tell({ event: type, ...details }, describeParliamentEvent(event));
    },
    stopping(reason) {
      tell({ event: 'stopping', reason }, `stopping: ${reason}`);
    },
    failed(reason) {
      if (isJson) print(JSON.stringify({ event: 'failed', reason }));
      complain(`parliament start: ${reason}`);
    },
  };
}

function describeNodeEvent(event: NodeEvent): string | undefined {
  switch (event.type) {
    case 'nodeup':
      return event.node.startsWith('client-') ? undefined : `connected with ${event.node}`;
    case 'nodedown':
      return event.node.startsWith('client-') ? undefined : `lost the connection with ${event.node} (${event.reason})`;
    case 'refused':
      return `warning: ${event.node ?? event.address}: ${event.reason}`;
    case 'bad-frame':
      return `warning: ${event.node ?? event.address} sent what cannot be read: ${event.reason}`;
    case 'overloaded':
      return `warning: ${event.bytes} bytes wait for ${event.node}${event.dropped ? '; its link was dropped' : ''}`;
  }
}

function describeParliamentEvent(event: ParliamentEvent): string {
  switch (event.type) {
    case 'founded':
      return 'the parliament is founded: from now on a majority of its members is enough';
    case 'leader':
      return event.node === undefined ? 'no leader is known' : `${event.node} leads, at ballot ${event.ballot}`;
    case 'restarted':
      return `the ${event.role} was restarted: ${event.reason}`;
    case 'gave-up':
      return `gave up: ${event.reason}`;
    case 'lost-memory':
      return `warning: ${event.message}`;
    case 'refused':
      return `refused by ${event.by}: ${event.message}`;
    case 'space':
    case 'standing-still':
    case 'warning':
      return `warning: ${event.message}`;
  }
}
