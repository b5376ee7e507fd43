#!/usr/bin/env bash
about='ipfs dag put, get, resolve: codecs'
. "$(dirname "$0")/lib.sh"
repo

check 'dag-json in, dag-cbor stored' <<'END'
is "$(echo '{"hello": "world"}' | ipfs dag put)" bafyreidykglsfhoixmivffc5uwhcgshx4j465xwqntbmu43nb2dzqwfvae
is "$(echo '"text"' | ipfs dag put)" bafyreienmqqpz622nxgi7xvcx2jf7p3lyagqkwcj5ieil3mhx2zckfl35u
is "$(echo 'null' | ipfs dag put)" bafyreifqwkmiw256ojf2zws6tzjeonw6bpd5vza4i22ccpcq4hjv2ts7cm
is "$(echo '[1,-1,1.5,true,18446744073709551615]' | ipfs dag put)" ''
is "$(echo '{"b":1,"aa":2,"a":3}' | ipfs dag put)" bafyreicxw42edr4omm743u4ki2flxxtouo6dhad2rsbwuyd6ebx42dfptq
is "$(echo '{"l":{"/":"bafkqablimvwgy3y"},"b":{"/":{"bytes":"aGk"}}}' | ipfs dag put)" bafyreigky5ukraxjso2ysa5g443vy2je4xtnccgs5cpi5tbfawxi4esvae
END

check 'other codecs to store' <<'END'
is "$(echo '{"b":1,"aa":2}' | ipfs dag put --store-codec=dag-json)" baguqeerapyilpo36iayt5dvy7lvivwhk5wclbhzwmjxfd6srqq3nxr36kira
is "$(echo '{"b":1,"aa":2}' | ipfs dag put --store-codec=json)" bagaaiera6yiqixbd5d7ogwopctsjorw56gkgzubmrpl5altz62xcmadyoigq
is "$(echo '{"b":1,"aa":2}' | ipfs dag put --store-codec=cbor)" bafireihbaf6v4gjeo76rl6ncekrny5lwbgyjf7zdw2m7w77xsjm3xvige4
is "$(echo '{"/":{"bytes":"aGk"}}' | ipfs dag put --store-codec=raw)" bafkreiepinbumzepnoln7co5vea4kf3lcctnqolb3u6bvsellgznymt2uq
is "$(echo '{"Data":{"/":{"bytes":"CAE"}},"Links":[]}' | ipfs dag put --store-codec=dag-pb)" bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354
is "$(echo '{"b":1}' | ipfs dag put --hash=sha2-512)" bafyrgqaacruh66frthwk2cobmgbt2c6ctiwlc6gsleuwzs2hzsysqsid6kqyj4ckco4bayownei3fv2lwzvhrosj33kvmlfk6dcmkkeo43cnq
is "$(echo '{"b":1}' | ipfs dag put --hash=blake3)" bafyr4iequgtkkqghk4nywm7vxfmjjn4m73u3p3a2iicwg6fesbwbes5kde
END

check 'other codecs to read' <<'END'
is "$(printf '\xa1\x61a\x01' | ipfs dag put --input-codec=dag-cbor)" bafyreihltcnuuyqp2jm24aqydpnlj7b6w3ogwrplomrjtg5rifv44mmjey
is "$(printf '\xa1\x61a\x01' | ipfs dag put --input-codec=cbor --store-codec=dag-json)" baguqeeraafnl2724yv5c3wklowipaswybbbhhec64m7mltv6vzrco2ux7bra
is "$(printf 'raw bytes' | ipfs dag put --input-codec=raw --store-codec=raw)" bafkreie2wntk2rkvbdk7i6ybfdl5eq5cydspltrztnpyltiqwnb6orne3q
is "$(printf '{"z":1,"a":2}' | ipfs dag put --input-codec=json --store-codec=json)" bagaaierann2rontd2dv5skude4624ixd5w7jssjabatrpbzbzzx5b2ffgyoq
END

check 'put from files, several at once' <<'END'
echo '{"n":1}' > one
echo '{"n":2}' > two
prints 'bafyreigfqy7j4pd2mndwscktqcj5ktaahdujpwrnxjupjbsehji3mgrtx4
bafyreid7yk7qb4blnqsqtkxtjafnehbw45v4zk4dwhsnfd5vtrreuvwxoy' ipfs dag put one two
prints '{"Cid":{"/":"bafyreigfqy7j4pd2mndwscktqcj5ktaahdujpwrnxjupjbsehji3mgrtx4"}}' ipfs dag put --enc=json one
END

check '--pin' <<'END'
cid=$(ipfs dag put --pin one)
has "$(ipfs pin ls --type=recursive)" $cid
END

check 'input that is not what it says is refused' <<'END'
echo '{"a":' > bad
fails 'Error: EOF' ipfs dag put bad
echo '{"a":1}{"b":2}' > bad
fails 'Error: unexpected content after end of json object' ipfs dag put bad
echo '{"/":"nonsense"}' > bad
fails 'Error: invalid cid: selected encoding not supported' ipfs dag put bad
printf '\xa2\x61a\x01\x61a\x02' > bad
fails 'Error: duplicate map key "a"' ipfs dag put --input-codec=dag-cbor bad
printf '\x1b\x00\x00\x00\x00\x00\x00\x00\x01' > odd
fails 'Error: cbor: integer not minimally encoded' ipfs dag put --input-codec=dag-cbor odd
fails 'Error: cbor: integer not minimally encoded' ipfs dag put --input-codec=cbor odd
printf '\xff' > bad
fails 'Error: invalid majorByte: 0xff' ipfs dag put --input-codec=dag-cbor bad
printf '\x0a\xff' > bad
fails 'Error: unexpected EOF' ipfs dag put --input-codec=dag-pb --store-codec=dag-pb bad
fails 'Error: unknown multicodec: "wat"' ipfs dag put --input-codec=wat one
fails 'Error: unknown multicodec: "wat"' ipfs dag put --store-codec=wat one
fails 'Error: unknown multicodec: "wat"' ipfs dag put --hash=wat one
echo '{"a":1}' > fine
fails 'Error: invalid key for map dagpb.PBNode: "a": no such field' ipfs dag put --store-codec=dag-pb fine
fails 'Error: func called on wrong kind: "AsBytes" called on a map node (kind: map), but only makes sense on bytes' ipfs dag put --store-codec=raw fine
END

check 'get prints dag-json, or another codec' <<'END'
cid=$(echo '{"b":{"/":{"bytes":"aGk"}},"a":[1,2.5,null],"l":{"/":"bafkqablimvwgy3y"}}' | ipfs dag put)
prints '{"a":[1,2.5,null],"b":{"/":{"bytes":"aGk"}},"l":{"/":"bafkqablimvwgy3y"}}' ipfs dag get $cid
ipfs dag get --output-codec=dag-cbor $cid > cbor
is "$(od -An -tx1 cbor | tr -d ' \n')" a361618301fb4004000000000000f66162426869616cd82a4a000155000568656c6c6f
prints '{
	"a": 1
}' ipfs dag get --output-codec=json $(echo '{"a":1}' | ipfs dag put)
fails 'Error: unknown multicodec: "wat"' ipfs dag get --output-codec=wat $cid
fails 'Error: cannot marshal IPLD bytes to this codec' ipfs dag get --output-codec=json $cid
END

# spec: dag-commands.lookup-errors
check 'get follows a path' <<'END'
inner=$(echo '{"x":{"y":[10,20]}}' | ipfs dag put)
outer=$(echo "{\"in\":{\"/\":\"$inner\"}}" | ipfs dag put)
prints 20 ipfs dag get $outer/in/x/y/1
prints '{"x":{"y":[10,20]}}' ipfs dag get $outer/in
prints '{"y":[10,20]}' ipfs dag get /ipfs/$outer/in/x
prints '{"y":[10,20]}' ipfs dag get /ipld/$outer/in/x
fails 'Error: key not found: "none"' ipfs dag get $outer/in/none
fails 'Error: key not found: "5"' ipfs dag get $outer/in/x/y/5
END

check 'resolve' <<'END'
inner=$(echo '{"x":{"y":[10,20]}}' | ipfs dag put)
outer=$(echo "{\"in\":{\"/\":\"$inner\"}}" | ipfs dag put)
prints bafyreidqyeka4xhkvty47xquvmregn3gjgorbwkns7rgulzboxnl6wgu5m/x/y/1 ipfs dag resolve $outer/in/x/y/1
prints bafyreidqyeka4xhkvty47xquvmregn3gjgorbwkns7rgulzboxnl6wgu5m ipfs dag resolve $outer/in
prints bafyreihdij2f7xv7swp4jqzqwmne4zlo7gujg45kp5kyozxgrj25xjkrpm ipfs dag resolve $outer
prints '{"Cid":{"/":"bafyreidqyeka4xhkvty47xquvmregn3gjgorbwkns7rgulzboxnl6wgu5m"},"RemPath":"/x"}' ipfs dag resolve --enc=json $outer/in/x
fails 'Error: key not found: "none"' ipfs dag resolve $outer/none
END

check 'UnixFS blocks as dag-pb nodes' <<'END'
mkdir -p dir/sub
echo x > dir/x
echo y > dir/sub/y
root=$(ipfs add -Q -r dir)
prints '{"Data":{"/":{"bytes":"CAE"}},"Links":[{"Hash":{"/":"QmRZMSA5Gxs37Xp5d3A5UfUwbuWLMi3hkeqabwcB8R4nkx"},"Name":"sub","Tsize":57},{"Hash":{"/":"QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag"},"Name":"x","Tsize":10}]}' ipfs dag get $root
fails 'Error: no link named "Links" under QmbQGzpPLatNndFcUTY9WLbDEjtGRoZQDax3sSgtuH73MY' ipfs dag get $root/Links/0/Name
prints '{"Data":{"/":{"bytes":"CAISAnkKGAI"}},"Links":[]}' ipfs dag get $root/sub/y
prints '{"Hash":{"/":"QmRZMSA5Gxs37Xp5d3A5UfUwbuWLMi3hkeqabwcB8R4nkx"},"Name":"sub","Tsize":57}' ipfs dag get /ipld/$root/Links/0
prints QmQ789bHQKJRvmffGwzaeBNVjA4HVz5mM6ZXZehWek2i28 ipfs dag resolve $root/sub/y
raw=$(ipfs add -q --raw-leaves dir/x)
prints '{"/":{"bytes":"eAo"}}' ipfs dag get $raw
END

check 'round trips are the identity' <<'END'
for text in '{"a":{"b":[]}}' '[]' '"é\n"' '-9223372036854775808' '1e+100' '0.1' '{}' 'false'; do
  cid=$(echo "$text" | ipfs dag put)
  ipfs dag get $cid > out
  is "$(ipfs dag put out)" $cid
  is "$(ipfs dag get $cid)" "$text"
done
END

check 'text forms of numbers and strings' <<'END'
prints '[1,100000000000000000000,1e+21,123456789.125,1e-7,0.000001,-0.5]' ipfs dag get $(echo '[1.0,1e20,1e21,123456789.125,1e-7,0.000001,-0.5]' | ipfs dag put)
prints '"\u0000\u001f\u2028<>&/\"\\"' ipfs dag get $(printf '"\\u0000\\u001f\\u2028<>&/\\"\\\\"' | ipfs dag put)
END

check 'dag-jose and git-raw blocks are read' <<'END'
printf 'blob 4\0text' > blob
prints baf4bcfhtunefdvcnnol4sd53thot2ggcmg42eny ipfs dag put --input-codec=git-raw --store-codec=git-raw --hash=sha1 blob
prints '{"/":{"bytes":"YmxvYiA0AHRleHQ"}}' ipfs dag get $(ipfs dag put --input-codec=git-raw --store-codec=git-raw --hash=sha1 blob)
END

check 'missing blocks' <<'END'
fails 'Error: block was not found locally (offline): ipld: could not find bafyreiatnfo3oj7xlj4pfyjn7vityma2ved72zwkpeupxi3seeqjjl4vcy' ipfs dag get bafyreiatnfo3oj7xlj4pfyjn7vityma2ved72zwkpeupxi3seeqjjl4vcy
END

finish
