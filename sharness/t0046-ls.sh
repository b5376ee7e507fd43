#!/usr/bin/env bash
about='ipfs ls'
. "$(dirname "$0")/lib.sh"
repo
mkdir -p dir/sub dir/empty
echo 'hello world' > dir/hello
gen a 700000 > dir/sub/mid
ln -s hello dir/link
root=$(ipfs add -Q -r dir)

# spec: ls.columns
check 'entries with CID, size and name' <<'END'
prints 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn -  empty/
QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o 12 hello
QmZva3kVL8wRJC38sAsg1vNxzdLZJ7tjvbZwqgZJfH3fA9 5  link
QmdmD2u31UGFoDRTCn2ZsMmhLCktFSJMYtDNQcmcWn8ACA -  sub/' ipfs ls $root
prints 'QmaPViHqbCbD6vfec8WTuey1TtdTbvAmv9pqzcqVoZAyTd 700000 mid' ipfs ls /ipfs/$root/sub
END

check '-v adds headers' <<'END'
prints 'Hash                                           Size Name
QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn -    empty/
QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o 12   hello
QmZva3kVL8wRJC38sAsg1vNxzdLZJ7tjvbZwqgZJfH3fA9 5    link
QmdmD2u31UGFoDRTCn2ZsMmhLCktFSJMYtDNQcmcWn8ACA -    sub/' ipfs ls -v $root
END

check 'several paths are named' <<'END'
prints 'Qmdu6BQk16fR8X3yQJqnMwZcsVu635MhSt2B957i4wQj5E/sub:
QmaPViHqbCbD6vfec8WTuey1TtdTbvAmv9pqzcqVoZAyTd 700000 mid

Qmdu6BQk16fR8X3yQJqnMwZcsVu635MhSt2B957i4wQj5E/empty:' ipfs ls $root/sub $root/empty
END

check '--size and --resolve-type' <<'END'
prints 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn empty/
QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o hello
QmZva3kVL8wRJC38sAsg1vNxzdLZJ7tjvbZwqgZJfH3fA9 link
QmdmD2u31UGFoDRTCn2ZsMmhLCktFSJMYtDNQcmcWn8ACA sub/' ipfs ls --size=false $root
prints 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn -  empty/
QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o 12 hello
QmZva3kVL8wRJC38sAsg1vNxzdLZJ7tjvbZwqgZJfH3fA9 5  link
QmdmD2u31UGFoDRTCn2ZsMmhLCktFSJMYtDNQcmcWn8ACA -  sub/' ipfs ls --resolve-type=false $root
prints 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn empty
QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o hello
QmZva3kVL8wRJC38sAsg1vNxzdLZJ7tjvbZwqgZJfH3fA9 link
QmdmD2u31UGFoDRTCn2ZsMmhLCktFSJMYtDNQcmcWn8ACA sub' ipfs ls --size=false --resolve-type=false $root
END

check '--stream' <<'END'
prints 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn -         empty/
QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o 12        hello
QmZva3kVL8wRJC38sAsg1vNxzdLZJ7tjvbZwqgZJfH3fA9 5         link
QmdmD2u31UGFoDRTCn2ZsMmhLCktFSJMYtDNQcmcWn8ACA -         sub/' ipfs ls --stream $root
END

check '--long shows mode and time' <<'END'
prints '- QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn -  - empty/
- QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o 12 - hello
- QmZva3kVL8wRJC38sAsg1vNxzdLZJ7tjvbZwqgZJfH3fA9 5  - link
- QmdmD2u31UGFoDRTCn2ZsMmhLCktFSJMYtDNQcmcWn8ACA -  - sub/' ipfs ls --long $root
touch -h -d '2020-02-03 04:05:06 UTC' dir/* dir/sub/*
chmod 640 dir/hello
cid=$(ipfs add -Q -r --preserve-mode --preserve-mtime dir)
prints 'drwxr-xr-x QmYYDb7C7ZRSvup5cXsMdYjgQ2PTfAQGF6bwXF7Lg9hfMe -  Feb 03  2020 empty/
-rw-r----- Qmdavvx4og9dvgTvK726U6xZkjTnfvthFwgaTa3krRR688 12 Feb 03  2020 hello
-          QmPRDhyzYBXk1q9Zr6UMEsVh1efWhdrEgAHwWfYLUYCeE5 5  Feb 03  2020 link
drwxr-xr-x QmTFdDUjMJnN8CwMFYXNjL7aiimsDSsgk4T39RqTCChP6E -  Feb 03  2020 sub/' ipfs ls -l $cid/
END

check '--enc=json' <<'END'
prints 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn -  empty/
QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o 12 hello
QmZva3kVL8wRJC38sAsg1vNxzdLZJ7tjvbZwqgZJfH3fA9 5  link
QmdmD2u31UGFoDRTCn2ZsMmhLCktFSJMYtDNQcmcWn8ACA -  sub/' ipfs ls --enc=json $root
prints 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn -         empty/
QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o 12        hello
QmZva3kVL8wRJC38sAsg1vNxzdLZJ7tjvbZwqgZJfH3fA9 5         link
QmdmD2u31UGFoDRTCn2ZsMmhLCktFSJMYtDNQcmcWn8ACA -         sub/' ipfs ls --enc=json --stream $root
END

check '--cid-base' <<'END'
prints 'bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354 -  empty/
bafybeicg2rebjoofv4kbyovkw7af3rpiitvnl6i7ckcywaq6xjcxnc2mby 12 hello
bafybeifmeeehxnbbwguvklqabzdq4choqqi7jdygi2egmgd5kaxxudojxi 5  link
bafybeihffhfmwnouacjrahv5obxiuadodms7a2wr36fu6wnbgfskxanusm -  sub/' ipfs ls --cid-base=base32 $root
END

# spec: ls.other-nodes
check 'a file lists its chunks' <<'END'
prints 'QmeAasi6Ar3z45WDT1FCrB5vKchsvMX1ykqL92g31BPFvL 262144 
QmYKBRrVfBo9zkqTkU7i9f8et3DzpwV4Aig8uraCj64ioy 262144 
QmX3Yse9hYmKhAJPztVWgptEJxDeTMLX49judsxdSEvrG6 175712 ' ipfs ls $root/sub/mid
prints '' ipfs ls $root/hello
END

check 'a HAMT lists its entries, not its shards' <<'END'
mkdir many
for n in $(seq 300); do echo $n > many/$n; done
cid=$(ipfs add -Q -r --max-directory-links=50 many)
is "$(ipfs ls $cid | wc -l)" 300
is "$(ipfs ls $cid | sort | sha256sum)" '25cfc807140267f266a16aae2913f873e2d6b281ecb9e363a611fc49ce72cb5e  -'
is "$(ipfs ls $cid | sha256sum)" '812b08fe4170926e785558671552c609c7a1c5527b951d74c8289c5095d465e5  -'
prints '' ipfs ls $cid/77
prints 77 ipfs cat $cid/77
END

check 'names are printed as they are' <<'END'
mkdir odd
echo x > 'odd/a b'
echo x > 'odd/été'
prints 'QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag 2 a b
QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag 2 été' ipfs ls "$(ipfs add -Q -r odd)"
END

check 'errors' <<'END'
fails 'Error: no link named "absent" under Qmdu6BQk16fR8X3yQJqnMwZcsVu635MhSt2B957i4wQj5E' ipfs ls $root/absent
fails 'Error: invalid path "nonsense": path does not have enough components' ipfs ls nonsense
fails 'Error: block was not found locally (offline): ipld: could not find bafybeickizpzmvys3wcvvdj2srvvw6ne55g5x5tth2tbyetftentbwlmhe' ipfs ls bafybeickizpzmvys3wcvvdj2srvvw6ne55g5x5tth2tbyetftentbwlmhe
node=$(echo '{"a": 1}' | ipfs dag put)
prints '' ipfs ls $node
fails_with 'argument' ipfs ls
END

check 'missing children: only what is asked for is read' <<'END'
leaf=$(ipfs add -q --raw-leaves --cid-version=1 dir/hello)
sub=$(ipfs add -Q --cid-version=1 -w dir/hello)
ipfs pin rm $sub $leaf > out || true
ipfs block rm $leaf > out
prints 'bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4 hello' ipfs ls --size=false --resolve-type=false $sub
prints 'bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4 12 hello' ipfs ls $sub
END

finish
