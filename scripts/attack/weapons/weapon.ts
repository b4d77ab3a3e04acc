/** What every attack is made of. */
import type { Harm, Report } from '../orders.ts'

/** Something that is sent again and again. */
export interface Volley {
  readonly perSecond: number
  fire(): void
}

/** One prepared attack. */
export interface Weapon {
  readonly volleys: readonly Volley[]
  tally(): Omit<Report, 'report' | 'harms'>
  /** An honest job is about to be posted. */
  job?(job: string): void
  /** The attack begins or ends: for peers that take part and are hostile only meanwhile. */
  armed?(is: boolean): void
  /** What it did that must not be possible, asked for once at the end. */
  harms?(): Promise<readonly Harm[]>
  stop(): Promise<void>
}
