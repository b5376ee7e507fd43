import assert from 'node:assert/strict'
import { test, before } from 'node:test'
import { CID } from 'kubo-rpc-client'
import { ipfs, all, bytes, read, readText, NOWHERE } from './setup.js'

let file
let folder

before(async () => {
  file = (await ipfs.add('0123456789', { cidVersion: 1 })).cid
  const entries = [{ path: 'root/a.txt', content: 'a' }, { path: 'root/sub/b.txt', content: 'bb' }]
  folder = (await all(ipfs.addAll(entries, { cidVersion: 1 }))).at(-1).cid
})

test('cat: whole, part, path', async () => {
  assert.equal(await readText(ipfs.cat(file)), '0123456789')
  assert.equal(await readText(ipfs.cat(file, { offset: 3, length: 4 })), '3456')
  assert.equal(await readText(ipfs.cat(`/ipfs/${folder}/sub/b.txt`)), 'bb')
  await assert.rejects(readText(ipfs.cat(folder)), /this dag node is a directory/)
  await assert.rejects(readText(ipfs.cat(`/ipfs/${folder}/nosuch`)), /no link named "nosuch"/)
})

test('get: a tar, compressed too', async () => {
  const tar = await read(ipfs.get(folder))
  assert.equal(tar.length % 512, 0)
  assert.ok(tar.includes('a.txt'))
  const zipped = await read(ipfs.get(file, { compress: true, compressionLevel: 5 }))
  assert.deepEqual([...zipped.subarray(0, 2)], [0x1f, 0x8b])
  const archive = await read(ipfs.get(folder, { archive: true, compress: true, compressionLevel: 5 }))
  assert.deepEqual([...archive.subarray(0, 2)], [0x1f, 0x8b])
})

test('ls', async () => {
  const links = await all(ipfs.ls(folder))
  assert.deepEqual(links.map(one => [one.name, one.type, one.path]), [
    ['a.txt', 'file', `${folder}/a.txt`],
    ['sub', 'dir', `${folder}/sub`]
  ])
  assert.equal(links[0].size, 1)
  assert.ok(links[0].cid instanceof CID)
})

test('refs', async () => {
  const direct = await all(ipfs.refs(folder))
  assert.equal(direct.length, 2)
  const deep = await all(ipfs.refs(folder, { recursive: true, unique: true }))
  assert.equal(deep.length, 3)
  const named = await all(ipfs.refs(folder, { format: '<src> <linkname>' }))
  assert.deepEqual(named.map(one => one.ref), [`${folder} a.txt`, `${folder} sub`])
  assert.ok((await all(ipfs.refs.local())).length > 3)
})

test('resolve', async () => {
  const path = await ipfs.resolve(`/ipfs/${folder}/sub/b.txt`)
  assert.match(path, /^\/ipfs\/baf/)
  await assert.rejects(ipfs.resolve(`/ipfs/${folder}/nosuch`), /no link named/)
})

test('block: put, get, stat, rm', async () => {
  const cid = await ipfs.block.put(bytes('a block'))
  assert.equal(cid.toString(), 'bafkreieszcozqu5c6vyw2krdmm7ina227ks5iijvqdn64cce6u3wpuutza')
  assert.equal(Buffer.from(await ipfs.block.get(cid)).toString(), 'a block')
  assert.deepEqual(await ipfs.block.stat(cid), { cid, size: 7 })
  const old = await ipfs.block.put(bytes('an old block'), { format: 'v0', mhtype: 'sha2-256' })
  assert.equal(old.version, 0)
  const gone = await all(ipfs.block.rm(cid))
  assert.deepEqual(gone.map(one => [one.cid.toString(), one.error]), [[cid.toString(), undefined]])
  const again = await all(ipfs.block.rm(cid))
  assert.match(again[0].error.message, /not found|could not find/)
  assert.deepEqual(await all(ipfs.block.rm(cid, { force: true, quiet: true })), [])
})

test('dag: put, get, resolve', async () => {
  const inner = await ipfs.dag.put({ deep: [1, 2, { x: 'y' }] })
  const cid = await ipfs.dag.put({ link: inner, bytes: bytes('raw'), n: null, f: 1.5 })
  assert.equal(cid.code, 0x71)
  const { value } = await ipfs.dag.get(cid)
  assert.equal(value.link.toString(), inner.toString())
  assert.equal(Buffer.from(value.bytes).toString(), 'raw')
  assert.equal((await ipfs.dag.get(cid, { path: 'link/deep/2/x' })).value, 'y')
  const place = await ipfs.dag.resolve(cid, { path: 'link/deep/0' })
  assert.equal(place.cid.toString(), inner.toString())
  assert.equal(place.remainderPath, '/deep/0')
  const json = await ipfs.dag.put({ a: 1 }, { storeCodec: 'dag-json', hashAlg: 'sha2-512' })
  assert.equal(json.code, 0x0129)
  await assert.rejects(ipfs.dag.get(cid, { path: 'nosuch' }))
})

test('dag: export and import', async () => {
  const car = await read(ipfs.dag.export(folder))
  const roots = await all(ipfs.dag.import([car]))
  assert.equal(roots[0].root.cid.toString(), folder.toString())
  assert.ok(!roots[0].root.pinErrorMsg)
  const bare = await all(ipfs.dag.import([car], { pinRoots: false }))
  assert.deepEqual(bare, [])
  await assert.rejects(all(ipfs.dag.import([bytes('no car')])))
})

test('what is not here is told at once', async () => {
  const options = { offline: true, timeout: 20_000 }
  await assert.rejects(readText(ipfs.cat(NOWHERE, options)), error => {
    assert.equal(error.name, 'HTTPError')
    assert.equal(error.response.status, 500)
    assert.match(error.message, /could not find|not found/)
    return true
  })
})
