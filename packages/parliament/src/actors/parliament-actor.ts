/**
 * The parliament actor: the parent of the roles, and the face of the group on its node. Users ask it; other members send
 * it their packets. It decides nothing itself: it checks what comes in and hands it to the role that it is for.
 */

import { call, dispatch, type Reference, type SupervisorEvent } from '@parliament/otp';
import { type Node, speakerOf } from '@parliament/remote';
import { type MemberId, type Message, ownerOf } from '@parliament/synod';
import { type FailureReply, parseRequest, type Refusal, type ReplyCode, type Request } from '../client/requests.js';
import type { WatchRequest } from '../client/watch-requests.js';
import { detach } from '../detach.js';
import { explainTrouble } from '../events.js';
import {
  type CommandAnswer,
  type Face,
  LINEARIZABLE,
  type QueryAnswer,
  type ReadWish,
  type Service,
  type WatchAnswer,
} from '../host/hosted.js';
import { memberIds } from '../members.js';
import type { Settings } from '../options.js';
import type { ChildName } from '../roles.js';
import type { ParliamentStatus } from '../status.js';
import type { Poll } from '../watch/waiting.js';
import { Packet, type PacketIntroduction, type PacketStart } from '../wire/packet.js';
import { Desk, type DeskOutput } from './desk.js';
import { describeLostMemory, judge, NOTHING_WRITTEN, noteWritten, type Written } from './gate.js';
import { objectionToLeases, whyNoLease } from './lease.js';
import {
  Applied,
  FoundingNews,
  Handled,
  Heard,
  Idle,
  Introduced,
  LeaderNews,
  Leased,
  Look,
  Marked,
  MemoryLost,
  NoSnapshot,
  NotLeased,
  Part,
  Relapsed,
  type Report,
  Seen,
  SpaceNews,
  Tick,
  Trouble,
  Watch,
  WatchersUp,
} from './mail.js';
import { giveRoles } from './post.js';
import { type NarrowMember, narrowMembers, roomFor } from './room.js';

/** The parliament's own reminder to look at its desk; it goes to the end of the mailbox, so that requests gather. */
class Flush {}

/** How far others have written is handed to storage this often, in milliseconds. */
const HEARD_INTERVAL_MS = 5000;

/** Refusals to one node are sent at most this often, in milliseconds. */
const REFUSAL_INTERVAL_MS = 1000;

/** At most so many questions of watchers wait; more are refused as `overloaded`. */
const WATCHERS_LIMIT = 8192;

/** A watcher waits here no longer than this, in milliseconds, whatever it says. */
const WATCH_MS_MAX = 60_000;

/** So many characters of why a node is not connected, for each. */
const CAUSE_LENGTH_MAX = 300;

/** What the parliament actor has to work with. */
export interface ParliamentSurroundings {
  readonly settings: Settings;
  readonly self: Reference;
  /** Where the parliament actor is, on this node and on every other one. */
  readonly path: readonly string[];
  readonly node: Node | undefined;
  readonly life: number;
  readonly isRepeatable: (command: Uint8Array) => boolean;
  /** The machine, and its version, as others are told of it; undefined for registers alone. */
  readonly machine: string | undefined;
  /** Opens the face of the machine, which users meet. */
  readonly openFace: (service: Service) => Face;
  readonly child: (name: ChildName) => Reference;
  readonly report: () => Promise<ParliamentStatus>;
}

/** The state and the behaviour of a parliament actor. */
export class ParliamentActor {
  readonly #around: ParliamentSurroundings;
  readonly #desk: Desk;
  readonly #face: Face;
  /** Sends to another node's parliament, so that it is proved from whom it is. */
  readonly #speak: ((to: Reference, message: unknown) => boolean) | undefined;
  readonly #refusedAt = new Map<string, number>();
  #founding: FoundingNews | undefined;
  #leader: number | undefined;
  #excluded: string | undefined;
  /** Members whose votes do not count, as their directories are not those that are known. */
  readonly #uncounted = new Set<MemberId>();
  /** Members that run another machine, and what is wrong with that. */
  readonly #strangers = new Map<MemberId, string>();
  #isFlushDue = false;
  /** What watchers have asked, and is not answered: it outlives those who are to answer it. */
  readonly #polls = new Set<Poll>();
  #space: SpaceNews | undefined;
  /** How far each member has written, as it says itself. */
  readonly #written = new Map<MemberId, Written>();
  /** When this member was started; not known before storage has read its directory. */
  #start: PacketStart | undefined;
  /** What was told of members that take too little, to be told again only when it has changed. */
  readonly #toldOf = new Map<MemberId, number>();
  #heardAt = 0;
  #tickedAt = 0;

  constructor(around: ParliamentSurroundings) {
    this.#around = around;
    this.#speak = around.node?.speakFor(around.self);
    const { member, members, lastSlot } = around.settings;
    this.#desk = new Desk(member, around.life, lastSlot, around.isRepeatable, () => {
      const leader = this.#leader === undefined ? undefined : ownerOf(this.#leader);
      return roomFor(members, member, leader, (to) => this.reach(to));
    });
    this.#face = around.openFace({
      objectionTo: (kind) => this.#objectionTo(kind),
      command: (payload, deadline, answer) => this.#command(payload, deadline, answer),
      query: (query, deadline, answer, wish) => this.#query(query, deadline, answer, wish),
      look: (query, timeoutMs) => this.#look(query, timeoutMs),
      watch: (request, answer) => this.#watch(request, answer),
    });
  }

  get pending(): number {
    return this.#desk.pending;
  }

  get watching(): number {
    return this.#polls.size;
  }

  get founding(): FoundingNews | undefined {
    return this.#founding;
  }

  get uncounted(): ReadonlySet<MemberId> {
    return this.#uncounted;
  }

  /** How much the machine holds, as far as that is known within this time. */
  async count(timeoutMs: number): Promise<number> {
    return (await this.#face.count?.(timeoutMs)) ?? 0;
  }

  /** Takes whatever is sent to the parliament actor. */
  receive(message: unknown, sender: Reference | undefined): void {
    const { reads } = this.#desk;
    if (message instanceof Packet) this.#admit(message, sender);
    else if (message instanceof Applied) this.#carryOut(this.#desk.applied(message, performance.now()));
    else if (message instanceof Idle) this.#expire(message);
    else if (message instanceof Handled) this.#desk.handled(message.token, message.submitted);
    else if (message instanceof Marked) this.#carryOut(reads.marked(message.token, message.slot, performance.now()));
    else if (message instanceof Leased) this.#carryOut(reads.leased(message.token, message.slot, performance.now()));
    else if (message instanceof NotLeased) {
      reads.notLeased(
        message.token,
        performance.now(),
        message.isLeading ? undefined : whyNoLease(this.#around.settings, this.#leader),
      );
    } else if (message instanceof Seen) {
      this.#carryOut(reads.seen(message.token, message.answers, message.slot, performance.now()));
    } else if (message instanceof Tick) this.#tick();
    else if (message instanceof WatchersUp) {
      for (const poll of this.#polls) dispatch(this.#around.child('watchers'), new Watch(poll));
    } else if (message instanceof Flush) this.#flush();
    else if (message instanceof LeaderNews) this.#follow(message.ballot);
    else if (message instanceof FoundingNews) this.#found(message);
    else if (message instanceof MemoryLost) this.#mourn(message);
    else if (message instanceof SpaceNews) this.#noteSpace(message);
    else if (message instanceof Trouble) this.#complain(message);
    else if (message instanceof NoSnapshot) this.#warnOfLog(message);
    else {
      const request = parseRequest(message);
      if (request !== undefined) this.#serve(request, sender);
      else if (sender !== undefined) this.#face.serve(message, sender);
    }
  }

  /** Sends a packet to a member; lost without a word when its node cannot be reached. */
  send(to: MemberId, messages: readonly Message[]): void {
    // A stranger cannot read it: until one that can has taken its place, and has said something, it is not sent.
    if (this.#founding !== undefined && !this.#strangers.has(to)) {
      this.#sendPacket(to, this.#founding.directory, this.#founding.position(), messages);
    }
  }

  /** The longest message that may go to the node of a member; undefined while there is no link to it. */
  reach(to: MemberId): number | undefined {
    const peer = this.#around.settings.members[to];
    return peer === undefined ? undefined : this.#around.node?.payloadBytes(peer);
  }

  /** Introduces this member to another one. */
  introduce(
    to: MemberId,
    directory: string,
    position: number,
    introduction: Omit<PacketIntroduction, 'members'>,
  ): void {
    const { members } = this.#around.settings;
    this.#sendPacket(to, directory, position, [], { ...introduction, members });
  }

  /** A role was restarted, or all of them are gone. */
  noteSupervision(event: SupervisorEvent): void {
    const { onEvent } = this.#around.settings;
    if (event.type === 'restarted') {
      onEvent({ type: 'restarted', role: event.id as ChildName, reason: event.reason });
    } else if (event.type === 'gave-up') {
      onEvent({ type: 'gave-up', reason: event.reason });
    }
  }

  /** The parliament is gone from this node: nobody will answer those who still wait. */
  close(): void {
    this.#failAll('not-running', 'the parliament has stopped on this node');
  }

  #serve(request: Request, sender: Reference | undefined): void {
    if (request.type === 'refusal') this.#takeRefusal(request, sender);
    else if (sender !== undefined) {
      detach(this.#around.report().then((status) => dispatch(sender, { ok: true, status })));
    }
  }

  #objectionTo(kind: 'command' | 'query'): FailureReply | undefined {
    if (this.#excluded !== undefined) {
      return { ok: false, code: 'excluded', outcome: 'not-applied', error: this.#excluded };
    }
    if (kind === 'query' || this.#space?.space !== 'full') return undefined;
    const error = `the disk of ${this.#around.settings.directory} is full: free space on it, or ask another node`;
    return { ok: false, code: 'no-space', outcome: 'not-applied', error };
  }

  #command(payload: Uint8Array, deadline: number, answer: CommandAnswer): void {
    const objection = this.#objectionTo('command');
    if (objection !== undefined) answer(objection);
    else if (this.#desk.propose(payload, deadline, answer)) this.#flushSoon();
  }

  #query(query: Uint8Array, deadline: number, answer: QueryAnswer, wish?: ReadWish): void {
    const objection = this.#objectionToRead(wish);
    if (objection !== undefined) answer(objection);
    else if (this.#desk.ask(query, deadline, answer, wish)) this.#flushSoon();
  }

  /** What is applied here is told by a member that may not take part, too: it is no secret, and its age is with it. */
  #objectionToRead({ level }: ReadWish = LINEARIZABLE): FailureReply | undefined {
    if (level === 'local') return undefined;
    const objection = this.#objectionTo('query');
    return objection === undefined && level === 'lease' ? objectionToLeases(this.#around.settings) : objection;
  }

  async #look(query: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const report = await call<Report<Uint8Array>>(this.#around.child('learner'), new Look(query), { timeoutMs });
    return report.content;
  }

  #watch(request: WatchRequest, answer: WatchAnswer): void {
    const objection = this.#objectionTo('query');
    if (objection !== undefined) {
      answer(objection);
      return;
    }
    if (this.#polls.size >= WATCHERS_LIMIT) {
      const error = `${this.#polls.size} watchers are waiting already; try again later, more slowly`;
      answer({ ok: false, code: 'overloaded', outcome: 'not-applied', error });
      return;
    }
    const poll: Poll = {
      request,
      until: performance.now() + Math.min(request.timeoutMs, WATCH_MS_MAX),
      answer: (reply) => {
        if (this.#polls.delete(poll)) answer(reply);
      },
    };
    this.#polls.add(poll);
    dispatch(this.#around.child('watchers'), new Watch(poll));
  }

  /** Fails everything that waits. */
  #failAll(code: ReplyCode, error: string): void {
    this.#desk.failAll(code, error);
    for (const { answer } of this.#polls) answer({ ok: false, code, outcome: 'not-applied', error });
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    dispatch(this.#around.self, new Flush());
  }

  #flush(): void {
    this.#isFlushDue = false;
    const now = performance.now();
    // What is applied here can be asked before all have met.
    if (this.#founding?.founded === true) this.#carryOut(this.#desk.flush(now));
    else this.#carryOut({ proposer: [], learner: this.#desk.reads.looks(now) });
  }

  #carryOut({ proposer, learner }: DeskOutput): void {
    for (const message of proposer) dispatch(this.#around.child('proposer'), message);
    for (const message of learner) dispatch(this.#around.child('learner'), message);
  }

  #tick(): void {
    const { child } = this.#around;
    if (this.#founding?.founded === true) {
      const now = performance.now();
      dispatch(child('learner'), new Tick());
      this.#noteParts();
      dispatch(child('proposer'), new Tick());
      if (now - this.#heardAt >= HEARD_INTERVAL_MS && this.#written.size > 0) {
        this.#heardAt = now;
        const positions = [...this.#written].map(([member, { position }]) => [member, position] as const);
        dispatch(child('storage'), new Heard(new Map(positions)));
      }
    } else {
      dispatch(child('storage'), new Tick());
    }
    this.#tellNarrow();
    this.#desk.tick(performance.now(), () => this.#explain());
    this.#flush();
  }

  /** Of whom a long message has come in part since the last tick: what that member says besides waits behind it. */
  #noteParts(): void {
    const { settings, node, child } = this.#around;
    const since = this.#tickedAt;
    this.#tickedAt = performance.now();
    if (node === undefined) return;
    for (const [member, peer] of Object.entries(settings.members)) {
      if ((node.partAt(peer) ?? 0) > since) dispatch(child('proposer'), new Part(Number(member)));
    }
  }

  /** The members, this one too, whose nodes take less than values may need. */
  #narrow(): NarrowMember[] {
    const { members, valueLimitBytes } = this.#around.settings;
    return narrowMembers(members, (member) => this.reach(member), valueLimitBytes);
  }

  #tellNarrow(): void {
    for (const { member, bytes, message } of this.#narrow()) {
      if (this.#toldOf.get(member) === bytes) continue;
      this.#toldOf.set(member, bytes);
      this.#around.settings.onEvent({ type: 'warning', message });
    }
  }

  #complain({ trouble, flaw }: Trouble): void {
    const { settings } = this.#around;
    const message = explainTrouble(trouble, (member) => `node ${settings.members[member] ?? member}`, flaw);
    settings.onEvent({ type: 'standing-still', cause: trouble.type, slot: trouble.slot, message });
  }

  #warnOfLog({ slot, reason }: NoSnapshot): void {
    const consequence = 'the log is not trimmed, and grows, until one can: mend the machine, on all members';
    const message = `no snapshot can be taken after slot ${slot}: ${reason}; ${consequence}`;
    this.#around.settings.onEvent({ type: 'warning', message });
  }

  /** Ending what nobody uses is the duty of the leader's member: one is enough. */
  #expire({ expiries }: Idle): void {
    if (this.#leader === undefined || ownerOf(this.#leader) !== this.#around.settings.member) return;
    this.#carryOut(this.#desk.expire(expiries));
  }

  #follow(ballot: number | undefined): void {
    this.#leader = ballot;
    const member = ballot === undefined ? undefined : ownerOf(ballot);
    const node = member === undefined ? undefined : this.#around.settings.members[member];
    this.#around.settings.onEvent({ type: 'leader', member, node, ballot });
    this.#desk.reads.leaderLost();
    if (ballot === undefined) return;
    this.#desk.leaderChanged(performance.now(), member === this.#around.settings.member);
    this.#flush();
  }

  #found(news: FoundingNews): void {
    const isNew = news.founded && this.#founding?.founded !== true;
    this.#founding = news;
    // Of the first time: a storage that was restarted alone belongs to the same life.
    this.#start ??= { life: this.#around.life, position: news.position() };
    for (const [member, position] of news.positions) {
      const known = this.#written.get(member) ?? NOTHING_WRITTEN;
      if (position > known.position) this.#written.set(member, { ...known, position });
    }
    if (!isNew) return;
    this.#around.settings.onEvent({ type: 'founded' });
    this.#flush();
  }

  #mourn({ whose, member, expected, found }: MemoryLost): void {
    const node = this.#around.settings.members[member] ?? 'unknown';
    const message = describeLostMemory(whose, node, member, expected, found);
    if (whose === 'own') this.#exclude(message);
    else this.#uncounted.add(member);
    this.#around.settings.onEvent({ type: 'lost-memory', member, node, whose, message });
  }

  #noteSpace(news: SpaceNews): void {
    const { settings } = this.#around;
    this.#space = news;
    const { space, bytes } = news;
    settings.onEvent({ type: 'space', space, bytes, message: describeSpace(news, settings.directory) });
  }

  #exclude(reason: string): void {
    this.#excluded = reason;
    this.#uncounted.add(this.#around.settings.member);
    this.#failAll('excluded', reason);
  }

  #admit(packet: Packet, sender: Reference | undefined): void {
    const { settings, child, machine } = this.#around;
    const node = this.#parliamentBehind(sender);
    if (sender === undefined || node === undefined) return;
    const written = this.#written.get(packet.from) ?? NOTHING_WRITTEN;
    const verdict = judge(packet, node, settings.member, settings.members, this.#founding, written, machine);
    if (verdict.type === 'relapse')
      dispatch(child('storage'), new Relapsed(packet.from, verdict.position, written.position));
    if (verdict.type === 'refuse' || verdict.type === 'relapse') {
      this.#refuse(node, verdict.message, sender);
      return;
    }
    if (verdict.type === 'stranger') {
      this.#strangers.set(packet.from, verdict.message);
      this.#uncounted.add(packet.from);
      // While a later version takes the place of an earlier one, member by member, those of before may be the majority that decides: they
      // are put out once there is a leader on this side. Before the founding nobody decides anything.
      const isTold = this.#founding?.founded === false || this.#leader !== undefined;
      this.#refuse(node, verdict.message, isTold ? sender : undefined);
      return;
    }
    if (verdict.type === 'late') return;
    this.#strangers.delete(packet.from);
    if (packet.introduction !== undefined) {
      dispatch(child('storage'), new Introduced(packet.from, packet.directory, packet.introduction));
    } else if (verdict.type === 'introduction-only' && this.#founding?.founded === true) {
      // A stranger that sends votes without introducing itself: it learns from an introduction where it stands.
      const yours = this.#founding.known.get(packet.from);
      const { directory, position } = this.#founding;
      this.introduce(packet.from, directory, position(), { yours, founded: true });
    }
    if (verdict.type !== 'admit') return;
    this.#written.set(packet.from, noteWritten(written, packet));
    this.#uncounted.delete(packet.from);
    giveRoles(child, settings.member, packet.from, packet.messages);
  }

  /** Tells the host, and the node itself where that is given; both once a second. */
  #refuse(node: string, message: string, sender: Reference | undefined): void {
    const now = performance.now();
    if (now - (this.#refusedAt.get(node) ?? Number.NEGATIVE_INFINITY) < REFUSAL_INTERVAL_MS) return;
    if (this.#refusedAt.size > 1024) this.#refusedAt.clear();
    this.#refusedAt.set(node, now);
    const directory = this.#founding?.directory;
    const refusal: Refusal = { type: 'refusal', message, ...(directory === undefined ? {} : { directory }) };
    if (sender !== undefined) this.#speak?.(sender, refusal);
    this.#around.settings.onEvent({ type: 'warning', message: `refused node ${node}: ${message}` });
  }

  /**
   * The node of the parliament actor that has sent a message itself. What another actor of that node sends, or reflects, counts for
   * nothing: many may have it send what they like.
   */
  #parliamentBehind(sender: Reference | undefined): string | undefined {
    const speaker = speakerOf(sender);
    const { path } = this.#around;
    const isParliament =
      speaker?.path.length === path.length && speaker.path.every((name, index) => name === path[index]);
    return isParliament ? speaker.node : undefined;
  }

  #takeRefusal({ message, directory }: Refusal, sender: Reference | undefined): void {
    const { members, onEvent } = this.#around.settings;
    const by = this.#parliamentBehind(sender);
    const member = memberIds(members).find((id) => members[id] === by);
    if (by === undefined || member === undefined) return;
    if (this.#founding?.founded === true && this.#founding.known.get(member) !== directory) {
      // One that has lost its directory may have been started with anything: it knows nobody, and puts nobody out.
      const cause = 'its directory is not the one that is written down, so its word does not count';
      onEvent({ type: 'warning', message: `node ${by} refuses this member (${message}); ${cause}` });
      return;
    }
    this.#exclude(`node ${by} refuses this member: ${message}`);
    onEvent({ type: 'refused', by, message });
  }

  #sendPacket(
    to: MemberId,
    directory: string,
    position: number,
    messages: readonly Message[],
    introduction?: PacketIntroduction,
  ): void {
    const { node, settings, path, machine } = this.#around;
    const peer = settings.members[to];
    if (node === undefined || peer === undefined) return;
    const packet = new Packet(settings.member, directory, position, messages, introduction, this.#start, machine);
    this.#speak?.(node.ref(peer, path), packet);
  }

  /** The node of a member; where the way to it is missing, with what the last attempt came to: a refusal, for example. */
  #describePeer(peer: string | undefined): string {
    const { node } = this.#around;
    const status = node?.peers().find(({ name }) => name === peer);
    const cause = status === undefined || status.state === 'connected' ? undefined : status.lastError;
    return cause === undefined ? `${peer}` : `${peer} (${clip(cause)})`;
  }

  /** Why nothing was decided, as far as this node can tell. */
  #explain(): string {
    const { settings, node } = this.#around;
    if (this.#founding === undefined) return 'storage has not started yet';
    if (!this.#founding.founded) {
      const missing = this.#founding.missing.map((member) => this.#describePeer(settings.members[member])).join(', ');
      return `the parliament is not founded yet; every member is needed for that once, and it waits for ${missing}`;
    }
    const connected = new Set(
      (node?.peers() ?? []).filter((peer) => peer.state === 'connected').map(({ name }) => name),
    );
    const out = Object.entries(settings.members).filter(
      ([id, peer]) => Number(id) !== settings.member && !connected.has(peer),
    );
    const absent =
      out.length > 0
        ? `not connected: ${out.map(([, peer]) => this.#describePeer(peer)).join(', ')}`
        : 'all are connected';
    const known = [absent, ...this.#strangers.values(), ...this.#narrow().map(({ message }) => message)].join('; ');
    return this.#leader === undefined ? `there is no leader (${known})` : `no quorum has answered in time (${known})`;
  }
}

/** The end of an explanation is not to be lost behind a long beginning. */
function clip(text: string): string {
  return text.length <= CAUSE_LENGTH_MAX ? text : `${text.slice(0, CAUSE_LENGTH_MAX)}…`;
}

function describeSpace({ space, bytes }: SpaceNews, directory: string): string {
  if (space === 'ok') return `the disk of ${directory} has room again`;
  const cause = `the disk of ${directory} is full; ${bytes} bytes are left of the log`;
  if (space === 'low') return `${cause}. Free space on it, or this member will soon take no proposals`;
  return `${cause}. This member takes no new proposals and casts no votes until there is space on it; reads go on`;
}
