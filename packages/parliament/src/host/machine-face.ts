/** A machine as its users see it: `propose` and `read`, whose commands and queries are bytes already. */

import { dispatch, type Reference } from '@parliament/otp';
import {
  type FailureReply,
  type MachineRequest,
  parseMachineRequest,
  parseRegisterRequest,
  READ_LEVELS,
} from '../client/requests.js';
import { parseWatchRequest, type WatchRequest } from '../client/watch-requests.js';
import type { Face, Found, LogFull, Said, Service } from './hosted.js';

export function openMachineFace(name: string, service: Service, limitBytes: number): Face {
  function objectionTo(what: 'command' | 'query', { length }: Uint8Array): FailureReply | undefined {
    if (length <= limitBytes) return undefined;
    const error = `the ${what} has ${length} bytes; the limit is ${limitBytes} (valueLimitBytes): store what is long elsewhere`;
    return { ok: false, code: 'too-large', outcome: 'not-applied', error };
  }

  function serve(request: MachineRequest, reply: (reply: Found | FailureReply) => void): void {
    const objection =
      request.type === 'propose' ? objectionTo('command', request.command) : objectionTo('query', request.query);
    if (objection !== undefined) {
      reply(objection);
      return;
    }
    const deadline = performance.now() + request.timeoutMs;
    if (request.type === 'propose') {
      // A log of one slot is full after one command.
      service.command(request.command, deadline, (answer) => reply(withoutEnd(answer)));
    } else {
      service.query(request.query, deadline, reply, { level: request.level, atLeast: request.atLeast });
    }
  }

  function watch(request: WatchRequest, sender: Reference): void {
    const objection = request.query === undefined ? undefined : objectionTo('query', request.query);
    if (objection !== undefined) dispatch(sender, objection);
    else service.watch(request, (reply) => dispatch(sender, reply));
  }

  return {
    serve(message: unknown, sender: Reference) {
      const request = parseMachineRequest(message);
      const watching = parseWatchRequest(message);
      if (request?.type === 'unknown-read') {
        const error = `this node knows no reads of the level ${JSON.stringify(request.level)}, but ${READ_LEVELS.join(', ')}: give one of these, or bring it to the version of who asks`;
        dispatch(sender, { ok: false, code: 'bad-request', outcome: 'not-applied', error });
      } else if (request !== undefined) serve(request, (reply) => dispatch(sender, reply));
      else if (watching !== undefined) watch(watching, sender);
      else if (parseRegisterRequest(message) !== undefined) {
        const error = `this parliament runs the machine ${name}: use propose and read`;
        dispatch(sender, { ok: false, code: 'bad-request', outcome: 'not-applied', error });
      }
    },
  };
}

function withoutEnd(answer: Said | FailureReply | LogFull): Said | FailureReply {
  return answer.ok || answer.code !== 'log-full' ? answer : { ...answer, code: 'bad-request' };
}
