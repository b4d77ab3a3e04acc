import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Transcript } from '#sim/report/transcript.ts'
import { parseScenario } from '#sim/scenario.ts'
import { simulate } from '#sim/simulate.ts'

const FOLDER = fileURLToPath(new URL('../scenarios/', import.meta.url))
const FENCE = '\n--- what happens\n'

/** Golden transcripts: `WEFT_REWRITE=1` writes what happens now; read the difference before you commit it. */
describe('the golden scenarios', () => {
  for (const name of readdirSync(FOLDER)
    .filter((file) => file.endsWith('.yaml'))
    .sort()) {
    it(name.replace('.yaml', '').replace(/-/g, ' '), async () => {
      const text = readFileSync(FOLDER + name, 'utf8')
      const story = FOLDER + name.replace('.yaml', '.txt')
      let transcript: Transcript | undefined
      const { summary } = await simulate({
        scenario: parseScenario(text, name),
        observe: ({ world }) => {
          transcript = new Transcript(world)
          return transcript
        },
      })
      const { jobs, violations } = summary
      const end = `${jobs.posted} posted, ${jobs.completed} completed, ${jobs.failed} failed, ${jobs.expired} expired, ${jobs.open} open`
      const now = `${text}${FENCE}${transcript?.lines.join('\n')}\n${end}\n`
      assert.deepEqual(violations, [])
      if (process.env['WEFT_REWRITE'] === '1') writeFileSync(story, now)
      assert.equal(now, readFileSync(story, 'utf8'))
    }).timeout(120_000)
  }
})
