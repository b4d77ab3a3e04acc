/** The errors that a Solana RPC node answers with; clients match on the numbers. */

/** An error that is sent to the client as a JSON-RPC error object. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number
  readonly data: unknown

  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** Codes of JSON-RPC 2.0 and of Solana's `rpc_custom_error`. */
export const rpcCodes = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  preflightFailure: -32002,
  signatureVerification: -32003,
  blockNotAvailable: -32004,
  nodeUnhealthy: -32005,
  slotSkipped: -32007,
  unsupportedTransactionVersion: -32015,
  minContextSlotNotReached: -32016,
} as const

/** What is wrong with a parameter. */
export function invalidParams(what: string): RpcError {
  return new RpcError(rpcCodes.invalidParams, `Invalid param: ${what}`)
}

/** The answer while the chain is stalled, as a node gives that is behind its cluster. */
export function unhealthy(): RpcError {
  return new RpcError(rpcCodes.nodeUnhealthy, 'Node is unhealthy: the local chain is stalled', { numSlotsBehind: null })
}
