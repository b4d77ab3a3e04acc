/** What the SDK tells about posting a job, in words. */
import type { PostNotice } from '#node/sdk/index.ts'
import { credits } from '../command/format.ts'

/** One sentence, with the next step where there is one. */
export function noticeText(notice: PostNotice): string {
  switch (notice.code) {
    case 'FEWER_REPLICAS': {
      const { able, wanted } = notice.data
      const peers = able === 1 ? 'one peer' : `${able} peers`
      return `${peers} can run it: ${able} of ${wanted} replicas, so a wrong result is easier to miss`
    }
    case 'CREDITS_LOW': {
      const left = credits(notice.data.leftMicro)
      return `credits are running low: after this job ${left} are left; more: weft credits deposit <credits>`
    }
    case 'NUMBER_TAKEN':
      return `sequence number ${notice.data.seq} is taken by another job of this wallet; signing again`
    default:
      return notice satisfies never
  }
}
