/** What jobs left behind: merged or one peer's output, logs, blobs. */
import type { Context, Hono } from 'hono'
import type { JobView, PeerApi } from '#node/api/peer-api.ts'
import { WeftError } from '#protocol/errors.ts'
import { decodeOutput, type JobOutput } from '#protocol/job/output.ts'
import type { LogsJson } from '../../api/views.ts'
import { contentOf, decodeLogs } from '../content.ts'
import { answer, reply } from '../reply.ts'
import { cidParam } from './params.ts'

export function resultRoutes(api: Hono, peer: PeerApi): void {
  api.get('/jobs/:id/output', (c) => output(c, peer))
  api.get('/jobs/:id/logs', (c) => logs(c, peer))
  api.get('/blobs/:cid', async (c) => {
    const cid = cidParam(c, 'cid')
    return binary(await answer(c, (signal) => blob(peer, cid, signal)), `"${cid}"`)
  })
}

/** `?raw`: stdout as bytes. `?file=path`: one file as bytes. `?peer=key`: that replica's output instead of the merged one. */
async function output(c: Context, peer: PeerApi): Promise<Response> {
  const id = cidParam(c, 'id')
  const found = await answer(c, async (signal) => {
    const cid = outputCid(await peer.job(id, { signal }), c.req.query('peer'))
    const decoded = decodeOutput(await blob(peer, cid, signal))
    if (decoded === undefined) throw new WeftError('CERTIFICATE_BAD', `the output of ${id} is not an output`)
    return { cid, output: decoded }
  })
  const path = c.req.query('file')
  if (path !== undefined) return binary(fileIn(found.output, path))
  if (c.req.query('raw') !== undefined) return binary(found.output.stdout)
  const { stdout, files } = found.output
  return reply({
    jobId: id,
    cid: found.cid,
    stdout: contentOf(stdout),
    files: files.map((file) => ({ path: file.path, bytes: file.bytes.length, ...contentOf(file.bytes) })),
  })
}

function outputCid(job: JobView, peer: string | undefined): string {
  const cid = peer === undefined ? job.output : (job.seats.find((seat) => seat.peer === peer)?.output ?? '')
  if (cid !== '') return cid
  throw new WeftError(
    'NOT_FOUND',
    `the job has no output${peer === undefined ? '' : ' of that peer'}: it is ${job.state}`,
    {
      data: { next: `weft job show ${job.jobId}` },
    },
  )
}

function fileIn(output: JobOutput, path: string): Uint8Array {
  const file = output.files.find((candidate) => candidate.path === path)
  if (file !== undefined) return file.bytes
  throw new WeftError('NOT_FOUND', `the job left no file of that name; it left ${output.files.length}`)
}

async function logs(c: Context, peer: PeerApi): Promise<Response> {
  const id = cidParam(c, 'id')
  return reply(
    await answer(c, async (signal): Promise<LogsJson> => {
      const job = await peer.job(id, { signal })
      const found = await Promise.all(sources(job).map((source) => readLogs(peer, source, signal)))
      return { jobId: id, logs: found.filter((item) => item !== undefined) }
    }),
  )
}

interface LogSource {
  readonly peer: string | null
  readonly cid: string
}

/** Each replica's logs, or the job's own if no replica is named. */
function sources(job: JobView): LogSource[] {
  const seats = job.seats.filter((seat) => seat.logs !== '').map((seat) => ({ peer: seat.peer, cid: seat.logs }))
  return seats.length > 0 || job.logs === '' ? seats : [{ peer: null, cid: job.logs }]
}

async function readLogs(
  peer: PeerApi,
  source: LogSource,
  signal: AbortSignal,
): Promise<LogsJson['logs'][number] | undefined> {
  const bytes = await peer.blob(source.cid, { signal })
  const decoded = bytes === undefined ? undefined : decodeLogs(bytes)
  return decoded === undefined ? undefined : { peer: source.peer, ...decoded }
}

async function blob(peer: PeerApi, cid: string, signal: AbortSignal): Promise<Uint8Array> {
  const bytes = await peer.blob(cid, { signal })
  if (bytes === undefined) throw new WeftError('NOT_FOUND', `no peer that answers has the content ${cid}`)
  return bytes
}

/** Content of strangers: never run by a browser. */
function binary(bytes: Uint8Array, etag?: string): Response {
  const headers = new Headers({
    'content-type': 'application/octet-stream',
    'content-disposition': 'attachment',
    'x-content-type-options': 'nosniff',
  })
  if (etag !== undefined) headers.set('etag', etag)
  return new Response(new Uint8Array(bytes), { headers })
}
