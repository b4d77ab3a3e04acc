/** Content by its id. */
import { z } from 'zod'
import { aBlob } from './examples.ts'
import { API, bytes, route } from './route.ts'
import { cidText } from './shapes.ts'

/** Routes of content. */
export const blobRoutes = {
  show: route({
    method: 'GET',
    path: `${API}/blobs/{cid}`,
    summary: 'Content by its id, from this peer or others.',
    params: z.object({ cid: cidText }),
    status: 200,
    answer: bytes,
    errors: ['NOT_FOUND'],
    example: { params: { cid: aBlob } },
  }),
}
