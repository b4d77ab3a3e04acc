/** The hostile peer as a child process, so that its work is measured apart. It ends with this one. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants, setPriority } from 'node:os'
import { type Briefing, type Order, type Report, reportSchema } from './orders.ts'

/** Its keys, its queues and all that it signs in advance: minutes are never needed. */
const ANSWER_MS = 120_000

/** A hostile process that has prepared its attack. */
export interface Hostile {
  attack(): void
  /** Ends the flood; resolves to what was sent so far. */
  rest(): Promise<Report>
  /** An honest job is about to be posted. */
  tell(job: string): void
  /** Resolves to what came of it once the process has ended. */
  end(): Promise<Report>
  /** Ends the process at once, by its id. */
  kill(): void
}

/** Starts `program` as a hostile peer; rejects if it does not get ready. */
export async function startHostile(program: string, briefing: Briefing): Promise<Hostile> {
  const child = spawn(process.execPath, [program, 'hostile'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  // The machine is shared: what it takes to attack must not be taken from those who are attacked.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL)
  const ended = once(child, 'exit')
  const send = (order: Order): void => {
    // That it is gone is told by its exit.
    if (child.connected) child.send(order, () => undefined)
  }
  const answer = async (name: Report['report']): Promise<Report> => {
    const gone = ended.then(([code, killedBy]: unknown[]) => {
      throw new Error(`the hostile peer ended before it was ${name}: ${String(killedBy ?? code)}`)
    })
    const late = AbortSignal.timeout(ANSWER_MS)
    const heard = new Promise<Report>((resolve, reject) => {
      late.addEventListener('abort', () => reject(new Error(`the hostile peer is not ${name} in time`)))
      child.on('message', (message) => {
        const report = reportSchema.safeParse(message)
        if (report.success && report.data.report === name) resolve(report.data)
      })
    })
    return Promise.race([heard, gone])
  }
  const ready = answer('ready')
  send({ order: 'brief', briefing })
  await ready
  return {
    attack: () => send({ order: 'attack' }),
    rest: () => {
      const resting = answer('resting')
      send({ order: 'rest' })
      return resting
    },
    tell: (job) => send({ order: 'job', job }),
    end: async () => {
      const last = answer('ended')
      send({ order: 'end' })
      const report = await last
      await ended
      return report
    },
    kill: () => child.kill('SIGKILL'),
  }
}
