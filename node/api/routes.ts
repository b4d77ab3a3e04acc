/**
 * Every route of the API, by noun and name: the one list that server, client, OpenAPI document and documentation are
 * made from.
 */
import { accountRoutes } from './accounts.ts'
import { blobRoutes } from './blobs.ts'
import { chainRoutes } from './chain.ts'
import { jobRoutes } from './jobs.ts'
import { networkRoutes } from './network.ts'
import { resultRoutes } from './results.ts'
import type { RouteData } from './route.ts'
import { serviceRoutes } from './service.ts'
import { whyRoutes } from './why.ts'

/** The routes. No two of them have the same method and path. */
export const routes = {
  service: serviceRoutes,
  network: networkRoutes,
  accounts: accountRoutes,
  jobs: { ...jobRoutes, ...whyRoutes, ...resultRoutes },
  blobs: blobRoutes,
  chain: chainRoutes,
}

/** {@link routes} as a type: what handlers and clients are keyed by. */
export type Routes = typeof routes

/** A route with its noun and name. */
export interface NamedRoute {
  readonly noun: string
  readonly name: string
  readonly route: RouteData
}

/** Every route in one list, in the order in which it is documented. */
export const routeList: readonly NamedRoute[] = Object.entries(routes).flatMap(([noun, group]) =>
  Object.entries<RouteData>(group).map(([name, route]) => ({ noun, name, route })),
)
