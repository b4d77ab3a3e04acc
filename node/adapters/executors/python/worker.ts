/** Entry point of the thread in which Python runs. */
import { serveThread } from '../kit/serve-thread.ts'
import { interpret } from './interpreter.ts'
import { parseWorkerRun } from './messages.ts'

serveThread({ parse: parseWorkerRun, run: ({ request, module }, write) => interpret(request, module, write) })
