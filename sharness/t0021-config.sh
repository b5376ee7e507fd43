#!/usr/bin/env bash
about='ipfs config: read, write, show, replace, edit, profiles'
. "$(dirname "$0")/lib.sh"
repo

# spec: config-commands.key
check 'a value is set and read back' <<'END'
prints '' ipfs config Gateway.RootRedirect /ipfs/x
prints /ipfs/x ipfs config Gateway.RootRedirect
END

check '--bool and --json take typed values' <<'END'
ipfs config --bool Swarm.DisableBandwidthMetrics true
prints true ipfs config Swarm.DisableBandwidthMetrics
has "$(cat "$IPFS_PATH/config")" '"DisableBandwidthMetrics": true'
ipfs config --json Datastore.StorageGCWatermark 85
prints 85 ipfs config Datastore.StorageGCWatermark
ipfs config --json Peering.Peers '[]'
prints '[]' ipfs config Peering.Peers
END

check '--bool means true or not true' <<'END'
ipfs config --bool Swarm.DisableBandwidthMetrics maybe
prints false ipfs config Swarm.DisableBandwidthMetrics
END

check 'a bad --json value is refused' <<'END'
fails_with 'Error: failed to unmarshal json. unexpected end of JSON input' ipfs config --json Datastore.StorageGCWatermark '{'
END

# spec: config-commands.get-text
check 'lists and objects print as indented JSON' <<'END'
prints '{
  "API": "/ip4/127.0.0.1/tcp/0",
  "Announce": [],
  "AppendAnnounce": [],
  "Gateway": "/ip4/127.0.0.1/tcp/0",
  "NoAnnounce": [],
  "Swarm": [
    "/ip4/127.0.0.1/tcp/0"
  ]
}' ipfs config Addresses
prints '{
  "BlockKeyCacheSize": null,
  "BloomFilterSize": 0,
  "GCPeriod": "1h",
  "HashOnRead": false,
  "Spec": {
    "mounts": [
      {
        "mountpoint": "/blocks",
        "path": "blocks",
        "prefix": "flatfs.datastore",
        "shardFunc": "/repo/flatfs/shard/v1/next-to-last/2",
        "sync": false,
        "type": "flatfs"
      },
      {
        "compression": "none",
        "mountpoint": "/",
        "path": "datastore",
        "prefix": "leveldb.datastore",
        "type": "levelds"
      }
    ],
    "type": "mount"
  },
  "StorageGCWatermark": 85,
  "StorageMax": "10GB"
}' ipfs config Datastore
END

check 'an unknown key is an error when read' <<'END'
fails 'Error: failed to get config value: "Nothing not found"' ipfs config Nothing.Here
fails 'Error: failed to get config value: "Datastore.Nothing not found"' ipfs config Datastore.Nothing
END

check 'unknown keys are kept by writes of others' <<'END'
sed -i '1a\  "MyOwn": {"deep": [1, "two", null]},' "$IPFS_PATH/config"
ipfs config Gateway.RootRedirect /ipfs/y
grep -q MyOwn "$IPFS_PATH/config"
END

check 'a value of the wrong type is refused and changes nothing' <<'END'
cp "$IPFS_PATH/config" before
fails_with 'Error: failed to set config value: failure to decode config: json: cannot unmarshal number into Go struct field Addresses.Addresses.Swarm of type []string (maybe use --json?)' ipfs config --json Addresses.Swarm 7
same before "$IPFS_PATH/config"
END

check 'the private key is neither shown nor set' <<'END'
fails 'Error: cannot show or change private key through API' ipfs config Identity.PrivKey
fails 'Error: cannot show or change private key through API' ipfs config Identity
fails 'Error: cannot show or change private key through API' ipfs config Identity.PrivKey x
lacks "$(ipfs config show)" PrivKey
END

# spec: config-commands.show
check 'show prints the whole config without secrets' <<'END'
ipfs config show > shown
has "$(cat shown)" '"Datastore": {'
has "$(cat shown)" '"PeerID": "'
is "$(head -n 1 shown)" '{'
END

# spec: config-commands.replace
check 'replace takes what show printed and keeps the private key' <<'END'
sed -e 's,/ipfs/y,/ipfs/z,' shown > new
key=$(grep PrivKey "$IPFS_PATH/config")
prints '' ipfs config replace new
prints /ipfs/z ipfs config Gateway.RootRedirect
is "$(grep PrivKey "$IPFS_PATH/config")" "$key"
END

check 'replace refuses a private key and broken JSON' <<'END'
fails_with 'Error: setting private key with API is not supported' ipfs config replace "$IPFS_PATH/config"
echo '{' > bad
fails_with 'Error: failed to decode file as config' ipfs config replace bad
END

# spec: config-commands.edit
check 'edit runs EDITOR on the file' <<'END'
printf '#!/bin/sh\necho "$1" > edited\n' > editor
chmod +x editor
EDITOR=$HOME/editor ipfs config edit
is "$(cat edited)" "$IPFS_PATH/config"
fails_with 'Error: ENV variable $EDITOR not set' ipfs config edit
END

# spec: config-commands.backup
check 'profiles are applied, with a backup' <<'END'
ipfs config profile apply lowpower > out
prints '{
  "GracePeriod": "1m0s",
  "HighWater": 40,
  "LowWater": 20,
  "Type": "basic"
}' ipfs config Swarm.ConnMgr
ls "$IPFS_PATH" | grep -q '^config-pre-lowpower-'
END

# spec: config-commands.apply
check 'profile --dry-run shows and changes nothing' <<'END'
cp "$IPFS_PATH/config" before
ipfs config profile apply --dry-run server > out
same before "$IPFS_PATH/config"
has "$(cat out)" ipcidr
END

check 'an unknown profile is refused' <<'END'
fails 'Error: wat is not a profile' ipfs config profile apply wat
END

check 'the default profiles undo the test profile' <<'END'
ipfs config profile apply default-networking > out
prints /ip4/127.0.0.1/tcp/5001 ipfs config Addresses.API
prints /ip4/127.0.0.1/tcp/8080 ipfs config Addresses.Gateway
ipfs config profile apply test > out
prints /ip4/127.0.0.1/tcp/0 ipfs config Addresses.API
END

check 'import profiles set what the reference sets' <<'END'
ipfs config profile apply unixfs-v0-2015 > out
prints '{
  "BatchMaxNodes": null,
  "BatchMaxSize": null,
  "CidVersion": 0,
  "FastProvideDAG": null,
  "FastProvideRoot": null,
  "FastProvideWait": null,
  "HashFunction": "sha2-256",
  "UnixFSChunker": "size-262144",
  "UnixFSDAGLayout": "balanced",
  "UnixFSDirectoryMaxLinks": 0,
  "UnixFSFileMaxLinks": 174,
  "UnixFSHAMTDirectoryMaxFanout": 256,
  "UnixFSHAMTDirectorySizeEstimation": "links",
  "UnixFSHAMTDirectorySizeThreshold": "256KiB",
  "UnixFSRawLeaves": false
}' ipfs config Import
ipfs config profile apply unixfs-v1-2025 > out
prints '{
  "BatchMaxNodes": null,
  "BatchMaxSize": null,
  "CidVersion": 1,
  "FastProvideDAG": null,
  "FastProvideRoot": null,
  "FastProvideWait": null,
  "HashFunction": "sha2-256",
  "UnixFSChunker": "size-1048576",
  "UnixFSDAGLayout": "balanced",
  "UnixFSDirectoryMaxLinks": 0,
  "UnixFSFileMaxLinks": 1024,
  "UnixFSHAMTDirectoryMaxFanout": 256,
  "UnixFSHAMTDirectorySizeEstimation": "block",
  "UnixFSHAMTDirectorySizeThreshold": "256KiB",
  "UnixFSRawLeaves": true
}' ipfs config Import
END

# spec: config.import-check
check 'CidVersion and friends stop every command that uses blocks' <<'END'
echo x > x
node='constructing the node (see log for full detail)'
ipfs config --json Import.CidVersion 7
for command in 'add -Q x' 'cat bafkqaaa' 'pin ls' 'files ls' 'refs local' 'repo gc' 'dag get bafyqacdjojzxi' \
    'key list' 'key gen x' 'id' 'name resolve' 'swarm peers' 'swarm filters' 'stats bw' 'repo stat' 'diag sys' 'name pubsub state'; do
    fails_with "$node: Import.CidVersion must be 0 or 1, got 7" ipfs $command
done
ipfs repo version
ipfs config Import
ipfs config --json Import.CidVersion 1
prints bafkreidtzm4frjuhvbeuzizsgbjqcyuc6pnnhhkcz5rmuttz3wrkvr6zvq ipfs add -Q x
ipfs config Import.UnixFSChunker nonsense-1
fails_with nonsense-1 ipfs add -Q x
ipfs config Import.UnixFSChunker size-1024
ipfs config Import.HashFunction nonsense
fails_with nonsense ipfs add -Q x
END

check 'a config that is no JSON is reported with its path' <<'END'
cp "$IPFS_PATH/config" good
trap 'cp good "$IPFS_PATH/config"' EXIT
echo '{ "Identity": ' > "$IPFS_PATH/config"
fails_with 'unexpected EOF' ipfs pin ls
fails_with 'unexpected EOF' ipfs config Addresses
END

check 'a config from elsewhere is used with -c' <<'END'
ipfs config Gateway.RootRedirect /ipfs/other
prints /ipfs/other ipfs -c "$IPFS_PATH" config Gateway.RootRedirect
prints /ipfs/other env -u IPFS_PATH ipfs --repo-dir "$HOME/.ipfs" config Gateway.RootRedirect
END

check '--enc=json of a value' <<'END'
prints '{"Key":"Gateway.RootRedirect","Value":"/ipfs/other"}' ipfs config --enc=json Gateway.RootRedirect
prints '{"Key":"Datastore.StorageGCWatermark","Value":85}' ipfs config --enc=json Datastore.StorageGCWatermark
END

finish
