/** What the compiler promises users: never run, compiled from the sources and again from what is shipped (npm run check:package). */

import {
  type AcceptorSequel,
  afterAcceptor,
  afterLearner,
  type At,
  applyDecision,
  type Ballot,
  type Configuration,
  commandsValue,
  createAcceptor,
  createLearner,
  createOnDisk,
  createProposer,
  createReplica,
  createSessions,
  type Decree,
  type DurableRecord,
  type Envelope,
  flexible,
  foundingConfiguration,
  grid,
  isBallot,
  isPhase1Quorum,
  isSlot,
  type LearnerNews,
  type LearnerSequel,
  leaderOf,
  type Machine,
  type MachineCodec,
  type MemberId,
  type Message,
  majority,
  NO_OP,
  nextBallot,
  type Prepare,
  type ProposerNews,
  type QuorumSystem,
  type RandomState,
  type Replica,
  type RoleName,
  readDecree,
  receiversOf,
  recoverAcceptor,
  type SessionResult,
  type SessionTable,
  type Slot,
  type Step,
  seededRandom,
  stepAcceptor,
  stepLearner,
  stepProposer,
  type Value,
  weighted,
  writeReplica,
} from '@parliament/synod';
import { expectTypeOf } from 'expect-type';

const configuration: Configuration = foundingConfiguration(majority([0, 1, 2]));
const prepare: Prepare = { type: 'prepare', ballot: nextBallot(1, 0), fromSlot: 1, bytes: 1e6, token: 0 };

export function roles(record: DurableRecord): void {
  const acceptor = createAcceptor(0, [configuration]);
  const said = stepAcceptor(acceptor, { type: 'message', from: 1, message: prepare }, 0);
  expectTypeOf(said).toEqualTypeOf<Step<never>>();
  expectTypeOf(afterAcceptor(acceptor, 0, said)).toEqualTypeOf<AcceptorSequel>();
  expectTypeOf(said.records[0]).toExtend<DurableRecord | undefined>();
  expectTypeOf(said.messages[0]).toEqualTypeOf<Envelope | undefined>();
  expectTypeOf(recoverAcceptor(acceptor, record)).toEqualTypeOf<void>();
  const learner = createLearner(0, [configuration]);
  expectTypeOf(stepLearner).parameter(0).toEqualTypeOf(learner);
  expectTypeOf(stepLearner).returns.toEqualTypeOf<Step<LearnerNews>>();
  expectTypeOf(afterLearner).returns.toEqualTypeOf<LearnerSequel>();
  const proposer = createProposer(0, [configuration], { promised: 0, decidedUpTo: 0, seed: 1, now: 0 });
  expectTypeOf(stepProposer).parameter(0).toEqualTypeOf(proposer);
  expectTypeOf(stepProposer).returns.toEqualTypeOf<Step<ProposerNews>>();
  expectTypeOf(leaderOf(proposer)).toEqualTypeOf<Ballot | undefined>();
  // @ts-expect-error a step needs the time
  expectTypeOf(stepAcceptor(acceptor, { type: 'message', from: 1, message: prepare }));
  // @ts-expect-error an acceptor hears no answers to itself
  expectTypeOf(stepAcceptor(acceptor, { type: 'message', from: 1, message: { type: 'promise' } }, 0));
  // @ts-expect-error a proposer's step has no sequel
  expectTypeOf(afterLearner(learner, createOnDisk(), stepProposer(proposer, { type: 'tick' }, 0)));
  // @ts-expect-error the state of another role
  expectTypeOf(stepLearner(acceptor, { type: 'tick' }, 0));
  // @ts-expect-error a proposer must know what it has promised
  expectTypeOf(createProposer(0, [configuration], { decidedUpTo: 0, seed: 1, now: 0 }));
}

export function quorums(): void {
  for (const system of [
    majority([0, 1, 2]),
    flexible([0, 1, 2], { phase1: 2, phase2: 2 }),
    grid([
      [0, 1],
      [2, 3],
    ]),
    weighted({ 0: 2, 1: 1 }),
  ]) {
    expectTypeOf(system).toExtend<QuorumSystem>();
    expectTypeOf(isPhase1Quorum(system, (member) => member > 0)).toEqualTypeOf<boolean>();
  }
  // @ts-expect-error both phases have a size
  expectTypeOf(flexible([0, 1, 2], { phase1: 2 }));
}

export function messages(message: Message): void {
  expectTypeOf(receiversOf(message, 0)).toEqualTypeOf<readonly RoleName[]>();
  if (message.type === 'accept') expectTypeOf(message.ballot).toEqualTypeOf<Ballot>();
  // @ts-expect-error not every message has a ballot
  expectTypeOf(message.ballot);
}

export function values(value: Value, number: number): void {
  expectTypeOf(readDecree(value)).toEqualTypeOf<Decree>();
  expectTypeOf(commandsValue(new Uint8Array())).toEqualTypeOf<Value>();
  expectTypeOf(NO_OP).toEqualTypeOf<Value>();
  expectTypeOf(isBallot).guards.toEqualTypeOf<Ballot>();
  expectTypeOf(isSlot(number)).toEqualTypeOf<boolean>();
  expectTypeOf<Slot | MemberId>().toEqualTypeOf<number>();
  expectTypeOf(seededRandom(1)).toEqualTypeOf<RandomState>();
}

interface Count {
  sum: number;
}

export function replicas(machine: Machine<Count, bigint, string>, codec: MachineCodec<bigint, string>): void {
  const replica = createReplica(machine, codec);
  expectTypeOf(replica).toEqualTypeOf<Replica<Count, bigint, string>>();
  expectTypeOf(applyDecision(replica, { slot: 1, value: NO_OP })).toEqualTypeOf<SessionResult<string>[]>();
  expectTypeOf(writeReplica(replica)).toEqualTypeOf<Iterable<Uint8Array>>();
  expectTypeOf(createSessions<string>()).toEqualTypeOf<SessionTable<string>>();
  expectTypeOf(machine.apply).toEqualTypeOf<(state: Count, command: bigint, at: At) => string>();
  // @ts-expect-error the codec of other commands
  expectTypeOf(createReplica<Count, number, string>(machine, codec));
}
