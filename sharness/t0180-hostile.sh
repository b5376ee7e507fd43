#!/usr/bin/env bash
about='hostile input: no crash, no harm, a message'
. "$(dirname "$0")/lib.sh"
repo

# The command fails, without a signal and with a message.
refuses() {
  local rc=0
  timeout 60 "$@" > out 2> err || rc=$?
  [ $rc != 0 ] && [ $rc -lt 124 ] && [ -s err ] && return
  echo "exit status $rc"
  tail -n 3 err
  return 1
}

check 'deeply nested dag-cbor' <<'END'
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "%c", 129 }' | LC_ALL=C tr -d '\302' > deep
printf '\xf6' >> deep
refuses ipfs dag put --input-codec=dag-cbor deep
END

check 'deeply nested dag-json' <<'END'
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "[" }' > deep
refuses ipfs dag put deep
END

check 'lengths that promise more than there is' <<'END'
printf '\x9b\xff\xff\xff\xff\xff\xff\xff\xff' > list
refuses ipfs dag put --input-codec=dag-cbor list
printf '\x5b\x7f\xff\xff\xff\xff\xff\xff\xff' > bytes
refuses ipfs dag put --input-codec=dag-cbor bytes
printf '\xbb\x00\x00\x00\x0f\xff\xff\xff\xff' > map
refuses ipfs dag put --input-codec=dag-cbor map
printf '\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f' > pb
refuses ipfs dag put --input-codec=dag-pb --store-codec=dag-pb pb
END

check 'an archive whose header claims 2^63 bytes' <<'END'
printf '\xff\xff\xff\xff\xff\xff\xff\xff\x7f\xa0' > car
refuses ipfs dag import car
END

check 'a directory that names itself as UnixFS file' <<'END'
printf '{"Data":{"/":{"bytes":"CAIYgICAgICAgIB/"}},"Links":[]}' > node.json
cid=$(ipfs dag put --store-codec=dag-pb node.json)
timeout 60 ipfs cat $cid > out 2> err || true
[ "$(size out)" -lt 100 ]
END

check 'UnixFS data that is none' <<'END'
printf '{"Data":{"/":{"bytes":"//////8"}},"Links":[]}' > node.json
cid=$(ipfs dag put --store-codec=dag-pb node.json)
refuses ipfs cat $cid
refuses ipfs get $cid
refuses ipfs files cp /ipfs/$cid /bad
END

check 'a HAMT with an absurd fan-out' <<'END'
printf '{"Data":{"/":{"bytes":"CAUoIjCAgICAgIAB"}},"Links":[]}' > node.json
cid=$(ipfs dag put --store-codec=dag-pb node.json)
refuses ipfs ls $cid
END

check 'identity CIDs over the limit' <<'END'
gen a 200 > long
refuses ipfs block put --mhtype=identity long
refuses ipfs add --hash=identity -q long
END

check 'digests that are too short' <<'END'
refuses ipfs block put --mhtype=sha2-256 --mhlen=8 long
refuses ipfs block get bafkreeqcaebagba
END

check 'names that leave the output folder' <<'END'
echo x > x
leaf=$(ipfs add -q --raw-leaves --cid-version=1 x)
for name in ../up .. /abs 'a/b'; do
  printf '{"Data":{"/":{"bytes":"CAE"}},"Links":[{"Hash":{"/":"%s"},"Name":"%s","Tsize":2}]}' \
    $leaf "$name" > node.json
  cid=$(ipfs dag put --store-codec=dag-pb node.json)
  mkdir -p jail/cell
  timeout 60 ipfs get -o jail/cell/out $cid > out 2>&1 || true
  [ ! -e jail/up ] && [ ! -e jail/cell/up ] && [ ! -e /abs ]
  rm -rf jail
done
END

check 'a config with a missing brace, an empty one, a folder in its place' <<'END'
cp "$IPFS_PATH/config" good
for bad in '{' '' 'null' '[]'; do
  printf '%s' "$bad" > "$IPFS_PATH/config"
  refuses ipfs pin ls
done
rm "$IPFS_PATH/config"
mkdir "$IPFS_PATH/config"
refuses ipfs pin ls
rmdir "$IPFS_PATH/config"
cp good "$IPFS_PATH/config"
ipfs pin ls > out
END

check 'foreign files among the blocks are no obstacle' <<'END'
mkdir -p "$IPFS_PATH/blocks/XX"
echo junk > "$IPFS_PATH/blocks/XX/not-base32.data"
echo junk > "$IPFS_PATH/blocks/XX/put-12345"
echo junk > "$IPFS_PATH/blocks/stray"
ipfs add -q x > out
ipfs refs local > out 2> err || true
ipfs pin verify > out
END

finish
