#!/usr/bin/env bash
about='ipfs dag export, import, stat'
. "$(dirname "$0")/lib.sh"
repo
mkdir -p dir/sub
echo x > dir/x
gen a 700000 > dir/sub/mid
cp dir/x dir/copy
root=$(ipfs add -Q -r --cid-version=1 dir)

# spec: dag-commands.export-order
check 'export is deterministic' <<'END'
ipfs dag export $root > out.car
is "$(sha out.car)" 1b20a147233cad75b5a554e4706d9e9d324a992d539f34678829516889cf151f
is "$(size out.car)" 700685
ipfs dag export -p=false $root | cmp - out.car
END

check 'a path exports what it leads to' <<'END'
ipfs dag export $root/sub > sub.car
is "$(sha sub.car)" dba9f950178a5f961426bde37930967f92ca0fcfc40ef079d95bb1b96813b5ea
END

check 'import into another repo restores everything' <<'END'
repo
prints 'Pinned root	bafybeibpf4xypwx26nsucslosqk7qndbu23iw3vcinnovbgbnaxdoy3uoq	success' ipfs dag import out.car
ipfs get -o copy $root > out
same copy dir
is "$(ipfs pin ls --type=recursive | grep -c $root)" 1
END

check 'import from standard input' <<'END'
repo
is "$(ipfs dag import < out.car)" 'Pinned root	bafybeibpf4xypwx26nsucslosqk7qndbu23iw3vcinnovbgbnaxdoy3uoq	success'
END

check '--pin-roots=false pins nothing, --silent prints nothing' <<'END'
repo
prints '' ipfs dag import --pin-roots=false out.car
is "$(ipfs pin ls --type=recursive | grep -c $root)" 0
prints '' ipfs dag import --silent out.car
END

# spec: dag-commands.import-output
check '--stats' <<'END'
prints 'Pinned root	bafybeibpf4xypwx26nsucslosqk7qndbu23iw3vcinnovbgbnaxdoy3uoq	success
Imported 7 blocks (700359 bytes)' ipfs dag import --stats out.car
prints 'Imported 12 blocks (1400570 bytes)' ipfs dag import --stats --pin-roots=false out.car sub.car
prints '{"Root":{"Cid":{"/":"bafybeibpf4xypwx26nsucslosqk7qndbu23iw3vcinnovbgbnaxdoy3uoq"},"PinErrorMsg":""}}
{"Stats":{"BlockCount":7,"BlockBytesCount":700359}}' ipfs dag import --enc=json --stats out.car
END

# spec: dag-commands.import-pins-last
check 'a truncated archive is an error and pins nothing' <<'END'
repo
head -c 5000 out.car > cut.car
fails_with 'Error: import failed after block "bafybeicl36jarlsnoldjgiqc4jpzg4mlu6pz6s3avh4g6fgdkcybajjife": unexpected EOF' ipfs dag import cut.car
is "$(ipfs pin ls --type=recursive | grep -c $root)" 0
END

# spec: dag-commands.import-checks, block.verify-on-import
check 'a block that does not match its CID is refused' <<'END'
repo
sed 's/a 000000000100/a 000000000999/' out.car > bent.car
fails_with 'Error: import failed after block "bafybeicl36jarlsnoldjgiqc4jpzg4mlu6pz6s3avh4g6fgdkcybajjife": mismatch in content integrity, expected: bafkreifo6oznd23iebcktjlh3acuyp3olkzddlkkxtaqrgsz6ojaoqhuda, got: bafkreie6sstmokbebhykh4ct6tl6qymdwbj2exbrzevs6av6xce46n2aaa' ipfs dag import bent.car
is "$(ipfs pin ls --type=recursive | grep -c $root)" 0
END

check 'no archive at all' <<'END'
: > empty.car
fails 'Error: EOF' ipfs dag import empty.car
echo garbage > garbage.car
fails 'Error: unexpected EOF' ipfs dag import garbage.car
fails 'Error: lstat absent.car: no such file or directory' ipfs dag import absent.car
printf '\377\377\377\377\377\377\377\377\177' > huge.car
fails 'Error: invalid header data, length of read beyond allowable maximum' ipfs dag import huge.car
END

check 'a root that the archive lacks is not pinned' <<'END'
repo
# Header {"roots": [CID of another block], "version": 1} and no block.
printf '\x3a\xa2\x65roots\x81\xd8\x2a\x58\x25\x00\x01\x55\x12\x20' > rootless.car
printf '%032d' 0 >> rootless.car
printf '\x67version\x01' >> rootless.car
rc=0
ipfs dag import rootless.car > out 2>&1 || rc=$?
is $rc 1
has "$(cat out)" bafkreibqga
END

check 'export of what is not there' <<'END'
fails_with 'Error: block was not found locally (offline): ipld: could not find bafyreiatnfo3oj7xlj4pfyjn7vityma2ved72zwkpeupxi3seeqjjl4vcy' ipfs dag export bafyreiatnfo3oj7xlj4pfyjn7vityma2ved72zwkpeupxi3seeqjjl4vcy
fails_with 'Error: invalid path "nonsense": path does not have enough components' ipfs dag export nonsense
END

# spec: dag-commands.stat-table, dag-commands.stat-unique
check 'stat of one graph and of several' <<'END'
ipfs dag import out.car > out
prints '
CID                                                        	Blocks         	Size
bafybeibpf4xypwx26nsucslosqk7qndbu23iw3vcinnovbgbnaxdoy3uoq	7              	700359

Summary
Total Size: 700359 (700 kB)
Unique Blocks: 7
Shared Size: 0 (0 B)
Ratio: 1.000000' ipfs dag stat -p=false $root
prints '
CID                                                        	Blocks         	Size
bafybeibpf4xypwx26nsucslosqk7qndbu23iw3vcinnovbgbnaxdoy3uoq	7              	700359
bafybeicy646zoav7ljamm2s5bj33dtbz24uk2eyl6sbhnchabxgp6k43ra	5              	700211

Summary
Total Size: 700359 (700 kB)
Unique Blocks: 7
Shared Size: 700211 (700 kB)
Ratio: 1.999789' ipfs dag stat -p=false $root $root/sub
prints '{"UniqueBlocks":7,"TotalSize":700359,"Ratio":1,"DagStats":[{"Cid":"bafybeibpf4xypwx26nsucslosqk7qndbu23iw3vcinnovbgbnaxdoy3uoq","Size":700359,"NumBlocks":7}]}' ipfs dag stat -p=false --enc=json $root
END

check 'duplicate blocks are exported once' <<'END'
is "$(grep -ac '^x$' out.car)" 0
END

# spec: dag-commands.export-missing
check '--local-only exports what is there' <<'END'
leaf=$(ipfs add -q --cid-version=1 --pin=false dir/x)
ipfs pin rm $root > out
ipfs block rm $leaf > out
fails_with $leaf ipfs dag export $root
ipfs dag export --local-only $root > partial.car
[ "$(size partial.car)" -lt "$(size out.car)" ]
repo
prints '' ipfs dag import --local-only --pin-roots=false partial.car
END

check 'version 2 archives' <<'END'
repo
length=$(printf '%016x' $(size out.car) | sed 's/\(..\)/\1 /g')
le=''
for byte in $length; do le="\\x$byte$le"; done
{
  printf '\x0a\xa1\x67version\x02'
  printf '\0%.0s' $(seq 16)
  printf '\x33\0\0\0\0\0\0\0'
  printf "$le"
  printf '\0%.0s' $(seq 8)
  cat out.car
} > v2.car
prints 'Pinned root	bafybeibpf4xypwx26nsucslosqk7qndbu23iw3vcinnovbgbnaxdoy3uoq	success' ipfs dag import v2.car
END

finish
