/** Who ever held a seat in which job, by the certified history: what others may say of a job follows from it. */
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { CertifiedEntry } from '../world/certified-entry.ts'

/** Grows with the history; nothing is ever taken out. */
export class SeatHolders {
  readonly #seats = new Set<string>()
  readonly #peers = new Set<string>()

  /** Learns of the seats that an entry gave out. */
  add({ account, height, after }: Pick<CertifiedEntry, 'account' | 'height' | 'after'>): void {
    for (const job of after.jobs.values()) {
      for (const { peer, fence } of job.seats) {
        if (fence !== height && fence !== 0) continue
        this.#seats.add(`${job.id}/${peer}`)
        this.#peers.add(`${account}/${peer}`)
      }
    }
  }

  /** True if `peer` ever held a seat in `job`, as a primary or as a standby. */
  has(job: string, peer: PeerKey): boolean {
    return this.#seats.has(`${job}/${peer}`)
  }

  /** True if `peer` ever held a seat in any job of `account`. */
  ofAccount(account: string, peer: PeerKey): boolean {
    return this.#peers.has(`${account}/${peer}`)
  }
}
