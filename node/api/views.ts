/** The shapes under the names that commands know. */
export { accountViewSchema } from './accounts.ts'
export { chainEventSchema } from './chain.ts'
export { jobEventSchema, jobViewSchema } from './job-view.ts'
export { peerInfoSchema, peerSummarySchema, signingSchema } from './network.ts'
export { problemSchema } from './problem.ts'
export { type LogsView as LogsJson, logsSchema, type OutputView as OutputJson, outputSchema } from './results.ts'
export { type WhyView as WhyJson, whySchema } from './why.ts'
