/**
 * Gossip as a model: a message is pushed over a mesh of a given degree, so a peer k hops away hears of it after k delays. Who missed the
 * push (loss) hears of it at the next heartbeat. The hops are drawn, not walked: the same distribution at a hundredth of the cost.
 */
import type { Internet, Place } from './network.ts'
import { parameters } from './parameters.ts'
import { chanceFrom } from './random.ts'

export class Gossip {
  readonly #net: Internet
  readonly #audiences = new Map<number, readonly Place[]>()

  constructor(net: Internet) {
    this.#net = net
  }

  publish(from: Place, topic: string, data: Uint8Array): void {
    const { time } = this.#net
    for (const to of this.audienceOf(from)) {
      const delayUs = this.#arrivalUs(from, to)
      if (delayUs === undefined) continue
      const { life } = to
      time.after(delayUs, () => {
        if (to.events !== undefined && to.life === life) to.events.gossip(topic, from.key, data)
      })
    }
  }

  /** Whom `from`'s gossip is meant for. */
  audienceOf(from: Place): readonly Place[] {
    const { places } = this.#net
    const others = (): Place[] => places.filter((place) => place !== from)
    if (places.length <= 2 * parameters.gossip.audience) return others()
    const known = this.#audiences.get(from.index)
    if (known !== undefined) return known
    const drawn = chanceFrom(from.index, 'audience').sample(others(), parameters.gossip.audience)
    this.#audiences.set(from.index, drawn)
    return drawn
  }

  /** Microseconds until `to` hears of it; `undefined` if it never does. */
  #arrivalUs(from: Place, to: Place): number | undefined {
    const { chance, faults, places } = this.#net
    if (to.events === undefined || faults.blocked(from.index, to.index)) return undefined
    const { degree, hopUs, heartbeatUs } = parameters.gossip
    let hops = 1
    let reached = degree
    const place = chance.int(1, places.length)
    while (reached < place) {
      reached *= degree
      hops++
    }
    let delayUs = this.#net.delayUs(from, to) + hops * hopUs
    for (let hop = 1; hop < hops; hop++) delayUs += this.#net.delayUs(from, from) + chance.int(0, 20_000)
    // A peer misses the push only if every neighbour's copy is lost.
    while (faults.lossPpm > 0 && chance.ppm(faults.lossPpm) && chance.ppm(faults.lossPpm)) delayUs += heartbeatUs
    return delayUs
  }
}
