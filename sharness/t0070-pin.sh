#!/usr/bin/env bash
about='ipfs pin'
. "$(dirname "$0")/lib.sh"
repo
mkdir -p dir/sub
echo x > dir/x
echo y > dir/sub/y
root=$(ipfs add -Q -r --pin=false dir)
sub=$(ipfs files stat --hash /ipfs/$root/sub)
leaf=$(ipfs files stat --hash /ipfs/$root/x)
initial=$(ipfs pin ls -q | sort)

check 'add pins recursively' <<'END'
prints "pinned $root recursively" ipfs pin add $root
has "$(ipfs pin ls)" "$root recursive"
has "$(ipfs pin ls)" "$sub indirect"
END

check 'ls by type' <<'END'
has "$(ipfs pin ls --type=recursive)" $root
lacks "$(ipfs pin ls --type=recursive)" $leaf
has "$(ipfs pin ls -t indirect)" "$leaf indirect"
prints '' ipfs pin ls --type=direct
fails "Error: invalid type 'wat', must be one of {direct, indirect, recursive, all}" ipfs pin ls --type=wat
END

check 'ls of one CID says how it is pinned' <<'END'
prints "$leaf indirect through $root" ipfs pin ls $leaf
prints "$root recursive" ipfs pin ls $root
prints "$root recursive" ipfs pin ls --type=recursive /ipfs/$root
fails "Error: path 'QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag' is not pinned" ipfs pin ls --type=recursive $leaf
fails "Error: path 'QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH' is not pinned" ipfs pin ls QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH
END

check 'ls -q, --stream, --enc=json' <<'END'
has "$(ipfs pin ls -q --type=recursive)" $root
lacks "$(ipfs pin ls -q)" recursive
is "$(ipfs pin ls --stream | sort)" "$(ipfs pin ls | sort)"
prints '{"Keys":{"QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag":{"Type":"indirect through QmbQGzpPLatNndFcUTY9WLbDEjtGRoZQDax3sSgtuH73MY","Name":""}}}' ipfs pin ls --enc=json $leaf
prints '{"Keys":{"QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn":{"Type":"recursive","Name":""},"QmbQGzpPLatNndFcUTY9WLbDEjtGRoZQDax3sSgtuH73MY":{"Type":"recursive","Name":""}}}' ipfs pin ls --enc=json --type=recursive
prints '{"Cid":"QmbQGzpPLatNndFcUTY9WLbDEjtGRoZQDax3sSgtuH73MY","Type":"recursive"}' ipfs pin ls --enc=json --stream --names --type=recursive $root
END

check 'rm' <<'END'
prints "unpinned $root" ipfs pin rm $root
is "$(ipfs pin ls -q | sort)" "$initial"
fails 'Error: not pinned or pinned indirectly' ipfs pin rm $root
fails 'Error: not pinned or pinned indirectly' ipfs pin rm $leaf
END

check 'an indirect pin cannot be removed' <<'END'
ipfs pin add $root > out
fails 'Error: not pinned or pinned indirectly' ipfs pin rm $leaf
END

check 'direct pins' <<'END'
prints "pinned $leaf directly" ipfs pin add -r=false $leaf
prints "$leaf direct" ipfs pin ls --type=direct
prints "$leaf direct" ipfs pin ls $leaf
fails 'Error: QmbQGzpPLatNndFcUTY9WLbDEjtGRoZQDax3sSgtuH73MY is pinned recursively' ipfs pin rm -r=false $root
prints "unpinned $leaf" ipfs pin rm -r=false $leaf
END

check 'recursive and direct exclude each other' <<'END'
fails 'Error: pin: QmbQGzpPLatNndFcUTY9WLbDEjtGRoZQDax3sSgtuH73MY already pinned recursively' ipfs pin add -r=false $root
ipfs pin add -r=false $sub > out
prints "pinned $sub recursively" ipfs pin add $sub
prints '' ipfs pin ls --type=direct
ipfs pin rm $sub > out
END

# spec: pin-command.name-max-255
check 'names' <<'END'
prints 'pinned QmbQGzpPLatNndFcUTY9WLbDEjtGRoZQDax3sSgtuH73MY recursively' ipfs pin add --name=first $root
prints "$root recursive first" ipfs pin ls --names $root
ipfs pin add --name='second name' $sub > out
prints "$sub recursive second name" ipfs pin ls --names --name=second
prints '' ipfs pin ls --name=none
prints "$root recursive first" ipfs pin ls --name=first
prints "pinned $root recursively" ipfs pin add --name=changed $root
prints "$root recursive changed" ipfs pin ls --names $root
ipfs pin add $root > out
prints 'QmbQGzpPLatNndFcUTY9WLbDEjtGRoZQDax3sSgtuH73MY recursive' ipfs pin ls --names $root
fails_with 'Error: pin name is 256 bytes (max 255 bytes)' ipfs pin add --name="$(printf '%0256d' 0)" $root
END

check 'a path is resolved' <<'END'
ipfs pin rm $sub > out
prints "pinned $sub recursively" ipfs pin add /ipfs/$root/sub
ipfs pin rm /ipfs/$root/sub > out
END

check 'several at once, from standard input' <<'END'
printf '%s\n%s\n' $sub $leaf > list
is "$(ipfs pin add < list)" 'pinned QmRZMSA5Gxs37Xp5d3A5UfUwbuWLMi3hkeqabwcB8R4nkx recursively
pinned QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag recursively'
is "$(ipfs pin rm < list)" 'unpinned QmRZMSA5Gxs37Xp5d3A5UfUwbuWLMi3hkeqabwcB8R4nkx
unpinned QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag'
prints '{"Pins":["QmRZMSA5Gxs37Xp5d3A5UfUwbuWLMi3hkeqabwcB8R4nkx"]}' ipfs pin add --enc=json $sub
prints 'pinned QmRZMSA5Gxs37Xp5d3A5UfUwbuWLMi3hkeqabwcB8R4nkx recursively' ipfs pin add --progress $sub
ipfs pin rm $sub > out
END

# spec: pin.update-keeps-name
check 'update moves a pin' <<'END'
echo z > dir/z
new=$(ipfs add -Q -r --pin=false dir)
prints 'updated QmbQGzpPLatNndFcUTY9WLbDEjtGRoZQDax3sSgtuH73MY to QmNzNEjDB1U1BtNHuPmuqUSikTryG4HQy3dysRphVsFUnc' ipfs pin update $root $new
fails "Error: path 'QmbQGzpPLatNndFcUTY9WLbDEjtGRoZQDax3sSgtuH73MY' is not pinned" ipfs pin ls $root
has "$(ipfs pin ls --type=recursive)" $new
prints 'updated QmNzNEjDB1U1BtNHuPmuqUSikTryG4HQy3dysRphVsFUnc to QmbQGzpPLatNndFcUTY9WLbDEjtGRoZQDax3sSgtuH73MY' ipfs pin update --unpin=false $new $root
has "$(ipfs pin ls --type=recursive)" $new
has "$(ipfs pin ls --type=recursive)" $root
fails "Error: 'from' cid was not recursively pinned already" ipfs pin update $leaf $sub
END

check 'verify' <<'END'
prints '' ipfs pin verify
ipfs pin verify --verbose > out
has "$(cat out)" "$root ok"
END

check 'what is not there cannot be pinned, and nothing is left behind' <<'END'
before=$(ipfs pin ls | sort)
fails 'Error: pin: block was not found locally (offline): ipld: could not find bafkreihqnhjhhqvfrgxoabmt6dptyvqqts36a23eidqxx3ryoy4oh7jziy' ipfs pin add bafkreihqnhjhhqvfrgxoabmt6dptyvqqts36a23eidqxx3ryoy4oh7jziy
fails 'Error: invalid path "nonsense": path does not have enough components' ipfs pin add nonsense
is "$(ipfs pin ls | sort)" "$before"
END

check 'a broken graph is not pinned, and verify names it' <<'END'
echo 'soon lost' > lost
lost=$(ipfs add -q --pin=false --raw-leaves lost)
cat > node.json <<JSON
{"Data":{"/":{"bytes":"CAE"}},"Links":[{"Hash":{"/":"$lost"},"Name":"lost","Tsize":10}]}
JSON
top=$(ipfs dag put --store-codec=dag-pb node.json)
ipfs pin add $top > out
rm $(grep -rl 'soon lost' "$IPFS_PATH/blocks")
prints '' ipfs pin verify
prints '' ipfs pin verify -q
prints '' ipfs pin verify --enc=json
ipfs pin rm $top > out
fails 'Error: pin: block was not found locally (offline): ipld: could not find bafkreig67bhzkofmw6v43eeprgldkqxbl36dkwa6fevemttyf62uadz42m' ipfs pin add $top
END

check 'CIDs of both versions are one pin or two' <<'END'
v1=$(ipfs cid base32 $sub)
ipfs pin add $sub > out
fails "Error: path 'bafybeibp2qkbettzkxp6ir6wkvpusvhphum7iwkuetjkdqkzkgiqug6eue' is not pinned" ipfs pin ls $v1
prints 'bafybeibp2qkbettzkxp6ir6wkvpusvhphum7iwkuetjkdqkzkgiqug6eue recursive' ipfs pin ls --cid-base=base32 $sub
prints 'pinned bafybeibp2qkbettzkxp6ir6wkvpusvhphum7iwkuetjkdqkzkgiqug6eue recursively' ipfs pin add $v1
ipfs pin rm $v1 > out
has "$(ipfs pin ls --type=recursive)" $sub
END

check 'pin remote without a service' <<'END'
prints '' ipfs pin remote service ls
fails 'Error: service not known' ipfs pin remote ls --service=none
END

# spec: pin-command.endpoint
check 'pin remote service' <<'END'
prints '' ipfs pin remote service add mine http://127.0.0.1:9/psa secret
prints 'mine http://127.0.0.1:9/psa' ipfs pin remote service ls
lacks "$(ipfs config show)" secret
fails 'Error: service already present' ipfs pin remote service add mine http://127.0.0.1:9/psa secret
fails 'Error: service endpoint must be a valid HTTP URL' ipfs pin remote service add bad nonsense secret
prints '' ipfs pin remote service rm mine
END

# spec: pin-command.service-rm
check 'a removed service is gone' <<'END'
prints '' ipfs pin remote service ls
END

finish
