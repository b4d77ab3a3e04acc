/** All methods of the HTTP endpoint; the WebSocket answers them too. */
import { RpcError, rpcCodes } from './errors.ts'
import type { ChainStore } from './open-chain.ts'
import { accountMethods } from './rpc-accounts.ts'
import { clusterMethods } from './rpc-cluster.ts'
import type { Method } from './rpc-method.ts'
import { privateMethods } from './rpc-private.ts'
import { transactionMethods } from './rpc-transactions.ts'

const methods: ReadonlyMap<string, Method> = new Map(
  Object.entries({ ...clusterMethods, ...accountMethods, ...transactionMethods, ...privateMethods }),
)

/** Answers a call; throws or rejects with {@link RpcError}. A browser page may not call the chain's own methods. */
export function callMethod(
  store: ChainStore,
  name: string,
  params: unknown,
  { fromBrowser }: { fromBrowser: boolean },
): unknown {
  const method = methods.get(name)
  if (method === undefined || (fromBrowser && name.startsWith('weft_'))) {
    throw new RpcError(rpcCodes.methodNotFound, `Method not found: ${name.slice(0, 64)}`)
  }
  return method(store, params)
}
