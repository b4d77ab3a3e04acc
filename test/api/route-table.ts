/** The routes as a table in Markdown. */
import { type NamedRoute, routeList } from '#node/api/routes.ts'

const BEGIN = '<!-- routes: made from node/api, see test/api/routes.test.ts -->'
const END = '<!-- /routes -->'

/** `text` with the table of all routes between its two markers. */
export function withRouteTable(text: string): string {
  const begin = text.indexOf(BEGIN)
  const end = text.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`no ${BEGIN} and ${END}`)
  return `${text.slice(0, begin)}${BEGIN}\n${table()}${text.slice(end)}`
}

function table(): string {
  const head = '| route | what | refuses with |\n|---|---|---|\n'
  return head + routeList.map(row).join('')
}

function row({ route: { method, path, query, status, summary, errors } }: NamedRoute): string {
  const names = Object.keys(query?.shape ?? {})
  const asked = names.length === 0 ? '' : `?${names.join('&')}`
  const created = status === 201 ? ' (201)' : ''
  return `| \`${method} ${path}${asked}\`${created} | ${summary} | ${errors.map((code) => `\`${code}\``).join(' ')} |\n`
}
