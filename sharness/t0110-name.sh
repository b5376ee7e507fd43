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
fails 'Error: can'\''t publish while offline: pass `--allow-offline` to override or `--allow-delegated` if Ipns.DelegatedPublishers are set up' ipfs name publish $root
END

# spec: name-commands.publish
check 'publish and resolve' <<'END'
prints 'Published to k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260: /ipfs/QmbQGzpPLatNndFcUTY9WLbDEjtGRoZQDax3sSgtuH73MY' ipfs name publish --allow-offline --key=seed $root
prints /ipfs/$root ipfs name resolve $seed
prints /ipfs/$root ipfs name resolve /ipns/$seed
prints $seed ipfs name publish --allow-offline -Q --key=seed /ipfs/$root/sub
prints /ipfs/$root/sub ipfs name resolve $seed
END

# spec: name-commands.resolve-argument
check 'the own name' <<'END'
ipfs name publish --allow-offline $root > out
prints /ipfs/$root ipfs name resolve
prints /ipfs/$root ipfs name resolve "$(ipfs id -f '<id>')"
END

check 'what does not exist is not published' <<'END'
fails 'Error: no link named "none" under QmbQGzpPLatNndFcUTY9WLbDEjtGRoZQDax3sSgtuH73MY' ipfs name publish --allow-offline --key=seed $root/none
fails 'Error: no key by the given name was found' ipfs name publish --allow-offline --key=none $root
fails 'Error: error parsing lifetime option: time: invalid duration "wat"' ipfs name publish --allow-offline --key=seed --lifetime=wat $root
fails 'Error: invalid path "nonsense": path does not have enough components' ipfs name publish --allow-offline --key=seed nonsense
prints 'Published to k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260: /ipfs/QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH' ipfs name publish --allow-offline --key=seed --resolve=false /ipfs/QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH
END

check 'names are resolved inside other commands' <<'END'
ipfs name publish --allow-offline --key=seed $root > out
prints x ipfs cat /ipns/$seed/x
prints 'QmRZMSA5Gxs37Xp5d3A5UfUwbuWLMi3hkeqabwcB8R4nkx - sub/
QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag 2 x' ipfs ls /ipns/$seed
prints /ipfs/QmRZMSA5Gxs37Xp5d3A5UfUwbuWLMi3hkeqabwcB8R4nkx ipfs resolve /ipns/$seed/sub
prints /ipfs/QmQ789bHQKJRvmffGwzaeBNVjA4HVz5mM6ZXZehWek2i28 ipfs resolve -r /ipns/$seed/sub/y
END

# spec: name-commands.resolve
check 'a name that leads to a name' <<'END'
ipfs key gen second > second
ipfs name publish --allow-offline --key=second /ipns/$seed > out
prints /ipns/$seed ipfs name resolve --recursive=false $(cat second)
prints /ipfs/$root ipfs name resolve $(cat second)
END

# A record that the reference signed, valid for a hundred years.
base64 -d > record <<RECORD
ChIvaXBmcy9iYWZrcWFhYS9hLzASQAj13lLFxFFN6rf930TaaGrRNxXMjCCNcC8/cThEnSbHgMuRTi+0UxwtTmrTgqeMjI+0
wPN8VaPHbRlJGQngbgEYACIeMjEyNi0wMi0yMFQxMToxMTo1MS41MDQzMTgzNThaKICAgICAgICAgAEwgPCSy90IQkC9SgBY
EdTtczdVukqsUC3KuqdHSvoHIDkr1PDiBaMb70JJpl3KOip6+ExKNMy+2JNWJwD9BlzwXvZnUKmqSFYHSnClY1RUTBsAAABF
2WS4AGVWYWx1ZVIvaXBmcy9iYWZrcWFhYS9hLzBoU2VxdWVuY2U7f/////////9oVmFsaWRpdHlYHjIxMjYtMDItMjBUMTE6
MTE6NTEuNTA0MzE4MzU4WmxWYWxpZGl0eVR5cGUA
RECORD
name=k51qzi5uqu5diirml8tzf741ps74epoqz2xyr5iqmptbmmhypurj3deke967yu

# spec: name-commands.inspect
check 'inspect shows every field of a record' <<'END'
prints 'Value:          "/ipfs/bafkqaaa/a/0"
Validity Type:  0
Validity:       "2126-02-20T11:11:51.504318358Z"
Sequence:       9223372036854775808
TTL:            5m0s
Protobuf Size:  318
Signature Type: V1+V2

This record was not verified. Pass '\''--verify k51...'\'' to verify.

Hex Dump:
00000000  0a 12 2f 69 70 66 73 2f  62 61 66 6b 71 61 61 61  |../ipfs/bafkqaaa|
00000010  2f 61 2f 30 12 40 08 f5  de 52 c5 c4 51 4d ea b7  |/a/0.@...R..QM..|
00000020  fd df 44 da 68 6a d1 37  15 cc 8c 20 8d 70 2f 3f  |..D.hj.7... .p/?|
00000030  71 38 44 9d 26 c7 80 cb  91 4e 2f b4 53 1c 2d 4e  |q8D.&....N/.S.-N|
00000040  6a d3 82 a7 8c 8c 8f b4  c0 f3 7c 55 a3 c7 6d 19  |j.........|U..m.|
00000050  49 19 09 e0 6e 01 18 00  22 1e 32 31 32 36 2d 30  |I...n...".2126-0|
00000060  32 2d 32 30 54 31 31 3a  31 31 3a 35 31 2e 35 30  |2-20T11:11:51.50|
00000070  34 33 31 38 33 35 38 5a  28 80 80 80 80 80 80 80  |4318358Z(.......|
00000080  80 80 01 30 80 f0 92 cb  dd 08 42 40 bd 4a 00 58  |...0......B@.J.X|
00000090  11 d4 ed 73 37 55 ba 4a  ac 50 2d ca ba a7 47 4a  |...s7U.J.P-...GJ|
000000a0  fa 07 20 39 2b d4 f0 e2  05 a3 1b ef 42 49 a6 5d  |.. 9+.......BI.]|
000000b0  ca 3a 2a 7a f8 4c 4a 34  cc be d8 93 56 27 00 fd  |.:*z.LJ4....V'\''..|
000000c0  06 5c f0 5e f6 67 50 a9  aa 48 56 07 4a 70 a5 63  |.\.^.gP..HV.Jp.c|
000000d0  54 54 4c 1b 00 00 00 45  d9 64 b8 00 65 56 61 6c  |TTL....E.d..eVal|
000000e0  75 65 52 2f 69 70 66 73  2f 62 61 66 6b 71 61 61  |ueR/ipfs/bafkqaa|
000000f0  61 2f 61 2f 30 68 53 65  71 75 65 6e 63 65 3b 7f  |a/a/0hSequence;.|
00000100  ff ff ff ff ff ff ff 68  56 61 6c 69 64 69 74 79  |.......hValidity|
00000110  58 1e 32 31 32 36 2d 30  32 2d 32 30 54 31 31 3a  |X.2126-02-20T11:|
00000120  31 31 3a 35 31 2e 35 30  34 33 31 38 33 35 38 5a  |11:51.504318358Z|
00000130  6c 56 61 6c 69 64 69 74  79 54 79 70 65 00        |lValidityType.|' ipfs name inspect record
ipfs name inspect --verify=$name record > out
has "$(cat out)" 'Valid: true'
prints '{"Entry":{"Value":"/ipfs/bafkqaaa/a/0","ValidityType":0,"Validity":"2126-02-20T11:11:51.504318358Z","Sequence":9223372036854775808,"TTL":300000000000},"PbSize":318,"SignatureType":"V1+V2","HexDump":"00000000  0a 12 2f 69 70 66 73 2f  62 61 66 6b 71 61 61 61  |../ipfs/bafkqaaa|\n00000010  2f 61 2f 30 12 40 08 f5  de 52 c5 c4 51 4d ea b7  |/a/0.@...R..QM..|\n00000020  fd df 44 da 68 6a d1 37  15 cc 8c 20 8d 70 2f 3f  |..D.hj.7... .p/?|\n00000030  71 38 44 9d 26 c7 80 cb  91 4e 2f b4 53 1c 2d 4e  |q8D.\u0026....N/.S.-N|\n00000040  6a d3 82 a7 8c 8c 8f b4  c0 f3 7c 55 a3 c7 6d 19  |j.........|U..m.|\n00000050  49 19 09 e0 6e 01 18 00  22 1e 32 31 32 36 2d 30  |I...n...\".2126-0|\n00000060  32 2d 32 30 54 31 31 3a  31 31 3a 35 31 2e 35 30  |2-20T11:11:51.50|\n00000070  34 33 31 38 33 35 38 5a  28 80 80 80 80 80 80 80  |4318358Z(.......|\n00000080  80 80 01 30 80 f0 92 cb  dd 08 42 40 bd 4a 00 58  |...0......B@.J.X|\n00000090  11 d4 ed 73 37 55 ba 4a  ac 50 2d ca ba a7 47 4a  |...s7U.J.P-...GJ|\n000000a0  fa 07 20 39 2b d4 f0 e2  05 a3 1b ef 42 49 a6 5d  |.. 9+.......BI.]|\n000000b0  ca 3a 2a 7a f8 4c 4a 34  cc be d8 93 56 27 00 fd  |.:*z.LJ4....V'\''..|\n000000c0  06 5c f0 5e f6 67 50 a9  aa 48 56 07 4a 70 a5 63  |.\\.^.gP..HV.Jp.c|\n000000d0  54 54 4c 1b 00 00 00 45  d9 64 b8 00 65 56 61 6c  |TTL....E.d..eVal|\n000000e0  75 65 52 2f 69 70 66 73  2f 62 61 66 6b 71 61 61  |ueR/ipfs/bafkqaa|\n000000f0  61 2f 61 2f 30 68 53 65  71 75 65 6e 63 65 3b 7f  |a/a/0hSequence;.|\n00000100  ff ff ff ff ff ff ff 68  56 61 6c 69 64 69 74 79  |.......hValidity|\n00000110  58 1e 32 31 32 36 2d 30  32 2d 32 30 54 31 31 3a  |X.2126-02-20T11:|\n00000120  31 31 3a 35 31 2e 35 30  34 33 31 38 33 35 38 5a  |11:51.504318358Z|\n00000130  6c 56 61 6c 69 64 69 74  79 54 79 70 65 00        |lValidityType.|\n","Validation":null}' ipfs name inspect --enc=json record
prints 'Value:          "/ipfs/bafkqaaa/a/0"
Validity Type:  0
Validity:       "2126-02-20T11:11:51.504318358Z"
Sequence:       9223372036854775808
TTL:            5m0s
Protobuf Size:  318
Signature Type: V1+V2

This record was not verified. Pass '\''--verify k51...'\'' to verify.' ipfs name inspect --dump=false record
END

check 'a record of another name does not verify' <<'END'
prints 'Value:          "/ipfs/bafkqaaa/a/0"
Validity Type:  0
Validity:       "2126-02-20T11:11:51.504318358Z"
Sequence:       9223372036854775808
TTL:            5m0s
Protobuf Size:  318
Signature Type: V1+V2

Validation results:
 Valid:  false
 Reason: signature verification failed
 Name:   k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260

Hex Dump:
00000000  0a 12 2f 69 70 66 73 2f  62 61 66 6b 71 61 61 61  |../ipfs/bafkqaaa|
00000010  2f 61 2f 30 12 40 08 f5  de 52 c5 c4 51 4d ea b7  |/a/0.@...R..QM..|
00000020  fd df 44 da 68 6a d1 37  15 cc 8c 20 8d 70 2f 3f  |..D.hj.7... .p/?|
00000030  71 38 44 9d 26 c7 80 cb  91 4e 2f b4 53 1c 2d 4e  |q8D.&....N/.S.-N|
00000040  6a d3 82 a7 8c 8c 8f b4  c0 f3 7c 55 a3 c7 6d 19  |j.........|U..m.|
00000050  49 19 09 e0 6e 01 18 00  22 1e 32 31 32 36 2d 30  |I...n...".2126-0|
00000060  32 2d 32 30 54 31 31 3a  31 31 3a 35 31 2e 35 30  |2-20T11:11:51.50|
00000070  34 33 31 38 33 35 38 5a  28 80 80 80 80 80 80 80  |4318358Z(.......|
00000080  80 80 01 30 80 f0 92 cb  dd 08 42 40 bd 4a 00 58  |...0......B@.J.X|
00000090  11 d4 ed 73 37 55 ba 4a  ac 50 2d ca ba a7 47 4a  |...s7U.J.P-...GJ|
000000a0  fa 07 20 39 2b d4 f0 e2  05 a3 1b ef 42 49 a6 5d  |.. 9+.......BI.]|
000000b0  ca 3a 2a 7a f8 4c 4a 34  cc be d8 93 56 27 00 fd  |.:*z.LJ4....V'\''..|
000000c0  06 5c f0 5e f6 67 50 a9  aa 48 56 07 4a 70 a5 63  |.\.^.gP..HV.Jp.c|
000000d0  54 54 4c 1b 00 00 00 45  d9 64 b8 00 65 56 61 6c  |TTL....E.d..eVal|
000000e0  75 65 52 2f 69 70 66 73  2f 62 61 66 6b 71 61 61  |ueR/ipfs/bafkqaa|
000000f0  61 2f 61 2f 30 68 53 65  71 75 65 6e 63 65 3b 7f  |a/a/0hSequence;.|
00000100  ff ff ff ff ff ff ff 68  56 61 6c 69 64 69 74 79  |.......hValidity|
00000110  58 1e 32 31 32 36 2d 30  32 2d 32 30 54 31 31 3a  |X.2126-02-20T11:|
00000120  31 31 3a 35 31 2e 35 30  34 33 31 38 33 35 38 5a  |11:51.504318358Z|
00000130  6c 56 61 6c 69 64 69 74  79 54 79 70 65 00        |lValidityType.|' ipfs name inspect --verify=$seed record
echo garbage > garbage
fails 'Error: record is malformed
proto: cannot parse invalid wire-format data' ipfs name inspect garbage
END

# spec: name-commands.get
check 'get and put need a daemon, or permission' <<'END'
fails_with "Error: this action must be run in online mode, try running 'ipfs daemon' first" ipfs name get $seed
fails_with 'Error: invalid IPNS record: record is malformed
proto: cannot parse invalid wire-format data' ipfs name put $name garbage
END

# spec: names.kinds, names.fixed, names.fixed-first, names.rest, names.recursion, names.record
check 'names with fixed values' <<'END'
export IPFS_NS_MAP="site.test:/ipfs/$root,chain.test:/ipns/site.test/sub,$seed:/ipfs/bafkqaaa,loop.test:/ipns/loop.test"
prints /ipfs/$root ipfs name resolve site.test
prints /ipfs/$root/x/ ipfs name resolve /ipns/site.test/x/
prints /ipns/site.test/sub ipfs name resolve --recursive=false chain.test
prints /ipfs/$root/sub/y ipfs name resolve /ipns/chain.test/y
prints /ipfs/bafkqaaa ipfs name resolve $seed
prints y ipfs cat /ipns/chain.test/y
fails 'Error: could not resolve name (recursion limit exceeded)' ipfs name resolve loop.test
fails 'Error: cannot resolve: "/ipns/a..b"' ipfs name resolve a..b
unset IPFS_NS_MAP
END

# spec: names.dnslink, name-commands.dnslink, dns.rules
check 'a domain is looked up; rules for the DNS are checked' <<'END'
fails 'Error: DNSLink lookup for "not a host." failed: could not resolve name: DNSLink lookup could not find a TXT record (https://docs.ipfs.tech/concepts/dnslink/)' ipfs name resolve 'not a host'
ipfs config --json DNS.Resolvers '{"eth.": "zz"}'
fails_with 'Error: constructing the node (see log for full detail): bad resolver for eth.: invalid DoH resolver URL: zz' ipfs name resolve site.test
ipfs config --json DNS.Resolvers '{}'
END

check 'names nobody published' <<'END'
fails 'Error: could not resolve name' ipfs name resolve k51qzi5uqu5dm93dew79amives2kw7ya010xkuolsuiwzdr0jh3dnypthryfnj
fails 'Error: invalid path "/ipns/": path does not have enough components' ipfs name resolve /ipns/
END

# spec: name-commands.sequence, name-commands.times
check 'options of publish are checked' <<'END'
ipfs name publish --allow-offline --key=seed --ttl=10m --lifetime=48h $root > out
fails 'Error: sequence number must be greater than the current record sequence' ipfs name publish --allow-offline --key=seed --sequence=1 $root
fails 'Error: time: invalid duration "wat"' ipfs name publish --allow-offline --key=seed --ttl=wat $root
prints "Published to $seed: /ipfs/$root" \
  ipfs name publish --allow-offline --key=seed --sequence=1000 $root
END

check '--ipns-base and --enc=json' <<'END'
prints k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260 ipfs name publish --allow-offline -Q --ipns-base=b58mh --key=seed --resolve=false $root
prints '{"Name":"k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260","Value":"/ipfs/QmbQGzpPLatNndFcUTY9WLbDEjtGRoZQDax3sSgtuH73MY"}' ipfs name publish --allow-offline --enc=json --key=seed --resolve=false $root
prints '{"Path":"/ipfs/QmbQGzpPLatNndFcUTY9WLbDEjtGRoZQDax3sSgtuH73MY"}' ipfs name resolve --enc=json $seed
END

check 'resolve of IPFS paths' <<'END'
root=$(ipfs add -Q -r dir)
prints /ipfs/QmbQGzpPLatNndFcUTY9WLbDEjtGRoZQDax3sSgtuH73MY ipfs resolve /ipfs/$root
prints /ipfs/QmQ789bHQKJRvmffGwzaeBNVjA4HVz5mM6ZXZehWek2i28 ipfs resolve /ipfs/$root/sub/y
prints /ipfs/QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag ipfs resolve $root/x
prints /ipfs/bafybeiczugc67xox6eruunh2bf7c4hi5x7gcf5r4zevk5p6fue5hg6rxee ipfs resolve --cid-base=base32 /ipfs/$root/x
prints '{"Path":"/ipfs/QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag"}' ipfs resolve --enc=json /ipfs/$root/x
fails 'Error: no link named "none" under QmbQGzpPLatNndFcUTY9WLbDEjtGRoZQDax3sSgtuH73MY' ipfs resolve /ipfs/$root/none
fails 'Error: invalid path "nonsense": path does not have enough components' ipfs resolve nonsense
END

# spec: resolve.one-step
check 'resolve one step of a name' <<'END'
ipfs key gen other > out
ipfs name publish --allow-offline --key=seed $root > out
ipfs name publish --allow-offline --key=other /ipns/$seed > out
other=$(ipfs key list -l | awk '$2 == "other" { print $1 }')
prints /ipns/$seed ipfs resolve -r=false /ipns/$other
prints /ipfs/$root ipfs resolve /ipns/$other
END

finish
