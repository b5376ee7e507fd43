import assert from 'node:assert/strict'
import { test, before } from 'node:test'
import { ipfs, all, NOWHERE } from './setup.js'

let file
let folder
let other

before(async () => {
  const options = { pin: false, cidVersion: 1 }
  file = (await ipfs.add('pinned alone', options)).cid
  other = (await ipfs.add('pinned instead', options)).cid
  const entries = [{ path: 'pins/a', content: 'in a pinned folder' }]
  folder = (await all(ipfs.addAll(entries, options))).at(-1).cid
  await all(ipfs.pin.rmAll([file, other, folder])).catch(() => {})
})

const pins = async options => (await all(ipfs.pin.ls(options)))
  .map(one => [one.cid.toString(), one.type])

test('add and ls', async () => {
  assert.equal((await ipfs.pin.add(folder)).toString(), folder.toString())
  assert.equal((await ipfs.pin.add(file, { recursive: false })).toString(), file.toString())
  assert.deepEqual(await pins({ paths: [folder, file] }), [
    [folder.toString(), 'recursive'], [file.toString(), 'direct']])
  const recursive = await pins({ type: 'recursive' })
  assert.ok(recursive.some(([cid]) => cid === folder.toString()))
  assert.ok(!recursive.some(([cid]) => cid === file.toString()))
  const inside = (await all(ipfs.refs(folder)))[0].ref
  assert.deepEqual(await pins({ paths: inside }), [[inside, `indirect through ${folder}`]])
  const indirect = await pins({ type: 'indirect' })
  assert.ok(indirect.some(([cid]) => cid === inside))
  await assert.rejects(all(ipfs.pin.ls({ paths: other })), /is not pinned/)
  await assert.rejects(all(ipfs.pin.ls({ type: 'nosuch' })), /[Ii]nvalid.*type/)
})

test('names', async () => {
  await ipfs.pin.add(folder, { name: 'a name' })
  const found = await all(ipfs.pin.ls({ name: 'a name', names: true }))
  assert.deepEqual(found.map(one => [one.cid.toString(), one.name]), [[folder.toString(), 'a name']])
})

test('addAll, rmAll', async () => {
  const added = await all(ipfs.pin.addAll([{ cid: other }, { path: `/ipfs/${folder}` }]))
  assert.deepEqual(added.map(String), [other.toString(), folder.toString()])
  const gone = await all(ipfs.pin.rmAll([{ cid: other }, { cid: file, recursive: false }]))
  assert.deepEqual(gone.map(String), [other.toString(), file.toString()])
})

test('update, rm', async () => {
  await ipfs.pin.add(folder)
  await ipfs.pin.update(folder, other)
  await assert.rejects(ipfs.pin.rm(folder), /not pinned or pinned indirectly/)
  assert.equal((await ipfs.pin.rm(other)).toString(), other.toString())
})

test('what is not here can not be pinned', async () => {
  await assert.rejects(ipfs.pin.add(NOWHERE, { offline: true, timeout: 20_000 }))
})

test('pins elsewhere: services and their errors', async () => {
  const { service } = ipfs.pin.remote
  const name = 'rpc-client-test'
  await service.rm(name)
  await service.add(name, { endpoint: 'http://127.0.0.1:9/', key: 'secret' })
  const found = (await service.ls()).find(one => one.service === name)
  assert.equal(found.endpoint.toString(), 'http://127.0.0.1:9/')
  assert.ok(!JSON.stringify(found).includes('secret'))
  await assert.rejects(service.add(name, { endpoint: 'http://127.0.0.1:9/', key: 'k' }), /already present/)
  await assert.rejects(service.add('bad', { endpoint: 'ftp://x', key: 'k' }), /valid HTTP URL/)
  await assert.rejects(ipfs.pin.remote.add(file, { service: 'nosuch' }), /service not known/)
  await assert.rejects(all(ipfs.pin.remote.ls({ service: 'nosuch' })), /service not known/)
  await service.rm(name)
  assert.ok(!(await service.ls()).some(one => one.service === name))
})
