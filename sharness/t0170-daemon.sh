#!/usr/bin/env bash
about='ipfs daemon: start, listeners, refusals, stop'

. "$(dirname "$0")/own_network.sh"

# starts ARGUMENTS...: a daemon in the background, until it is ready; its process is $pid.
starts() {
  # What an earlier daemon said is not said by this one.
  : >out
  ipfs daemon "$@" >out 2>err &
  pid=$!
  for _ in $(seq 200); do
    grep -q '^Daemon is ready' out && return
    kill -0 $pid 2>/dev/null || break
    sleep 0.05
  done
  cat out err
  return 1
}

# stops SIGNAL: the daemon ends with 0 and leaves no address behind.
stops() {
  kill "-$1" $pid
  wait $pid
  [ ! -e "$IPFS_PATH/api" ] && [ ! -e "$IPFS_PATH/gateway" ]
}

# spec: daemon.init, daemon.start-lines, daemon.api-file, http.listener-multiaddr
# spec: api-file.write, api-file.remove, repo.close
check 'init, start, tell where, stop' <<'END'
starts --init --init-profile=test --offline
printf 'Initializing daemon...\n' >want
ipfs version --all >>want
head -5 out >got
diff want got
id=$(ipfs config Identity.PeerID)
rpc=$(cat "$IPFS_PATH/api")
gateway=$(cat "$IPFS_PATH/gateway")
is "$(mode "$IPFS_PATH/api") $(wc -l < "$IPFS_PATH/api")" '644 0'
has "$gateway" http://
port=${rpc##*/}
sed -n '/^PeerID/,$p' out >got
cat >want <<TEXT
PeerID: $id
Swarm not listening, running in offline mode.
RPC API server listening on $rpc
WebUI: http://127.0.0.1:$port/webui
Gateway server listening on /ip4/127.0.0.1/tcp/${gateway##*:}
Routing V1 API exposed at $gateway/routing/v1
Daemon is ready
TEXT
diff want got
[ "$rpc" = "/ip4/127.0.0.1/tcp/$port" ]
stops INT
tail -2 out >got
printf 'Received interrupt signal, shutting down...\n(Hit ctrl-c again to force-shutdown the daemon.)\n' >want
diff want got
END

# spec: daemon.stop
check 'every way to stop' <<'END'
for signal in TERM HUP; do
  starts --offline
  stops $signal
done
starts --offline
ipfs shutdown
wait $pid
[ ! -e "$IPFS_PATH/api" ]
fails_with 'daemon not running' ipfs shutdown
END

# spec: daemon.stop
check 'changes that wait in memory are kept at the end' <<'END'
starts --offline
ipfs files mkdir --flush=false /kept
ipfs files ls | grep -qx kept
stops INT
ipfs files ls | grep -qx kept
END

# spec: files-command.unflushed-bound
check 'so many changes wait and no more' <<'END'
ipfs config --json Internal.MFSNoFlushLimit 3
starts --offline
for number in 1 2 3; do ipfs files mkdir --flush=false /n$number; done
fails_with 'reached limit of 3 unflushed MFS operations' ipfs files mkdir --flush=false /n4
ipfs files flush
ipfs files mkdir --flush=false /n4
stops INT
ipfs config --json Internal.MFSNoFlushLimit null
END

# spec: rpc.webui
check 'the way to the web interface carries the configured headers' <<'END'
ipfs config --json API.HTTPHeaders '{"Access-Control-Allow-Origin": ["http://one", "http://two"], "X-Note": ["n"]}'
starts --offline
rpc=$(cat "$IPFS_PATH/api")
exec 3<>"/dev/tcp/127.0.0.1/${rpc##*/}"
printf 'GET /webui/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
tr -d '\r' <&3 >got
grep -q '^HTTP/1.1 302' got
grep -qix 'access-control-allow-origin: http://one' got
grep -qix 'access-control-allow-origin: http://two' got
grep -qix 'x-note: n' got
stops INT
ipfs config --json API.HTTPHeaders null
END

# spec: daemon.killed
check 'a killed daemon leaves a repo that starts at once' <<'END'
for round in 1 2 3; do
  starts --offline
  echo "round $round" >file
  cid=$(ipfs add -Q file)
  # Without the daemon the command itself would go on.
  (while [ ! -e "killed-$round" ] && ipfs add -Q --pin=false file; do :; done) >/dev/null 2>&1 &
  adder=$!
  sleep 0.1
  touch "killed-$round"
  kill -KILL $pid
  wait $pid || :
  wait $adder || :
  [ "$(ipfs cat "$cid")" = "round $round" ]
done
starts --offline
ipfs repo verify
stops INT
END

# spec: daemon.listeners
check 'a port that is taken' <<'END'
starts --offline
rpc=$(cat "$IPFS_PATH/api")
cp -r "$IPFS_PATH" other
rm -f other/api other/gateway other/repo.lock
IPFS_PATH=$PWD/other fails_with "serveHTTPApi: manet.Listen($rpc) failed: listen tcp4 127.0.0.1:${rpc##*/}: bind: address already in use" \
  ipfs daemon --offline --api "$rpc"
[ ! -e other/api ]
fails_with 'someone else has the lock' ipfs daemon --offline
stops INT
END

# spec: daemon.failed-start, daemon.listeners
check 'addresses that are none' <<'END'
ipfs config Addresses.API junk
fails_with 'serveHTTPApi: invalid API address: "junk"' ipfs daemon --offline
ipfs config Addresses.API /ip4/127.0.0.1/tcp/0
tail -1 "$trash/stdout" | grep -qx ''
[ ! -e "$IPFS_PATH/api" ]
END

# spec: daemon.stale-socket
check 'a Unix socket, and what a killed daemon left of it' <<'END'
socket=$PWD/socket
starts --offline --api "/unix$socket"
[ "$(cat "$IPFS_PATH/api")" = "/unix$socket" ]
[ "$(stat -c %a "$socket")" = 755 ]
prints "$(ipfs config Identity.PeerID)" ipfs id -f '<id>'
kill -KILL $pid
wait $pid || :
[ -S "$socket" ]
starts --offline --api "/unix$socket"
stops TERM
[ ! -e "$socket" ]
echo mine >"$socket"
fails_with 'address already in use' ipfs daemon --offline --api "/unix$socket"
[ "$(cat "$socket")" = mine ]
END

# spec: daemon.exposed-rpc, daemon.any-address
check 'the RPC is not exposed without authorization' <<'END'
fails_with 'refusing to listen on /ip4/0.0.0.0/tcp/' ipfs daemon --offline --api /ip4/0.0.0.0/tcp/0
export IPFS_RPC_WITHOUT_AUTHORIZATION=1
starts --offline --api /ip4/0.0.0.0/tcp/0
grep -q 'WITHOUT ANY AUTHORIZATION' err
grep -q '^/ip4/127.0.0.1/tcp/' "$IPFS_PATH/api"
grep -q '^WebUI: http://127.0.0.1:' out
stops INT
unset IPFS_RPC_WITHOUT_AUTHORIZATION
ipfs config --json API.Authorizations '{"me": {"AuthSecret": "bearer:abc", "AllowedPaths": ["/api/v0"]}}'
starts --offline --api /ip4/0.0.0.0/tcp/0
grep -q '^RPC API access is limited by the rules defined in API.Authorizations' out
[ ! -s err ]
stops INT
ipfs config --json API.Authorizations null
END

# spec: daemon.routing, daemon.config-checks
check 'settings with which no daemon starts' <<'END'
fails_with 'unrecognized routing option: junk' ipfs daemon --offline --routing junk
fails_with 'supernode routing was never fully implemented' ipfs daemon --offline --routing supernode
fails_with 'Set Provide.Enabled=false in your config' ipfs daemon --offline --routing delegated
ipfs config Provide.Strategy flat
fails_with "Provide.Strategy='flat' is no longer supported" ipfs daemon --offline
ipfs config --json Provide.Strategy null
ipfs config --json Provide.DHT.MaxWorkers 0
fails_with 'Provide.DHT.MaxWorkers cannot be 0' ipfs daemon --offline
ipfs config --json Provide.DHT.MaxWorkers null
IPFS_REUSEPORT=false fails_with 'support for IPFS_REUSEPORT was removed' ipfs daemon --offline
END

# spec: config.import-check
check 'import settings that make no sense' <<'END'
ipfs config --json Import.CidVersion 7
fails_with 'Import.CidVersion must be 0 or 1, got 7' ipfs daemon --offline
ipfs config --json Import.CidVersion null
END

# spec: daemon.mount, daemon.unrestricted-api
check 'what there is not' <<'END'
fails_with 'mount is not currently supported in offline mode' ipfs daemon --offline --mount
fails_with 'unrestricted-api' ipfs daemon --offline --unrestricted-api
END

# spec: daemon.migrate
check 'an old repo' <<'END'
echo 17 >"$IPFS_PATH/version"
fails_with 'fs-repo requires migration' ipfs daemon --migrate=false
grep -q "^Kubo repository at $IPFS_PATH has version 17 and needs to be migrated to version 18.$" "$trash/stdout"
fails_with 'fs-repo requires migration' ipfs daemon
[ "$(grep -c 'Invalid input: EOF. Please try again.' "$trash/stdout")" = 3 ]
[ "$(cat "$IPFS_PATH/version")" = 17 ]
starts --migrate --offline
stops TERM
grep -qx 'Success: fs-repo migrated to version 18 using embedded migrations.' out
prints 18 cat "$IPFS_PATH/version"
echo 99 >"$IPFS_PATH/version"
fails_with 'is lower than your repos (99)' ipfs daemon
echo 18 >"$IPFS_PATH/version"
END

# spec: daemon.config-checks
check 'strategies of providing' <<'END'
ipfs config Provide.Strategy 'pinned+junk'
fails_with 'Provide.Strategy: unknown provide strategy token: "junk" in "pinned+junk"' ipfs daemon --offline
ipfs config Provide.Strategy all
END

# spec: daemon.gc-settings
check 'garbage settings' <<'END'
ipfs config Datastore.GCPeriod junk
fails_with 'time: invalid duration' ipfs daemon --offline --enable-gc
ipfs config Datastore.GCPeriod 100ms
ipfs config --json Datastore.StorageGCWatermark 1
ipfs config Datastore.StorageMax 1KB
starts --offline --enable-gc
cid=$(head -c 100000 /dev/urandom | ipfs add -Q --pin=false)
for _ in $(seq 100); do
  ipfs refs local | grep -q . && ipfs block stat --offline "$cid" >/dev/null 2>&1 || break
  sleep 0.05
done
fails_with 'could not find' ipfs block stat --offline "$cid"
stops INT
END

finish
