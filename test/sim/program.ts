/** The built simulator as a child process. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const SIM = fileURLToPath(new URL('../../dist/sim.js', import.meta.url))

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs it to its end. */
export function sim(...args: string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SIM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    const text = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk) => (text.stdout += chunk))
    child.stderr.on('data', (chunk) => (text.stderr += chunk))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...text }))
  })
}
