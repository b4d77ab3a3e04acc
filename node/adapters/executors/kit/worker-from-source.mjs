/**
 * Starts a worker, whose URL it is given, when Weft runs from its sources: Node 20 does not apply `--import tsx` to
 * threads, so the thread does it itself.
 */
import { workerData } from 'node:worker_threads'
import { register } from 'tsx/esm/api'

register()
await import(workerData)
