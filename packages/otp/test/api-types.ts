/** What the compiler promises users: never run, compiled from the sources and again from what is shipped (npm run check:package). */

import {
  type ActorContext,
  type ActorInfo,
  type AnyReference,
  type Behaviour,
  CallError,
  type CallErrorCode,
  call,
  cast,
  type DeadLetter,
  Down,
  deadLetters,
  dispatch,
  Exit,
  type ExitReason,
  exit,
  genServer,
  IGNORE,
  inspect,
  isAbnormal,
  link,
  type Monitor,
  monitor,
  onDeadLetter,
  type PlainReference,
  type Reference,
  type ReplyOf,
  type Request,
  reasonText,
  register,
  registered,
  type ServerReference,
  type Supervisor,
  type SupervisorEvent,
  type SupervisorSpec,
  serverAt,
  startActor,
  startSupervisor,
  startSystem,
  stopActor,
  stopSystem,
  trapExit,
  whenDown,
  whereis,
} from '@parliament/otp';
import { expectTypeOf } from 'expect-type';

type Calls = Request<'read', object, number> | Request<'add', { readonly by: number }, string>;
interface Set {
  readonly type: 'set';
  readonly to: number;
}
const SOON = { timeoutMs: 1000 };

export function genServers(reference: Reference): void {
  const server = genServer<number, Calls, Set>({
    init: (context) => {
      expectTypeOf(context).toEqualTypeOf<ActorContext>();
      return { state: 0 };
    },
    handleCall: {
      read: (_request, from, state) => {
        expectTypeOf(from.reply).parameter(0).toEqualTypeOf<number>();
        return { reply: state, state };
      },
      add: ({ by }, _from, state) => ({ reply: 'done', state: state + by }),
    },
    handleCast: { set: ({ to }) => ({ state: to }) },
  });
  const counter = serverAt(reference, server);
  expectTypeOf(counter).toEqualTypeOf<ServerReference<Calls, Set>>();
  expectTypeOf(call(counter, { type: 'read' }, SOON)).resolves.toEqualTypeOf<number>();
  expectTypeOf(call(counter, { type: 'add', by: 2 }, SOON)).resolves.toEqualTypeOf<string>();
  expectTypeOf<ReplyOf<Calls, 'add'>>().toEqualTypeOf<string>();
  expectTypeOf(cast(counter, { type: 'set', to: 2 })).toEqualTypeOf<boolean>();
  // @ts-expect-error a call needs a deadline
  expectTypeOf(call(counter, { type: 'read' }));
  // @ts-expect-error a field of another type
  expectTypeOf(call(counter, { type: 'add', by: '2' }, SOON));
  // @ts-expect-error no such request
  expectTypeOf(call(counter, { type: 'subtract', by: 2 }, SOON));
  // @ts-expect-error a cast is not answered
  expectTypeOf(call(counter, { type: 'set', to: 2 }, SOON));
  // @ts-expect-error a call is no cast
  expectTypeOf(cast(counter, { type: 'read' }));
  // @ts-expect-error without the handler of `add`
  expectTypeOf(genServer<number, Request<'add'>>({ init: () => ({ state: 0 }), handleCall: {}, handleCast: {} }));

  const untyped = genServer<number>({ init: () => ({ state: 0 }), handleCall: {}, handleCast: {} });
  expectTypeOf(serverAt(reference, untyped)).toEqualTypeOf<PlainReference>();
  expectTypeOf(call<Date>(serverAt(reference, untyped), { type: 'anything' }, SOON)).resolves.toEqualTypeOf<Date>();
}

export function actors(system: Reference): void {
  const behaviour: Behaviour<number, string> = {
    init: () => 0,
    receive: (state, message, context) => {
      expectTypeOf(message).toEqualTypeOf<string>();
      expectTypeOf(context.sender).toEqualTypeOf<Reference | undefined>();
      return state + message.length;
    },
    terminate: (state, reason) => {
      expectTypeOf(state).toEqualTypeOf<number>();
      expectTypeOf(reason).toEqualTypeOf<ExitReason>();
    },
  };
  expectTypeOf(startActor(system, 'name', behaviour)).resolves.toEqualTypeOf<Reference>();
  expectTypeOf(startActor).toBeCallableWith(system, 'name', { init: () => IGNORE, receive: (state: number) => state });
  expectTypeOf(stopActor(system)).resolves.toEqualTypeOf<ExitReason>();
  expectTypeOf(stopSystem(system)).resolves.toEqualTypeOf<void>();
  expectTypeOf(startSystem('name')).toExtend<Reference>();
  expectTypeOf(dispatch(system, 'message')).toEqualTypeOf<boolean>();
  expectTypeOf(inspect(system)).toEqualTypeOf<ActorInfo | undefined>();
  // @ts-expect-error without `receive`
  expectTypeOf(startActor(system, 'name', { init: () => 0 }));
  // @ts-expect-error a state of another type
  expectTypeOf<Behaviour<number, string>>({ init: () => 'text', receive: (state) => state });
  // @ts-expect-error no reference
  expectTypeOf(dispatch({}, 'message'));
}

export function supervisors(system: Reference, behaviour: Behaviour<number, string>): void {
  const spec: SupervisorSpec = {
    strategy: 'one_for_one',
    intensity: 3,
    periodMs: 5000,
    children: [{ id: 'a', start: behaviour, restart: 'transient', shutdown: 'brutal_kill' }],
    onEvent: (event) => {
      expectTypeOf(event).toEqualTypeOf<SupervisorEvent>();
      if (event.type === 'restarted') expectTypeOf(event.incarnation).toEqualTypeOf<number>();
    },
  };
  expectTypeOf(startSupervisor(system, 'name', spec)).resolves.toEqualTypeOf<Supervisor>();
  // @ts-expect-error no such strategy
  expectTypeOf<SupervisorSpec>({ strategy: 'one_for_none', children: [] });
  // @ts-expect-error without children
  expectTypeOf<SupervisorSpec>({ strategy: 'one_for_one' });
  // @ts-expect-error a dynamic supervisor has a template
  expectTypeOf<SupervisorSpec>({ strategy: 'simple_one_for_one', children: [] });
}

export function watching(one: Reference, other: Reference): void {
  expectTypeOf(monitor(one, other)).toEqualTypeOf<Monitor>();
  expectTypeOf(whenDown(other)).resolves.toEqualTypeOf<ExitReason>();
  expectTypeOf(link).parameters.toEqualTypeOf<[self: AnyReference, other: AnyReference]>();
  expectTypeOf(trapExit(one, true)).toEqualTypeOf<void>();
  expectTypeOf(exit).toBeCallableWith(one, { shutdown: 'enough' });
  expectTypeOf(exit).toBeCallableWith(one, 'kill');
  expectTypeOf<Down['reason']>().toEqualTypeOf<ExitReason>();
  expectTypeOf<Exit['from']>().toEqualTypeOf<Reference>();
  expectTypeOf(isAbnormal('normal')).toEqualTypeOf<boolean>();
  expectTypeOf(reasonText({ crash: new Error('x') })).toEqualTypeOf<string>();
  expectTypeOf(Down).instance.toHaveProperty('type').toEqualTypeOf<'DOWN'>();
  expectTypeOf(Exit).instance.toHaveProperty('type').toEqualTypeOf<'EXIT'>();
  // @ts-expect-error no exit reason
  expectTypeOf(exit(one, 'enough'));
}

export function names(system: Reference): void {
  expectTypeOf(register('name', system)).toEqualTypeOf<void>();
  expectTypeOf(whereis(system, 'name')).toEqualTypeOf<Reference | undefined>();
  expectTypeOf(registered(system)).toEqualTypeOf<readonly string[]>();
}

export function failing(system: Reference, error: CallError): void {
  expectTypeOf(error).toExtend<Error>();
  expectTypeOf(error.code).toEqualTypeOf<CallErrorCode>();
  expectTypeOf(error.reason).toEqualTypeOf<ExitReason | undefined>();
  expectTypeOf(CallError).toBeConstructibleWith('timeout', 'late');
  expectTypeOf(onDeadLetter(system, (letter) => expectTypeOf(letter).toEqualTypeOf<DeadLetter>())).toEqualTypeOf<
    () => void
  >();
  expectTypeOf(deadLetters(system).overloaded).toEqualTypeOf<number>();
}
