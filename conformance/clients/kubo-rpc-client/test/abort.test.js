import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ipfs, all, read, NOWHERE } from './setup.js'

const active = async name => (await ipfs.diag.cmds())
  .filter(one => one.Command === name && one.Active).length

async function settles (name, wanted) {
  for (let tries = 0; tries < 200; tries++) {
    if (await active(name) === wanted) return
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  assert.fail(`${name}: ${await active(name)} are running, wanted ${wanted}`)
}

test('an aborted upload stops', async () => {
  const controller = new AbortController()
  async function * endless () {
    for (let n = 0; ; n++) {
      if (n === 20) controller.abort()
      yield new Uint8Array(64 * 1024)
      await new Promise(resolve => setTimeout(resolve, 1))
    }
  }
  await assert.rejects(ipfs.add(endless(), { signal: controller.signal, onlyHash: true }))
  await settles('add', 0)
})

test('an aborted download stops', async () => {
  const { cid } = await ipfs.add(new Uint8Array(20 << 20), { pin: false })
  const controller = new AbortController()
  await assert.rejects(async () => {
    for await (const part of ipfs.cat(cid, { signal: controller.signal })) {
      assert.ok(part.length > 0)
      controller.abort()
    }
  })
  await settles('cat', 0)
})

test('a stream without end stops when nobody reads on', async () => {
  const controller = new AbortController()
  const tail = all(ipfs.log.tail({ signal: controller.signal }))
  const ended = assert.rejects(tail)
  await settles('log/tail', 1)
  controller.abort()
  await ended
  await settles('log/tail', 0)
})

test('a time limit is a time limit', async () => {
  const start = Date.now()
  await assert.rejects(read(ipfs.cat(NOWHERE, { timeout: 1 })))
  assert.ok(Date.now() - start < 10_000)
})

test('many requests at a time', async () => {
  const answers = await Promise.all(Array.from({ length: 200 }, () => ipfs.version()))
  assert.equal(new Set(answers.map(one => one.version)).size, 1)
})
