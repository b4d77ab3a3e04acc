/** Every number of the network, disk and gossip models, in one place. */

/** Region names and one-way delays between them, milliseconds: public inter-region medians halved, rounded. */
export const regions = {
  names: ['eu', 'us-east', 'us-west', 'asia', 'south-america', 'oceania', 'local'],
  oneWayMs: [
    [3, 40, 70, 80, 95, 130, 50],
    [40, 3, 32, 85, 60, 100, 50],
    [70, 32, 3, 55, 85, 70, 50],
    [80, 85, 55, 4, 150, 60, 50],
    [95, 60, 85, 150, 5, 150, 50],
    [130, 100, 70, 60, 150, 4, 50],
    [50, 50, 50, 50, 50, 50, 0],
  ],
} as const

export const parameters = {
  /** Peers of one machine (region `local`): from a frame's sending to its reading. */
  localOneWayUs: 55,
  /**
   * From a frame's reading to its handling, mean of an exponential distribution: the event loop's queue, decoding,
   * checking.
   */
  handleUs: 300,
  /** Part of the delay that is added at random, per frame. */
  jitterPpm: 100_000,
  /** Bytes per second of one peer's link. */
  bandwidthBytes: 12_500_000,
  /** A connection that was cut is noticed after this time. */
  disconnectNoticedUs: 200_000,
  /** Round trips to open a connection: TCP, noise and the multiplexer. */
  dialRoundTrips: 3,
  gossip: {
    /** Neighbours in the mesh to which a message is pushed at once. */
    degree: 8,
    /** Validation and forwarding in one peer. */
    hopUs: 1_500,
    /** The last peer's own validation and queue, at most. */
    validationUs: 4_000,
    /** Part of the whole delay that is added at random, at most. */
    jitterPpm: 200_000,
    /** After a lost copy the next neighbour's comes within this time. */
    nextCopyUs: 60_000,
    /** A peer that missed every push asks a neighbour at its next heartbeat. */
    heartbeatUs: 1_000_000,
  },
  dht: {
    /** From a question to its answer, and from a put to its end: a walk of a few hops, each with a dial. */
    walkUs: 600_000,
    /** Peers that keep one record: the replication of the real one (Kademlia's k). */
    takers: 20,
  },
  disk: {
    /** One sync of the disk, least and most. */
    syncUs: [400, 3_000],
  },
} as const
