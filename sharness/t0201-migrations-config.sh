#!/usr/bin/env bash
# spec: config-file.format, config-file.escapes, config-file.digits, config-file.duplicate-keys
# spec: config-file.invalid-text, config-file.errors, config-file.listen-lists
# spec: config-file.backup-first, config-file.backup-kept, config-file.restore
# spec: config-file.edits-kept, config-file.kept-names, config-file.recovered
about='migrations of the configuration'
. "$(dirname "$0")/migrations.sh"

check 'the text is indented, sorted and escaped' <<'END'
at 14 '{"b": [], "a": {"z": 1, "y": {}}, "s": "<&>\u2028\u0001\b\ud83d x", "b": [1.50, 1e21, 1e-7]}'
fs-repo-14-to-15 -path="$r"
prints '{
  "a": {
    "y": {},
    "z": 1
  },
  "b": [
    1.5,
    1e+21,
    1e-7
  ],
  "s": "\u003c\u0026\u003e\u2028\u0001\b� x"
}' cat "$r/config"
is "$(tail -c 2 "$r/config" | od -An -c | tr -d ' ')" '}\n'
END

check 'digits survive' <<'END'
converts 14-to-15 '{"n": [9007199254740993, 18446744073709551615, 9007199254740991]}' \
  '{"n":[9007199254740993,18446744073709551615,9007199254740991]}'
END

check 'what is no configuration is refused and stays' <<'END'
at 14 '{"a": '
fails 'error: unexpected EOF' fs-repo-14-to-15 -path="$r"
is "$(ls "$r")" "$(printf 'config\nversion')"
at 7 '{} x'
fails "error: invalid character 'x' after top-level value" fs-repo-7-to-8 -path="$r"
is "$(ls "$r")" "$(printf 'config\nversion')"
at 16 '[]'
fails 'Migration failed: config conversion failed: json: cannot unmarshal array into Go value of type map[string]interface {}' fs-repo-16-to-17 -path="$r"
at 16 'null'
fails_status 1 fs-repo-16-to-17 -path="$r"
is "$(cat "$r/version")" 16
rm "$r/config"
fails_status 1 fs-repo-16-to-17 -path="$r"
at 14 '{} x'
fs-repo-14-to-15 -path="$r"
END

check 'the backup is exact, comes back, and is not made from a converted text' <<'END'
text='{"Addresses": {"Swarm": ["/a/quic"]}}  '
at 14 "$text"
fs-repo-14-to-15 -path="$r"
is "$(cat "$r/config.14-to-15.bak")" "$text"
is "$(stat -c %a "$r/config.14-to-15.bak")" 600
echo 14 > "$r/version"
fs-repo-14-to-15 -path="$r"
is "$(cat "$r/config.14-to-15.bak")" "$text"
fs-repo-14-to-15 -path="$r" -revert
is "$(cat "$r/config")" "$text"
is "$(ls "$r")" "$(printf 'config\nversion')"
echo 15 > "$r/version"
: > "$r/config.14-to-15.bak"
fails_with 'config.14-to-15.bak is damaged' fs-repo-14-to-15 -path="$r" -revert
is "$(cat "$r/config")" "$text"
END

check 'an edited configuration is kept on the way back' <<'END'
at 14 '{"a": 1}'
fs-repo-14-to-15 -path="$r"
echo '{"a": 2}' > "$r/config"
fs-repo-14-to-15 -path="$r" -revert 2>notes
grep -q "the edited one is kept as $r/config.15-to-14.bak" notes
is "$(cat "$r/config.15-to-14.bak") $(cat "$r/config")" '{"a": 2} {"a": 1}'
END

# spec: 5-to-6.fields, 5-to-6.disk-spec, 5-to-6.only-default-back
check '5-to-6 and back' <<'END'
at 5 '{"Datastore": {"Type": "leveldb", "Path": "/p", "Params": null, "NoSync": true, "GCPeriod": "1h"}}'
fs-repo-5-to-6 -path="$r"
is "$(cat "$r/datastore_spec")" '{"mounts":[{"mountpoint":"/blocks","path":"blocks","shardFunc":"/repo/flatfs/shard/v1/next-to-last/2","type":"flatfs"},{"mountpoint":"/","path":"datastore","type":"levelds"}],"type":"mount"}'
is "$(stat -c %a "$r/datastore_spec" "$r/config" "$r/config-v5" | uniq)" 600
grep -q '"sync": false' "$r/config"
lacks "$(cat "$r/config")" NoSync
fs-repo-5-to-6 -path="$r" -revert 2>"$trash/stderr"
is "$(tr -d ' \n' < "$r/config")" '{"Datastore":{"GCPeriod":"1h","NoSync":true,"Params":null,"Type":"leveldb"}}'
[ ! -e "$r/datastore_spec" ] && [ -e "$r/config-v6" ]
at 6 '{"Datastore": {"Spec": {"type": "mount", "mounts": []}}}'
fails "error: Datastore.Spec field not of a supported value, can't downgrade" fs-repo-5-to-6 -path="$r" -revert
is "$(ls "$r")" "$(printf 'config\nversion')"
END

# spec: 7-to-8.forward, 7-to-8.revert, 7-to-8.nothing-to-do, 7-to-8.any-case, 7-to-8.odd-entries
check '7-to-8 and back' <<'END'
small=/ip4/104.236.179.241/tcp/4001/ipfs/QmSoLPppuBtQSGwKDZT2M73ULpjvfd3aZ6ha4oFGL1KrGM
named=/dnsaddr/bootstrap.libp2p.io/p2p/Qm
converts 7-to-8 "{\"Bootstrap\": [\"$small\", \"/ip4/1.2.3.4/tcp/1/ipfs/QmMine\", 5]}" \
  "{\"Bootstrap\":[\"${named}NnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN\",\"${named}QCU2EcMqAqQPR2i9bChDtGNJchTbq5TbXJJ16u19uLTa\",\"${named}bLHAnMoJPWSCR5Zhtx6BHJX9KiKNN6tpvbUcqanj75Nb\",\"${named}cZf59bWwK5XFi76CZX8cbJ4BhTzzA3gU1ZjYZcYW3dwt\",\"/ip4/1.2.3.4/tcp/1/p2p/QmMine\",5]}"
fs-repo-7-to-8 -path="$r" -revert
is "$(grep -c /p2p/ "$r/config")" 14
converts 7-to-8 '{"bootstrap": ["/x"]}' '{"bootstrap":["/x"]}'
converts 7-to-8 '{ "a":1}' '{"a":1}'
is "$(cat "$r/config")" '{ "a":1}'
END

check 'a configuration that another tool left broken is taken from its copy' <<'END'
at 7 '{"Bootstrap": ["/x"]}'
mv "$r/config" "$r/config-v7"
fs-repo-7-to-8 -path="$r" 2>notes
grep -q 'taking config-v7' notes
grep -q '"/x"' "$r/config"
at 7 '{"Boot'
echo '{"Bootstrap": ["/x"]}' > "$r/config-v7"
fs-repo-7-to-8 -path="$r" 2>notes
grep -q '"/x"' "$r/config"
is "$(cat "$r/config.1")" '{"Boot'
END

# spec: 8-to-9.names, 8-to-9.collision, 8-to-9.revert, 8-to-9.no-keystore
check '8-to-9 and back' <<'END'
at 8 '{}'
mkdir "$r/keystore"
(umask 377; echo one > "$r/keystore/mykey"; echo two > "$r/keystore/key2"; echo three > "$r/keystore/key_nv4wwzlz")
fs-repo-8-to-9 -path="$r"
is "$(cat "$r/keystore/key_nv4wwzlz" "$r/keystore/key_nnsxsmq")" "$(printf 'one\ntwo')"
is "$(stat -c %a "$r"/keystore/* | uniq)" 400
is "$(ls "$r/keystore" | wc -l)" 3
fs-repo-8-to-9 -path="$r" -revert
is "$(cd "$r/keystore" && grep . *)" "$(printf 'key2:two\nkey_nv4wwzlz:three\nmykey:one')"
at 8 '{}'
fs-repo-8-to-9 -path="$r"
is "$(cat "$r/version")" 9
mkdir "$r/keystore"; touch "$r/keystore/mykey" "$r/keystore/key_nv4wwzlz"
fails_with 'would replace keystore/mykey' fs-repo-8-to-9 -path="$r" -revert
END

# spec: 9-to-10.bootstrap, 9-to-10.addresses, 9-to-10.mode, 9-to-10.revert
check '9-to-10 and back' <<'END'
at 9 '{}'
chmod 644 "$r/config"
fs-repo-9-to-10 -path="$r"
is "$(stat -c %a "$r/config")" 600
mars=104.131.131.82/tcp/4001
converts 9-to-10 "{\"Bootstrap\": [\"/ip4/$mars/ipfs/QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ\"], \"Addresses\": {\"Swarm\": [\"/ip4/0.0.0.0/tcp/1\"], \"Announce\": null}}" \
  "{\"Addresses\":{\"Announce\":[],\"NoAnnounce\":[],\"Swarm\":[\"/ip4/0.0.0.0/tcp/1\",\"/ip4/0.0.0.0/udp/1/quic\"]},\"Bootstrap\":[\"/ip4/$mars/p2p/QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ\",\"/ip4/104.131.131.82/udp/4001/quic/p2p/QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ\"]}"
before=$(cat "$r/config")
fs-repo-9-to-10 -path="$r" -revert
is "$(cat "$r/config")" "$before"
END

# spec: 12-to-13.addresses, 12-to-13.odd-entries, 12-to-13.routing, 12-to-13.reprovider
# spec: 12-to-13.connection-limits
check '12-to-13' <<'END'
converts 12-to-13 '{"Addresses": {"Swarm": ["/udp/1/quic", "/udp/1/quic/webtransport", "/quic/p2p-circuit/x", 5]}, "Routing": {"Type": "dht"}, "Reprovider": {"Interval": "12h", "Strategy": "all"}, "Swarm": {"AddrFilters": null, "ConnMgr": {"Type": "basic", "GracePeriod": "20s", "LowWater": 600, "HighWater": 900, "Own": 1}}}' \
  '{"Addresses":{"Swarm":["/udp/1/quic","/udp/1/quic-v1","/udp/1/quic-v1/webtransport","/quic/p2p-circuit/x",5]},"Reprovider":{},"Routing":{},"Swarm":{"AddrFilters":null,"ConnMgr":{"Own":1}}}'
converts 12-to-13 '{"Reprovider": {"Interval": "1h", "Strategy": "all"}}' '{"Reprovider":{"Interval":"1h","Strategy":"all"}}'
grep -qx 'Reprovider settings are different than the old default, skipping' "$trash/stdout"
END

# spec: 13-to-14.switch, 13-to-14.odd-types
check '13-to-14' <<'END'
converts 13-to-14 '{"Experimental": {"AcceleratedDHTClient": true}}' '{"Routing":{"AcceleratedDHTClient":true}}'
converts 13-to-14 '{"Experimental": {"A": 1}}' '{"Experimental":{"A":1},"Routing":{"AcceleratedDHTClient":false}}'
at 13 '{"Experimental": 1}'
fails 'error: invalid type for .Experimental got float64 expected json map' fs-repo-13-to-14 -path="$r"
END

# spec: 14-to-15.bootstrap, 14-to-15.addresses, 14-to-15.headers
check '14-to-15' <<'END'
mars=p2p/QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ
converts 14-to-15 "{\"Bootstrap\": [\"/ip4/104.131.131.82/udp/4001/quic/$mars\"], \"Addresses\": {\"Swarm\": [\"/a/quic\", \"/a/quic-v1\", \"/quic/b\"], \"Announce\": [], \"NoAnnounce\": null}, \"Gateway\": {\"HTTPHeaders\": {\"Access-Control-Allow-Origin\": [\"*\"], \"Access-Control-Allow-Methods\": [\"PUT\"]}}}" \
  "{\"Addresses\":{\"Announce\":null,\"NoAnnounce\":null,\"Swarm\":[\"/a/quic-v1\",\"/quic-v1/b\"]},\"Bootstrap\":[\"/ip4/104.131.131.82/udp/4001/quic-v1/$mars\"],\"Gateway\":{\"HTTPHeaders\":{\"Access-Control-Allow-Methods\":[\"PUT\"]}}}"
is "$(cat "$trash/stdout" | grep invalid)" 'invalid type for .Addresses.NoAnnounce got <nil> expected json array; skipping .Addresses.NoAnnounce'
END

# spec: 15-to-16.addresses
check '15-to-16' <<'END'
converts 15-to-16 '{"Addresses": {"Swarm": ["/tcp/1", "/udp/1/quic-v1", "/udp/1/quic-v1/webtransport"]}}' \
  '{"Addresses":{"Swarm":["/tcp/1","/udp/1/webrtc-direct","/udp/1/quic-v1","/udp/1/quic-v1/webtransport"]}}'
END

# spec: 16-to-17.autoconf, 16-to-17.bootstrap, 16-to-17.resolvers, 16-to-17.routers
# spec: 16-to-17.publishers
check '16-to-17' <<'END'
converts 16-to-17 '{"Bootstrap": ["/own", "/dnsaddr/bootstrap.libp2p.io/p2p/QmcZf59bWwK5XFi76CZX8cbJ4BhTzzA3gU1ZjYZcYW3dwt"], "DNS": {"Resolvers": {"eth.": "https://dns.eth.limo/dns-query", "x.": "y"}}, "Routing": {"DelegatedRouters": ["https://cid.contact", "z"]}, "Ipns": {"DelegatedPublishers": ["p"]}}' \
  '{"AutoConf":{},"Bootstrap":["auto","/own"],"DNS":{"Resolvers":{".":"auto","eth.":"auto","x.":"y"}},"Ipns":{"DelegatedPublishers":["p"]},"Routing":{"DelegatedRouters":["auto","z"]}}'
converts 16-to-17 '{"Bootstrap": []}' \
  '{"AutoConf":{},"Bootstrap":["auto"],"DNS":{"Resolvers":{".":"auto"}},"Ipns":{"DelegatedPublishers":["auto"]},"Routing":{"DelegatedRouters":["auto"]}}'
END

# spec: 17-to-18.provider, 17-to-18.reprovider, 17-to-18.replaced
check '17-to-18' <<'END'
converts 17-to-18 '{"Provider": {"Enabled": false, "WorkerCount": 3, "Strategy": "x"}, "Reprovider": {"Strategy": "flat", "Interval": "1h"}, "Provide": {"Old": 1}}' \
  '{"Provide":{"DHT":{"Interval":"1h","MaxWorkers":3},"Enabled":false,"Strategy":"all"}}'
is "$(head -n 2 "$trash/stdout")" '  Migrated Provider.Enabled=false to Provide.Enabled=false
  Migrated Provider.WorkerCount=3 to Provide.DHT.MaxWorkers=3'
converts 17-to-18 '{"Provider": {}, "Reprovider": {}}' '{}'
END

# spec: config-file.worked-out, 12-to-13.worked-out, 13-to-14.worked-out, 14-to-15.worked-out
# spec: 15-to-16.worked-out, 16-to-17.worked-out, 17-to-18.worked-out, 5-to-6.bare-back
check 'without a backup the older form is worked out' <<'END'
works_out 17-to-18 '{"Provide": {"Enabled": false, "Strategy": "roots", "DHT": {"Interval": "1h", "MaxWorkers": 3, "SweepEnabled": true}}, "Provider": {}, "Reprovider": {}}' \
  '{"Provide":{"DHT":{"SweepEnabled":true}},"Provider":{"Enabled":false,"WorkerCount":3},"Reprovider":{"Interval":"1h","Strategy":"roots"}}'
works_out 16-to-17 '{"AutoConf": {}, "Bootstrap": ["/own"], "DNS": {"Resolvers": {".": "auto", "eth.": "auto", "x.": "y"}}, "Ipns": {"DelegatedPublishers": ["auto"]}, "Routing": {"DelegatedRouters": ["auto", "z"]}}' \
  '{"Bootstrap":["/own"],"DNS":{"Resolvers":{"eth.":"https://dns.eth.limo/dns-query","x.":"y"}},"Ipns":{"DelegatedPublishers":[]},"Routing":{"DelegatedRouters":["https://cid.contact","z"]}}'
at 17 '{"AutoConf": {"URL": "u"}, "Bootstrap": ["auto", "/own"]}'
fs-repo-16-to-17 -path="$r" -revert 2>notes
is "$(grep -c /p2p/ "$r/config") $(grep -c '"auto"' "$r/config") $(grep -c '"/own"\|"URL"' "$r/config")" '7 0 2'
works_out 15-to-16 '{"Addresses": {"Swarm": ["/tcp/1", "/udp/1/webrtc-direct", "/udp/1/quic-v1", "/udp/2/webrtc-direct"], "Announce": []}}' \
  '{"Addresses":{"Announce":[],"Swarm":["/tcp/1","/udp/1/quic-v1","/udp/2/webrtc-direct"]}}'
works_out 14-to-15 '{"Gateway": {"HTTPHeaders": {"Access-Control-Allow-Origin": ["x"]}}}' \
  '{"Gateway":{"HTTPHeaders":{"Access-Control-Allow-Headers":["X-Requested-With","Range","User-Agent"],"Access-Control-Allow-Methods":["GET"],"Access-Control-Allow-Origin":["x"]}}}'
works_out 13-to-14 '{"Routing": {"AcceleratedDHTClient": true, "Type": "dht"}}' \
  '{"Experimental":{"AcceleratedDHTClient":true},"Routing":{"Type":"dht"}}'
works_out 12-to-13 '{"Addresses": {"Swarm": ["/udp/1/quic", "/udp/1/quic-v1", "/udp/1/quic-v1/webtransport", 5]}, "Bootstrap": ["/udp/1/quic-v1/p2p/x"], "Reprovider": {"Strategy": "pinned+mfs"}, "Routing": {"Type": "autoclient"}, "Swarm": {"ConnMgr": {"Type": "basic", "LowWater": 1}}}' \
  '{"Addresses":{"Swarm":["/udp/1/quic",5]},"Bootstrap":["/udp/1/quic/p2p/x"],"Reprovider":{},"Routing":{"Type":"dhtclient"},"Swarm":{"ConnMgr":{"GracePeriod":"20s","HighWater":96,"LowWater":1,"Type":"basic"}}}'
at 18 '{"a": 1}'
fs-repo-17-to-18 -path="$r" -revert 2>notes
is "$(cat notes "$r/config") $(ls "$r")" "{\"a\": 1} $(printf 'config\nversion')"
at 6 '{"Datastore": {"Spec": {"type": "mount", "mounts": [{"mountpoint": "/blocks", "type": "flatfs", "path": "blocks", "sync": false, "prefix": "flatfs.datastore", "shardFunc": "/repo/flatfs/shard/v1/next-to-last/2"}, {"mountpoint": "/", "type": "levelds", "path": "datastore", "compression": "none", "prefix": "leveldb.datastore"}]}}}'
fs-repo-5-to-6 -path="$r" -revert 2>notes
is "$(tr -d ' \n' < "$r/config")" '{"Datastore":{"NoSync":true,"Params":null,"Type":"leveldb"}}'
END

finish
