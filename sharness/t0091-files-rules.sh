#!/usr/bin/env bash
about='ipfs files: paths, moves that go wrong, broken roots and entries'
. "$(dirname "$0")/lib.sh"
repo
gen a 300000 > mid

# spec: mfs.path-rules
check 'paths begin with a slash and are resolved as text' <<'END'
ipfs files mkdir -p /a/b
echo x | ipfs files write --create /a/b/f
prints x ipfs files read '/a//./b/../b/f'
prints x ipfs files read /../a/b/f
fails_with 'paths must start with a leading slash' ipfs files read a/b/f
END

# spec: mfs.mv-not-into-itself
check 'a folder is not moved into itself' <<'END'
before=$(ipfs files stat --hash /)
exits 1 ipfs files mv /a /a/b/c
is "$(ipfs files stat --hash /)" "$before"
prints x ipfs files read /a/b/f
END

# spec: mfs.rm-flushes
check 'a broken entry is removed by force' <<'END'
child=$(ipfs add -Q --pin=false mid)
ipfs files mkdir /broken
ipfs files cp /ipfs/$child /broken/entry
ipfs block rm $child
exits 1 ipfs files read /broken/entry
ipfs files rm --force /broken/entry
prints '' ipfs files ls /broken
END

# spec: mfs.stat-keeps-content
check 'mode and time change nothing else' <<'END'
ipfs files write --create /mid < mid
ipfs files write --create --raw-leaves --cid-version=1 /raw < mid
echo tiny | ipfs files write --create --raw-leaves --cid-version=1 /tiny
for path in /mid /raw /tiny; do
  ipfs files read $path > before
  ipfs files chmod 0640 $path
  ipfs files touch --mtime=1234567890 $path
  ipfs files read $path | cmp - before
  is "$(ipfs files stat --format='<mode-octal> <mtime-secs>' $path)" '0640 1234567890'
done
END

# spec: mfs.write-exact
check 'pieces in any order and holes give the file that one write gives' <<'END'
ipfs files write --create --raw-leaves --cid-version=1 /pieces < /dev/null
slice mid 0 100000 | ipfs files write --offset=0 /pieces
slice mid 200000 100000 | ipfs files write --offset=200000 /pieces
is "$(ipfs files read -o 100000 -n 100000 /pieces | tr -d '\0' | wc -c | tr -d ' ')" 0
slice mid 100000 100000 | ipfs files write --offset=100000 /pieces
ipfs files read /pieces | cmp - mid
END

# spec: mfs.root-builder
check 'the root takes CID version and hash from the configuration' <<'END'
repo
ipfs config --json Import.CidVersion 1
ipfs config Import.HashFunction sha2-512
ipfs files mkdir /new
is "$(ipfs cid format -f '%v %h' "$(ipfs files stat --hash /)")" 'cidv1 sha2-512'
END

# spec: mfs.bad-root
check 'a root that is not there is an error, until chroot replaces it' <<'END'
repo
echo x | ipfs files write --create /f
ipfs repo gc > out
root=$(ipfs files stat --hash /)
ipfs block rm --force "$root" || true
rm -f "$(grep -rl --include='*.data' 'f' "$IPFS_PATH/blocks" | head -n 1)"
if ipfs block stat --offline "$root" > out 2>&1; then
  find "$IPFS_PATH/blocks" -name '*.data' -delete
fi
fails_with 'filesroot' ipfs files ls /
ipfs files chroot --confirm
prints '' ipfs files ls /
END
finish
