/** Starts `worker.ts` when Weft runs from its sources: Node 20 does not apply `--import tsx` to threads, so the thread does it itself. */
import { register } from 'tsx/esm/api'

register()
await import('./worker.ts')
