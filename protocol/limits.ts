/**
 * Every bound of the protocol, with its unit and its reason (property B1). A number that bounds a queue, a message, a
 * loop or a retry lives here and nowhere else.
 */
const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const KiB = 1_024
const MiB = 1_024 * KiB

/** The bounds by name. Where `step` reads one it is a rule: peers with another value do not certify the same state. */
export const limits = {
  // --- agreement
  /** Inputs that one witness may contribute to an entry: amortises about 30 signatures per entry (n = 4). */
  inputsPerEntry: 256,
  /**
   * Bytes of these inputs: all results of one job that carry their outputs. With the offers and the statement, those of
   * q = 5 witnesses fit one frame: beyond it no proposal could be sent, and the log would stand still.
   */
  contributionBytes: 3 * MiB + 32 * KiB,
  /** Bytes of a contribution without the inputs that it names: as many ids and overdue leases as it may hold. */
  contributionStatementBytes: 64 * KiB,
  /**
   * Bytes of messages for the next height that are kept of each other witness of an account; larger ones come again by
   * repetition. Room for votes and a proposal with a job; six such witnesses hold 1.5 MiB.
   */
  earlyBytesPerWitness: 256 * KiB,
  /**
   * Bytes of proposals of one height beyond which only the newest and the locked one are kept: a late quorum for an
   * older one is then learned from whoever has it.
   */
  proposalBytesKept: 4 * MiB,
  /** Offers that one witness may contribute to an entry, chosen by the public score. */
  offersPerContribution: 32,
  /** First view timer; doubles per view. Well above a local entry (10 ms) and a transcontinental one (400 ms). */
  viewTimerMs: 500,
  /**
   * A height that took a view change makes the next ones more patient, by doublings of the first timer; one that took
   * none, less.
   */
  viewPatienceMax: 3,
  /** The view timer stops doubling here. */
  viewTimerMaxMs: 32 * second,
  /** A witness repeats its last votes after this time while a height is undecided (lost frames); doubles each time. */
  resendMs: 400,
  /** Doublings of that time: beyond them it stays the same. */
  resendDoublingsMax: 3,
  /**
   * A witness goes on in an epoch that the ledger left for this time where a log was just beginning: enough for a few
   * views, and for news to spread.
   */
  epochGraceMs: 30 * second,
  /** Heights and views beyond this are refused: keeps every number a safe integer. */
  heightMax: 2 ** 48,
  /** Views of one height. */
  viewMax: 2 ** 16,

  // --- account log
  /** Open jobs per account. */
  openJobsPerAccount: 256,
  /** Closed jobs that stay in the state so that a late participant still finds them there. */
  closedJobsInState: 64,
  /** Seats of one job, and so results that are compared: finding their largest cluster takes up to 2^16 steps. */
  seatsPerJob: 16,
  /**
   * Speed that a peer can claim, in thousandths of the reference machine's; what is beyond counts as this. A made-up
   * speed is worth four doublings of the time, never more: by the default policy, as much as a
   * sixteenth of the price.
   */
  speedMilliMax: 16_000,
  /** Standbys that get a ticket beside the primaries. */
  standbysPerJob: 2,
  /** Replicas of one job. */
  replicasPerJob: 9,
  /** Attempts at one job before it fails with ATTEMPTS_EXHAUSTED. */
  attemptsPerJob: 8,
  /** Excluded peers that a job remembers. */
  excludedPerJob: 64,
  /** A ticket holder that has not accepted by then is replaced. */
  acceptTimeoutMs: 1 * second,
  /** A replica's right to run without renewing it. */
  leaseMs: 5 * second,
  /** A replica renews its leases this often: what witnesses tell a dead peer by. */
  renewEveryMs: 200,
  /** A run that is over by then is never renewed. */
  renewFirstMs: 600,
  /**
   * A renewal asks for an answer this often: the replica only needs to know now and then that it still holds its lease.
   */
  renewAnswerMs: 1 * second,
  /**
   * A replica that renewed regularly is overdue at a witness after this time at the earliest, and after its lease at
   * the latest.
   */
  silenceMinMs: 700,
  /**
   * The same of a lease that was not renewed yet, and of a replica whose renewals a witness has not heard often enough.
   */
  silenceUnknownMs: 2 * second,
  /**
   * A witness that takes over a log, by starting or by being drawn, calls none of its leases overdue for this time: a
   * daemon's start on a busy machine.
   */
  restartGraceMs: 10 * second,
  /**
   * A replica that has not committed by its run-time limit and this time more is replaced, whatever it says: time to
   * fetch the inputs and to start.
   */
  runGraceMs: 15 * second,
  /** A replica that committed must reveal within this time after the reveal phase began. */
  revealTimeoutMs: 20 * second,
  /**
   * A job that no peer could run for so long fails: long enough for offers to spread. A job that waits for capacity is
   * looked at this often.
   */
  unplaceableGraceMs: 5 * second,
  /** A job whose committed replicas are a majority waits so long for a replacement of the others. */
  shorthandedGraceMs: 2 * second,
  /** A peer that did not answer a ticket gets none of that job for this time. */
  deferMs: 10 * second,
  /**
   * A peer that said that it is busy gets no ticket of that job for this time: its next offer will have been heard.
   * Doubles each time.
   */
  busyDeferMs: 1 * second,
  /** It stops doubling here: a peer that frees a slot after a long time is asked again soon, a liar costs little. */
  busyDeferMaxMs: 16 * second,
  /** Peers that a job remembers as busy or silent: while so many are deferred it asks nobody else. */
  deferredPerJob: 64,
  /** Longest deadline that a job may ask for. */
  deadlineMaxMs: 24 * hour,
  /** A job signed further in the future than this is refused (clock skew of 5 minutes is survived). */
  clockSkewMs: 5 * minute,
  /** A ledger view older than this stops admission. */
  fundsViewMaxAgeMs: 6 * hour,
  /** Results and certificates are kept by the witnesses for this time after the job ended. */
  resultsKeptMs: 7 * day,
  /** Witnesses' share of a verdict, in basis points. */
  witnessFeeBps: 500,
  /** Payees in one account's totals tree. */
  payeesPerAccount: 65_536,

  // --- messages
  /** Job file in its signed form. */
  jobBytes: 256 * KiB,
  /** All inputs of one job together; they reach every witness before its commit vote. */
  jobInputBytes: 4 * MiB,
  /** Files in a job's input. */
  jobInputFiles: 64,
  /** One offer. */
  offerBytes: 4 * KiB,
  /** An output up to this size travels in the result itself, whatever compares it: cheaper than asking for it. */
  carriedOutputBytes: 1 * KiB,
  /**
   * What comparing the results of one job may cost, in operations (a byte read, a number compared): about 10 ns each,
   * so that a witness's loop is held for some 20 ms. Beyond it digests are compared (decision 0013).
   */
  compareOperations: 2 * MiB,
  /** Output that is compared by its content; larger outputs are compared by hash. */
  comparableOutputBytes: 1 * MiB,
  /** Output of one replica in all (stdout, stderr and files). */
  outputBytes: 4 * MiB,
  /** stdout or stderr that is kept, each. */
  streamBytes: 1 * MiB,
  /**
   * One framed message between peers: a proposal with five witnesses' contributions that have nothing in common, or one
   * job's input blob.
   */
  frameBytes: 17 * MiB,
  /** Signed inputs in one frame: one of the largest, and what went before it. */
  inputsFrameBytes: 2 * MiB + 256 * KiB,
  /** One gossip message. */
  gossipBytes: 64 * KiB,
  /** One DHT record. */
  dhtRecordBytes: 8 * KiB,

  // --- memory of a peer
  /** Members whose offers one peer holds, 3 MiB or so: of more members, some of each resource class. */
  offersHeld: 2_048,
  /** Peers whose regularity a witness remembers. */
  failureDetectorPeers: 2_048,
  /**
   * Life of an offer unless it says less. One that says more, by over {@link limits.clockSkewMs}, counts only from when
   * it has so long to live.
   */
  offerTtlMs: 2 * minute,
  /** Accounts that one witness serves. */
  accountsServed: 4_096,
  /**
   * Inputs of one account that wait for an entry and are not its wallet's own: the accepts, commitments and results of
   * some 170 jobs at once. Beyond it they are dropped, and said again by their authors.
   */
  pendingPerAccount: 512,
  /** Jobs and cancellations of the account's own wallet that wait: nobody else's inputs take this room. */
  pendingOfWallet: 512,
  /** Of one signer in one account, of those: what a peer with 64 slots says of all its seats. */
  pendingPerSigner: 192,
  /** Of one signer, statements about seats that the log has not given out yet: a witness may be an entry behind. */
  earlyPerSigner: 64,
  /** Of all signers together, such early statements. */
  earlyPerAccount: 256,
  /** Bytes of all inputs of one account that wait: results of nine replicas with their outputs, for several jobs. */
  pendingBytes: 32 * MiB,
  /** How long an early statement waits for the log to come after it; its author says it again. */
  earlyMs: 5 * second,
  /** Statements whose signature was wrong that are remembered, by id and signature. */
  forgeriesRemembered: 4_096,
  /**
   * Work that one connection can make this peer do for nothing, microseconds of a core per second: a twentieth of a
   * core. Work that proves of use is given back.
   */
  wasteUsPerSecond: 50_000,
  /** What may be used up of it at once: a burst of some 4,000 statements that lost a race. */
  wasteBurstUs: 500_000,
  /** Connections whose budget is remembered, the last ones used. */
  budgetsRemembered: 4_096,
  /** Bytes per second that one stranger is answered with, blobs and states included: a job's input in four seconds. */
  answerBytesPerSecond: 1 * MiB,
  /** What a stranger may be answered with at once: the inputs of a job. */
  answerBurstBytes: 8 * MiB,
  /** Members, and whoever brings paid jobs, are answered with so many times as much. */
  memberAnswerTimes: 32,
  /** Signatures remembered as verified. */
  verifiedCache: 65_536,
  /** Envelopes remembered by their bytes: 16 MiB at most. */
  memoEnvelopes: 4_096,
  /** The largest envelope that is remembered by its bytes. */
  memoEnvelopeBytes: 4 * KiB,
  /**
   * Bytes queued towards one peer before frames are dropped (repair brings them again): three of the largest frames.
   */
  sendQueueBytes: 52 * MiB,
  /** Messages per second that one peer may send us before they are dropped unread. */
  messagesPerSecondPerPeer: 4_000,
  /** Messages that one peer may send in a burst. */
  messageBurstPerPeer: 8_000,
  /** Entries kept per account so that `job why` can recompute them. */
  entriesKeptPerAccount: 1_024,
  /** A snapshot of the state is written every so many entries. */
  snapshotEveryEntries: 32,
  /** Members of one roster. */
  rosterMembers: 1_024,

  // --- executors
  /** CPU time of one replica unless the job says less. */
  runTimeMaxMs: 1 * hour,
  /** Memory of one replica. */
  runMemoryMaxBytes: 4 * 1_024 * MiB,
} as const
