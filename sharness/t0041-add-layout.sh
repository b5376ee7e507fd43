#!/usr/bin/env bash
about='ipfs add: every choice of layout, by exact CID'
. "$(dirname "$0")/lib.sh"
repo
gen a 1000000 > mid
gen b 3000000 > big
gen c 262144 > exact
gen d 262145 > plus
gen e 30 > tiny
mkdir -p dir/sub
for name in x y z; do echo $name > dir/$name; echo $name > dir/sub/$name; done

# spec: unixfs.balanced
check 'defaults' <<'END'
prints Qmebd95C34Up94qnfRaRGBT7DuyMndTsrd1HQmSxYycenb ipfs add -q exact
prints QmZdtBrCREEMST1z1aNYmeTqQiMexKUkoairLcyBF13jwh ipfs add -q plus
prints QmUvdhi6TrGjiYkum1KCqdMbmdnyUdzC6MEEDrnJgNMcYG ipfs add -q mid
prints QmeLuSHVFSkB22riL78ycnW4QVjAss73J9aJ3TXbBrh6Tr ipfs add -q big
prints QmUapZgygm8LdU4RbaW174Kwz4ZXEubuTC9rwih76iM6jk ipfs add -Q -r dir
END

# spec: add.raw-leaves-default
check 'CID version 1' <<'END'
prints bafkreignthwrbmuuqnesrdsphqcvbruk7tthjnqfgyia66xto73eetug6e ipfs add -q --cid-version=1 exact
prints bafybeigujne7t5egud2j6pmejty5umu5wkryqmlgwtinbk5vnscmgeth5u ipfs add -q --cid-version=1 mid
prints bafybeiexgl5s2kp327fcvi4tspjr6qzlymd5aufmvekw72b5hc4drrgoty ipfs add -q --cid-version=1 --raw-leaves=false mid
prints QmcdMj9G6wEiE621YCToZ9yShnXj7fdYaKMd2P2Y99mgX6 ipfs add -q --raw-leaves mid
prints bafybeih624rlukc2oigsvdvurkts6755el4majq5fbwrk2sjqrwukt65ta ipfs add -Q --cid-version=1 -r dir
fails 'Error: unknown CID version: 2' ipfs add -q --cid-version=2 mid
END

check 'chunks of a fixed size' <<'END'
prints QmUiqTpUm8QUorTStyQzTsjCZkPHhux4bMEyWMCB9PD6HB ipfs add -q -s size-1000 mid
prints QmSZUAyrUWmwAYcSFenTmLxWGcToRvjY5HE1YAcq4RD5MT ipfs add -q --chunker=size-65536 big
prints Qmeyys6YzaHkq7R9A6FzHQfNSgfXUqh85oqUN1F5WyXEuc ipfs add -q -s size-1 tiny
prints QmSLc1HmLA5NgR2zwWmyMrwZiBi1b3DWoH9MQvTcqCWi3a ipfs add -q -s size-1048576 big
END

check 'chunks by content: rabin' <<'END'
prints Qme9RE4xy2BsLZkCwFVEZpNTGmCWMJ35R5TevuyysXKuYm ipfs add -q -s rabin big
prints QmXRXkeXt3BWSo3QFax21sJWZ7UtaVSdudJ2f6s3bftvyc ipfs add -q -s rabin-65536 big
prints QmUfLjL5sCV2aic5QHxZfTJ7t6fAP9nbvbKvQtbTxQJkdu ipfs add -q -s rabin-16384-65536-131072 big
END

check 'chunks by content: buzhash' <<'END'
prints QmX8U5nxXqFkffxesJwxoHfs7dtVarKfrgRYeRDAC6mGB1 ipfs add -q -s buzhash big
prints bafkreignthwrbmuuqnesrdsphqcvbruk7tthjnqfgyia66xto73eetug6e ipfs add -q -s buzhash --cid-version=1 exact
END

check 'chunkers that make no sense' <<'END'
fails 'Error: chunker size must be greater than 0' ipfs add -q -s size-0 mid
fails 'Error: strconv.Atoi: parsing "": invalid syntax' ipfs add -q -s size- mid
fails 'Error: chunker parameters may not exceed the maximum chunk size of 2096896' ipfs add -q -s size-100000000 mid
fails "Error: incorrect format (expected 'rabin' 'rabin-[avg]' or 'rabin-[min]-[avg]-[max]'" ipfs add -q -s rabin-1-2 mid
fails 'Error: rabin min must be greater than 16' ipfs add -q -s rabin-10-5-20 mid
fails 'Error: unrecognized chunker option: wat' ipfs add -q -s wat mid
END

check 'trickle layout' <<'END'
prints QmVo8bY5YAWhenkS3WfjWXpCS9SZQ5d5rRLe4DSV9bwyPk ipfs add -q --trickle mid
prints QmcErQwJF3hQcdggjwK4jbYPbHRTktbqcVoAdaCMrLa4Si ipfs add -q -t -s size-1000 mid
prints bafybeibia7drpffaqootcjldncid5irhtj3p4347jxfnijl7embbjsomta ipfs add -q -t --cid-version=1 exact
prints QmTG766NRD5WAEFdAfVVyP6WyeUFMVrJx6ZSRYhZAH3rrp ipfs add -q -t -s size-512 big
END

check 'deep balanced trees' <<'END'
prints QmbCBpAJP6Rk34wbxumxa9gEvpP64oyajtFfjdVHU6ZkCZ ipfs add -q -s size-256 big
prints bafybeiehxnl4tcv5ivjz4ebsjjuuhjclohzxb7jk2wpqu726i4whyliigm ipfs add -q -s size-256 --cid-version=1 big
END

check 'links per node' <<'END'
prints QmatQWj49zCBySR7NrkVeoVMZjzMHVnW75149oeXV1TiSL ipfs add -q -s size-1000 --max-file-links=3 mid
prints QmXnRNUssqMnSQbnifwVqJBEEq157yE8xyzk3oqdMUBaJ4 ipfs add -q -s size-1000 --max-file-links=3 -t mid
END

# spec: add.hash-implies-v1, add.insecure-hash
check 'other hashes' <<'END'
prints bafkrgqhm3t7dbt7xg42kyj7unsrizkskzevcg32k4akl5qr7jqvszyr5wnonkur4o2xh25efmq3yog7opvln4egfteqsgrisbor2k4eyxjiog ipfs add -q --hash=sha2-512 tiny
prints bafkrmiaq4zebrhzg4d4wm3cmzjb6yanwegdknees7kq6zqfaa3x7oy2oq4 ipfs add -q --hash=sha3-256 tiny
prints bafykbzacecrrzgc4ry4xwyhslzacwtoqglaflpt75gyfi34g6lfgucpe3pumi ipfs add -q --hash=blake2b-256 mid
prints bafyb4iee47uf6jcd5iz4jwkgqcrbfnbienjilb7vson6tzjrqk3ggterqi ipfs add -q --hash=blake3 mid
prints bafkrwidf722y6cjfojnfbumawfzbkxkwryqdfdsbx3roxo62jnhpgeqcz4 ipfs add -q --hash=keccak-256 tiny
prints bafkvmiew5zcnglt2rpnmqh7zmjcnk55yldi7dxci23at2oxt4z57wrznq4 ipfs add -q --hash=dbl-sha2-256 tiny
prints bafkrcfahqitdifw4jdcbdxss3cq3tvfezjmxpda ipfs add -q --hash=sha1 tiny
fails 'Error: unrecognized hash function: "wat"' ipfs add -q --hash=wat tiny
fails 'Error: potentially insecure hash functions not allowed' ipfs add -q --hash=murmur3-x64-64 tiny
fails 'Error: CIDv0 only supports sha2-256' ipfs add -q --hash=sha2-512 --cid-version=0 tiny
END

# spec: add.inline-limit
check 'identity hashes and inlining' <<'END'
prints bafkqahtfeaydambqgaydambqgaydactfeaydambqgaydambqgaydccq ipfs add -q --hash=identity tiny
prints QmStMuiQvaQf171EKSwgNsejnCpCRUimabLieu9dA7AhYj ipfs add -q --inline tiny
prints QmStMuiQvaQf171EKSwgNsejnCpCRUimabLieu9dA7AhYj ipfs add -q --inline --inline-limit=10 tiny
prints bafkqahtfeaydambqgaydambqgaydactfeaydambqgaydambqgaydccq ipfs add -q --inline --cid-version=1 tiny
prints QmWTkoEEGaxKNzsBxzxygnqYzai1X88WWwZZt4nHXauzo2 ipfs add -Q --inline -r dir
fails 'Error: inline-limit 129 exceeds maximum allowed size of 128 bytes' ipfs add -q --inline --inline-limit=129 tiny
fails 'Error: digest too large: identity digest got 262144 bytes, maximum 128' ipfs add -q --hash=identity mid
END

# spec: directory.grow
check 'directories become HAMTs when they grow' <<'END'
mkdir many
for n in $(seq 400); do echo $n > many/file-$n; done
prints QmTgqFeGjMFP7hQwSceeCW39kEbgTXLexTp6LY6mhPQSsc ipfs add -Q -r many
prints QmYufphnaSynqEegrEeWgRu18gZVUDwnWM1s1NZb53Bsk5 ipfs add -Q -r --max-directory-links=100 many
prints QmRqoF18E3NmfbANsBgfLj1a5SCGzzSA8R2YTdAB9Dyh9R ipfs add -Q -r --max-directory-links=100 --max-hamt-fanout=16 many
prints bafybeiew7spxvjfgqsiayikis5oxj5agc4rdidpjk3lnzrkttuy644hyum ipfs add -Q -r --max-directory-links=100 --cid-version=1 many
fails 'Error: HAMT fanout must be a power of 2, between 8 and 1024 (got 7)' ipfs add -Q -r --max-hamt-fanout=7 many
ipfs config Import.UnixFSHAMTDirectorySizeThreshold 10KiB
prints QmYufphnaSynqEegrEeWgRu18gZVUDwnWM1s1NZb53Bsk5 ipfs add -Q -r many
prints bafybeiew7spxvjfgqsiayikis5oxj5agc4rdidpjk3lnzrkttuy644hyum ipfs add -Q -r --cid-version=1 many
ipfs config Import.UnixFSHAMTDirectorySizeThreshold 256KiB
END

check 'profiles change the defaults' <<'END'
cp "$IPFS_PATH/config" before
ipfs config profile apply unixfs-v1-2025 > out
prints bafybeibeend6rsdnyzp722k6meljlvhdpi4lgzkgj5da3aympcxuwbr2mq ipfs add -q big
prints bafybeigqhrh2a6cdfgobsltkya2vqwp7fskztgn5pn6vz2iehwledxlt2e ipfs add -Q -r many
prints bafkreia6dyuheajrq5i53pnwarttznhla2tlkgwrjk3j3akbwgaxxckzxq ipfs add -q tiny
ipfs config profile apply unixfs-v0-2015 > out
prints QmeLuSHVFSkB22riL78ycnW4QVjAss73J9aJ3TXbBrh6Tr ipfs add -q big
prints QmTgqFeGjMFP7hQwSceeCW39kEbgTXLexTp6LY6mhPQSsc ipfs add -Q -r many
cp before "$IPFS_PATH/config"
END

check 'config values are the defaults, options win' <<'END'
ipfs config Import.UnixFSChunker size-1000
ipfs config --json Import.CidVersion 1
ipfs config --bool Import.UnixFSRawLeaves false
prints bafybeiby6sqjd3d2uhweq75vku7mq5s4egvcy6jcympuc7otirnslysqje ipfs add -q mid
prints bafybeify4dvic4mhh6b23kfmez7it75a4oec6nvnoxw6lfdadfs5l5un6y ipfs add -q --raw-leaves mid
prints QmUvdhi6TrGjiYkum1KCqdMbmdnyUdzC6MEEDrnJgNMcYG ipfs add -q --cid-version=0 -s size-262144 mid
cp before "$IPFS_PATH/config"
END

# spec: add.preserve
check 'mode and time' <<'END'
echo data > meta
chmod 640 meta
touch -d '2020-02-03 04:05:06.789 UTC' meta
prints QmYjY2ve6ow53x4RBUPct6T39zftodtuXrtrvDejqBX9qf ipfs add -q --preserve-mode meta
prints QmaWFSwRGXjKxytnxf97nVadpqq6xsEfpvCvkaqXYNTpn5 ipfs add -q --preserve-mtime meta
prints QmWj7q1cA3uZ5fFxWiK1VCjkuCg2vFgg6vbyADj8GxF9wU ipfs add -q --preserve-mode --preserve-mtime meta
prints QmRsxmMXUVvSWCn5s8QrQ7eC2m2gxQGxbBUc3PLJYr8Pf4 ipfs add -q --mode=0755 meta
prints QmaDyXgAEUFpAgqsPviLVzLQ2hYpB8gaqUdcPcSThXB1jZ ipfs add -q --mtime=1000 meta
prints QmeSRMnjjq5hCfDGqwQH5veftzqoDdmxZmYYkQcTg368Ut ipfs add -q --mtime=1000 --mtime-nsecs=7 meta
fails 'Error: option "mtime-nsecs" requires "mtime" to be provided as well' ipfs add -q --mtime-nsecs=7 meta
fails 'Error: strconv.ParseUint: parsing "0999": invalid syntax' ipfs add -q --mode=0999 meta
mkdir metadir
cp -p meta metadir/
chmod 750 metadir
touch -d '2021-01-01 UTC' metadir
prints QmPztXj7GfFNvvsxPTvZqvJuiNisaTfjqs9ewdBnk4HrNh ipfs add -Q -r --preserve-mode --preserve-mtime metadir
END

finish
