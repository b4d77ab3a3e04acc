/** The API's description, OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0), made from the routes. */
import { z } from 'zod'
import { commonErrors, problemSchema, statusOf } from '../api/problem.ts'
import { isEvents, isShape, namesIn, type RouteData } from '../api/route.ts'
import { routeList } from '../api/routes.ts'

type Json = Readonly<Record<string, unknown>>

/** The document for one version of Weft. Shapes that have an id stand under `components.schemas`. */
export function openApi(version: string): Json & { readonly openapi: string } {
  const schemas = new Schemas()
  const paths: Record<string, Record<string, unknown>> = {}
  for (const { noun, name, route } of routeList) {
    const operation = { operationId: `${noun}.${name}`, tags: [noun], ...operationOf(route, schemas) }
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Weft',
      version,
      description: 'HTTP API of a Weft peer. Amounts are micro-credits as decimal text.',
    },
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } }, schemas: schemas.named },
  }
}

function operationOf(route: RouteData, schemas: Schemas): Json {
  const { summary, body, example, open } = route
  const content = body && { schema: schemas.input(body), example: example.body }
  return {
    summary,
    ...(open === true ? {} : { security: [{ token: [] }, {}] }),
    parameters: parametersOf(route, schemas),
    ...(content === undefined ? {} : { requestBody: { required: true, content: { 'application/json': content } } }),
    responses: { [route.status]: answerOf(route, schemas), ...problemsOf(route, schemas) },
  }
}

function parametersOf({ path, params, query, headers }: RouteData, schemas: Schemas): Json[] {
  const inPath = namesIn(path).map((name) => ({ name, in: 'path', required: true, ...schemas.member(params, name) }))
  const inQuery = Object.keys(query?.shape ?? {}).map((name) => ({ name, in: 'query', ...schemas.member(query, name) }))
  const inHeaders = Object.entries(headers ?? {}).map(([name, description]) => ({
    name,
    in: 'header',
    description,
    schema: { type: 'string' },
  }))
  return [...inPath, ...inQuery, ...inHeaders]
}

function answerOf({ summary, answer, alsoBytes, location, example }: RouteData, schemas: Schemas): Json {
  const bytes = { 'application/octet-stream': {} }
  const headers = location === undefined ? {} : { headers: { location: { schema: { type: 'string' } } } }
  if (isShape(answer)) {
    const content = { 'application/json': { schema: schemas.output(answer), example: example.answer } }
    const description = alsoBytes === undefined ? summary : `${summary} Bytes ${alsoBytes}.`
    return { description, ...headers, content: alsoBytes === undefined ? content : { ...content, ...bytes } }
  }
  if (!isEvents(answer)) return { description: summary, content: bytes }
  const events = Object.entries(answer.events).map(([event, shape]) => ({ title: event, ...schemas.output(shape) }))
  return { description: summary, content: { 'text/event-stream': { schema: { oneOf: events } } } }
}

/** What it may answer instead, by status. */
function problemsOf({ errors }: RouteData, schemas: Schemas): Json {
  const content = { 'application/problem+json': { schema: schemas.output(problemSchema) } }
  const codes = [...errors, ...commonErrors]
  const statuses = [...new Set(codes.map(statusOf))]
  const named = statuses.map((status) => {
    const description = `${codes.filter((code) => statusOf(code) === status).join(', ')}.`
    return [status, { description, content }]
  })
  return { ...Object.fromEntries(named), default: { description: 'What went wrong; 401 without the token.', content } }
}

/** JSON Schemas of shapes; those with an id are kept apart, and referred to. */
class Schemas {
  readonly named: Record<string, unknown> = {}

  input(shape: z.ZodType): Json {
    return this.#schemaOf(shape, 'input')
  }

  output(shape: z.ZodType): Json {
    return this.#schemaOf(shape, 'output')
  }

  /** A parameter's schema and description. */
  member(shape: z.ZodObject | undefined, name: string): Json {
    const member = shape?.shape[name]
    if (!(member instanceof z.ZodType)) throw new Error(`no shape for ${name}`)
    const { description, ...schema } = this.input(member)
    return { description, schema }
  }

  #schemaOf(shape: z.ZodType, io: 'input' | 'output'): Json {
    // A shape with an id is a reference only inside of another.
    const outer = z.toJSONSchema(z.object({ inner: shape }), { io, unrepresentable: 'any', override: bytesAsText })
    const text = JSON.stringify([outer.properties?.['inner'], outer.$defs ?? {}])
    const [schema, named] = JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/')) as [Json, Json]
    for (const [id, definition] of Object.entries(named)) this.named[id] = withoutId(definition)
    return schema
  }
}

/** Bytes may come as themselves in CBOR; JSON has their base64. */
function bytesAsText({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.contentEncoding !== 'base64' || jsonSchema.anyOf === undefined) return
  delete jsonSchema.anyOf
  jsonSchema.type = 'string'
}

function withoutId(definition: unknown): Json {
  const { id: _, ...rest } = definition as Json
  return rest
}
