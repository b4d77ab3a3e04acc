// Mocha's own spec output, plus a small JSON file with the counts: what `npm test` adds up over its suites.
const { writeFileSync } = require('node:fs')
const Mocha = require('mocha')

module.exports = class Reporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    const result = { passed: 0, failed: 0, skipped: [], failures: [] }
    runner.on('pass', () => result.passed++)
    runner.on('pending', (test) => result.skipped.push(test.fullTitle()))
    runner.on('fail', (test, error) => {
      result.failed++
      result.failures.push(`${test.fullTitle()}: ${String(error?.message ?? error).split('\n')[0]}`)
    })
    runner.on('end', () => writeFileSync(options.reporterOptions.output, JSON.stringify(result)))
  }
}
