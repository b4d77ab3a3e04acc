/** Every number of the network, disk and gossip models, in one place. */

/** Region names and one-way delays between them, milliseconds: public inter-region medians halved, rounded. */
export const regions = {
  names: ['eu', 'us-east', 'us-west', 'asia', 'south-america', 'oceania'],
  oneWayMs: [
    [3, 40, 70, 80, 95, 130],
    [40, 3, 32, 85, 60, 100],
    [70, 32, 3, 55, 85, 70],
    [80, 85, 55, 4, 150, 60],
    [95, 60, 85, 150, 5, 150],
    [130, 100, 70, 60, 150, 4],
  ],
} as const

export const parameters = {
  /** Peers of one data centre. */
  localOneWayUs: 150,
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
    /** A peer that missed the push asks a neighbour at its next heartbeat. */
    heartbeatUs: 1_000_000,
    /** Above so many peers an offer reaches a sample of them (topics are sharded by resource class). */
    audience: 64,
  },
  disk: {
    /** One sync of the disk, least and most. */
    syncUs: [400, 3_000],
  },
} as const
