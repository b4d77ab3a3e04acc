/** Handlers are keyed like the routes; the compiler is the test. */

import type { Routes } from '#node/api/routes.ts'
import type { Handler, Handlers } from '#node/gateway/handler.ts'
import { Bytes } from '#node/gateway/handler.ts'

const show: Handler<Routes['blobs']['show']> = () => new Bytes(new Uint8Array())

describe('handlers', () => {
  it('that are missing, too many or of another answer do not compile', () => {
    const all: Handlers['blobs'] = { show }
    // @ts-expect-error the handler of a route is missing
    const missing: Handlers['blobs'] = {}
    // @ts-expect-error no route has this name
    const extra: Handlers['blobs'] = { show, other: show }
    // @ts-expect-error the route answers bytes
    const other: Handler<Routes['blobs']['show']> = () => ({ problem: null })
    void [all, missing, extra, other]
  })
})
