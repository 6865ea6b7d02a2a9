/**
 * The parliament actor: the parent of the roles, and the face of the group on its node. Users ask it; other members send
 * it their packets. It decides nothing itself: it checks what comes in and hands it to the role that it is for.
 */

import { dispatch, type Reference, type SupervisorEvent } from '@parliament/otp';
import { type Node, peerOf } from '@parliament/remote';
import { type MemberId, type Message, ownerOf } from '@parliament/synod';
import { Desk, type DeskOutput } from './desk.js';
import { describeLostMemory, judge } from './gate.js';
import {
  Applied,
  type ChildName,
  FoundingNews,
  Handled,
  Idle,
  Introduced,
  LeaderNews,
  Marked,
  MemoryLost,
  Seen,
  Tick,
} from './internal.js';
import type { Settings } from './options.js';
import { Packet, type PacketIntroduction } from './packet.js';
import { deliverTo } from './post.js';
import { type AskRequest, objectionTo, parseRequest, type Refusal, type Request } from './requests.js';
import type { ParliamentStatus } from './status.js';

/** The parliament's own reminder to look at its desk; it goes to the end of the mailbox, so that requests gather. */
class Flush {}

/** Refusals to one node are sent at most this often, in milliseconds. */
const REFUSAL_INTERVAL_MS = 1000;

/** What the parliament actor has to work with. */
export interface ParliamentSurroundings {
  readonly settings: Settings;
  readonly self: Reference;
  /** Where the parliament actor is, on this node and on every other one. */
  readonly path: readonly string[];
  readonly node: Node | undefined;
  readonly life: number;
  readonly child: (name: ChildName) => Reference;
  readonly describe: () => Promise<ParliamentStatus>;
}

/** The state and the behaviour of a parliament actor. */
export class ParliamentActor {
  readonly #around: ParliamentSurroundings;
  readonly #desk: Desk;
  readonly #refusedAt = new Map<string, number>();
  #founding: FoundingNews | undefined;
  #leader: number | undefined;
  #excluded: string | undefined;
  #isFlushDue = false;

  constructor(around: ParliamentSurroundings) {
    this.#around = around;
    this.#desk = new Desk(around.settings.member, around.life, around.settings.lastSlot);
  }

  get pending(): number {
    return this.#desk.pending;
  }

  get founding(): FoundingNews | undefined {
    return this.#founding;
  }

  /** Takes whatever is sent to the parliament actor. */
  receive(message: unknown, sender: Reference | undefined): void {
    if (message instanceof Packet) this.#admit(message, sender);
    else if (message instanceof Applied) this.#carryOut(this.#desk.applied(message, performance.now()));
    else if (message instanceof Idle) this.#expire(message);
    else if (message instanceof Handled) this.#desk.handled(message.token, message.submitted);
    else if (message instanceof Marked) this.#carryOut(this.#desk.marked(message.token, message.slot));
    else if (message instanceof Seen) this.#desk.seen(message.token, message.values);
    else if (message instanceof Tick) this.#tick();
    else if (message instanceof Flush) this.#flush();
    else if (message instanceof LeaderNews) this.#follow(message.ballot);
    else if (message instanceof FoundingNews) this.#found(message);
    else if (message instanceof MemoryLost) this.#mourn(message);
    else {
      const request = parseRequest(message);
      if (request !== undefined) this.#serve(request, sender);
    }
  }

  /** Sends a packet to a member; lost without a word when its node cannot be reached. */
  send(to: MemberId, messages: readonly Message[]): void {
    if (this.#founding !== undefined) this.#sendPacket(to, this.#founding.directory, messages);
  }

  /** Introduces this member to another one. */
  introduce(to: MemberId, directory: string, introduction: Omit<PacketIntroduction, 'members'>): void {
    this.#sendPacket(to, directory, [], { ...introduction, members: this.#around.settings.members });
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
    this.#desk.failAll('not-running', 'the parliament has stopped on this node');
  }

  #serve(request: Request, sender: Reference | undefined): void {
    if (request.type === 'refusal') this.#takeRefusal(request, sender);
    else if (sender === undefined) return;
    else if (request.type === 'ask') this.#ask(request, sender);
    else if (request.type === 'clear') {
      this.#desk.clear();
      dispatch(sender, { ok: true });
    } else {
      void this.#around.describe().then((status) => dispatch(sender, { ok: true, status }));
    }
  }

  #ask({ key, value, timeoutMs }: AskRequest, sender: Reference): void {
    const objection = objectionTo(key, value, this.#around.settings.valueLimitBytes);
    if (objection !== undefined) {
      dispatch(sender, { ok: false, code: 'bad-request', outcome: 'not-applied', error: objection });
    } else if (this.#excluded !== undefined) {
      dispatch(sender, { ok: false, code: 'excluded', outcome: 'not-applied', error: this.#excluded });
    } else {
      const isNew = this.#desk.take(key, value, performance.now() + timeoutMs, (reply) => dispatch(sender, reply));
      if (!isNew || this.#isFlushDue) return;
      this.#isFlushDue = true;
      dispatch(this.#around.self, new Flush());
    }
  }

  #flush(): void {
    this.#isFlushDue = false;
    if (this.#founding?.founded === true) this.#carryOut(this.#desk.flush(performance.now()));
  }

  #carryOut({ proposer, learner }: DeskOutput): void {
    for (const message of proposer) dispatch(this.#around.child('proposer'), message);
    for (const message of learner) dispatch(this.#around.child('learner'), message);
  }

  #tick(): void {
    const { child } = this.#around;
    if (this.#founding?.founded === true) {
      dispatch(child('learner'), new Tick());
      dispatch(child('proposer'), new Tick());
    } else {
      dispatch(child('storage'), new Tick());
    }
    this.#desk.tick(performance.now(), () => this.#explain());
    this.#flush();
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
    if (ballot === undefined) return;
    this.#desk.leaderChanged(performance.now());
    this.#flush();
  }

  #found(news: FoundingNews): void {
    const isNew = news.founded && this.#founding?.founded !== true;
    this.#founding = news;
    if (!isNew) return;
    this.#around.settings.onEvent({ type: 'founded' });
    this.#flush();
  }

  #mourn({ whose, member, expected, found }: MemoryLost): void {
    const node = this.#around.settings.members[member] ?? 'unknown';
    const message = describeLostMemory(whose, node, member, expected, found);
    if (whose === 'own') this.#exclude(message);
    this.#around.settings.onEvent({ type: 'lost-memory', member, node, whose, message });
  }

  #exclude(reason: string): void {
    this.#excluded = reason;
    this.#desk.failAll('excluded', reason);
  }

  #admit(packet: Packet, sender: Reference | undefined): void {
    const { settings, child, self } = this.#around;
    const node = sender === undefined ? undefined : peerOf(sender);
    if (sender === undefined || node === undefined) return;
    const verdict = judge(packet, node, settings.member, settings.members, this.#founding);
    if (verdict.type === 'refuse') {
      const now = performance.now();
      if (now - (this.#refusedAt.get(node) ?? Number.NEGATIVE_INFINITY) < REFUSAL_INTERVAL_MS) return;
      if (this.#refusedAt.size > 1024) this.#refusedAt.clear();
      this.#refusedAt.set(node, now);
      dispatch(sender, { type: 'refusal', message: verdict.message } satisfies Refusal, self);
      settings.onEvent({ type: 'warning', message: `refused node ${node}: ${verdict.message}` });
      return;
    }
    if (packet.introduction !== undefined) {
      dispatch(child('storage'), new Introduced(packet.from, packet.directory, packet.introduction));
    } else if (verdict.type === 'introduction-only' && this.#founding?.founded === true) {
      // A stranger that sends votes without introducing itself: it learns from an introduction where it stands.
      const yours = this.#founding.known.get(packet.from);
      this.introduce(packet.from, this.#founding.directory, { yours, founded: true });
    }
    if (verdict.type === 'admit') deliverTo(child, packet.from, packet.messages);
  }

  #takeRefusal({ message }: Refusal, sender: Reference | undefined): void {
    const by = sender === undefined ? undefined : peerOf(sender);
    if (by === undefined || !Object.values(this.#around.settings.members).includes(by)) return;
    this.#exclude(`node ${by} refuses this member: ${message}`);
    this.#around.settings.onEvent({ type: 'refused', by, message, fatal: true });
  }

  #sendPacket(to: MemberId, directory: string, messages: readonly Message[], introduction?: PacketIntroduction): void {
    const { node, settings, path, self } = this.#around;
    const peer = settings.members[to];
    if (node === undefined || peer === undefined) return;
    dispatch(node.ref(peer, path), new Packet(settings.member, directory, messages, introduction), self);
  }

  /** Why nothing was decided, as far as this node can tell. */
  #explain(): string {
    const { settings, node } = this.#around;
    if (this.#founding === undefined) return 'storage has not started yet';
    if (!this.#founding.founded) {
      const missing = this.#founding.missing.map((member) => settings.members[member]).join(', ');
      return `the parliament is not founded yet; every member is needed for that once, and it waits for ${missing}`;
    }
    const connected = new Set(
      (node?.peers() ?? []).filter((peer) => peer.state === 'connected').map(({ name }) => name),
    );
    const out = Object.entries(settings.members).filter(
      ([id, peer]) => Number(id) !== settings.member && !connected.has(peer),
    );
    const absent = out.length > 0 ? `not connected: ${out.map(([, peer]) => peer).join(', ')}` : 'all are connected';
    return this.#leader === undefined ? `there is no leader (${absent})` : `no quorum has answered in time (${absent})`;
  }
}
