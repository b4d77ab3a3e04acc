import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { type Config, describeSource, loadConfig } from '#node/config/load.ts'
import { makeFolders } from '#node/config/paths.ts'
import { environmentName, isSettingName, settings } from '#node/config/schema.ts'

const peerId = '12D3KooWBmAwcd4PJNJvfV89HwE48nwkRmAgo8Vy3uQEyNNHBox2'

describe('config', () => {
  let cwd: string
  let home: string
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'weft-config-'))
    home = join(cwd, 'home')
    await mkdir(home)
  })
  afterEach(() => rm(cwd, { recursive: true, force: true }))

  const load = (flags: Record<string, unknown> = {}, env: Record<string, string> = {}): Config =>
    loadConfig({ flags, env: { WEFT_HOME: home, ...env }, cwd, machine: { cores: 10, memoryBytes: 10 * 2 ** 30 } })
  const project = (text: string): Promise<void> => writeFile(join(cwd, 'weft.yaml'), text)
  const user = (text: string): Promise<void> => writeFile(join(home, 'config.yaml'), text)

  it('lends 80 % of the machine and listens on loopback when nothing is set', () => {
    const { settings: found, sources } = load()
    assert.equal(found.slots, 8)
    assert.equal(found.memoryBytes, 8 * 2 ** 30)
    assert.equal(found.apiHost, '127.0.0.1')
    assert.deepEqual(sources.slots, { kind: 'default' })
  })

  it('prefers flag, then environment, then project file, then user file, and says which', async () => {
    await user('region: user\nslots: 1\nmdns: false\nlogLevel: warn\napiPort: 1')
    await project('region: project\nslots: 2\nmdns: true\napiPort: 2')
    const { settings: found, sources } = load({ region: 'flag' }, { WEFT_SLOTS: '3', WEFT_REGION: 'env' })
    assert.deepEqual(
      [found.region, found.slots, found.mdns, found.logLevel, found.apiPort],
      ['flag', 3, true, 'warn', 2],
    )
    assert.deepEqual(sources.region, { kind: 'flag', name: '--region' })
    assert.deepEqual(sources.slots, { kind: 'env', name: 'WEFT_SLOTS' })
    assert.deepEqual(sources.mdns, { kind: 'project', name: join(cwd, 'weft.yaml') })
    assert.deepEqual(sources.logLevel, { kind: 'user', name: join(home, 'config.yaml') })
    assert.equal(describeSource(sources.slots), 'environment variable WEFT_SLOTS')
  })

  it('takes every form that a setting may have', async () => {
    await project(`
listen: [/ip4/0.0.0.0/tcp/0, /ip6/::/tcp/0]
bootstrap: /dns4/example.org/tcp/9339/p2p/${peerId}
memoryBytes: 1.5 GiB
pricePerSecond: 1000000
network: https://rpc.example.org/path
engines: python, javascript`)
    const { settings: found } = load({ mdns: 'off' })
    assert.deepEqual(found.listen, ['/ip4/0.0.0.0/tcp/0', '/ip6/::/tcp/0'])
    assert.deepEqual(found.bootstrap, [`/dns4/example.org/tcp/9339/p2p/${peerId}`])
    assert.equal(found.memoryBytes, 1.5 * 2 ** 30)
    assert.equal(found.pricePerSecond, 1_000_000n)
    assert.deepEqual(found.engines, ['python', 'javascript'])
    assert.equal(found.mdns, false)
  })

  it('names the setting, the source and the expected form of a bad value', async () => {
    await project('apiPort: 70000')
    assert.throws(
      () => load(),
      (error: unknown) => {
        assert.ok(error instanceof Error && 'code' in error)
        assert.equal(error.code, 'CONFIG_INVALID')
        assert.match(error.message, /apiPort \(project file .*weft\.yaml\) is 70000, expected a port/)
        return true
      },
    )
    await project('')
    assert.throws(() => load({ slots: 'many' }), {
      code: 'CONFIG_INVALID',
      message: /slots \(flag --slots\) is "many"/,
    })
    assert.throws(() => load({}, { WEFT_PRICE_PER_SECOND: '1.5' }), { message: /WEFT_PRICE_PER_SECOND/ })
    for (const [name, value] of [
      ['bootstrap', '/ip4/1.2.3.4/tcp/1'],
      ['listen', 'localhost:80'],
      ['memoryBytes', '4 bananas'],
      ['memoryBytes', '1MB'],
      ['network', 'ftp://x'],
      ['logLevel', 'loud'],
      ['mdns', 'maybe'],
      ['region', 'a b'],
      ['pricePerSecond', -1],
      ['slots', 1.5],
    ] as const) {
      assert.throws(() => load({ [name]: value }), { code: 'CONFIG_INVALID' }, `${name}: ${value}`)
    }
  })

  it('refuses a name that no setting has, and guesses which was meant', async () => {
    await project('api-port: 1')
    assert.throws(() => load(), { code: 'CONFIG_INVALID', message: /api-port .*did you mean apiPort/ })
    await project('bogus: 1')
    assert.throws(() => load(), { code: 'CONFIG_INVALID', message: /bogus .*there are apiHost/ })
  })

  it('refuses files that are not settings', async () => {
    for (const text of ['a: [', '- a', 'slots: 1\nslots: 2', 'just text']) {
      await project(text)
      assert.throws(() => load(), { code: 'CONFIG_INVALID' }, text)
    }
    await project('x'.repeat(300_000))
    assert.throws(() => load(), { code: 'CONFIG_INVALID', message: /too long/ })
  })

  it('never fails with anything but CONFIG_INVALID, whatever the file holds', () => {
    const value = fc.oneof(fc.json(), fc.string(), fc.integer())
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(settings)), value, (name, content) => {
        try {
          load({ [name]: content })
        } catch (error) {
          assert.ok(error instanceof Error && 'code' in error && error.code === 'CONFIG_INVALID', String(error))
        }
      }),
    )
  })

  it('puts everything under WEFT_HOME, flag first, project file last', async () => {
    const { paths } = load()
    assert.deepEqual(
      [paths.config, paths.peerKey, paths.wallet, paths.store, paths.roster, paths.daemon],
      ['config.yaml', 'peer.key', 'wallet.json', 'store', 'roster', 'daemon.json'].map((name) => join(home, name)),
    )
    assert.equal(load({ home: 'other' }).paths.home, join(cwd, 'other'))
    await project('home: ./mine')
    assert.equal(loadConfig({ flags: {}, env: {}, cwd }).paths.home, join(cwd, 'mine'))
    assert.equal(load().sources.home.kind, 'env')
  })

  it('does not let the user file move the folder that it lies in', async () => {
    await user('home: /elsewhere')
    assert.throws(() => load(), { code: 'CONFIG_INVALID', message: /home/ })
  })

  it('ignores empty environment variables', () => {
    assert.equal(load({}, { WEFT_SLOTS: '' }).settings.slots, 8)
  })

  it('makes folders for the owner only', async () => {
    const { paths } = load()
    makeFolders(paths)
    for (const folder of [paths.home, paths.store, paths.roster]) assert.equal((await stat(folder)).mode & 0o777, 0o700)
  })

  it('has an environment variable for every setting', () => {
    const names = Object.keys(settings).filter(isSettingName).map(environmentName)
    assert.ok(names.includes('WEFT_PRICE_PER_SECOND') && names.includes('WEFT_API_HOST'))
    assert.equal(new Set(names).size, names.length)
  })
})
