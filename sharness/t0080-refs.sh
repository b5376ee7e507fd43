#!/usr/bin/env bash
about='ipfs refs'
. "$(dirname "$0")/lib.sh"
repo
mkdir -p dir/sub
echo x > dir/x
cp dir/x dir/copy
echo y > dir/sub/y
gen a 600000 > dir/sub/mid
root=$(ipfs add -Q -r dir)

check 'refs lists the links' <<'END'
prints 'QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag
QmaFhT4T87HPmrDPd99EJkk2BiSuKZQpSZPJkb9nWXgBdh
QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag' ipfs refs $root
prints 'QmTFJyzCsVHkUKvoKgqDaLk7SA6kyjKWP3UQM1Um1Za8HU
QmQ789bHQKJRvmffGwzaeBNVjA4HVz5mM6ZXZehWek2i28' ipfs refs /ipfs/$root/sub
END

# spec: refs.order, refs.unique
check '-r goes down, -u shows each once' <<'END'
prints 'QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag
QmaFhT4T87HPmrDPd99EJkk2BiSuKZQpSZPJkb9nWXgBdh
QmTFJyzCsVHkUKvoKgqDaLk7SA6kyjKWP3UQM1Um1Za8HU
QmeAasi6Ar3z45WDT1FCrB5vKchsvMX1ykqL92g31BPFvL
QmYKBRrVfBo9zkqTkU7i9f8et3DzpwV4Aig8uraCj64ioy
QmSLBoJw3WWzcsiVundb6jmCLM8zt5kBJDfNgoSa1o3LHw
QmQ789bHQKJRvmffGwzaeBNVjA4HVz5mM6ZXZehWek2i28
QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag' ipfs refs -r $root
prints 'QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag
QmaFhT4T87HPmrDPd99EJkk2BiSuKZQpSZPJkb9nWXgBdh
QmTFJyzCsVHkUKvoKgqDaLk7SA6kyjKWP3UQM1Um1Za8HU
QmeAasi6Ar3z45WDT1FCrB5vKchsvMX1ykqL92g31BPFvL
QmYKBRrVfBo9zkqTkU7i9f8et3DzpwV4Aig8uraCj64ioy
QmSLBoJw3WWzcsiVundb6jmCLM8zt5kBJDfNgoSa1o3LHw
QmQ789bHQKJRvmffGwzaeBNVjA4HVz5mM6ZXZehWek2i28' ipfs refs -r -u $root
END

check '--max-depth' <<'END'
prints 'QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag
QmaFhT4T87HPmrDPd99EJkk2BiSuKZQpSZPJkb9nWXgBdh
QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag' ipfs refs -r --max-depth=1 $root
prints 'QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag
QmaFhT4T87HPmrDPd99EJkk2BiSuKZQpSZPJkb9nWXgBdh
QmTFJyzCsVHkUKvoKgqDaLk7SA6kyjKWP3UQM1Um1Za8HU
QmQ789bHQKJRvmffGwzaeBNVjA4HVz5mM6ZXZehWek2i28
QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag' ipfs refs -r --max-depth=2 $root
prints '' ipfs refs -r --max-depth=0 $root
END

check '--edges and --format' <<'END'
prints 'QmfFR6mzxJwMbmttDHYBBcqHKGQzNkgsVoy5LzWayq2r3f -> QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag
QmfFR6mzxJwMbmttDHYBBcqHKGQzNkgsVoy5LzWayq2r3f -> QmaFhT4T87HPmrDPd99EJkk2BiSuKZQpSZPJkb9nWXgBdh
QmfFR6mzxJwMbmttDHYBBcqHKGQzNkgsVoy5LzWayq2r3f -> QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag' ipfs refs -e $root
prints 'QmfFR6mzxJwMbmttDHYBBcqHKGQzNkgsVoy5LzWayq2r3f -> QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag: copy
QmfFR6mzxJwMbmttDHYBBcqHKGQzNkgsVoy5LzWayq2r3f -> QmaFhT4T87HPmrDPd99EJkk2BiSuKZQpSZPJkb9nWXgBdh: sub
QmaFhT4T87HPmrDPd99EJkk2BiSuKZQpSZPJkb9nWXgBdh -> QmTFJyzCsVHkUKvoKgqDaLk7SA6kyjKWP3UQM1Um1Za8HU: mid
QmTFJyzCsVHkUKvoKgqDaLk7SA6kyjKWP3UQM1Um1Za8HU -> QmeAasi6Ar3z45WDT1FCrB5vKchsvMX1ykqL92g31BPFvL: 
QmTFJyzCsVHkUKvoKgqDaLk7SA6kyjKWP3UQM1Um1Za8HU -> QmYKBRrVfBo9zkqTkU7i9f8et3DzpwV4Aig8uraCj64ioy: 
QmTFJyzCsVHkUKvoKgqDaLk7SA6kyjKWP3UQM1Um1Za8HU -> QmSLBoJw3WWzcsiVundb6jmCLM8zt5kBJDfNgoSa1o3LHw: 
QmaFhT4T87HPmrDPd99EJkk2BiSuKZQpSZPJkb9nWXgBdh -> QmQ789bHQKJRvmffGwzaeBNVjA4HVz5mM6ZXZehWek2i28: y
QmfFR6mzxJwMbmttDHYBBcqHKGQzNkgsVoy5LzWayq2r3f -> QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag: x' ipfs refs -r --format='<src> -> <dst>: <linkname>' $root
fails 'Error: using format argument with edges is not allowed' ipfs refs -e --format='<src>' $root
END

check '--enc=json' <<'END'
prints '{"Ref":"QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag","Err":""}
{"Ref":"QmaFhT4T87HPmrDPd99EJkk2BiSuKZQpSZPJkb9nWXgBdh","Err":""}
{"Ref":"QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag","Err":""}' ipfs refs --enc=json $root
END

# spec: refs.local-raw
check 'refs local lists every block' <<'END'
ipfs refs local > local
is "$(wc -l < local)" "$(find "$IPFS_PATH/blocks" -name '*.data' | wc -l)"
prints 'bafkreia2ibclf3vphdbm7u4arlnjubkgfn7ow2upnt5sglb3flyp5gtnhu
bafkreib3kbi7kiuowaneu762kg6atqoc3p5cmkoniaj5n5aafvjkicphoi
bafkreici5q46dvigbfhbtqijnvtrtctebppjufvj24fr7fw4atns4ulll4
bafkreiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354
bafkreiczugc67xox6eruunh2bf7c4hi5x7gcf5r4zevk5p6fue5hg6rxee
bafkreieugryu6vwv4s6orpl6fmjuf3llejnm5yus7rv6gh6hk5yqrhp5wa
bafkreifra5yborehaq57dsdfdesuvfpkctv4fi57lsk4fypphphv7xzeca
bafkreih3h5rmhz5toyxhfq735gqzncizptdqadzgtpfdwgggusqf3f4cmy
bafkreihle3mnzps72cz2kkzhoal2qfqqz5sxsapinxz5o4i542ua5dqzdu' sort local
END

check 'missing blocks' <<'END'
fails 'Error: block was not found locally (offline): ipld: could not find bafybeickizpzmvys3wcvvdj2srvvw6ne55g5x5tth2tbyetftentbwlmhe' ipfs refs bafybeickizpzmvys3wcvvdj2srvvw6ne55g5x5tth2tbyetftentbwlmhe
fails 'Error: invalid path "nonsense": path does not have enough components' ipfs refs nonsense
fails 'Error: no link named "none" under QmfFR6mzxJwMbmttDHYBBcqHKGQzNkgsVoy5LzWayq2r3f' ipfs refs $root/none
END

finish
