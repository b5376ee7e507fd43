//! Hashing, chunking, dag-pb, and directories as tries.

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ipfs_data::block::MemoryStore;
use ipfs_data::chunker::Chunker;
use ipfs_data::cid::{Cid, codec, hash};
use ipfs_data::unixfs::builder::CidBuilder;
use ipfs_data::unixfs::hamt::Hamt;
use ipfs_data::{dag_pb, multihash};
use std::hint::black_box;

/// Bytes that no chunker finds boring.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (state >> 33) as u8
    };
    (0..bytes).map(|_| next()).collect()
}

fn cid(number: u64) -> Cid {
    CidBuilder::V1.cid(codec::RAW, &number.to_le_bytes()).expect("cid")
}

fn hashing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hash");
    for bytes in [64, 4096, 256 * 1024] {
        let data = noise(bytes);
        group.throughput(Throughput::Bytes(bytes as u64));
        for name in ["sha2-256", "blake3", "blake2b-256"] {
            let code = multihash::code(name).expect("known");
            group.bench_with_input(BenchmarkId::new(name, bytes), &data, |bencher, data| {
                bencher.iter(|| multihash::sum(code, black_box(data), None));
            });
        }
    }
}

fn chunking(criterion: &mut Criterion) {
    let data = noise(16 << 20);
    let mut group = criterion.benchmark_group("chunk");
    group.throughput(Throughput::Bytes(data.len() as u64)).sample_size(10);
    let rabin = Chunker::Rabin { min: 87_381, avg: 262_144, max: 393_216 };
    let chunkers =
        [("size", Chunker::Size(262_144)), ("rabin", rabin), ("buzhash", Chunker::Buzhash)];
    for (name, chunker) in chunkers {
        group.bench_function(name, |bencher| {
            bencher.iter(|| chunker.chunks(black_box(&data[..])).count());
        });
    }
}

fn dag_pb_nodes(criterion: &mut Criterion) {
    let mut node = dag_pb::Node::with_data(&b"\x08\x02"[..]);
    for number in 0..174 {
        node.links.push(dag_pb::Link::new(cid(number), Bytes::new(), 262_158));
    }
    let block = Bytes::from(dag_pb::encode(&node));
    let mut group = criterion.benchmark_group("dag-pb, 174 links");
    group.throughput(Throughput::Bytes(block.len() as u64));
    group.bench_function("encode", |bencher| bencher.iter(|| dag_pb::encode(black_box(&node))));
    group.bench_function("decode", |bencher| bencher.iter(|| dag_pb::decode(black_box(&block))));
    group.bench_function("links only", |bencher| {
        bencher.iter(|| {
            let mut count = 0;
            dag_pb::for_each_link(black_box(&block), |_| count += 1).expect("valid");
            count
        });
    });
}

fn hamt(criterion: &mut Criterion) {
    const ENTRIES: u64 = 10_000;
    let links: Vec<dag_pb::Link> = (0..ENTRIES)
        .map(|number| dag_pb::Link::new(cid(number), format!("file-{number:05}"), 100))
        .collect();
    let fill = |store: &MemoryStore| {
        let mut trie = Hamt::new(256, CidBuilder::V1).expect("fanout");
        for link in &links {
            trie.insert(store, link.clone()).expect("insert");
        }
        trie
    };
    let mut group = criterion.benchmark_group("hamt, 10,000 entries");
    group.throughput(Throughput::Elements(ENTRIES)).sample_size(10);
    group.bench_function("insert", |bencher| bencher.iter(|| fill(&MemoryStore::new())));
    group.bench_function("insert and save", |bencher| {
        bencher.iter(|| {
            let store = MemoryStore::new();
            fill(&store).save(&store).expect("save")
        });
    });
    let store = MemoryStore::new();
    let mut trie = fill(&store);
    group.bench_function("find", |bencher| {
        bencher.iter(|| {
            links
                .iter()
                .filter(|link| matches!(trie.find(&store, link.name()), Ok(Some(_))))
                .count()
        });
    });
}

fn sha2_is_known(criterion: &mut Criterion) {
    let data = noise(4096);
    criterion.bench_function("cid of a 4 KiB block", |bencher| {
        bencher.iter(|| {
            let digest = multihash::sum(hash::SHA2_256, black_box(&data), None).expect("known");
            Cid::new_v1(codec::RAW, digest)
        });
    });
}

criterion_group!(benches, hashing, sha2_is_known, chunking, dag_pb_nodes, hamt);
criterion_main!(benches);
