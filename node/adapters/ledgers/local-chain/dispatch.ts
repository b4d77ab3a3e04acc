/** JSON-RPC 2.0: parses a body, runs its calls and prints the answers. */
import { z } from 'zod'
import { RpcError, rpcCodes } from './errors.ts'
import { chainLimits } from './limits.ts'

const callSchema = z.object({
  jsonrpc: z.literal('2.0').optional(),
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  method: z.string().max(64),
  params: z.unknown().optional(),
})

/** Answers one call; throws or rejects with {@link RpcError}. */
export type Call = (method: string, params: unknown) => unknown

/**
 * The answer to a request body, a single call or a batch; never rejects. `onBug` hears of errors that are no client's.
 */
export async function dispatch(body: string, call: Call, onBug: (error: unknown) => void): Promise<string> {
  let request: unknown
  try {
    request = JSON.parse(body)
  } catch {
    return failure(null, new RpcError(rpcCodes.parse, 'Parse error'))
  }
  if (!Array.isArray(request)) return answer(request, call, onBug)
  if (request.length === 0 || request.length > chainLimits.batchRequests) {
    return failure(
      null,
      new RpcError(rpcCodes.invalidRequest, `Invalid request: a batch holds 1 to ${chainLimits.batchRequests} calls`),
    )
  }
  const answers: string[] = []
  for (const one of request) answers.push(await answer(one, call, onBug))
  return `[${answers.join(',')}]`
}

async function answer(request: unknown, call: Call, onBug: (error: unknown) => void): Promise<string> {
  const parsed = callSchema.safeParse(request)
  if (!parsed.success) return failure(null, new RpcError(rpcCodes.invalidRequest, 'Invalid request'))
  const { id = null, method, params } = parsed.data
  try {
    return JSON.stringify({ jsonrpc: '2.0', result: await call(method, params), id })
  } catch (error) {
    if (error instanceof RpcError) return failure(id, error)
    onBug(error)
    return failure(id, new RpcError(rpcCodes.internal, 'Internal error'))
  }
}

function failure(id: string | number | null, { code, message, data }: RpcError): string {
  return JSON.stringify({ jsonrpc: '2.0', error: { code, message, ...(data === undefined ? {} : { data }) }, id })
}
