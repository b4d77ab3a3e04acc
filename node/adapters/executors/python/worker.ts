/** Entry point of the thread in which Python runs: takes one run, answers with its end, and is then thrown away. */
import { parentPort } from 'node:worker_threads'
import { interpret } from './interpreter.ts'
import { type End, parseWorkerRun } from './messages.ts'
import { StreamWriter } from './stream.ts'

parentPort?.once('message', (message: unknown) => parentPort?.postMessage(run(message)))
parentPort?.postMessage('ready')

function run(message: unknown): End {
  const work = parseWorkerRun(message)
  if (work === undefined) return { kind: 'broken', reason: 'the worker was given no run' }
  const writers = { stdout: new StreamWriter(work.stdout), stderr: new StreamWriter(work.stderr) }
  return interpret(work.request, work.module, (stream, chunk) => writers[stream].write(chunk))
}
