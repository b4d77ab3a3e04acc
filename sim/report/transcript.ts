/**
 * A run told in lines, for golden scenarios and for people: what wallets did, what the log certified, which faults
 * struck.
 */
import type { Effect, Notice } from '#node/core/effects.ts'
import type { JobRecord } from '#protocol/account/state.ts'
import type { Fault } from '../scenario.ts'
import type { CertifiedEntry } from '../world/certified-entry.ts'
import type { SimPeer } from '../world/peer.ts'
import type { Observer, World } from '../world/world.ts'

export class Transcript implements Observer {
  readonly lines: string[] = []
  readonly #world: World
  readonly #told = new Set<string>()

  constructor(world: World) {
    this.#world = world
    for (const [index, kind] of world.attackers) this.#tell(`peer ${index} is an attacker: ${kind}`)
  }

  fault({ kind, at: _at, until, ...rest }: Fault, on: boolean): void {
    const details = Object.entries(rest).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    if (on || until !== undefined) this.#tell(`${on ? 'FAULT' : 'over:'} ${[kind, ...details].join(', ')}`)
  }

  said(peer: SimPeer, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'log' && effect.level !== 'debug') this.#once(`${peer.name} logs: ${effect.message}`)
      if (effect.type !== 'send' || effect.frame.type !== 'agreement') continue
      const { message } = effect.frame
      if (message.type === 'view-change') {
        const log = `height ${message.height} of ${this.#account(message.account)}`
        this.#once(`${peer.name} asks for view ${message.change.view} at ${log}`)
      }
    }
  }

  notice(peer: SimPeer, notice: Notice): void {
    if (notice.type === 'submitted') this.#once(`${this.#job(notice.job)} is posted through ${peer.name}`)
    if (notice.type === 'rejected') this.#once(`${this.#job(notice.job)} is rejected: ${notice.code}`)
    if (notice.type !== 'receipt') return
    const { job } = notice.receipt
    if (job.phase === 'closed') this.#once(`${peer.name} holds the proven result of ${this.#job(job.id)}`)
    else this.#once(`${this.#job(job.id)} is acknowledged: it is safe to close the laptop`)
  }

  certified({ account, height, before, after, entry, certificate }: CertifiedEntry): void {
    const news: string[] = []
    for (const job of after.jobs.values()) {
      const earlier = before.jobs.get(job.id)
      if (earlier !== job) news.push(...this.#changes(job, earlier, height))
    }
    if (after.sealedFor > 0) news.push(`sealed for epoch ${after.sealedFor}`)
    if (news.length === 0) return
    const leader = this.#peer(entry.proposer)
    this.#tell(
      `${this.#account(account)} height ${height}, proposed by ${leader}, ${certificate.signatures.size} signatures:`,
    )
    for (const line of news) this.lines.push(`              ${line}`)
  }

  fatal(peer: SimPeer): void {
    this.#tell(`${peer.name}: the process ends`)
  }

  #changes(job: JobRecord, earlier: JobRecord | undefined, height: number): string[] {
    const name = this.#job(job.id)
    const lines: string[] = earlier === undefined ? [`${name} is admitted`] : []
    for (const seat of earlier?.seats ?? []) {
      const stays = job.seats.some(
        (other) => other.peer === seat.peer && (other.fence === seat.fence || seat.role === 'standby'),
      )
      if (!stays) lines.push(`${name}: ${this.#peer(seat.peer)} loses its seat (fence ${seat.fence})`)
    }
    const roles = new Map<string, string[]>()
    for (const seat of job.seats) {
      const known = earlier?.seats.find((other) => other.peer === seat.peer)
      if (known?.role === seat.role && known.fence === seat.fence) continue
      const verb = seat.role === 'offered' ? `offered, fence ${height}` : seat.role
      roles.set(verb, [...(roles.get(verb) ?? []), this.#peer(seat.peer)])
    }
    for (const [verb, peers] of roles) lines.push(`${name}: ${peers.join(', ')} ${verb}`)
    if (job.phase === 'revealing' && earlier?.phase !== 'revealing') lines.push(`${name}: the reveal opens`)
    const { outcome } = job
    if (outcome !== null && earlier?.phase !== 'closed') {
      const verdict = outcome.verdict === null ? '' : `, ${outcome.verdict.agreed} of ${outcome.verdict.of} agree`
      const outvoted = outcome.verdict?.outvoted.map((peer) => this.#peer(peer)) ?? []
      const lost = outvoted.length === 0 ? '' : `, outvoted: ${outvoted.join(', ')}`
      const state = `${outcome.state}${outcome.code === '' ? '' : ` (${outcome.code})`}`
      const paid = `${outcome.charged} micro-credits to ${outcome.payments.length} wallets`
      lines.push(`${name} is ${state}${verdict}${lost}, ${paid}`)
    }
    return lines
  }

  #tell(line: string): void {
    this.lines.push(`${String(this.#world.nowMs).padStart(8)} ms  ${line}`)
  }

  #once(line: string): void {
    if (this.#told.has(line)) return
    this.#told.add(line)
    this.#tell(line)
  }

  #peer(key: string): string {
    return `peer ${this.#world.net.find(key)?.index ?? key.slice(0, 6)}`
  }

  #job(id: string): string {
    const job = this.#world.client.jobs.get(id)
    return job === undefined ? 'an unknown job' : `job ${job.number}`
  }

  #account(key: string): string {
    return `wallet ${this.#world.wallets.findIndex((wallet) => wallet.key === key)}`
  }
}
