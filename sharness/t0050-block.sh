#!/usr/bin/env bash
about='ipfs block'
. "$(dirname "$0")/lib.sh"
repo
printf 'Hello IPFS!\n' > file

check 'put names the block by its bytes' <<'END'
prints bafkreiajnvwwjzqn4zspfyoxakox74ilzzbuktchhehvpqx7vqgf6gwaha ipfs block put file
is "$(ipfs block put < file)" bafkreiajnvwwjzqn4zspfyoxakox74ilzzbuktchhehvpqx7vqgf6gwaha
prints bafkreiajnvwwjzqn4zspfyoxakox74ilzzbuktchhehvpqx7vqgf6gwaha ipfs block put file file
END

# spec: block-commands.format
check 'codec, hash and length can be chosen' <<'END'
prints bafybeiajnvwwjzqn4zspfyoxakox74ilzzbuktchhehvpqx7vqgf6gwaha ipfs block put --cid-codec=dag-pb --mhtype=sha2-256 file
prints QmNyTA43jhz6yW1JZNJgajEnLuS96bJMaWNc73Fb8cS1dR ipfs block put --format=v0 file
prints bafybeiajnvwwjzqn4zspfyoxakox74ilzzbuktchhehvpqx7vqgf6gwaha ipfs block put -f protobuf file
prints bafyreiajnvwwjzqn4zspfyoxakox74ilzzbuktchhehvpqx7vqgf6gwaha ipfs block put --cid-codec=dag-cbor file
prints bafkriqgv3jfgkwhukxorfkww3jojze4x75tc3udcni2tdxvvceh7nbmxywwyzwgglxsg64tpx3xakdscs7e4gft3wz3iqrzi5hn3ffqoar5l2 ipfs block put --mhtype=sha3-512 file
prints bafkrmihddzgqageq62yt5es2xibgv2zhykk7kgtrgsqud4ke56gcokqds4 ipfs block put --mhtype=sha3-256 --mhlen=32 file
prints bafkrgfhuelyyjjfoeq2khygxmaz6zr4kz63cbji ipfs block put --mhtype=sha2-512 --mhlen=20 file
prints bafkqadcimvwgy3zajfiemuzbbi ipfs block put --mhtype=identity file
prints bafkr4icvww4yympvve6hq7mvuuk2v2jpdgjh7y4rq42cv7f44k4xbvm54y ipfs block put --mhtype=blake3 file
END

check 'choices that make no sense are refused' <<'END'
fails 'Error: unrecognized multihash function: wat' ipfs block put --mhtype=wat file
fails 'Error: unknown multicodec: "wat"' ipfs block put --cid-codec=wat file
fails 'Error: digest too small: sha2-256 digest got 10 bytes, minimum 20' ipfs block put --mhtype=sha2-256 --mhlen=10 file
fails 'Error: invalid cid: requested length was too large for digest' ipfs block put --mhtype=sha2-256 --mhlen=33 file
prints QmNyTA43jhz6yW1JZNJgajEnLuS96bJMaWNc73Fb8cS1dR ipfs block put --format=v0 --cid-codec=raw file
fails 'Error: potentially insecure hash functions not allowed' ipfs block put --mhtype=md5 file
END

check '--pin' <<'END'
cid=$(ipfs block put --pin file)
has "$(ipfs pin ls --type=recursive)" "$cid"
ipfs pin rm $cid > out
END

# spec: block-commands.size-max
check 'a block over 2 MiB needs a flag' <<'END'
gen big 2097153 > big
fails "Error: produced block is over 2MiB: big blocks can't be exchanged with other peers. consider using UnixFS for automatic chunking of bigger files, or pass --allow-big-block to override" ipfs block put big
prints bafkreiehhlooshfb2l333mktbahmegslzssnezkbhqnbhkufgequ3mm6py ipfs block put --allow-big-block big
END

check 'get and stat' <<'END'
cid=$(ipfs block put file)
ipfs block get $cid > out
same out file
ipfs block get /ipfs/$cid > out
same out file
prints 'Key: bafkreiajnvwwjzqn4zspfyoxakox74ilzzbuktchhehvpqx7vqgf6gwaha
Size: 12' ipfs block stat $cid
prints '{"Key":"bafkreiajnvwwjzqn4zspfyoxakox74ilzzbuktchhehvpqx7vqgf6gwaha","Size":12}' ipfs block stat --enc=json $cid
END

check 'a CID of another version or codec finds the same bytes' <<'END'
prints 'Hello IPFS!' ipfs block get $(ipfs cid format -v 0 --mc dag-pb $(ipfs block put file))
END

# spec: block.not-found
check 'missing blocks' <<'END'
fails 'Error: block was not found locally (offline): ipld: could not find bafkreihqnhjhhqvfrgxoabmt6dptyvqqts36a23eidqxx3ryoy4oh7jziy' ipfs block get bafkreihqnhjhhqvfrgxoabmt6dptyvqqts36a23eidqxx3ryoy4oh7jziy
fails 'Error: block was not found locally (offline): ipld: could not find bafkreihqnhjhhqvfrgxoabmt6dptyvqqts36a23eidqxx3ryoy4oh7jziy' ipfs block stat bafkreihqnhjhhqvfrgxoabmt6dptyvqqts36a23eidqxx3ryoy4oh7jziy
fails 'Error: invalid path "nonsense": path does not have enough components' ipfs block get nonsense
END

# spec: block.identity-inline
check 'identity CIDs hold their block' <<'END'
prints hello ipfs block get bafkqablimvwgy3y
prints 'Key: bafkqablimvwgy3y
Size: 5' ipfs block stat bafkqablimvwgy3y
END

check 'rm' <<'END'
cid=$(ipfs block put file)
prints "removed $cid" ipfs block rm $cid
fails 'cannot remove bafkreiajnvwwjzqn4zspfyoxakox74ilzzbuktchhehvpqx7vqgf6gwaha: ipld: could not find bafkreiajnvwwjzqn4zspfyoxakox74ilzzbuktchhehvpqx7vqgf6gwaha
Error: some blocks not removed' ipfs block rm $cid
prints 'removed bafkreiajnvwwjzqn4zspfyoxakox74ilzzbuktchhehvpqx7vqgf6gwaha' ipfs block rm --force $cid
ipfs block put file > out
prints '' ipfs block rm -q $cid
END

check 'rm refuses what is pinned' <<'END'
cid=$(ipfs block put --pin file)
fails 'cannot remove bafkreiajnvwwjzqn4zspfyoxakox74ilzzbuktchhehvpqx7vqgf6gwaha: pinned: recursive
Error: some blocks not removed' ipfs block rm $cid
fails 'cannot remove bafkreiajnvwwjzqn4zspfyoxakox74ilzzbuktchhehvpqx7vqgf6gwaha: pinned: recursive
Error: some blocks not removed' ipfs block rm --force $cid
dir=$(ipfs add -Q -w --raw-leaves file)
leaf=$(ipfs add -q --raw-leaves --pin=false file)
fails_with 'cannot remove bafkreiajnvwwjzqn4zspfyoxakox74ilzzbuktchhehvpqx7vqgf6gwaha: pinned: recursive
Error: some blocks not removed' ipfs block rm $leaf
ipfs pin rm $cid > out
END

# spec: block-commands.rm-goes-on
check 'rm of several: the good ones go' <<'END'
a=$(echo a | ipfs block put)
b=$(echo b | ipfs block put)
prints 'removed bafkreiehikh4kiuahuyqmxt3zy6pap7eouewmmpf4b5326qp3zqmjtzfy4
removed bafkreiacmobjtcnw7wku64v2v4x4ms6c4lyb22jnjxtstbxkqchw5gmbh4' ipfs block rm $a $b
a=$(echo a | ipfs block put)
rc=0
ipfs block rm bafkreihqnhjhhqvfrgxoabmt6dptyvqqts36a23eidqxx3ryoy4oh7jziy $a > out 2> err || rc=$?
is $rc 1
is "$(cat out)" 'removed bafkreiehikh4kiuahuyqmxt3zy6pap7eouewmmpf4b5326qp3zqmjtzfy4'
is "$(cat err)" 'cannot remove bafkreihqnhjhhqvfrgxoabmt6dptyvqqts36a23eidqxx3ryoy4oh7jziy: ipld: could not find bafkreihqnhjhhqvfrgxoabmt6dptyvqqts36a23eidqxx3ryoy4oh7jziy
Error: some blocks not removed'
END

check '--enc=json' <<'END'
prints '{"Key":"bafkreiajnvwwjzqn4zspfyoxakox74ilzzbuktchhehvpqx7vqgf6gwaha","Size":12}' ipfs block put --enc=json file
prints 'removed bafkreid2u6stlelt2bnwht6wqlr4hbeh6pfu67y5mbsz7zm7vmkqlf35jq' ipfs block rm --enc=json $(echo new | ipfs block put)
END

check 'standard input as a list of CIDs' <<'END'
cid=$(ipfs block put file)
is "$(echo $cid | ipfs block stat)" "$(ipfs block stat $cid)"
END

finish
