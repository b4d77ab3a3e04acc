/** The built Solana programs that come with Weft. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { WeftError } from '#protocol/errors.ts'

const NAMES = ['node_registry', 'job_receipt', 'payment_splitter'] as const
const idlSchema = z.object({ address: z.string() })

/** Address and `.so` file of each, from the source as from the build. NOT_FOUND if this installation lacks them. */
export function deployedPrograms(): { id: string; path: string }[] {
  const folder = programsFolder()
  return NAMES.map((name) => {
    const idl = idlSchema.parse(JSON.parse(readFileSync(join(folder, 'idl', `${name}.json`), 'utf8')))
    return { id: idl.address, path: join(folder, 'deploy', `${name}.so`) }
  })
}

function programsFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (let depth = 0; depth < 4; depth++, folder = dirname(folder)) {
    if (existsSync(join(folder, 'programs', 'deploy', 'job_receipt.so'))) return join(folder, 'programs')
  }
  throw new WeftError('NOT_FOUND', 'the Solana programs are not in this installation', {
    data: { next: 'install Weft again' },
  })
}
