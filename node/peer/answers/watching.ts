/** Which jobs somebody watches here, counted: the core tells of a job while anybody does. */
import type { Driver } from '../../runtime/driver.ts'

/** Counts watchers per job, so that the core is told once when the first comes and once when the last goes. */
export class Watching {
  readonly #driver: Driver
  readonly #watched = new Map<string, number>()

  constructor(driver: Driver) {
    this.#driver = driver
  }

  /** The core tells of the job until `work` is over. */
  async during<T>(job: string, work: () => Promise<T>): Promise<T> {
    const release = this.watch(job)
    try {
      return await work()
    } finally {
      release()
    }
  }

  /** The core tells of the job until the returned function is called. */
  watch(job: string): () => void {
    const count = this.#watched.get(job) ?? 0
    this.#watched.set(job, count + 1)
    if (count === 0) this.#driver.dispatch({ type: 'watch', job })
    return () => {
      const left = (this.#watched.get(job) ?? 1) - 1
      if (left > 0) {
        this.#watched.set(job, left)
        return
      }
      this.#watched.delete(job)
      this.#driver.dispatch({ type: 'unwatch', job })
    }
  }
}
