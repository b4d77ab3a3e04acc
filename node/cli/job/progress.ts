/** One line on stderr that is redrawn while a job goes on; nothing off a terminal. */
import type { JobView } from '#node/sdk/index.ts'
import { oneLine, shortKey } from '../command/format.ts'
import type { Output } from '../command/output.ts'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 100

export class Progress {
  readonly #output: Output
  readonly #startedMs = performance.now()
  #text = ''
  #timer: NodeJS.Timeout | undefined
  #frame = 0

  constructor(output: Output) {
    this.#output = output
  }

  /** Shows `text` from now on. */
  show(text: string): void {
    this.#text = oneLine(text, Math.max(20, (process.stderr.columns ?? 80) - 12))
    if (!this.#output.live) return
    this.#timer ??= setInterval(() => this.#draw(), FRAME_MS).unref()
    this.#draw()
  }

  /** Takes the line away, for other text or for good. */
  clear(): void {
    if (this.#timer === undefined) return
    clearInterval(this.#timer)
    this.#timer = undefined
    process.stderr.write('\r\u001b[2K')
  }

  #draw(): void {
    const frame = FRAMES[this.#frame++ % FRAMES.length] ?? ''
    const seconds = ((performance.now() - this.#startedMs) / 1_000).toFixed(1)
    process.stderr.write(`\r\u001b[2K${frame} ${seconds}s ${this.#text}`)
  }
}

/** A job's state in a sentence. */
export function stateText(job: JobView): string {
  const { primaries } = job.placement
  const committed = job.seats.filter((seat) => seat.role === 'committed' || seat.role === 'revealed').length
  switch (job.state) {
    case 'queued':
      return 'acknowledged: waiting for free peers'
    case 'placed':
      return `placed on ${primaries.map(shortKey).join(', ')}`
    case 'running': {
      const active = job.seats.filter((seat) => seat.role !== 'standby').length || primaries.length
      return `running on ${active} peers, ${committed} finished`
    }
    case 'revealing':
      return 'results committed: comparing them'
    default:
      return job.state
  }
}
