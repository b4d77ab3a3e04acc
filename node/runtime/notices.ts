/** Waits for the core's notices: who waits for which, with a bound on time by the caller's signal. */
import type { Notice } from '../core/effects.ts'

type Listener = (notice: Notice) => void

export class NoticeHub {
  readonly #listeners = new Set<Listener>()

  /** Tells everyone who listens. */
  tell(notice: Notice): void {
    for (const listener of [...this.#listeners]) listener(notice)
  }

  /** Listens until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The first value that `pick` makes of a notice. Rejects with the signal's reason when it is aborted. `begin` runs after listening began. */
  async first<T>(
    pick: (notice: Notice) => T | undefined,
    options: { signal: AbortSignal; begin?: () => void },
  ): Promise<T> {
    const { signal, begin } = options
    signal.throwIfAborted()
    return new Promise<T>((resolve, reject) => {
      const abort = (): void => {
        stop()
        reject(signal.reason)
      }
      const stop = this.listen((notice) => {
        const value = pick(notice)
        if (value === undefined) return
        stop()
        signal.removeEventListener('abort', abort)
        resolve(value)
      })
      signal.addEventListener('abort', abort, { once: true })
      begin?.()
    })
  }
}
