/**
 * Every bound of the local chain, with its unit and reason. It is the chain's own table because a real cluster has no
 * such bounds.
 */
const second = 1_000
const KiB = 1_024
const MiB = 1_024 * KiB

export const chainLimits = {
  /** A request body or WebSocket message. A batch of 100 transactions in base64 takes 165 KiB. */
  bodyBytes: 512 * KiB,
  /** Requests in one JSON-RPC batch. */
  batchRequests: 100,
  /** Open HTTP connections: 64 processes with a few each. */
  httpConnections: 512,
  /** Open WebSocket connections. */
  socketConnections: 256,
  /** Subscriptions of one connection. */
  subscriptionsPerConnection: 1_000,
  /** Bytes that wait for a slow subscriber; beyond, its connection is closed, as clusters do. */
  socketBufferedBytes: 8 * MiB,
  /** Messages that wait for the disk before they go to one subscriber. */
  socketQueuedMessages: 20_000,
  /**
   * Longer than any client's: web3.js keeps free sockets for 19 s and dies with "other side closed" if the server is
   * first.
   */
  keepAliveMs: 120 * second,
  /** Keys in getMultipleAccounts, as on a cluster. */
  accountsPerRequest: 100,
  /** Signatures in getSignatureStatuses, as on a cluster. */
  signaturesPerRequest: 256,
  /** Rows of getSignaturesForAddress, as on a cluster. */
  signatureRows: 1_000,
  /** Filters of getProgramAccounts, as on a cluster. */
  filters: 4,
  /** Rows of one getProgramAccounts. */
  programAccountRows: 50_000,
  /** Transactions that are remembered with their metadata; those in the blockhash window are always kept. */
  historyTransactions: 20_000,
  /** Transactions between two snapshots: replaying them takes a few seconds. */
  snapshotTransactions: 5_000,
  /** Slot records between two snapshots: half a day of idle slots. */
  snapshotSlots: 100_000,
  /** Slots that weft_warp passes at most in one call. */
  warpSlots: 100_000,
  /** Slots between processed and finalized at most: they are the undo journal. */
  finalizeSlots: 1_024,
  /** A blockhash is good for this number of blocks, as on a cluster. */
  blockhashWindow: 150,
  /** Entries of the SlotHashes sysvar, as on a cluster. */
  slotHashes: 512,
  /** Log bytes of one transaction, as on a cluster. */
  transactionLogBytes: 10_000,
  /** Largest airdrop: 100,000 SOL. */
  airdropLamports: 100_000_000_000_000,
} as const
