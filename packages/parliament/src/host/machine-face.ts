/** A machine as its users see it: `propose` and `read`, whose commands and queries are bytes already. */

import { dispatch, type Reference } from '@parliament/otp';
import {
  type FailureReply,
  type MachineRequest,
  parseMachineRequest,
  parseRegisterRequest,
} from '../client/requests.js';
import { detach } from '../detach.js';
import { type Face, type LogFull, NOT_LOOKED, type Said, type Service } from './hosted.js';

export function openMachineFace(name: string, service: Service, limitBytes: number): Face {
  function serve(request: MachineRequest, reply: (reply: Said | FailureReply) => void): void {
    const bytes = request.type === 'propose' ? request.command : request.query;
    if (bytes.length > limitBytes) {
      const what = request.type === 'propose' ? 'command' : 'query';
      const error = `the ${what} has ${bytes.length} bytes; the limit is ${limitBytes} (valueLimitBytes): store what is long elsewhere`;
      reply({ ok: false, code: 'too-large', outcome: 'not-applied', error });
      return;
    }
    const deadline = performance.now() + request.timeoutMs;
    if (request.type === 'propose') {
      // A log of one slot is full after one command.
      service.command(request.command, deadline, (answer) => reply(withoutEnd(answer)));
    } else if (request.level === 'linearizable') {
      service.query(request.query, deadline, reply);
    } else {
      const looked = service.look(request.query, request.timeoutMs);
      detach(
        looked.then(
          (found) => reply({ ok: true, bytes: found }),
          () => reply(NOT_LOOKED),
        ),
      );
    }
  }

  return {
    serve(message: unknown, sender: Reference) {
      const request = parseMachineRequest(message);
      if (request !== undefined) serve(request, (reply) => dispatch(sender, reply));
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
