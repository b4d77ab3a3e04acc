/**
 * The registry in the last epochs. The chain's accounts hold only the present one, so what was seen is kept on disk,
 * and is there before anybody acts on it: logs are replayed with the views of their time.
 */
import { z } from 'zod'
import type { Store } from '#node/ports/store.ts'
import type { RegistryView } from '#protocol/membership/registry.ts'
import { decode, encode } from '#protocol/wire/canonical.ts'
import { isKey } from '#protocol/wire/keys.ts'

/** Epochs that are remembered. */
const VIEWS_KEPT = 64
const PREFIX = 'ledger/view/'

export class Views {
  readonly #store: Store
  readonly #views = new Map<number, RegistryView>()
  #newest: RegistryView | undefined

  private constructor(store: Store) {
    this.#store = store
  }

  /** The views in `store`; what cannot be read is left out. */
  static async open(store: Store): Promise<Views> {
    const views = new Views(store)
    for (const [, bytes] of await store.range({ gte: PREFIX, lt: `${PREFIX}\uffff`, limit: VIEWS_KEPT })) {
      const view = decodeView(bytes)
      if (view !== undefined) views.#keep(view)
    }
    return views
  }

  newest(): RegistryView | undefined {
    return this.#newest
  }

  at(epoch: number): RegistryView | undefined {
    return this.#views.get(epoch)
  }

  /** Takes the view of a later epoch; true once it is on disk, false if it is not newer. */
  async add(view: RegistryView): Promise<boolean> {
    if (this.#newest !== undefined && view.epoch <= this.#newest.epoch) return false
    const dropped = view.epoch - VIEWS_KEPT
    const old = [...this.#views.keys()].filter((epoch) => epoch <= dropped)
    const changes = [
      { put: nameOf(view.epoch), value: encodeView(view) },
      ...old.map((epoch) => ({ del: nameOf(epoch) })),
    ]
    await this.#store.write(changes, { durable: true })
    for (const epoch of old) this.#views.delete(epoch)
    this.#keep(view)
    return true
  }

  /**
   * Takes views of epochs that are over, as far as they are remembered at all; on disk when it resolves. True if there
   * was one. The newest stays.
   */
  async fill(views: readonly RegistryView[]): Promise<boolean> {
    const newest = Math.max(this.#newest?.epoch ?? 0, ...views.map(({ epoch }) => epoch))
    const missing = views.filter(({ epoch }) => epoch > newest - VIEWS_KEPT && !this.#views.has(epoch))
    const changes = missing.map((view) => ({ put: nameOf(view.epoch), value: encodeView(view) }))
    await this.#store.write(changes, { durable: true })
    for (const view of missing) this.#views.set(view.epoch, view)
    return missing.length > 0
  }

  #keep(view: RegistryView): void {
    this.#views.set(view.epoch, view)
    if (this.#newest === undefined || view.epoch > this.#newest.epoch) this.#newest = view
  }
}

function nameOf(epoch: number): string {
  return `${PREFIX}${String(epoch).padStart(16, '0')}`
}

/** Slots name members by their place in the list: a peer with many slots is written once. */
function encodeView({ epoch, beacon, members, slots }: RegistryView): Uint8Array {
  const places = new Map(members.map(({ peer }, place) => [peer, place]))
  return encode([
    epoch,
    beacon,
    members.map(({ peer, owner }) => [peer, owner]),
    slots.map((peer) => (peer === undefined ? -1 : (places.get(peer) ?? -1))),
  ])
}

function decodeView(bytes: Uint8Array): RegistryView | undefined {
  const parsed = schema.safeParse(decode(bytes))
  if (!parsed.success) return undefined
  const [epoch, beacon, pairs, places] = parsed.data
  const members = pairs.map(([peer, owner]) => ({ peer, owner }))
  return { epoch, beacon, members, slots: places.map((place) => members[place]?.peer) }
}

const key = z.string().refine(isKey)
const schema = z.tuple([
  z.number().int().nonnegative(),
  z.instanceof(Uint8Array),
  z.array(z.tuple([key, key])),
  z.array(z.number().int()),
])
