// What Helia takes from newer versions of Node.
Promise.withResolvers ??= function () {
  const all = {}
  all.promise = new Promise((resolve, reject) => Object.assign(all, { resolve, reject }))
  return all
}
