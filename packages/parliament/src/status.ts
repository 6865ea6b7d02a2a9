/** What a parliament says about itself. */

/** Per role what it is doing. All of it is plain data. */
export interface ParliamentStatus {
  /** The name of the parliament actor. */
  readonly name: string;
  readonly node: string;
  readonly member: number;
  /** Whether every founding member has met every other one, once; before that nothing can be decided. */
  readonly founded: boolean;
  /** The nodes of founding members that were not met yet. */
  readonly waitingFor: readonly string[];
  readonly members: readonly {
    readonly id: number;
    readonly node: string;
    readonly connected: boolean;
    /** False: its directory is not the one that is known, so its votes do not count. As far as this member has heard. */
    readonly counted: boolean;
    readonly self: boolean;
  }[];
  /** Whether those that are connected with this member, and counted, are enough to decide. */
  readonly majority: boolean;
  readonly storage: {
    readonly state: string;
    readonly directory: string;
    /** `low` or `full` when the disk is; see the event `space`. */
    readonly space: string;
    /** The slot of the latest snapshot; 0 for none. */
    readonly snapshotSlot: number;
    readonly restarts: number;
  };
  readonly acceptor: { readonly state: string; readonly promised: number; readonly restarts: number };
  readonly learner: {
    readonly state: string;
    readonly decidedUpTo: number;
    readonly registers: number;
    readonly restarts: number;
  };
  readonly proposer: {
    /** `following`, `canvassing`, `preparing`, `leading`, or what its supervisor says of it. */
    readonly state: string;
    readonly leader?: { readonly member: number; readonly node: string; readonly ballot: number };
    readonly restarts: number;
  };
  /** Those who watch, and wait for what is still to be decided. */
  readonly watchers: { readonly state: string; readonly waiting: number; readonly restarts: number };
  /** Restarts of all roles since this parliament started on this node. */
  readonly restarts: number;
  /** Requests of users that wait for an answer. */
  readonly pending: number;
}
