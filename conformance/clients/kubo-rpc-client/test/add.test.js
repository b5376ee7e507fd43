import assert from 'node:assert/strict'
import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { globSource, urlSource, CID } from 'kubo-rpc-client'
import { ipfs, all, bytes, read, readText, rpcUrl } from './setup.js'

test('add bytes, text and a file', async () => {
  const text = await ipfs.add('hello kubo-rpc-client')
  assert.equal(text.cid.toString(), (await ipfs.add(bytes('hello kubo-rpc-client'))).cid.toString())
  assert.ok(text.cid instanceof CID)
  assert.equal(text.path, text.cid.toString())
  assert.equal(text.size, 29)
  const file = await ipfs.add({ path: 'dir/name.txt', content: 'hello kubo-rpc-client' })
  assert.equal(file.path, 'dir')
  assert.equal(await readText(ipfs.cat(text.cid)), 'hello kubo-rpc-client')
})

test('add with options', async () => {
  const raw = await ipfs.add('options', { cidVersion: 1, rawLeaves: true, pin: false })
  assert.equal(raw.cid.toString(), 'bafkreifhsovy7tbk7ts6ikzqiqeqogo5v7yzoqljpwj3hn7tna4n2xuclq')
  const hashed = await ipfs.add('options', { cidVersion: 1, hashAlg: 'sha2-512' })
  assert.equal(hashed.cid.multihash.code, 0x13)
  const chunked = await ipfs.add(new Uint8Array(100), { chunker: 'size-10', rawLeaves: true })
  assert.equal((await ipfs.dag.get(chunked.cid)).value.Links.length, 10)
  const only = await ipfs.add('never stored ' + Math.random(), { onlyHash: true })
  await assert.rejects(ipfs.block.stat(only.cid, { offline: true, timeout: 5000 }))
  const wrapped = await all(ipfs.addAll([{ path: 'a', content: 'a' }], { wrapWithDirectory: true }))
  assert.deepEqual(wrapped.map(one => one.path), ['a', ''])
})

test('mode and time are kept', async () => {
  const added = await ipfs.add({ content: 'meta', mode: 0o640, mtime: new Date(1700000000000) })
  assert.equal(added.mode, 0o640)
  assert.equal(added.mtime.secs, 1700000000)
})

test('progress is told', async () => {
  const told = []
  await ipfs.add(new Uint8Array(1 << 20), { progress: (n, path) => told.push([n, path]) })
  assert.ok(told.length > 0)
  assert.equal(told.at(-1)[0], 1 << 20)
})

test('add streams', async () => {
  async function * content () {
    for (let n = 0; n < 50; n++) yield new Uint8Array(10_000).fill(n)
  }
  const added = await ipfs.add(content())
  const got = await read(ipfs.cat(added.cid))
  assert.equal(got.length, 500_000)
  assert.equal(got[499_999], 49)
})

test('add many, with folders between', async () => {
  const entries = []
  for (let n = 0; n < 30; n++) entries.push({ path: `root/sub${n % 3}/file${n}`, content: `${n}` })
  entries.push({ path: 'root/empty' })
  const added = await all(ipfs.addAll(entries))
  const root = added.at(-1)
  assert.equal(root.path, 'root')
  const links = await all(ipfs.ls(root.cid))
  assert.deepEqual(links.map(one => one.name), ['empty', 'sub0', 'sub1', 'sub2'])
  assert.equal(links[0].type, 'dir')
})

test('add folders and files of the disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rpc-client-'))
  try {
    await mkdir(join(folder, 'in'))
    await writeFile(join(folder, 'in', 'a.txt'), 'a')
    await writeFile(join(folder, '.hidden'), 'h')
    await symlink('in/a.txt', join(folder, 'link'))
    const found = globSource(folder, '**/*', { hidden: true })
    const added = await all(ipfs.addAll(found, { wrapWithDirectory: true }))
    const names = (await all(ipfs.ls(added.at(-1).cid))).map(one => one.name)
    assert.deepEqual(names.filter(name => name !== 'link'), ['.hidden', 'in'])
    const stream = await ipfs.add(createReadStream(join(folder, 'in', 'a.txt')))
    assert.equal(await readText(ipfs.cat(stream.cid)), 'a')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('add from an address', async () => {
  const added = await ipfs.add(urlSource(`${rpcUrl}/version`))
  assert.match(await readText(ipfs.cat(added.cid)), /Client Version/)
})

test('a wrong option is an error of the caller', async () => {
  await assert.rejects(ipfs.add('x', { chunker: 'nonsense' }), /unrecognized chunker option: nonsense/)
  await assert.rejects(ipfs.add('x', { cidVersion: 7 }), /unknown CID version/)
})

test('a source that breaks off breaks off the request', async () => {
  async function * broken () {
    yield { path: 'fine', content: 'fine' }
    throw new Error('the source broke')
  }
  await assert.rejects(all(ipfs.addAll(broken())))
  assert.ok((await ipfs.version()).version)
})
