/** Keys and ids for the routes' examples: of the right shape, and nobody's. */

/** A wallet's key. */
export const aWallet = '4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM'
/** Keys of four peers. */
export const somePeers = [
  '8qbHbw2BbbTHBW1sbeqakYXVKRQM8Ne7pLK7m6CVfeR',
  'CktRuQ2mttgRGkXJtyksdKHjUdc2C4TgDzyB98oEzy8',
  'GgBaCs3NCBuZN12kCJgAW63ydqohFkHEdfdEXBPzLHq',
  'LbUiWL3xVV8hTFYBVdbTNrpDo41NKS6o3LHHuDzjfcY',
] as const
/** A job's id. */
export const aJob = 'bafkreidlq2zhh7zu7tqz224aj37vup2xi6w2j2vcf4outqa6klo3pb23jm'
/** The id of a blob. */
export const aBlob = 'bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq'
/** Hexadecimal of 32 bytes. */
export const aDigest = 'ab'.repeat(32)
/** A moment in 2026. */
export const aTimeMs = 1_767_225_600_000
