#!/usr/bin/env bash
about='the config file: what is read, kept, refused and written'
. "$(dirname "$0")/lib.sh"
repo
config=$IPFS_PATH/config
cp "$config" fresh

# lines KEY: the keys at the top of a JSON file, in the order of its bytes.
tops() { sed -n 's/^  "\([A-Za-z]*\)":.*/\1/p' "$1"; }
# edit SCRIPT: changes the config with sed, beginning from the fresh one.
edit() { sed "$1" fresh > "$config"; }

# spec: config.fresh
check 'init writes all sections in this order' <<'END'
is "$(tops fresh | tr '\n' ' ')" 'Identity Datastore Addresses Mounts Discovery Routing Ipns Bootstrap Gateway API Swarm AutoNAT AutoTLS Pubsub Peering DNS Migration AutoConf Provide Provider Reprovider HTTPRetrieval Experimental Plugins Pinning Import Version Internal Bitswap '
END

# spec: config.rewrite-sorted, config.sorted
check 'after a change all keys ascend, as bytes, at every level' <<'END'
edit 's/^{/{\n  "zeta": {"b": 1, "a": 2, "B": 3},/'
ipfs config Gateway.RootRedirect /x
tops "$config" > got
LC_ALL=C sort got | cmp - got
is "$(tail -n 6 "$config")" '  "zeta": {
    "B": 3,
    "a": 2,
    "b": 1
  }
}'
END

# spec: config.format
check 'characters that HTML gives a meaning are escaped' <<'END'
cp fresh "$config"
ipfs config Gateway.RootRedirect "<a&b>$(printf '\342\200\250\342\200\251')"
has "$(cat "$config")" '"RootRedirect": "\u003ca\u0026b\u003e\u2028\u2029"'
END

# spec: config.numbers
check 'numbers are kept, in their shortest form' <<'END'
edit 's/^{/{\n  "Mine": [1.50, 1e-7, 1e21, 9007199254740991, 100.0],/'
ipfs config Gateway.RootRedirect /x
is "$(sed -n '/"Mine"/,/]/p' "$config" | tr -d ' \n')" '"Mine":[1.5,1e-7,1e+21,9007199254740991,100],'
END

# spec: config.first-value
check 'only the first value counts, and it is an object' <<'END'
{ cat fresh; echo '{"Addresses": 7} junk'; } > "$config"
prints '' ipfs config Gateway.RootRedirect
echo '[1]' > "$config"
fails_with 'json: cannot unmarshal array' ipfs config Gateway.RootRedirect
cp fresh "$config"
END

# spec: config.decode
check 'known keys have types, whatever the case of their names' <<'END'
edit 's/"StorageGCWatermark": 90/"storagegcWATERMARK": "much"/'
trap 'cp fresh "$config"' EXIT
fails_with 'json: cannot unmarshal string into Go struct field Datastore.Datastore.StorageGCWatermark of type int64' ipfs pin ls
END

# spec: config.get
check 'any key of the file is read, known or not' <<'END'
edit 's/^{/{\n  "Mine": {"deep": {"er": "here"}},/'
prints here ipfs config Mine.deep.er
prints '{
  "er": "here"
}' ipfs config Mine.deep
cp fresh "$config"
END

# spec: config.key-not-found
check 'a missing key is named up to its first missing part' <<'END'
fails 'Error: failed to get config value: "Addresses.Nope not found"' ipfs config Addresses.Nope.More
fails 'Error: failed to get config value: "Nope not found"' ipfs config Nope
END

# spec: config.key-not-a-map
check 'nothing is below a value' <<'END'
fails 'Error: failed to get config value: "Identity.PeerID key is not a map"' ipfs config Identity.PeerID.More
END

# spec: config.known-keys
check 'only known keys are set; maps take any' <<'END'
fails_with 'not found' ipfs config Nope.Nope x
ipfs config --json 'Gateway.PublicGateways.example' '{"Paths": ["/ipfs"]}'
prints '[
  "/ipfs"
]' ipfs config Gateway.PublicGateways.example.Paths
cp fresh "$config"
END

# spec: config.set
check 'objects on the way are made where null is' <<'END'
ipfs config --json Gateway.PublicGateways null
ipfs config --json Gateway.PublicGateways.a.UseSubdomains true
prints true ipfs config Gateway.PublicGateways.a.UseSubdomains
cp fresh "$config"
END

# spec: config.set-key, repo.config-store
check 'setting keeps the private key and every other key' <<'END'
edit 's/^{/{\n  "Mine": "kept",/'
key=$(grep -o '"PrivKey": "[^"]*"' fresh)
ipfs config Gateway.RootRedirect /x
has "$(cat "$config")" "$key"
prints kept ipfs config Mine
cp "$config" before
fails_with 'json: cannot unmarshal' ipfs config --json Datastore.StorageGCWatermark '"x"'
same before "$config"
cp fresh "$config"
END

# spec: config.replace
check 'replacing keeps the identity' <<'END'
key=$(grep -o '"PrivKey": "[^"]*"' fresh)
ipfs config show | sed 's/"RootRedirect": ""/"RootRedirect": "\/new"/' > other
ipfs config replace other
has "$(cat "$config")" "$key"
prints /new ipfs config Gateway.RootRedirect
cp fresh "$config"
END

# spec: config.replace-errors
check 'a private key is not replaced' <<'END'
fails_with 'setting private key with API is not supported' ipfs config replace fresh
same fresh "$config"
END

# spec: config.profiles
check 'profiles are known by these names' <<'END'
for name in announce-off announce-on autoconf-off autoconf-on badgerds badgerds-measure default-datastore \
  default-networking flatfs flatfs-measure legacy-cid-v0 local-discovery lowpower pebbleds \
  pebbleds-measure randomports server test unixfs-v0-2015 unixfs-v1-2025; do
  ipfs config profile apply --dry-run $name > out
done
fails_with 'is not a profile' ipfs config profile apply --dry-run nope
END

# spec: config.diff, config-commands.diff
check 'a profile shows the difference in colours and changes nothing' <<'END'
ipfs config profile apply --dry-run server > out
has "$(cat out)" "$(printf '\033[')"
has "$(cat out)" DisableNatPortMap
is "$(tail -c 1 out | od -An -c | tr -d ' ')" '}'
same fresh "$config"
END

# spec: config.duration
check 'durations have units' <<'END'
for text in 1h2m3s 1.5h 300ms 7us 9ns; do
  ipfs config Ipns.RepublishPeriod $text
  ipfs pin ls > /dev/null
done
fails_with 'time: missing unit in duration "7"' sh -c 'ipfs config Internal.Bitswap.ProviderSearchDelay 7 && ipfs pin ls'
cp fresh "$config"
END

# spec: config.duration-text
check 'a profile writes durations in their long form' <<'END'
ipfs config AutoConf.RefreshInterval 90m
ipfs config profile apply test > out
prints 1h30m0s ipfs config AutoConf.RefreshInterval
cp fresh "$config"
END

# spec: config.bytes
check 'sizes have units' <<'END'
mkdir -p dir
for number in 1 2 3 4 5 6 7 8 9; do echo $number > dir/$number; done
plain=$(ipfs add -rQ dir)
for text in 1B '1 B' 1kB 1KiB '1 KiB'; do
  ipfs config Import.UnixFSHAMTDirectorySizeThreshold "$text"
  ipfs add -rQ dir > got
  case $text in 1B | '1 B') [ "$(cat got)" != $plain ] ;; *) [ "$(cat got)" = $plain ] ;; esac
done
cp fresh "$config"
END

# spec: config.atomic, disk.write-atomic, disk.mode-exact
check 'the file is replaced as a whole and stays the owner'\''s alone' <<'END'
umask 0
exec 7< "$config"
ipfs config Gateway.RootRedirect /x
is "$(mode "$config")" 600
cmp /dev/fd/7 fresh
exec 7<&-
prints '' find "$IPFS_PATH" -maxdepth 1 -name '*tmp*'
cp fresh "$config"
END

# spec: config-commands.peer-id
check 'the peer ID is that of the private key' <<'END'
id=$(ipfs config Identity.PeerID)
ipfs config Identity.PeerID "$id"
prints "$id" ipfs config Identity.PeerID
fails_with 'cannot set Identity.PeerID' ipfs config Identity.PeerID 12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5
same fresh "$config" || prints "$id" ipfs config Identity.PeerID
cp fresh "$config"
END

# spec: config-commands.config-file
check 'show and edit obey --config-file' <<'END'
sed 's/"RootRedirect": ""/"RootRedirect": "\/other"/' fresh > "$IPFS_PATH/second"
has "$(ipfs --config-file=second config show)" '"RootRedirect": "/other"'
EDITOR=cat ipfs --config-file=second config edit > out
cmp out "$IPFS_PATH/second"
END

# spec: config-commands.expand-auto
check '--expand-auto shows what auto stands for and is refused when setting' <<'END'
ipfs config --json Bootstrap '["auto"]'
prints '[
  "auto"
]' ipfs config Bootstrap
lacks "$(ipfs config Bootstrap --expand-auto)" auto
fails_with 'expand-auto' ipfs config --expand-auto Gateway.RootRedirect /x
cp fresh "$config"
END
finish
