/** The core's notices, for whoever waits for one. */
import type { Notice } from '../core/effects.ts'

type Listener = (notice: Notice) => void

/** Tells each listener every notice, in order, while it listens. */
export class NoticeHub {
  readonly #listeners = new Set<Listener>()

  /** Tells everyone who listens now. A listener must not throw: those after it would not be told. */
  tell(notice: Notice): void {
    for (const listener of [...this.#listeners]) listener(notice)
  }

  /** Listens until the returned function is called; calling that again does nothing. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * The first value that `pick` makes of a notice. Rejects with the signal's reason when it is aborted. `begin` runs
   * after listening began, so that no answer to it is missed.
   */
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
