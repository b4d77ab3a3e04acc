/** The demo in words: each step as it happens. Prints nothing with `--json`. */
import type { JobView, OutputView, PreparedJob, WhyView } from '#node/sdk/index.ts'
import { bytes, credits, duration, shortKey } from '../command/format.ts'
import type { Output } from '../command/output.ts'
import { table } from '../command/table.ts'
import type { Settlement } from '../job/settlement.ts'
import type { ChildDaemon } from './children.ts'
import type { DemoClock } from './demo-clock.ts'

export class DemoStory {
  readonly #output: Output
  readonly #shown = new Set<string>()
  readonly #names = new Map<string, string>()

  constructor(output: Output) {
    this.#output = output
  }

  begin(peers: number): void {
    this.#say(`Starting ${peers} peers: each a process with its own keys, store and libp2p host.`)
  }

  peer(index: number, { ready, pid }: ChildDaemon): void {
    this.#names.set(ready.peer, `peer ${index + 1}`)
    this.#step(`peer ${index + 1}  ${shortKey(ready.peer)}  pid ${pid}  ${ready.url}`)
  }

  signing({ draft, inputs }: PreparedJob, wallet: string): void {
    const files = inputs.map((file) => `${file.path} (${bytes(file.bytes)})`).join(', ')
    this.#say(`\nSigning the job "${draft.name}" with the wallet ${shortKey(wallet)}`)
    if (files !== '') this.#step(`inputs: ${files}`)
  }

  acknowledged(job: JobView, clock: DemoClock): void {
    const signers = job.certificate?.signers.length ?? 0
    this.#timed(clock, `acknowledged: ${signers} of ${job.certificate?.n ?? 0} witnesses certified its admission`)
    this.#step(`job ${job.jobId}`)
    this.#step('from here on it completes without its poster')
  }

  /** Shows a state the first time that it is seen. */
  state(job: JobView, clock: DemoClock): void {
    if (job.placement.primaries.length > 0) {
      const standbys = job.placement.standbys.length === 0 ? '' : `, standby ${this.#list(job.placement.standbys)}`
      this.#first('placed', clock, `placed on ${this.#list(job.placement.primaries)}${standbys}`)
    }
    for (const seat of job.seats) {
      if (seat.role === 'committed' || seat.role === 'revealed')
        this.#first(`committed ${seat.peer}`, clock, `${this.#name(seat.peer)} committed to its result`)
    }
    if (job.state === 'running') this.#first('running', clock, 'running')
    if (job.state === 'revealing') this.#first('revealing', clock, 'all committed: results are revealed and compared')
    if (job.state === 'completed') this.#first('completed', clock, 'judged: completed')
  }

  /** The result, who agreed, who earned what, the certificate. */
  end(job: JobView, { result, why, verified }: { result: OutputView; why: WhyView; verified: boolean }): void {
    const { bold, green, red } = this.#output.colour
    this.#output.line(`\n${bold('Result')}`)
    this.#output.data(result.stdout.text ?? `${result.stdout.base64}\n`)
    for (const file of result.files) this.#step(`file ${file.path}, ${bytes(file.bytes)}`)
    this.#output.line(`\n${bold('Who agreed')}`)
    this.#output.line(this.#seats(job))
    this.#output.line(`\n${bold('Who earned what')}`)
    const earned = job.earned.map((item) => [
      `  ${shortKey(item.payee)}`,
      item.peer === null ? 'witness' : this.#name(item.peer),
      credits(item.amount),
    ])
    this.#output.line(table(['  WALLET', 'OF', 'EARNED'], earned))
    this.#output.line(`\n${bold('Certificate')}`)
    const certificate = job.certificate
    if (certificate !== null) {
      this.#step(`account ${certificate.account}, height ${certificate.height}`)
      this.#step(
        `signed by ${this.#list(certificate.signers)}: ` +
          `${certificate.signers.length} of ${certificate.n}, ${certificate.quorum} needed`,
      )
      this.#step(`digest            ${certificate.digest}`)
    }
    this.#step(`placing entry     ${why.certified ?? '-'}`)
    this.#step(`recomputed        ${why.recomputed ?? '-'}`)
    this.#step(
      verified
        ? green('verified: signatures, proof and the placing entry were recomputed and match')
        : red('NOT verified'),
    )
  }

  /** What reached the chain. */
  settled(settlement: Settlement | null): void {
    if (settlement === null) return
    const { bold, green, red } = this.#output.colour
    const { account, payees, books } = settlement
    this.#output.line(`\n${bold('Settlement on chain')}`)
    this.#step(`transaction ${settlement.signature}`)
    this.#step(`network     ${settlement.network}, height ${settlement.height}`)
    const rows = [
      ['  wallet, free', credits(account.before.free), credits(account.after.free)],
      ['  wallet, spent', credits(account.before.spent), credits(account.after.spent)],
      ...payees.map(({ wallet, before, after }) => [`  ${shortKey(wallet)}, earned`, credits(before), credits(after)]),
    ]
    this.#output.line(table(['  ACCOUNT', 'BEFORE', 'AFTER'], rows))
    this.#step(`fee of the network: ${credits(settlement.fees)}`)
    const parts = `${credits(books.free)} free + ${credits(books.paid)} paid + ${credits(books.fees)} fees`
    const sum = `${credits(books.deposited)} deposited = ${parts}`
    this.#step(`${sum} + ${credits(books.unclaimed)} unclaimed + ${credits(books.refunded)} refunded`)
    this.#step(books.balanced ? green('the books balance, to the unit') : red('the books do NOT balance'))
  }

  step(text: string): void {
    this.#step(text)
  }

  stays(folder: string, url: string): void {
    this.#say(`\nThe network stays up; Ctrl-C stops it. In another terminal:`)
    this.#step(`node dist/weft.js run <job.yaml> --home ${folder}`)
    this.#step(`node dist/weft.js job list --home ${folder}`)
    this.#step(`curl ${url}/api/v1/peers`)
  }

  #seats(job: JobView): string {
    const { red, green } = this.#output.colour
    const outvoted = new Set(job.verdict?.outvoted)
    const rows = job.seats
      .filter((seat) => seat.role !== 'standby')
      .map((seat) => [
        `  ${this.#name(seat.peer)}`,
        shortKey(seat.peer),
        seat.digest.slice(0, 16) || '-',
        seat.meterMs === 0 ? '-' : duration(seat.meterMs),
        outvoted.has(seat.peer) ? red('outvoted, not paid') : green('agrees'),
      ])
    const verdict =
      job.verdict === null
        ? ''
        : `\n  ${job.verdict.agreed} of ${job.verdict.of} agree, confidence ${job.verdict.confidence}`
    return table(['  PEER', 'KEY', 'RESULT', 'TIME', 'VERDICT'], rows) + verdict
  }

  #first(name: string, clock: DemoClock, text: string): void {
    if (this.#shown.has(name)) return
    this.#shown.add(name)
    this.#timed(clock, text)
  }

  #timed(clock: DemoClock, text: string): void {
    this.#say(`${this.#output.colour.dim(`${clock.elapsed().toFixed(0).padStart(6)} ms`)}  ${text}`)
  }

  #step(text: string): void {
    this.#say(`  ${text}`)
  }

  #say(text: string): void {
    if (!this.#output.json) this.#output.line(text)
  }

  #name(peer: string): string {
    return this.#names.get(peer) ?? shortKey(peer)
  }

  #list(peers: readonly string[]): string {
    return peers.map((peer) => this.#name(peer)).join(', ')
  }
}
