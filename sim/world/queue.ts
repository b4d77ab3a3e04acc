/** The event queue: a binary heap with a total order, by time and then by the order of insertion. */

/** Something that happens at a moment. */
export interface Scheduled {
  /** Microseconds since the world began. */
  readonly atUs: number
  readonly sequence: number
  /** `undefined` once cancelled. */
  fire: (() => unknown) | undefined
}

export class EventQueue {
  readonly #heap: Scheduled[] = []
  #sequence = 0
  #cancelled = 0

  /** Events that will still fire. */
  get size(): number {
    return this.#heap.length - this.#cancelled
  }

  push(atUs: number, fire: () => unknown): Scheduled {
    const event: Scheduled = { atUs, sequence: this.#sequence++, fire }
    const heap = this.#heap
    let place = heap.length
    heap.push(event)
    while (place > 0) {
      const parent = (place - 1) >> 1
      const above = heap[parent]
      if (above === undefined || before(above, event)) break
      heap[place] = above
      place = parent
    }
    heap[place] = event
    return event
  }

  cancel(event: Scheduled): void {
    if (event.fire === undefined) return
    event.fire = undefined
    this.#cancelled++
  }

  /** When the next event is due; `undefined` if there is none. */
  nextUs(): number | undefined {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined || first.fire !== undefined) return first?.atUs
      this.#take()
      this.#cancelled--
    }
  }

  /** The next event. Call after {@link nextUs} said that there is one. */
  pop(): Scheduled | undefined {
    return this.#take()
  }

  #take(): Scheduled | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      const right = heap[child + 1]
      let least = heap[child]
      if (least === undefined) break
      if (right !== undefined && before(right, least)) {
        least = right
        child++
      }
      if (before(last, least)) break
      heap[place] = least
      place = child
    }
    heap[place] = last
    return first
  }
}

function before(a: Scheduled, b: Scheduled): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.sequence < b.sequence)
}
