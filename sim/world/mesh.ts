/**
 * The gossip mesh: who passes messages on to whom, and how long a message takes to each peer over the quickest way. A
 * fixed random graph, so that a spread is a sum of the links' delays and not an assumption. Shortest ways are computed
 * once per source and kept.
 */
import type { Endpoint } from './endpoint.ts'
import { parameters } from './parameters.ts'
import { at } from './random.ts'

/** Sources with a tree of their own; of more peers, one stands for others of its region. */
const SOURCES_MAX = 256

export class Mesh {
  readonly #endpoints: readonly Endpoint[]
  readonly #linkUs: (a: Endpoint, b: Endpoint) => number
  #neighbours: readonly (readonly number[])[] = []
  readonly #trees = new Map<number, Int32Array>()
  /** Of more than {@link SOURCES_MAX} peers, sources by region. */
  #sources = new Map<number, number[]>()

  /** `linkUs`: one-way delay of a link. `endpoints` may grow until the first question. */
  constructor(endpoints: readonly Endpoint[], linkUs: (a: Endpoint, b: Endpoint) => number) {
    this.#endpoints = endpoints
    this.#linkUs = linkUs
  }

  /** Microseconds until what `from` publishes has reached `to` over the quickest way, without jitter. */
  delayUs(from: Endpoint, to: Endpoint): number {
    if (this.#neighbours.length !== this.#endpoints.length) this.#build()
    const source = this.#sourceFor(from)
    const tree = this.#trees.get(source) ?? this.#grow(source)
    return Math.max(tree[to.index] ?? 0, parameters.gossip.hopUs)
  }

  #sourceFor(from: Endpoint): number {
    if (this.#endpoints.length <= SOURCES_MAX) return from.index
    const alike = this.#sources.get(from.region)
    return alike === undefined ? from.index : at(alike, from.index % alike.length)
  }

  /** A ring, so that the mesh is connected, and drawn links on top of it. */
  #build(): void {
    const count = this.#endpoints.length
    const links = this.#endpoints.map(() => new Set<number>())
    const join = (a: number, b: number): void => {
      if (a === b) return
      links[a]?.add(b)
      links[b]?.add(a)
    }
    for (let a = 0; a < count; a++) {
      join(a, (a + 1) % count)
      for (let k = 0; k < parameters.gossip.degree / 2 - 1; k++) join(a, mix(a, k, count) % count)
    }
    this.#neighbours = links.map((set) => [...set])
    this.#trees.clear()
    this.#sources = new Map()
    for (const { index, region } of this.#endpoints.slice(0, SOURCES_MAX)) {
      this.#sources.set(region, [...(this.#sources.get(region) ?? []), index])
    }
  }

  /** Dijkstra's algorithm over a bucket queue of milliseconds. */
  #grow(source: number): Int32Array {
    const reached = new Int32Array(this.#endpoints.length).fill(-1)
    const buckets: [number, number][][] = [[[source, 0]]]
    for (let ms = 0; ms < buckets.length; ms++) {
      for (const [index, us] of (buckets[ms] ?? []).sort(([, a], [, b]) => a - b)) {
        if ((reached[index] ?? 0) >= 0) continue
        reached[index] = us
        for (const next of at(this.#neighbours, index)) {
          const nextUs =
            us + this.#linkUs(at(this.#endpoints, index), at(this.#endpoints, next)) + parameters.gossip.hopUs
          const bucket = Math.max(ms + 1, Math.floor(nextUs / 1_000))
          while (buckets.length <= bucket) buckets.push([])
          if ((reached[next] ?? 0) < 0) buckets[bucket]?.push([next, nextUs])
        }
      }
    }
    this.#trees.set(source, reached)
    return reached
  }
}

/** 32 well-mixed bits of three integers: chance that depends on nothing but them (murmur3's finaliser). */
export function mix(a: number, b: number, c: number): number {
  let h = (Math.imul(a + 1, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca6b) ^ Math.imul(c + 1, 0xc2b2ae35)) | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
