#!/usr/bin/env bash
about='ipfs bootstrap'
. "$(dirname "$0")/lib.sh"
repo
one=/ip4/192.0.2.1/tcp/4001/p2p/12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB
two=/dnsaddr/example.org/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN

# spec: bootstrap.list
check 'the test profile has no bootstrap peers' <<'END'
prints '' ipfs bootstrap
prints '' ipfs bootstrap list
END

# spec: bootstrap.text, bootstrap.add
check 'add lists what was added' <<'END'
prints 'added /dnsaddr/example.org/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN
added /ip4/192.0.2.1/tcp/4001/p2p/12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB' ipfs bootstrap add $one $two
prints '/dnsaddr/example.org/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN
/ip4/192.0.2.1/tcp/4001/p2p/12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB' ipfs bootstrap list
prints '{"Peers":["/ip4/192.0.2.1/tcp/4001/p2p/12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB","/dnsaddr/example.org/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN"]}' ipfs bootstrap list --enc=json
END

check 'adding again is no error and adds nothing' <<'END'
prints 'added /ip4/192.0.2.1/tcp/4001/p2p/12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB' ipfs bootstrap add $one
is "$(ipfs bootstrap | wc -l)" 2
END

check 'addresses come from standard input too' <<'END'
echo /ip4/192.0.2.7/tcp/1/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN > list
ipfs bootstrap add < list > out
is "$(ipfs bootstrap | wc -l)" 3
END

check 'a bad address is refused' <<'END'
fails 'Error: invalid bootstrap address: /ip4/192.0.2.1/tcp/4001' ipfs bootstrap add /ip4/192.0.2.1/tcp/4001
fails 'Error: failed to parse multiaddr "nonsense": must begin with /' ipfs bootstrap add nonsense
fails_with 'ipfs: Reading from /dev/stdin; send Ctrl-d to stop.
Error: no bootstrap peers to add' ipfs bootstrap add
END

# spec: bootstrap.rm
check 'rm prints what it removed' <<'END'
prints 'removed /ip4/192.0.2.1/tcp/4001/p2p/12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB' ipfs bootstrap rm $one
is "$(ipfs bootstrap | grep -c 192.0.2.1)" 0
END

# spec: bootstrap.rm-all
check 'rm all' <<'END'
ipfs bootstrap rm --all > out
[ "$(wc -l < out)" -ge 2 ]
prints '' ipfs bootstrap
ipfs bootstrap add $one > out
prints 'removed /ip4/192.0.2.1/tcp/4001/p2p/12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB' ipfs bootstrap rm all
END

check 'auto stands for the list that comes with the network' <<'END'
fails 'Error: cannot add default bootstrap peers: AutoConf is disabled (AutoConf.Enabled=false). Enable AutoConf by setting AutoConf.Enabled=true in your config, or add specific peer addresses instead' ipfs bootstrap add auto
ipfs config --bool AutoConf.Enabled true
prints 'added auto' ipfs bootstrap add auto
prints auto ipfs bootstrap list
prints '[
  "auto"
]' ipfs config Bootstrap
END

finish
