// npm run test:chain [jobs]: the end-to-end test of the money on chain with many jobs (200).
process.env.WEFT_CHAIN_JOBS = process.argv[2] ?? '200'
process.argv = [...process.argv.slice(0, 2), 'test/e2e/chain.test.ts']
await import('./test.mjs')
