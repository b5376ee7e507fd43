import assert from 'node:assert/strict'
import { test, before, after } from 'node:test'
import { ipfs, all, bytes, readText } from './setup.js'

const ROOT = '/rpc-client-test'

before(async () => {
  await ipfs.files.rm(ROOT, { recursive: true, force: true })
  await ipfs.files.mkdir(ROOT)
})
after(() => ipfs.files.rm(ROOT, { recursive: true, force: true }))

test('write, read, parts of both', async () => {
  const path = `${ROOT}/file`
  await assert.rejects(ipfs.files.write(path, 'x'), /file does not exist/)
  await ipfs.files.write(path, bytes('0123456789'), { create: true })
  await ipfs.files.write(path, bytes('ab'), { offset: 2 })
  assert.equal(await readText(ipfs.files.read(path)), '01ab456789')
  assert.equal(await readText(ipfs.files.read(path, { offset: 1, length: 4 })), '1ab4')
  await ipfs.files.write(path, 'short', { truncate: true })
  assert.equal(await readText(ipfs.files.read(path)), 'short')
  await ipfs.files.write(`${ROOT}/a/b/c`, 'deep', { create: true, parents: true })
  assert.equal(await readText(ipfs.files.read(`${ROOT}/a/b/c`)), 'deep')
})

test('write a stream', async () => {
  async function * content () {
    for (let n = 0; n < 20; n++) yield new Uint8Array(50_000).fill(n)
  }
  await ipfs.files.write(`${ROOT}/stream`, content(), { create: true })
  assert.equal((await ipfs.files.stat(`${ROOT}/stream`)).size, 1_000_000)
})

test('mkdir, ls, stat', async () => {
  await ipfs.files.mkdir(`${ROOT}/d/e/f`, { parents: true, cidVersion: 1 })
  await assert.rejects(ipfs.files.mkdir(`${ROOT}/d`), /file already exists/)
  await ipfs.files.write(`${ROOT}/d/x`, 'x', { create: true, mode: 0o600 })
  const entries = await all(ipfs.files.ls(`${ROOT}/d`))
  assert.deepEqual(entries.map(one => [one.name, one.type]), [['e', 'directory'], ['x', 'file']])
  assert.equal(entries[1].size, 1)
  const stat = await ipfs.files.stat(`${ROOT}/d`, { withLocal: true })
  assert.equal(stat.type, 'directory')
  assert.equal(stat.blocks, 2)
  assert.equal(stat.local, true)
  assert.deepEqual(await all(ipfs.files.ls(`${ROOT}/d/e/f`)), [])
  await assert.rejects(ipfs.files.stat(`${ROOT}/nosuch`), /file does not exist/)
})

test('cp, mv, rm', async () => {
  const { cid } = await ipfs.add('copied')
  await ipfs.files.cp(`/ipfs/${cid}`, `${ROOT}/copy`)
  assert.equal((await ipfs.files.stat(`${ROOT}/copy`)).cid.toString(), cid.toString())
  await assert.rejects(ipfs.files.cp(`/ipfs/${cid}`, `${ROOT}/copy`), /already has entry/)
  await ipfs.files.mv(`${ROOT}/copy`, `${ROOT}/moved`)
  await assert.rejects(ipfs.files.stat(`${ROOT}/copy`), /file does not exist/)
  await ipfs.files.rm(`${ROOT}/moved`)
  await ipfs.files.mkdir(`${ROOT}/full`)
  await assert.rejects(ipfs.files.rm(`${ROOT}/full`))
  await ipfs.files.rm([`${ROOT}/full`], { recursive: true })
  await ipfs.files.cp(`/ipfs/${cid}`, `${ROOT}/p/q/r`, { parents: true })
  assert.equal(await readText(ipfs.files.read(`${ROOT}/p/q/r`)), 'copied')
})

test('flush gives the root', async () => {
  const cid = await ipfs.files.flush(ROOT)
  assert.equal(cid.toString(), (await ipfs.files.stat(ROOT)).cid.toString())
})

test('many writes at a time', async () => {
  const writes = Array.from({ length: 40 }, (_, n) =>
    ipfs.files.write(`${ROOT}/many/${n}`, `${n}`, { create: true, parents: true }))
  await Promise.all(writes)
  assert.equal((await all(ipfs.files.ls(`${ROOT}/many`))).length, 40)
})
