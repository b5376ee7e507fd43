#!/usr/bin/env bash
# spec: pinset.read, pinset.buckets, pinset.leaf-order, pinset.cleaned-keys
# spec: 2-to-3.lists-or-set, 2-to-3.read-back, 2-to-3.lists-removed-last, 2-to-3.lists-at-once
# spec: 6-to-7.signed-record, 6-to-7.both-ids, 6-to-7.ed25519-forms, 6-to-7.unknown-keys
# spec: 10-to-11.record, 10-to-11.read-back, 10-to-11.old-form-removed-last
# spec: verify.block-identity, verify.blocks-read, verify.ipns-identity, verify.save-new, verify.against
about='migrations of pins and IPNS records, and their verification'
. "$(dirname "$0")/migrations.sh"

# The key is in the form of 64 bytes, and the peer ID in that of later programs.
CONFIG='{"Identity": {"PeerID": "12D3KooWHFd1gyNYFqxt7ke9FY2VoVVWY2XSPhvL9vg2pB6wQGfa",
"PrivKey": "CAESQAUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFbnoc3Smwt4/ROvTFWY/v9O8qlxZuPKby5Pv8zYBQW/E="},
"Datastore": {"Type": "leveldb", "NoSync": false}}'

# block HEX BASE64: a block of version 2.
block() {
  mkdir -p "$r/blocks/${1:0:8}"
  printf '%s' "$2" | base64 -d > "$r/blocks/${1:0:8}/$1.data"
}

# A repository of version 2: a recursive pin with two blocks below, of which one is pinned directly;
# an MFS root; an IPNS record under the key of version 6. The LevelDB is one log.
pins_at_2() {
  at 2 "$CONFIG"
  mkdir -p "$r/keystore" "$r/datastore"
  block 122065e91ff5e4d1dd902807660a5758ebf99b264586932455e797a577700408db0c CgNvbmU=
  block 122099e22997f81e19ed5692e97a716882db10134dd7f7969a8a4c9c67b14d159b51 CgN0d28=
  block 1220f1e385c95b789153c5a1dd1e45f49a55c6aee15bb6c96de4d0a3302498413a3e \
    'EigKIhIgZekf9eTR3ZAoB2YKV1jr+ZsmRYaTJFXnl6V3cAQI2wwSABgFEigKIhIgmeIpl/geGe1Wkul6'\
'cWiC2xATTdf3lpqKTJxnsU0Vm1ESABgFCgN0b3A='
  echo MANIFEST-000002 > "$r/datastore/CURRENT"
  echo 9JUWeyIAAQEabGV2ZWxkYi5CeXRld2lzZUNvbXBhcmF0b3ICAQMDBAA= | base64 -d > "$r/datastore/MANIFEST-000002"
  base64 -d > "$r/datastore/000001.log" <<'LOG'
/ndnHOEBAQEAAAAAAAAABQAAAAEaL2xvY2FsL3BpbnMvcmVjdXJzaXZlL2tleXMyWyJRbWVjdEJubnF5YzJhOU53Y2dXaHdo
R2JoMmtXMnZvVVVzamo1aDh1aTJ2cHZoIl0BFy9sb2NhbC9waW5zL2RpcmVjdC9rZXlzMlsiUW1WQ1U0ZXVCZlR6VTlEMzlp
dXI3M2t3Mm5qQmQxUnJTb2ppdXN3alVER1R6MyJdARkvbG9jYWwvcGlucy9pbmRpcmVjdC9rZXlzAnt9ARAvbG9jYWwvZmls
ZXNyb290IhIg8eOFyVt4kVPFod0eRfSaVcau4Vu2yW3k0KMwJJhBOj4BQS9GNVVYQTNUVEY0SkNCNlJSNklITE5ONEQ0WTNK
Sk1KUVdBRzZTREpFU1NMUkpGWk5CUkVTR0tIWUhGNkxTMjRQogEKKC9pcG5zLxIg+jHyDra3g+Y2lLEwsA3pDSSUlxSXLQxJ
Iyj4OXy5a48SEAoHL2lwZnMveBIDc2lnKAcaIhIg+jHyDra3g+Y2lLEwsA3pDSSUlxSXLQxJIyj4OXy5a48iQJ9Ax2eWmMWw
UgW0bbll+PHhH/5f05nKkBRuwh97rnHPsxvI5v52EfyvWaJTBFFA8umC1IjG6hZkr2AtqsyApgk=
LOG
}

counts() { repo-migrations verify --path "$r" --json; }

check 'verify counts, compares, and never replaces a file' <<'END'
pins_at_2
counts | grep -q '"version":2,"blocks":3,"checked":3,"damaged":0,"unknown":0,"pins":2,"keys":1,"ipns":1,"filesRoots":1'
repo-migrations verify --path "$r" --save "$PWD/inventory" | grep -q '^pins: 2$'
is "$(head -n 1 inventory)" 'repository inventory 1, version 2'
is "$(stat -c %a inventory)" 600
fails_status 1 repo-migrations verify --path "$r" --save "$PWD/inventory"
repo-migrations verify --path "$r" --against "$PWD/inventory" | grep -q '^missing since version 2: nothing$'
rm -r "$r/blocks/122099e2"
fails_status 1 repo-migrations verify --path "$r" --against "$PWD/inventory"
grep -q '^missing: block 122099e2' "$trash/stdout"
rm inventory
END

check 'a block with other content is damaged' <<'END'
pins_at_2
echo x > "$(ls "$r"/blocks/122099e2/*.data)"
fails_status 1 repo-migrations verify --path "$r"
grep -q '^damaged blocks: 1$' "$trash/stdout"
repo-migrations verify --quick --path "$r" >/dev/null
END

check 'pins and records go up to 11 and back, and nothing is missing at any version' <<'END'
pins_at_2
echo nonsense > "$r/keystore/odd"
repo-migrations verify --path "$r" --save "$PWD/inventory" >/dev/null
for step in 2-to-3 3-to-4 4-to-5 5-to-6 6-to-7 7-to-8 8-to-9 9-to-10 10-to-11; do
  fs-repo-$step -path="$r" -verbose=true >out 2>err
  repo-migrations verify --path "$r" --against "$PWD/inventory" >/dev/null
done
grep -q 'converted 2 pins from ipld storage into datastore' out
counts | grep -q '"version":11,.*"pins":2,"keys":2,"ipns":2,'
for step in 10-to-11 9-to-10 8-to-9 7-to-8 6-to-7 5-to-6 4-to-5 3-to-4 2-to-3; do
  fs-repo-$step -path="$r" -revert >out 2>err
  repo-migrations verify --path "$r" --against "$PWD/inventory" >/dev/null
done
grep -q '^writing keys: "/local/pins/recursive/keys" \[QmectBnnqyc2a9NwcgWhwhGbh2kW2voUUsjj5h8ui2vpvh\]$' out
grep -q '^writing keys: "/local/pins/direct/keys" \[QmVCU4euBfTzU9D39iur73kw2njBd1RrSojiuswjUDGTz3\]$' out
grep -q '^INDIRECT PINS:  map\[QmVCU4euBfTzU9D39iur73kw2njBd1RrSojiuswjUDGTz3:1 QmYhM78ds73x8eXV3eUMESrRxgEdpP8PCMajiG5LfmAV8c:1\]$' out
rm inventory
END

check 'a key that is none is skipped with a note' <<'END'
pins_at_2
repo-migrations run 2-to-6 --path "$r" >/dev/null 2>&1
echo nonsense > "$r/keystore/odd"
fs-repo-6-to-7 -path="$r" 2>err >/dev/null
grep -q '^note: key odd: .*; skipped$' err
END

check 'without its lists, version 2 keeps a pin set that is there' <<'END'
pins_at_2
fs-repo-2-to-3 -path="$r" >/dev/null
echo 2 > "$r/version"
fs-repo-2-to-3 -path="$r" 2>err >/dev/null
grep -q 'the pin set was there already' err
counts | grep -q '"version":3,.*"pins":2,'
END

finish
