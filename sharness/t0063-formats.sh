#!/usr/bin/env bash
about='formats: blocks, codecs, hashes, directories and their shards'
. "$(dirname "$0")/lib.sh"
repo

# spec: block.size-max
check 'a block over 2 MiB needs a flag' <<'END'
head -c 2097152 /dev/zero > most
head -c 2097153 /dev/zero > more
ipfs block put most
fails_with 'produced block is over 2MiB' ipfs block put more
ipfs block put --allow-big-block more
END

# spec: codec.set
check 'what can be read and written' <<'END'
echo '{}' > node
for codec in dag-cbor dag-json cbor json; do ipfs dag put --store-codec=$codec node; done
echo '{"/":{"bytes":"YQ"}}' > bytes
ipfs dag put --store-codec=raw bytes
echo '{"Links":[]}' > pb
ipfs dag put --store-codec=dag-pb pb
fails_with 'no encoder registered for multicodec code 144' ipfs dag put --store-codec=eth-block node
fails_with 'no decoder registered for multicodec code 144' ipfs dag put --input-codec=eth-block node
END

# spec: codec.shown-null
check 'absent fields of a stored node are null when shown, left out when converted' <<'END'
cid=$(echo '{"Links":[]}' | ipfs dag put --store-codec=dag-pb)
prints '{"Data":null,"Links":[]}' ipfs dag get $cid
ipfs block get $cid > block
cid=$(ipfs dag put --input-codec=dag-pb --store-codec=dag-json block)
prints '{"Links":[]}' ipfs block get $cid
END

# spec: codec.links-in-order
check 'links come in the order of the bytes, repeated ones too' <<'END'
one=$(echo 1 | ipfs add -Q --raw-leaves) two=$(echo 2 | ipfs add -Q --raw-leaves)
cid=$(echo "{\"b\":{\"/\":\"$two\"},\"a\":[{\"/\":\"$one\"},{\"/\":\"$two\"}],\"c\":{\"/\":\"$one\"}}" | ipfs dag put)
prints "$one
$two
$two
$one" ipfs refs $cid
END

# spec: ipld.segment-lookup
check 'a segment selects from a map by name, from a list by number' <<'END'
cid=$(echo '{"a":{"1":"map"},"l":["zero","one",{"x":7}]}' | ipfs dag put)
prints '"map"' ipfs dag get $cid/a/1
prints '"one"' ipfs dag get $cid/l/1
prints 7 ipfs dag get $cid/l/2/x
exits 1 ipfs dag get $cid/l/3
exits 1 ipfs dag get $cid/l/x
exits 1 ipfs dag get $cid/nope
END

# spec: multicodec.parse
check 'a codec is given by name or by number in any base' <<'END'
echo x > file
want=$(ipfs block put --cid-codec=dag-json file 2>&1)
for name in 297 0x129 0o451 0b100101001 0451; do
  is "$(ipfs cid format -v 1 --mc $name "$want")" "$want"
done
ipfs cid format -v 1 --mc 0x300001 "$want"
fails_with '' ipfs cid format -v 1 --mc 0x2fffff "$want"
fails_with '' ipfs cid format -v 1 --mc no-such-codec "$want"
END

# spec: multicodec.supported
check 'nine codecs are supported' <<'END'
prints 'cbor
dag-cbor
dag-jose
dag-json
dag-pb
git-raw
json
libp2p-key
raw' sh -c 'ipfs cid codecs --supported | sort'
END

# spec: multihash.allowed
check 'hash functions that content may be named by' <<'END'
echo x > file
for name in sha1 sha2-256 sha2-512 sha3-224 sha3-512 shake-256 keccak-256 blake3 dbl-sha2-256 blake2b-160 blake2b-512 blake2s-256 identity; do
  ipfs block put --cid-codec=raw --mhtype=$name file
done
for name in md5 murmur3-x64-64 blake2b-152; do
  fails_with '' ipfs block put --cid-codec=raw --mhtype=$name file
done
END

# spec: multihash.blake3-length
check 'blake3 gives 32 bytes, or as many as asked' <<'END'
echo x > file
is "$(ipfs cid format -f %L $(ipfs block put --cid-codec=raw --mhtype=blake3 file))" 32
for length in 20 64 128; do
  is "$(ipfs cid format -f %L $(ipfs block put --cid-codec=raw --mhtype=blake3 --mhlen=$length file))" $length
done
fails_with '' ipfs block put --cid-codec=raw --mhtype=blake3 --mhlen=129 file
END

# spec: multihash.identity-max-128
check 'an identity digest has at most 128 bytes' <<'END'
head -c 128 /dev/zero > most
head -c 129 /dev/zero > more
ipfs block put --cid-codec=raw --mhtype=identity most
fails_with 'digest too large' sh -c 'cid=$(ipfs block put --cid-codec=raw --mhtype=identity more) && ipfs block get $cid'
END

# spec: cid.text-max-2048
check 'text that is far too long for a CID is refused at once' <<'END'
long=z$(head -c 100000 /dev/zero | tr '\0' 2)
start=$(date +%s%N)
exits 1 ipfs cid format -b base32 $long
[ $((($(date +%s%N) - start) / 1000000)) -lt 1000 ]
ipfs cid format -b base32 $(echo x | ipfs add -Qn --raw-leaves)
END

# spec: directory.sorted
check 'the links of a directory are sorted by the bytes of their names' <<'END'
mkdir -p sorted
for name in b a B é Z '~' 10 9; do echo $name > "sorted/$name"; done
root=$(ipfs add -rQ sorted)
ipfs dag get $root | sed 's/"Name":/\n&/g' | sed -n 's/"Name":"\([^"]*\)".*/\1/p' > got
echo >> got
LC_ALL=C sort got | cmp - got
is "$(wc -l < got)" 8
END

# spec: directory.shrink, hamt.shrink, hamt.slot
check 'a directory'\''s blocks depend on its entries, not on its history' <<'END'
ipfs config Import.UnixFSHAMTDirectorySizeThreshold 2KiB
leaf=$(echo x | ipfs add -Q --raw-leaves --pin=false)
ipfs files mkdir /grown
ipfs files mkdir /direct
for n in $(seq 60); do ipfs files cp /ipfs/$leaf /grown/entry-$n; done
shards=$(ipfs files stat --hash /grown)
has "$(ipfs dag get $shards)" '"Name":"'
is "$(ipfs dag get $shards | grep -o '"Name":"[0-9A-F][0-9A-F]entry-' | sort -u | wc -l | tr -d ' ')" \
  "$(ipfs dag get $shards | grep -o '"Name":"[0-9A-F][0-9A-F]entry-' | wc -l | tr -d ' ')"
for n in $(seq 60 -1 31); do ipfs files cp /ipfs/$leaf /direct/entry-$n; done
for n in $(seq 30); do ipfs files cp /ipfs/$leaf /direct/entry-$n; done
is "$(ipfs files stat --hash /direct)" $shards
for n in $(seq 6 60); do ipfs files rm /grown/entry-$n; done
ipfs files mkdir /small
for n in $(seq 5); do ipfs files cp /ipfs/$leaf /small/entry-$n; done
is "$(ipfs files stat --hash /grown)" "$(ipfs files stat --hash /small)"
END

# spec: directory.attributes-kept
check 'mode and time outlive growing and shrinking' <<'END'
leaf=$(echo x | ipfs add -Q --raw-leaves --pin=false)
ipfs files mkdir /kept
ipfs files chmod 0705 /kept
ipfs files touch --mtime=1234567890 /kept
looks() { ipfs files stat --format='<mode-octal> <mtime-secs>' /kept; }
before=$(looks)
for n in $(seq 60); do ipfs files cp /ipfs/$leaf /kept/entry-$n; done
is "$(looks)" "$before"
has "$(ipfs dag get $(ipfs files stat --hash /kept))" '"Name":"'
for n in $(seq 3 60); do ipfs files rm /kept/entry-$n; done
is "$(looks)" "$before"
END

# spec: path.cid-argument
check 'where one CID is taken a path or URI without segments is, too' <<'END'
cid=$(echo x | ipfs add -Q --raw-leaves)
for form in $cid /ipfs/$cid ipfs://$cid ipfs:$cid; do
  prints x ipfs block get $form
done
fails_with '' ipfs block get /ipfs/$cid/more
END

# spec: path.clean
check 'paths are cleaned before they are looked at' <<'END'
mkdir -p dir/sub && echo hello > dir/sub/file
root=$(ipfs add -rQ dir)
prints hello ipfs cat /ipfs/$root//sub/./../sub/file
prints hello ipfs cat /ipfs/$root/sub/file/
exits 1 ipfs cat /ipfs/$root/sub/../../file
END

# spec: path.immutable-root-is-cid, path.uri
check 'the root of /ipfs is a CID, the scheme counts in any case' <<'END'
cid=$(echo x | ipfs add -Q --raw-leaves)
prints x ipfs cat IPFS://$cid
prints x ipfs cat /ipfs/$(ipfs cid format -b base16 $cid)
fails_with 'invalid path "/ipfs/nonsense"' ipfs cat /ipfs/nonsense
fails_with 'invalid path' ipfs cat ipfs://nonsense
END

# spec: path.quote
check 'paths in errors cannot drive a terminal' <<'END'
fails_with 'invalid path "/ipfs/a\x1b[31m\nb"' ipfs cat "$(printf '/ipfs/a\033[31m\nb')"
END

# spec: key.peer-id, key.peer-id-text
check 'peer IDs are hashes of keys, in both forms of text' <<'END'
id=$(ipfs key gen --ipns-base=b58mh --type=ed25519 ed)
has "$id" 12D3KooW
prints "$id" ipfs cid format -v 1 --mc libp2p-key -f %m -b base58btc $(ipfs key ls -l --ipns-base=base36 | awk '$2 == "ed" { print $1 }') ||
  is "z$id" "$(ipfs cid format -v 1 --mc libp2p-key -f %m -b base58btc $(ipfs key ls -l --ipns-base=base36 | awk '$2 == "ed" { print $1 }'))"
is "$(ipfs cid format -f %h-%L $(ipfs key ls -l | awk '$2 == "ed" { print $1 }'))" identity-36
is "$(ipfs cid format -f %h-%L $(ipfs key gen --type=rsa --size=2048 rsa))" sha2-256-32
END

# spec: key.rsa-size
check 'RSA keys that are too small are neither made nor taken' <<'END'
fails_with '2048' ipfs key gen --type=rsa --size=1024 small
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out small.pem 2> /dev/null
exits 1 ipfs key import small --format=pem-pkcs8-cleartext small.pem
lacks "$(ipfs key ls)" small
END
finish
