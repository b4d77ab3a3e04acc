/** The children of one engine: busy ones, and a few warm ones that wait. */
import { bounds } from './bounds.ts'
import { Child } from './child-process.ts'

/** Hands out children for one run each. Starts none before it is asked. */
export class ChildPool<Request extends object> {
  readonly #engine: string
  readonly #idle: Child<Request>[] = []
  readonly #all = new Set<Child<Request>>()

  constructor(engine: string) {
    this.#engine = engine
  }

  /** Process ids of all children, for diagnosis. */
  pids(): number[] {
    return [...this.#all].flatMap((child) => (child.pid === undefined ? [] : [child.pid]))
  }

  /** A warm child if there is one, else a new one. Throws if the system refuses to start a process. */
  take(): Child<Request> {
    for (let warm = this.#idle.pop(); warm !== undefined; warm = this.#idle.pop()) if (warm.isAlive) return warm
    return this.fresh()
  }

  /** A new child. Throws if the system refuses to start a process. */
  fresh(): Child<Request> {
    const child = new Child<Request>(this.#engine)
    this.#all.add(child)
    // Never rejects.
    void child.exited.then(() => this.#all.delete(child))
    return child
  }

  /** Takes a child back after a run that ended well. */
  give(child: Child<Request>): void {
    if (this.#idle.length < bounds.idleChildren && child.runs < bounds.runsPerChild && child.isAlive)
      this.#idle.push(child)
    else child.kill(`the ${this.#engine} child is not needed`)
  }

  /** Kills all children; resolves when they are gone. */
  async stop(): Promise<void> {
    const all = [...this.#all]
    for (const child of all) child.kill(`the ${this.#engine} engine was stopped`)
    await Promise.all(all.map((child) => child.exited))
  }
}
