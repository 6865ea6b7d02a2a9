/** The registers as their users see them: `ask`, `listRegisters` and `clear`, over commands and queries in bytes. */

import { dispatch, type Reference } from '@parliament/otp';
import {
  type AskReply,
  type AskRequest,
  type FailureReply,
  type ListReply,
  objectionTo,
  parseMachineRequest,
  parseRegisterRequest,
} from '../client/requests.js';
import { parseWatchRequest } from '../client/watch-requests.js';
import { detach } from '../detach.js';
import type { Outcome } from '../errors.js';
import { type Face, type Hosted, NOT_LOOKED, type QueryAnswer, type Service } from '../host/hosted.js';
import { DecidedCache } from './decided-cache.js';
import { type Registers, registers } from './registers.js';
import { decodeCount, decodeFound, decodePage, decodeValue, encodePut, encodeQuestion } from './words.js';

/** A learner that does not show its registers within this time is restarting, or busy; in milliseconds. */
const LIST_LIMIT_MS = 5000;

/** Registers alone, with their face: for logs with an end. */
export const hostedRegisters: Hosted<Registers> = {
  machine: registers,
  label: undefined,
  openFace: openRegistersFace,
};

export function openRegistersFace(service: Service, valueLimitBytes: number): Face {
  const decided = new DecidedCache();

  function ask({ key, value, timeoutMs }: AskRequest, reply: (reply: AskReply | FailureReply) => void): void {
    const objection = objectionTo(key, value, valueLimitBytes);
    if (objection !== undefined) {
      reply({ ok: false, code: 'bad-request', outcome: 'not-applied', error: objection });
      return;
    }
    const failure = service.objectionTo(value === undefined ? 'query' : 'command');
    if (failure !== undefined) {
      reply(failure);
      return;
    }
    const known = decided.get(key);
    if (known !== undefined) {
      reply({ ok: true, value: known });
      return;
    }
    const deadline = performance.now() + timeoutMs;
    const found = (outcome: Outcome): QueryAnswer => {
      return (answer) => {
        if (!answer.ok) {
          reply({ ...answer, outcome });
          return;
        }
        const value = decodeFound(answer.bytes);
        if (value !== undefined) decided.set(key, value);
        reply(value === undefined ? { ok: true } : { ok: true, value });
      };
    };
    const read = (outcome: Outcome): void => {
      service.query(encodeQuestion({ type: 'get', key }), deadline, found(outcome));
    };
    if (value === undefined) {
      read('not-applied');
      return;
    }
    service.command(encodePut({ key, value }), deadline, (answer) => {
      if (answer.ok) {
        const value = decodeValue(answer.bytes);
        decided.set(key, value);
        reply({ ok: true, value });
      } else if (answer.code !== 'log-full') reply(answer);
      // Every register has the value it will ever have, and a read tells it.
      else read(answer.outcome);
    });
  }

  function list(after: number, reply: (reply: ListReply | FailureReply) => void): void {
    const page = service.look(encodeQuestion({ type: 'list', after }), LIST_LIMIT_MS);
    detach(
      page.then(
        (answer) => reply({ ok: true, ...decodePage(answer) }),
        () => reply(NOT_LOOKED),
      ),
    );
  }

  return {
    serve(message: unknown, sender: Reference) {
      const request = parseRegisterRequest(message);
      if (request?.type === 'ask') ask(request, (reply) => dispatch(sender, reply));
      else if (request?.type === 'list') list(request.after, (reply) => dispatch(sender, reply));
      else if (request?.type === 'clear') {
        decided.clear();
        dispatch(sender, { ok: true });
      } else if (parseMachineRequest(message) !== undefined || parseWatchRequest(message) !== undefined) {
        const error = 'the log of this parliament has an end (lastSlot), so it holds registers alone: use ask';
        dispatch(sender, { ok: false, code: 'bad-request', outcome: 'not-applied', error });
      }
    },
    count: async (timeoutMs) => decodeCount(await service.look(encodeQuestion({ type: 'count' }), timeoutMs)),
  };
}
