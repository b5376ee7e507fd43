#!/usr/bin/env bash
about='ipfs name, offline; ipfs resolve'
. "$(dirname "$0")/lib.sh"
repo
echo CAESQAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg= |
  base64 -d > seed.key
ipfs key import seed seed.key > name
seed=$(cat name)
mkdir -p dir/sub
echo x > dir/x
echo y > dir/sub/y
root=$(ipfs add -Q -r dir)

check 'publishing offline has to be allowed' <<'END'
fails @@ ipfs name publish $root
END

check 'publish and resolve' <<'END'
prints @@ ipfs name publish --allow-offline --key=seed $root
prints /ipfs/$root ipfs name resolve $seed
prints /ipfs/$root ipfs name resolve /ipns/$seed
prints $seed ipfs name publish --allow-offline -Q --key=seed /ipfs/$root/sub
prints /ipfs/$root/sub ipfs name resolve $seed
END

check 'the own name' <<'END'
ipfs name publish --allow-offline $root > out
prints /ipfs/$root ipfs name resolve
prints /ipfs/$root ipfs name resolve "$(ipfs id -f '<id>')"
END

check 'what does not exist is not published' <<'END'
fails @@ ipfs name publish --allow-offline --key=seed $root/none
fails @@ ipfs name publish --allow-offline --key=none $root
fails @@ ipfs name publish --allow-offline --key=seed --lifetime=wat $root
fails @@ ipfs name publish --allow-offline --key=seed nonsense
prints @@ ipfs name publish --allow-offline --key=seed --resolve=false /ipfs/QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH
END

check 'names are resolved inside other commands' <<'END'
ipfs name publish --allow-offline --key=seed $root > out
prints x ipfs cat /ipns/$seed/x
prints @@ ipfs ls /ipns/$seed
prints @@ ipfs resolve /ipns/$seed/sub
prints @@ ipfs resolve -r /ipns/$seed/sub/y
END

check 'a name that leads to a name' <<'END'
ipfs key gen second > second
ipfs name publish --allow-offline --key=second /ipns/$seed > out
prints /ipns/$seed ipfs name resolve --recursive=false $(cat second)
prints /ipfs/$root ipfs name resolve $(cat second)
END

check 'records: get, inspect, put' <<'END'
ipfs name get $seed > record
prints @@ ipfs name inspect record
ipfs name inspect --verify=$seed record > out
has "$(cat out)" @@
ipfs name inspect --enc=json record > out
has "$(cat out)" "\"Value\":\"/ipfs/$root\""
END

check 'a record of another name does not verify' <<'END'
fails_with @@ ipfs name inspect --verify=$(cat second) record
echo garbage > garbage
fails_with @@ ipfs name inspect garbage
fails_with @@ ipfs name get k51qzi5uqu5dm93dew79amives2kw7ya010xkuolsuiwzdr0jh3dnypthryfnj
END

check 'put stores a valid record only' <<'END'
repo
fails_with @@ ipfs name put $seed garbage
prints '' ipfs name put --allow-offline -q $seed record
prints /ipfs/$root ipfs name resolve $seed
END

check 'names nobody published' <<'END'
fails @@ ipfs name resolve k51qzi5uqu5dm93dew79amives2kw7ya010xkuolsuiwzdr0jh3dnypthryfnj
fails @@ ipfs name resolve nonsense
fails @@ ipfs name resolve /ipns/
END

check 'sequence numbers rise, --ttl and --lifetime are kept' <<'END'
ipfs key import seed seed.key > out
ipfs name publish --allow-offline --key=seed --ttl=10m --lifetime=48h --resolve=false $root > out
ipfs name get $seed > first
ipfs name publish --allow-offline --key=seed --resolve=false $root/sub > out
ipfs name get $seed > second
one=$(ipfs name inspect first | sed -n 's/^Sequence: *//p')
two=$(ipfs name inspect second | sed -n 's/^Sequence: *//p')
is $two $((one + 1))
is "$(ipfs name inspect first | grep TTL | tr -s ' ')" @@
fails @@ ipfs name publish --allow-offline --key=seed --sequence=1 --resolve=false $root
END

check '--ipns-base and --enc=json' <<'END'
prints @@ ipfs name publish --allow-offline -Q --ipns-base=b58mh --key=seed --resolve=false $root
prints @@ ipfs name publish --allow-offline --enc=json --key=seed --resolve=false $root
prints @@ ipfs name resolve --enc=json $seed
END

check 'resolve of IPFS paths' <<'END'
root=$(ipfs add -Q -r dir)
prints @@ ipfs resolve /ipfs/$root
prints @@ ipfs resolve /ipfs/$root/sub/y
prints @@ ipfs resolve $root/x
prints @@ ipfs resolve --cid-base=base32 /ipfs/$root/x
prints @@ ipfs resolve --enc=json /ipfs/$root/x
fails @@ ipfs resolve /ipfs/$root/none
fails @@ ipfs resolve nonsense
END

finish
