/** The children of one engine: busy ones, and a few warm ones that wait. */
import { bounds } from './bounds.ts'
import { PythonChild } from './child-process.ts'

/** Hands out children for one run each. */
export class ChildPool {
  readonly #idle: PythonChild[] = []
  readonly #all = new Set<PythonChild>()

  /** Process ids of all children, for diagnosis. */
  pids(): number[] {
    return [...this.#all].flatMap((child) => (child.pid === undefined ? [] : [child.pid]))
  }

  /** A warm child if there is one, else a new one. Throws if the system refuses to start a process. */
  take(): PythonChild {
    for (let warm = this.#idle.pop(); warm !== undefined; warm = this.#idle.pop()) if (warm.isAlive) return warm
    return this.fresh()
  }

  /** A new child. Throws if the system refuses to start a process. */
  fresh(): PythonChild {
    const child = new PythonChild()
    this.#all.add(child)
    // Never rejects.
    void child.exited.then(() => this.#all.delete(child))
    return child
  }

  /** Takes a child back after a run that ended well. */
  give(child: PythonChild): void {
    if (this.#idle.length < bounds.idleChildren && child.runs < bounds.runsPerChild && child.isAlive)
      this.#idle.push(child)
    else child.kill('the python child is not needed')
  }

  /** Kills all children; resolves when they are gone. */
  async stop(): Promise<void> {
    const all = [...this.#all]
    for (const child of all) child.kill('the python engine was stopped')
    await Promise.all(all.map((child) => child.exited))
  }
}
