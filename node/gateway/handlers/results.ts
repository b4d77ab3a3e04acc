/** What jobs left behind: merged or one peer's output, and logs. */
import { WeftError } from '#protocol/errors.ts'
import { decodeOutput, type JobOutput } from '#protocol/job/output.ts'
import type { JobView } from '../../api/job-view.ts'
import type { LogsView, OutputView, resultRoutes } from '../../api/results.ts'
import type { Routes } from '../../api/routes.ts'
import type { PeerApi } from '../../peer/peer-api.ts'
import { contentOf, decodeLogs } from '../content.ts'
import { Bytes, type HandlersOf, type Received } from '../handler.ts'
import { readBlob } from './blobs.ts'

export function resultHandlers(peer: PeerApi): Pick<HandlersOf<'jobs'>, keyof typeof resultRoutes> {
  return {
    output: (request) => output(peer, request),
    logs: ({ params, signal }) => logs(peer, params.id, signal),
  }
}

async function output(
  peer: PeerApi,
  { params: { id }, query, signal }: Received<Routes['jobs']['output']>,
): Promise<OutputView | Bytes> {
  const cid = outputCid(await peer.job(id, { signal }), query.peer)
  const found = decodeOutput(await readBlob(peer, cid, signal))
  if (found === undefined) throw new WeftError('CERTIFICATE_BAD', `the output of ${id} is not an output`)
  if (query.file !== undefined) return new Bytes(fileIn(found, query.file))
  if (query.raw !== undefined) return new Bytes(found.stdout)
  return {
    jobId: id,
    cid,
    stdout: contentOf(found.stdout),
    files: found.files.map((file) => ({ path: file.path, bytes: file.bytes.length, ...contentOf(file.bytes) })),
  }
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

async function logs(peer: PeerApi, id: string, signal: AbortSignal): Promise<LogsView> {
  const job = await peer.job(id, { signal })
  const found = await Promise.all(sources(job).map((source) => readLogs(peer, source, signal)))
  return { jobId: id, logs: found.filter((item) => item !== undefined) }
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
): Promise<LogsView['logs'][number] | undefined> {
  const bytes = await peer.blob(source.cid, { signal })
  const decoded = bytes === undefined ? undefined : decodeLogs(bytes)
  return decoded === undefined ? undefined : { peer: source.peer, ...decoded }
}
