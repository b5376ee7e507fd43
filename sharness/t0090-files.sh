#!/usr/bin/env bash
about='ipfs files'
. "$(dirname "$0")/lib.sh"
repo
echo 'hello world' > hello

check 'an empty tree' <<'END'
prints '' ipfs files ls
prints 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn
Size: 0
CumulativeSize: 4
ChildBlocks: 0
Type: directory
Mode: not set (not set)
Mtime: not set' ipfs files stat /
prints QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn ipfs files stat --hash /
END

# spec: mfs.mkdir
check 'mkdir' <<'END'
prints '' ipfs files mkdir /a
prints a ipfs files ls
fails 'Error: file already exists' ipfs files mkdir /a
fails 'Error: file does not exist' ipfs files mkdir /x/y/z
prints '' ipfs files mkdir -p /x/y/z
prints '' ipfs files mkdir -p /x/y/z
fails 'Error: paths must start with a leading slash' ipfs files mkdir relative
fails "Error: cannot create directory '/': Already exists" ipfs files mkdir /
END

check 'write and read' <<'END'
prints '' ipfs files write --create /a/hello hello
prints 'hello world' ipfs files read /a/hello
fails 'Error: file does not exist' ipfs files write /a/none hello
fails 'Error: file does not exist' ipfs files write --create /none/deep hello
prints '' ipfs files write --create --parents /p/q/r hello
prints 'hello world' ipfs files read /p/q/r
END

check 'write at offsets' <<'END'
echo -n HELLO | ipfs files write /a/hello
prints 'HELLO world' ipfs files read /a/hello
echo -n WORLD | ipfs files write -o 6 /a/hello
prints 'HELLO WORLD' ipfs files read /a/hello
echo -n xyz | ipfs files write -o 20 /a/hello
is "$(ipfs files read /a/hello | od -An -c | tr -d ' \n')" 'HELLOWORLD\n\0\0\0\0\0\0\0\0xyz'
echo -n short | ipfs files write --truncate /a/hello
prints short ipfs files read /a/hello
echo -n abcdef | ipfs files write --truncate --count=3 /a/hello
prints abc ipfs files read /a/hello
fails 'Error: cannot have negative write offset' ipfs files write -o -1 /a/hello hello
fails 'Error: cannot have negative byte count' ipfs files write --count=-1 /a/hello hello
END

check 'read of a part' <<'END'
ipfs files write --create --truncate /a/hello hello
prints world ipfs files read -o 6 -n 5 /a/hello
prints '' ipfs files read -o 12 /a/hello
fails 'Error: offset was past end of file (100 > 12)' ipfs files read -o 100 /a/hello
fails 'Error: cannot specify negative offset' ipfs files read -o -1 /a/hello
fails "Error: cannot specify negative 'count'" ipfs files read -n -1 /a/hello
fails 'Error: /a was not a file' ipfs files read /a
fails 'Error: /none: file does not exist' ipfs files read /none
END

check 'a big file in pieces is the file' <<'END'
gen a 700000 > mid
slice mid 0 300000 | ipfs files write --create /mid
slice mid 300000 300000 | ipfs files write -o 300000 /mid
slice mid 600000 100000 | ipfs files write -o 600000 /mid
ipfs files read /mid | cmp - mid
prints QmdpzMpU9tYoU8ptFuBTBm2GhARw8RxWMk5w6xmihdjfbx ipfs files stat --hash /mid
END

check 'ls' <<'END'
prints 'a/	QmZjFopKrcXd7CZ9ykqjwhLztRDeFFPdvGFwy6x8zJHxfh	0
mid	QmdpzMpU9tYoU8ptFuBTBm2GhARw8RxWMk5w6xmihdjfbx	700000
p/	QmW5JmG2jLZHMYZaQYnVtkYrzjzuync9J5vK4JfWEFvfXb	0
x/	QmZYb61AMYwB55EWjYjZJHNgo5H826cnKi55YbU3R2UFQa	0' ipfs files ls -l /
prints 'hello	QmQz3sLXjmqXbVdfg94qpsDunNpE5egFq5k5vdFcb1mu1u	12' ipfs files ls --long /a
prints 'a
mid
p
x' ipfs files ls -U /
prints hello ipfs files ls /a/hello
prints 'hello	QmQz3sLXjmqXbVdfg94qpsDunNpE5egFq5k5vdFcb1mu1u	12' ipfs files ls -l /a/hello
prints '{"Entries":[{"Name":"a","Type":0,"Size":0,"Hash":""},{"Name":"mid","Type":0,"Size":0,"Hash":""},{"Name":"p","Type":0,"Size":0,"Hash":""},{"Name":"x","Type":0,"Size":0,"Hash":""}]}' ipfs files ls --enc=json /
prints '{"Entries":[{"Name":"a","Type":1,"Size":0,"Hash":"QmZjFopKrcXd7CZ9ykqjwhLztRDeFFPdvGFwy6x8zJHxfh"},{"Name":"mid","Type":0,"Size":700000,"Hash":"QmdpzMpU9tYoU8ptFuBTBm2GhARw8RxWMk5w6xmihdjfbx"},{"Name":"p","Type":1,"Size":0,"Hash":"QmW5JmG2jLZHMYZaQYnVtkYrzjzuync9J5vK4JfWEFvfXb"},{"Name":"x","Type":1,"Size":0,"Hash":"QmZYb61AMYwB55EWjYjZJHNgo5H826cnKi55YbU3R2UFQa"}]}' ipfs files ls --enc=json -l /
fails 'Error: file does not exist' ipfs files ls /none
END

check 'stat' <<'END'
prints 'QmQz3sLXjmqXbVdfg94qpsDunNpE5egFq5k5vdFcb1mu1u
Size: 12
CumulativeSize: 226
ChildBlocks: 4
Type: file
Mode: not set (not set)
Mtime: not set' ipfs files stat /a/hello
prints 226 ipfs files stat --size /a/hello
prints 'QmdpzMpU9tYoU8ptFuBTBm2GhARw8RxWMk5w6xmihdjfbx 700000 700318 file 5' ipfs files stat --format='<hash> <size> <cumulsize> <type> <childs>' /mid
prints '{"Hash":"QmQz3sLXjmqXbVdfg94qpsDunNpE5egFq5k5vdFcb1mu1u","Size":12,"CumulativeSize":226,"Blocks":4,"Type":"file"}' ipfs files stat --enc=json /a/hello
prints 'QmdpzMpU9tYoU8ptFuBTBm2GhARw8RxWMk5w6xmihdjfbx
Size: 700000
CumulativeSize: 700318
ChildBlocks: 5
Type: file
Mode: not set (not set)
Mtime: not set
Local: 700 kB of 700 kB (100.00%)' ipfs files stat --with-local /mid
prints 'bafybeifjhmcruzecdchifjtcbo3buyusqisgfla2dnmtq2oo3hcv452g6a
Size: 0
CumulativeSize: 278
ChildBlocks: 1
Type: directory
Mode: not set (not set)
Mtime: not set' ipfs files stat --cid-base=base32 /a
fails 'Error: invalid parameters: format was set by multiple options. Only one format option is allowed' ipfs files stat --hash --size /a
fails 'Error: file does not exist' ipfs files stat /none
END

check 'stat of an IPFS path' <<'END'
cid=$(ipfs add -q hello)
prints 'QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o
Size: 12
CumulativeSize: 20
ChildBlocks: 0
Type: file
Mode: not set (not set)
Mtime: not set' ipfs files stat /ipfs/$cid
END

check 'cp' <<'END'
prints '' ipfs files cp /a/hello /copy
prints 'hello world' ipfs files read /copy
cid=$(ipfs add -q hello)
prints '' ipfs files cp /ipfs/$cid /from-ipfs
fails 'Error: cp: cannot put node in path /from-ipfs: directory already has entry by that name' ipfs files cp /ipfs/$cid /from-ipfs
prints '' ipfs files cp --force /ipfs/$cid /from-ipfs
prints '' ipfs files cp /ipfs/$cid /a/
fails 'Error: cp: cannot put node in path /none/deep: file does not exist' ipfs files cp /ipfs/$cid /none/deep
prints '' ipfs files cp -p /ipfs/$cid /new/deep/one
fails 'Error: cp: cannot get node from path /none: file does not exist' ipfs files cp /none /other
prints '' ipfs files cp /a /a-copy
is "$(ipfs files stat --hash /a)" "$(ipfs files stat --hash /a-copy)"
END

# spec: mfs.mv
check 'mv' <<'END'
prints '' ipfs files mv /copy /moved
fails 'Error: file does not exist' ipfs files stat /copy
prints 'hello world' ipfs files read /moved
prints '' ipfs files mv /moved /x/y
prints 'hello world' ipfs files read /x/y/moved
fails 'Error: file does not exist' ipfs files mv /none /there
prints '' ipfs files mv /x/y/moved /moved
fails_with 'Error: file does not exist' ipfs files mv / /inside
END

check 'rm' <<'END'
prints '' ipfs files rm /moved
fails "Error: can't remove some files" ipfs files rm /moved
fails "Error: can't remove some files" ipfs files rm /x
prints '' ipfs files rm -r /x
prints '' ipfs files rm --force /none
prints '' ipfs files rm -r --force /new
fails "Error: can't remove some files" ipfs files rm /
fails "Error: can't remove some files" ipfs files rm -r /a /none
END

check 'flush prints the CID' <<'END'
ipfs files mkdir -p /a
prints '{"Cid":"QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"}' ipfs files flush /a
prints '{"Cid":"QmV8YpJcpVeLXikKiqDojhrcYZRPsSs6a2nKKZ8jJQQLmd"}' ipfs files flush
prints '{"Cid":"QmdpzMpU9tYoU8ptFuBTBm2GhARw8RxWMk5w6xmihdjfbx"}' ipfs files flush --enc=json /mid
END

# spec: files-command.builder
check 'CID versions and hashes' <<'END'
prints '' ipfs files mkdir --cid-version=1 /v1
prints bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354 ipfs files stat --hash /v1
ipfs files write --create --cid-version=1 /v1/hello hello
prints bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4 ipfs files stat --hash /v1/hello
ipfs files write --create --cid-version=1 --raw-leaves=false /v1/wrapped hello
prints bafybeiczccu3jnfkkjd2lqtzels25zjcprpi6gonmzdjwcskcpv7fpel3m ipfs files stat --hash /v1/wrapped
ipfs files write --create --hash=blake2b-256 /v1/blake hello
prints bafk2bzaceddrwbp5duohx57jfd7rrzmnwumt5eywifwme25jzsijjwua24ar4 ipfs files stat --hash /v1/blake
ipfs files write --create --raw-leaves /raw hello
prints bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4 ipfs files stat --hash /raw
prints '' ipfs files chcid --cid-version=1 /a
prints bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354 ipfs files stat --hash /a
fails 'Error: unknown CID version: 7' ipfs files chcid --cid-version=7 /a
fails 'Error: unrecognized hash function: "wat"' ipfs files chcid --hash=wat /a
END

check 'mode and time' <<'END'
prints '' ipfs files chmod 0640 /raw
prints '-rw-r----- 0640' ipfs files stat --format='<mode> <mode-octal>' /raw
prints '' ipfs files touch --mtime=1000 --mtime-nsecs=7 /raw
prints '1 Jan 1970, 00:16:40 UTC 1000 7' ipfs files stat --format='<mtime> <mtime-secs> <mtime-nsecs>' /raw
prints QmRq9XMhyvX3kwmyJBU6sfJtokfzLWgi2yBpmjZX7goGCt ipfs files stat --hash /raw
prints 'QmRq9XMhyvX3kwmyJBU6sfJtokfzLWgi2yBpmjZX7goGCt
Size: 12
CumulativeSize: 33
ChildBlocks: 0
Type: file
Mode: -rw-r----- (0640)
Mtime: 1 Jan 1970, 00:16:40 UTC' ipfs files stat /raw
prints '' ipfs files chmod 0700 /v1
prints '' ipfs files touch --mtime=2000 /v1
prints bafybeif7ttnyseqpsbj7cw4m75srm7yijbqypisgu33zl4jz6ofb7uk6ne ipfs files stat --hash /v1
fails 'Error: strconv.ParseInt: parsing "0999": invalid syntax' ipfs files chmod 0999 /raw
fails 'Error: file does not exist' ipfs files chmod 0640 /none
END

# spec: mfs.blocks-before-root
check 'the tree survives in the repo, as one root' <<'END'
ipfs files stat --hash / > root
ipfs repo gc > out
prints "$(cat root)" ipfs files stat --hash /
ipfs ls "$(cat root)" > out
END

check '--flush=false is written when asked' <<'END'
ipfs files --flush=false write --create /lazy hello > out 2>&1 || true
ipfs files flush / > out
prints 'hello world' ipfs files read /lazy
END

check 'a directory grows into a HAMT and shrinks back' <<'END'
ipfs files mkdir /h
ipfs config --json Import.UnixFSDirectoryMaxLinks 8
for n in 1 2 3 4 5 6 7 8 9 10; do echo $n | ipfs files write --create /h/$n; done
prints QmURC3cX9mbRNCWt7XxskjEhdempqncwgGiFStU5mzEotQ ipfs files stat --hash /h
is "$(ipfs files ls /h | sort | tr '\n' ' ')" '1 10 2 3 4 5 6 7 8 9 '
for n in 1 2 3; do ipfs files rm /h/$n; done
prints QmSHiHyPtSr4exZ17svdaHTjAhGTRGiDWYJWPyQmHR2NtE ipfs files stat --hash /h
ipfs config --json Import.UnixFSDirectoryMaxLinks null
END

check 'odd names' <<'END'
ipfs files mkdir '/a b'
echo x | ipfs files write --create '/a b/é?#%25'
prints 'é?#%25' ipfs files ls '/a b'
prints x ipfs files read '/a b/é?#%25'
prints x ipfs files read '/a b/./../a b/é?#%25'
END

check 'chroot replaces the tree' <<'END'
mkdir tree
cp hello tree/
cid=$(ipfs add -Q -r tree)
fails_with 'Error: this is a potentially destructive operation; pass --confirm to proceed' ipfs files chroot $cid
prints 'MFS root changed from QmSfb5ZpVKVCDU5N3vLrsxXXcDq8LZWs1epEcU1t6buVtJ to QmYRMUVULBfj7WrdPESnwnyZmtayN6Sdrwh1nKcQ9QgQeZ
The old root QmSfb5ZpVKVCDU5N3vLrsxXXcDq8LZWs1epEcU1t6buVtJ will be garbage collected unless pinned.' ipfs files chroot --confirm $cid
prints hello ipfs files ls
prints 'MFS root changed from QmYRMUVULBfj7WrdPESnwnyZmtayN6Sdrwh1nKcQ9QgQeZ to QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn
The old root QmYRMUVULBfj7WrdPESnwnyZmtayN6Sdrwh1nKcQ9QgQeZ will be garbage collected unless pinned.' ipfs files chroot --confirm
prints '' ipfs files ls
END

finish
