#!/usr/bin/env bash
about='ipfs cat'
. "$(dirname "$0")/lib.sh"
repo
echo 'hello world' > hello
gen a 700000 > mid
mkdir dir
cp hello mid dir
root=$(ipfs add -Q -r dir)
file=$(ipfs add -q mid)

check 'whole files, by CID and by path' <<'END'
ipfs cat $file > out
same out mid
prints 'hello world' ipfs cat $root/hello
prints 'hello world' ipfs cat /ipfs/$root/hello
prints 'hello world' ipfs cat ipfs://$root/hello
ipfs cat $root/hello $file > out
cat hello mid | cmp - out
END

check 'paths from standard input' <<'END'
echo /ipfs/$root/hello > paths
is "$(ipfs cat < paths)" 'hello world'
END

check '--offset and --length' <<'END'
prints world ipfs cat -o 6 -l 5 $root/hello
ipfs cat --offset=262140 --length=10 $file > out
slice mid 262140 10 | cmp - out
ipfs cat -o 600000 $file > out
slice mid 600000 100000 | cmp - out
prints '' ipfs cat -l 0 $file
prints '' ipfs cat -o 700000 $file
prints '' ipfs cat -o 9000000 $file
ipfs cat -o 699999 -l 100 $file > out
is "$(size out)" 1
END

# spec: cat.range-over-all
check 'offset and length over several files' <<'END'
ipfs cat -o 11 -l 4 $root/hello $file > out
cat hello mid > both
slice both 11 4 | cmp - out
END

check 'negative offsets and lengths are refused' <<'END'
fails 'Error: cannot specify negative offset' ipfs cat --offset=-1 $file
fails 'Error: cannot specify negative length' ipfs cat --length=-1 $file
END

check 'all layouts read back' <<'END'
for options in '-t' '-s size-1000' '-s rabin' '-s buzhash' '--cid-version=1' '--inline' \
  '--hash=blake3' '-t -s size-1000 --raw-leaves' '--hash=sha2-512'; do
  ipfs cat "$(ipfs add -q $options mid)" | cmp - mid
done
END

check 'seeking in a trickle tree' <<'END'
cid=$(ipfs add -q -t -s size-1000 mid)
for offset in 0 1 999 1000 174000 350001 699990; do
  ipfs cat -o $offset -l 2500 $cid > out
  slice mid $offset 2500 | cmp - out
done
END

# spec: cat.directory
check 'directories and other things are refused' <<'END'
fails 'Error: this dag node is a directory' ipfs cat $root
fails 'Error: no link named "absent" under QmcgArmnQkFiTr2VukwJAV3jfpVCyRyG7hDGpLzNyzJaLP' ipfs cat $root/absent
exits 1 ipfs cat $root/hello/below
fails 'Error: invalid path "nonsense": path does not have enough components' ipfs cat nonsense
fails 'Error: invalid path "/ipfs/nonsense": invalid cid: selected encoding not supported' ipfs cat /ipfs/nonsense
fails 'Error: invalid path "": path does not have enough components' ipfs cat ''
node=$(echo '{"a": 1}' | ipfs dag put)
fails 'Error: unknown node type' ipfs cat $node
END

check 'a missing block is named' <<'END'
fails 'Error: block was not found locally (offline): ipld: could not find bafkreihqnhjhhqvfrgxoabmt6dptyvqqts36a23eidqxx3ryoy4oh7jziy' ipfs cat bafkreihqnhjhhqvfrgxoabmt6dptyvqqts36a23eidqxx3ryoy4oh7jziy
fails 'Error: block was not found locally (offline): ipld: could not find bafkreihqnhjhhqvfrgxoabmt6dptyvqqts36a23eidqxx3ryoy4oh7jziy' ipfs --offline cat bafkreihqnhjhhqvfrgxoabmt6dptyvqqts36a23eidqxx3ryoy4oh7jziy
END

check 'identity CIDs need no block' <<'END'
prints 'hello' ipfs cat bafkqablimvwgy3y
END

check 'a corrupt block is reported' <<'END'
echo precious > precious
cid=$(ipfs add -q --raw-leaves precious)
block=$(grep -rl precious "$IPFS_PATH/blocks")
echo corrupt! > "$block"
ipfs config --bool Datastore.HashOnRead true
fails_with 'Error: block in storage has different hash than requested' ipfs cat $cid
ipfs config --bool Datastore.HashOnRead false
END

check '--progress is silent on the answer' <<'END'
prints 'hello world' ipfs cat -p $root/hello
END

finish
