#!/usr/bin/env bash
about='content that only another daemon has'

. "$(dirname "$0")/own_network.sh"

# starts NODE: its daemon in the background, until it is ready.
starts() {
  # What an earlier daemon said is not said by this one.
  : >"$1.out"
  IPFS_PATH=$PWD/$1 ipfs daemon >"$1.out" 2>"$1.err" &
  echo $! >"$1.pid"
  for _ in $(seq 200); do
    grep -q '^Daemon is ready' "$1.out" && return
    sleep 0.05
  done
  cat "$1.out" "$1.err"
  return 1
}

# at NODE WORDS...: a command of that node.
at() {
  local node=$1
  shift
  IPFS_PATH=$PWD/$node ipfs "$@"
}

address() { at "$1" id -f '<addrs>\n' | head -1; }
trap 'kill $(cat "$HOME"/*.pid) 2>/dev/null; chmod -R u+w "$trash"; rm -rf "$trash"' EXIT

for node in one two; do
  IPFS_PATH=$PWD/$node ipfs init --profile=test >/dev/null
done
if [ -z "$skipping" ]; then
  starts one
  starts two
  at two swarm connect "$(address one)" >/dev/null
fi

# spec: content.local-first, content.stored
check 'cat and get' <<'END'
head -c 3000000 /dev/urandom >file
cid=$(at one add -Q file)
at two cat "$cid" | cmp - file
mkdir -p tree/below
for n in $(seq 50); do echo "$n" >"tree/below/$n"; done
cp file tree/
cid=$(at one add -rQ tree)
at two get -o copy "$cid"
diff -r tree copy
at two --offline cat "$cid/file" | cmp - file
END

# spec: content.stored
check 'pin add' <<'END'
head -c 2000000 /dev/urandom >pinned
cid=$(at one add -Q --pin=false pinned)
prints "pinned $cid recursively" at two pin add --progress=false "$cid"
at two pin verify
at two repo gc >/dev/null
at two --offline cat "$cid" | cmp - pinned
END

check 'refs, dag export, dag stat, ls, files cp' <<'END'
for n in refs export stat list copy; do
  mkdir -p "d/$n"; head -c 600000 /dev/urandom >"d/$n/file"; echo "$n" >"d/$n/small"
done
for n in refs export stat list copy; do at one add -rQ "d/$n" >"$n.cid"; done
at one refs -r "$(cat refs.cid)" >want
at two refs -r "$(cat refs.cid)" >got
diff want got
at one dag export -p=false "$(cat export.cid)" >want
at two dag export -p=false "$(cat export.cid)" >got
cmp want got
at one dag stat --progress=false "$(cat stat.cid)" >want
at two dag stat --progress=false "$(cat stat.cid)" >got
diff want got
at one ls "$(cat list.cid)" >want
at two ls "$(cat list.cid)" >got
diff want got
at two files cp "/ipfs/$(cat copy.cid)" /copy
at two files read /copy/file | cmp - d/copy/file
END

# spec: content.offline
check 'offline nobody is asked' <<'END'
cid=$(echo "only there $RANDOM" | at one add -Q)
! at two --offline cat "$cid" 2>err
grep -q 'block was not found locally (offline)' err
END

# spec: content.cancel
check 'a wait for what nobody has ends in time' <<'END'
! timeout 10 env IPFS_PATH="$PWD/two" ipfs cat --timeout=300ms \
  bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy 2>err
grep -q 'context deadline exceeded' err
wanted() { at two bitswap wantlist | grep -q bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy; }
for _ in $(seq 100); do wanted || break; sleep 0.05; done
! wanted
END

# spec: content.announced
check 'what comes later is brought as soon as it is there' <<'END'
echo "later $$" >later
cid=$(at two add -Q --only-hash later)
at two cat "$cid" >got &
waiting=$!
for _ in $(seq 100); do at two bitswap wantlist | grep -q "$cid" && break; sleep 0.05; done
at one add -Q later
wait $waiting
cmp later got
END

check 'the gateway brings it, too' <<'END'
cid=$(echo "through the gateway $$" | at one add -Q)
curl -sf "$(cat two/gateway)/ipfs/$cid" | grep -q 'through the gateway'
curl -sf "$(cat two/gateway)/ipfs/$cid?format=raw" | grep -q 'through the gateway'
END

finish
