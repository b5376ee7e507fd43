#!/usr/bin/env bash
about='the repo directory: what opening and making one looks at'
. "$(dirname "$0")/lib.sh"
repo
cp -a "$IPFS_PATH" fresh
# back: the repo as it was made.
back() { rm -rf "$IPFS_PATH" && cp -a fresh "$IPFS_PATH"; }

# spec: repo.missing
check 'a directory that is no repo' <<'END'
for path in "$PWD/nowhere" "$PWD/empty"; do
  fails "Error: no IPFS repo found in $path.
please run: 'ipfs init'" env IPFS_PATH=$path ipfs pin ls
  mkdir -p empty
done
prints '' ls -A empty
END

# spec: layout.initialized, repo.init
check 'a repo is there exactly when its config is' <<'END'
trap back EXIT
rm "$IPFS_PATH/config"
fails_with 'no IPFS repo found' ipfs pin ls
ipfs init --profile=test > out
prints 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn recursive' ipfs pin ls --type=recursive
before=$(sha "$IPFS_PATH/config")
fails 'Error: ipfs configuration file already exists!
Reinitializing would overwrite your keys' ipfs init
is "$(sha "$IPFS_PATH/config")" "$before"
END

# spec: version.missing
check 'without version' <<'END'
trap back EXIT
rm "$IPFS_PATH/version"
fails_with 'please run 0-to-1 migration tool' ipfs pin ls
END

# spec: repo.open
check 'the version is looked at before the configuration, the configuration before the stores' <<'END'
trap back EXIT
echo 99 > "$IPFS_PATH/version"
echo junk > "$IPFS_PATH/config"
rm -r "$IPFS_PATH/blocks" && touch "$IPFS_PATH/blocks"
fails_with 'Your programs version' ipfs pin ls
cp fresh/version "$IPFS_PATH/version"
fails_with 'invalid character' ipfs pin ls
cp fresh/config "$IPFS_PATH/config"
fails_with 'blocks' ipfs pin ls
END

# spec: repo.leftovers, disk.temporary-names
check 'what an interrupted write left is removed' <<'END'
trap back EXIT
echo half > "$IPFS_PATH/.config.tmp-99999999"
echo mine > "$IPFS_PATH/.config.mine"
ipfs pin ls
is "$(ls -A "$IPFS_PATH" | grep '^\.')" .config.mine
END

# spec: repo.old-datastore
check 'a configuration of the oldest kind' <<'END'
trap back EXIT
sed -i 's/"StorageMax"/"Type": "leveldb", &/' "$IPFS_PATH/config"
fails_with 'old style datatstore config detected' ipfs pin ls
END

# spec: repo.spec-mismatch, datastore.canonical
check 'a Datastore.Spec that is not the one on disk' <<'END'
trap back EXIT
sed -i 's/"path": "datastore"/"path": "elsewhere"/' "$IPFS_PATH/config"
fails_with "datastore configuration of '$(cat fresh/datastore_spec)' does not match what is on disk" ipfs pin ls
[ ! -e "$IPFS_PATH/elsewhere" ]
END

# spec: datastore.spec-errors
check 'a Datastore.Spec with a field missing or wrong' <<'END'
trap back EXIT
sed -i '/"mountpoint": "\/blocks"/d' "$IPFS_PATH/config"
fails_with "no 'mountpoint' on mount" ipfs pin ls
cp fresh/config "$IPFS_PATH/config"
sed -i 's/"type": "mount"/"type": "nonsense"/' "$IPFS_PATH/config"
fails_with 'unknown datastore type: nonsense' ipfs pin ls
END

# spec: flatfs.shard-syntax
check 'an identifier of sharding that is none' <<'END'
trap back EXIT
for name in v1/middle/2 v2/prefix/2 v1/prefix/x; do
  sed -i "s#\"shardFunc\": \"[^\"]*\"#\"shardFunc\": \"/repo/flatfs/shard/$name\"#" "$IPFS_PATH/config"
  part=${name#*/} && [ ${name%%/*} = v1 ] || part=v2
  [ $name != v1/prefix/x ] || part=x
  fails_with "${part%/2}" ipfs pin ls
done
END

# repo_of FUNCTION: a repo with blocks sharded in this way, and one block in it.
repo_of() {
  rm -rf "$IPFS_PATH" fresh.json
  sed "s#\"shardFunc\": \"[^\"]*\"#\"shardFunc\": \"/repo/flatfs/shard/v1/$1\"#" fresh/config > fresh.json
  ipfs init fresh.json > out
  is "$(cat "$IPFS_PATH/blocks/SHARDING")" "/repo/flatfs/shard/v1/$1"
  ipfs block put --cid-codec=raw fresh/version > cid
}
# shards LETTERS: every block lies in the directory that LETTERS, of its name in $bare, gives.
shards() {
  local file name bare
  for file in $(cd "$IPFS_PATH/blocks" && find . -name '*.data'); do
    name=${file##*/} && bare=${name%.data}
    is "$file" "./$(eval "printf %s \"$1\"")/$name"
  done
  [ -n "$name" ]
}
# spec: flatfs.shard-prefix
check 'blocks sharded by the beginning of their names' <<'END'
trap back EXIT
repo_of prefix/5
shards '${bare:0:5}'
END

# spec: flatfs.shard-suffix
check 'blocks sharded by the end of their names' <<'END'
trap back EXIT
repo_of suffix/3
shards '${bare: -3}'
END

# spec: flatfs.shard-padding
check 'names that are too short are filled up' <<'END'
trap back EXIT
missing='$(printf "%*s" $((70 - ${#bare})) "" | tr " " _)'
repo_of prefix/70
shards "\$bare$missing"
repo_of suffix/70
shards "$missing\$bare"
END

# spec: flatfs.create
check 'a directory with other content is no store' <<'END'
trap back EXIT
rm "$IPFS_PATH/blocks/SHARDING"
fails_with 'SHARDING' ipfs pin ls
rm -r "$IPFS_PATH/blocks"
mkdir "$IPFS_PATH/blocks"
ipfs pin ls > out || true
is "$(cat "$IPFS_PATH/blocks/SHARDING")" "$(cat fresh/blocks/SHARDING)"
END

# spec: flatfs.temp-emptied
check 'opening empties .temp' <<'END'
trap back EXIT
mkdir -p "$IPFS_PATH/blocks/.temp"
echo half > "$IPFS_PATH/blocks/.temp/temp-1"
ipfs pin ls
[ ! -e "$IPFS_PATH/blocks/.temp/temp-1" ]
END

# spec: flatfs.query, blockstore.list, blockstore.key
check 'blocks are listed by their hash, files that are none are passed over' <<'END'
trap back EXIT
shard=$(dirname "$(find "$IPFS_PATH/blocks" -name 'CIQ*.data' | head -n 1)")
echo x > "$shard/notes.txt"
echo x > "$shard/junk!.data"
echo hello | ipfs block put --cid-codec=raw > raw
ipfs refs local | sort > got
ipfs refs local | wc -l > count
has "$(cat got)" "$(cat raw)"
lacks "$(cat got)" junk
prints hello ipfs block get "$(ipfs cid format -v 1 --mc dag-pb "$(cat raw)")"
find "$IPFS_PATH/blocks" -name '*.data' | sed 's#.*/##; s/\.data$//; s/^/B/' | grep -v '!' | while read -r hash; do
  printf %s "$hash" | ipfs multibase transcode -b base16 | sed 's/^f//'
  echo
done | grep . | sort > hashes
while read -r cid; do ipfs cid format -b base16 -f %m "$cid" | sed 's/^f//'; done < got | sort | cmp - hashes
END

# spec: blockstore.delete
check 'deleting what is not there is no error with --force' <<'END'
absent=$(echo absent | ipfs add -Qn --raw-leaves)
ipfs block rm --force $absent
fails_with 'ipld: could not find' ipfs block rm $absent
END

# spec: blockstore.put
check 'a damaged block is repaired by adding it again, unless Datastore.WriteThrough is off' <<'END'
trap back EXIT
cid=$(echo content | ipfs add -Q --raw-leaves)
file=$(grep -rlx content "$IPFS_PATH/blocks")
is "$(cat "$file")" content
chmod u+w "$file" && echo damaged > "$file"
ipfs config --json Datastore.WriteThrough false
echo content | ipfs add -Q --raw-leaves
is "$(cat "$file")" damaged
ipfs config --json Datastore.WriteThrough true
echo content | ipfs add -Q --raw-leaves
is "$(cat "$file")" content
END

# spec: blockstore.hash-on-read
check 'HashOnRead finds a block that is not what its name says' <<'END'
trap back EXIT
cid=$(echo content | ipfs add -Q --raw-leaves)
file=$(grep -rlx content "$IPFS_PATH/blocks")
chmod u+w "$file" && echo damaged > "$file"
prints damaged ipfs block get $cid
ipfs config --json Datastore.HashOnRead true
fails_with 'block in storage has different hash than requested' ipfs block get $cid
END

# spec: blockstore.identity
check 'a block in its own CID is never stored' <<'END'
find "$IPFS_PATH/blocks" -type f | sort > before
cid=$(echo tiny | ipfs block put --cid-codec=raw --mhtype=identity)
prints tiny ipfs block get $cid
find "$IPFS_PATH/blocks" -type f | sort | cmp - before
END

# spec: blockstore.secure-hashes
check 'a block under an insecure hash is neither read nor stored' <<'END'
fails_with 'potentially insecure hash functions not allowed' ipfs block get f015522080102030405060708
fails_with 'insecure' ipfs block put --cid-codec=raw --mhtype=murmur3-x64-64 fresh/version
END

# spec: lock.not-empty
check 'a lock file with content is of another kind' <<'END'
trap back EXIT
echo 1 > "$IPFS_PATH/repo.lock"
fails_with 'repo.lock' ipfs pin ls
END

# spec: lock.removed
check 'the lock goes with who held it; one that was left is no obstacle' <<'END'
ipfs pin ls
[ ! -e "$IPFS_PATH/repo.lock" ]
touch "$IPFS_PATH/repo.lock"
ipfs pin ls
[ ! -e "$IPFS_PATH/repo.lock" ]
END

# spec: api-file.read
check 'a file api that is no address' <<'END'
trap back EXIT
echo nonsense > "$IPFS_PATH/api"
fails_with 'failed to parse multiaddr "nonsense"' ipfs id
printf '  /ip4/127.0.0.1/tcp/1 \n\n' > "$IPFS_PATH/api"
prints "$(ipfs config Identity.PeerID)" ipfs id -f '<id>'
END

# spec: api-file.limit
check 'a file api that is far too long' <<'END'
trap back EXIT
head -c 3000 /dev/zero | tr '\0' ' ' > "$IPFS_PATH/api"
printf '/ip4/127.0.0.1/tcp/1' >> "$IPFS_PATH/api"
fails_with 'api' ipfs id
END

# spec: leveldb.read-changes-nothing
check 'reading changes nothing in the metadata' <<'END'
echo x | ipfs add -q
(cd "$IPFS_PATH/datastore" && sha256sum -- *) > before
is "$(ipfs pin ls --type=recursive | wc -l | tr -d ' ')" 2
(cd "$IPFS_PATH/datastore" && sha256sum -- *) | cmp - before
END

# spec: leveldb.lock
check 'who has the metadata open keeps others out' <<'END'
(flock -x 8 && touch held && sleep 3) 8>> "$IPFS_PATH/datastore/LOCK" &
until [ -e held ]; do sleep 0.05; done
exits 1 ipfs pin ls
wait
ipfs pin ls > out
END
finish
