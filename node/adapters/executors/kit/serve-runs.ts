/** The child's side of the border: what every engine's `child.ts` is made of. */
import { closeInheritedFiles } from './close-inherited.ts'
import type { ChildMessage, End } from './messages.ts'

/** Sends what happens in a run to the peer. */
export type Report = (message: Exclude<ChildMessage, { type: 'ended' }>) => void

interface Service<Request> {
  /** The request in a message, or `undefined`. */
  readonly parse: (message: unknown) => Request | undefined
  /**
   * Runs one request to its end; reports when the program starts, and what it prints. What it throws is not the
   * program's fault.
   */
  readonly run: (request: Request, report: Report) => Promise<End>
}

/**
 * Answers the peer's requests from now on, one run at a time, and ends this process as soon as the peer is gone. To be
 * called first: nothing that this process opens may come before it.
 */
export function serveRuns<Request>({ parse, run }: Service<Request>): void {
  closeInheritedFiles()
  const handle = async (message: unknown): Promise<void> => {
    const request = parse(message)
    const end: End =
      request === undefined
        ? { kind: 'broken', reason: 'the child was given no run' }
        : await run(request, send).catch(failure)
    send({ type: 'ended', end })
  }
  process.on('message', (message) => {
    // Never rejects: a failure is an end of the run.
    void handle(message)
  })
  process.on('disconnect', () => process.exit(0))
  // The peer may have gone while this was loaded, and nobody was told.
  if (process.connected !== true) process.exit(0)
}

function failure(error: unknown): End {
  return { kind: 'broken', reason: error instanceof Error ? error.message : String(error) }
}

function send(message: ChildMessage): void {
  // The callback keeps a lost channel from becoming an uncaught error; 'disconnect' ends this process.
  process.send?.(message, undefined, {}, () => undefined)
}
