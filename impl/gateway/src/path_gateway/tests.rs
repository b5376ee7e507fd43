use crate::Response;
use crate::config::Config;
use crate::gateway::{Content, Gateway};
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, LOCATION,
};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use ipfs_data::block::{self, MemoryStore, Sink, Source};
use ipfs_data::cid::Cid;
use ipfs_data::dag_pb::{self, Link};
use ipfs_data::unixfs::directory::{Directory, Options as DirectoryOptions};
use ipfs_data::unixfs::{CidBuilder, Kind, Mtime, Node, build, symlink};
use ipfs_node::{dns, names};
use ipfs_repo::datastore::Memory;
use std::sync::Arc;

const PAGE: &str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";

/// A gateway over blocks in memory, with names that have fixed values.
struct Served {
    store: Arc<MemoryStore>,
    gateway: Arc<Gateway>,
}

/// A source that never answers in time.
struct Stuck;

impl Source for Stuck {
    fn get(&self, _: &Cid) -> Result<Bytes, block::Error> {
        std::thread::sleep(std::time::Duration::from_millis(200));
        Err(block::Error::Cancelled)
    }

    fn has(&self, _: &Cid) -> Result<bool, block::Error> {
        Ok(false)
    }
}

fn gateway(config: Config, blocks: Arc<dyn Source>, fixed: &str) -> Arc<Gateway> {
    let servers = dns::Servers::Fixed(Vec::new());
    let settings = names::Settings {
        denylists: Default::default(),
        fixed: names::FixedNames::parse(fixed).expect("names"),
        records: names::Records::Stored(Arc::new(Memory::new()), Arc::default()),
        dns: Arc::new(dns::Resolver::new(dns::Settings {
            servers,
            ..dns::Settings::system(dns::Rules::default())
        })),
        cache_entries: 2,
        ttl_max: None,
    };
    let content = Content {
        router: None,
        local: blocks.clone(),
        blocks,
        names: Arc::new(names::Resolver::new(settings)),
        denylists: Default::default(),
        version: "Commit: x\n".into(),
        fetch: None,
    };
    Arc::new(Gateway::new(config, content))
}

fn served(config: Config, fixed: &str) -> Served {
    let store = Arc::new(MemoryStore::new());
    Served { gateway: gateway(config, store.clone(), fixed), store }
}

fn ask(gateway: &Arc<Gateway>, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:8080");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(ipfs_node::http::empty()).expect("a request");
    runtime().block_on(gateway.handle(request))
}

fn runtime() -> tokio::runtime::Runtime {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(1).enable_all().build().expect("a runtime")
}

fn text(response: Response) -> String {
    let bytes = runtime().block_on(response.into_body().collect()).expect("a body").to_bytes();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn header(response: &Response, name: impl http::header::AsHeaderName) -> String {
    response
        .headers()
        .get(name)
        .map_or_else(String::new, |value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

impl Served {
    fn get(&self, path: &str) -> Response {
        ask(&self.gateway, "GET", path, &[])
    }

    fn with(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        ask(&self.gateway, "GET", path, headers)
    }

    fn file(&self, content: &[u8], chunk: usize) -> Link {
        let chunks: Vec<_> = content
            .chunks(chunk)
            .map(|chunk| Ok::<_, ipfs_data::unixfs::Error>(Bytes::copy_from_slice(chunk)))
            .collect();
        let options = build::Options { raw_leaves: true, ..build::Options::default() };
        let part = build::file(&options, self.store.as_ref(), chunks.into_iter()).expect("builds");
        Link::new(part.cid, "", part.tsize)
    }

    fn directory(&self, entries: Vec<(&str, Link)>) -> Link {
        let mut node = dag_pb::Node::with_data(Node::new(Kind::Directory).encode());
        for (name, link) in entries {
            node.links.push(Link { name: Some(Bytes::copy_from_slice(name.as_bytes())), ..link });
        }
        node.sort_links();
        self.node(&node)
    }

    fn node(&self, node: &dag_pb::Node) -> Link {
        let (cid, data) = CidBuilder::V0.node(node).expect("sha2-256 is there");
        let bytes = data.len() as u64;
        self.store.put(block::Block { cid, data }).expect("memory takes all");
        Link::new(cid, "", bytes)
    }
}

#[test]
fn a_file_in_a_directory() {
    let served = served(Config::default(), "");
    let file = served.file(b"hello gateway", 100);
    let root = served.directory(vec![("a b.txt", file.clone())]);
    let answer = served.get(&format!("/ipfs/{}/a%20b.txt", root.cid));
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(header(&answer, ETAG), format!("\"{}\"", file.cid));
    assert_eq!(header(&answer, CONTENT_TYPE), "text/plain; charset=utf-8");
    assert_eq!(header(&answer, "x-ipfs-path"), format!("/ipfs/{}/a b.txt", root.cid));
    assert_eq!(header(&answer, "x-ipfs-roots"), format!("{},{}", root.cid, file.cid));
    assert_eq!(header(&answer, CACHE_CONTROL), "public, max-age=29030400, immutable");
    assert_eq!(header(&answer, "access-control-allow-origin"), "*");
    assert_eq!(text(answer), "hello gateway");
    let named = served.get(&format!("/ipfs/{}?filename=%C3%BC.png&download=true", file.cid));
    let wanted = "attachment; filename=\"_.png\"; filename*=UTF-8''%C3%BC.png";
    assert_eq!(header(&named, CONTENT_DISPOSITION), wanted);
    assert_eq!(header(&named, CONTENT_TYPE), "image/png");
}

#[test]
fn head_is_get_without_body() {
    let served = served(Config::default(), "");
    let file = served.file(&[7; 1000], 100);
    let root = served.directory(vec![("f", file)]);
    for path in [format!("/ipfs/{}/f", root.cid), format!("/ipfs/{}/", root.cid)] {
        let get = served.get(&path);
        let head = ask(&served.gateway, "HEAD", &path, &[]);
        assert_eq!(head.status(), get.status());
        let same = [ETAG, CONTENT_TYPE, CACHE_CONTROL];
        same.iter().for_each(|name| assert_eq!(header(&head, name), header(&get, name), "{name}"));
        assert_eq!(text(head), "");
    }
}

#[test]
fn parts_of_a_file_in_many_blocks() {
    let served = served(Config::default(), "");
    let content: Vec<u8> = (0..1000u32).map(|n| (n % 251) as u8).collect();
    let path = format!("/ipfs/{}", served.file(&content, 64).cid);
    let one = served.with(&path, &[("range", "bytes=60-70")]);
    assert_eq!(one.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(header(&one, CONTENT_RANGE), "bytes 60-70/1000");
    let body = runtime().block_on(one.into_body().collect()).expect("a body").to_bytes();
    assert_eq!(body, content[60..=70]);
    let two = served.with(&path, &[("range", "bytes=0-1,-2")]);
    assert_eq!(two.status(), StatusCode::PARTIAL_CONTENT);
    let kind = header(&two, CONTENT_TYPE);
    let boundary = kind.strip_prefix("multipart/byteranges; boundary=").expect("parts");
    let length: usize = header(&two, CONTENT_LENGTH).parse().expect("a length");
    let body = text(two);
    assert_eq!(body.matches(&format!("--{boundary}")).count(), 3, "{body}");
    assert!(body.contains("Content-Range: bytes 998-999/1000\r\n"), "{body}");
    assert!(length > 200);
    let beyond = served.with(&path, &[("range", "bytes=1000-")]);
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(header(&beyond, CONTENT_RANGE), "bytes */1000");
    let many = format!("bytes={}", vec!["0-0"; 17].join(","));
    assert_eq!(served.with(&path, &[("range", &many)]).status(), StatusCode::OK);
}

#[test]
fn ranges_of_large_files_may_be_switched_off() {
    let config = Config { range_file_bytes_max: Some(10), ..Config::default() };
    let served = served(config, "");
    let path = format!("/ipfs/{}", served.file(&[1; 11], 100).cid);
    let refused = served.with(&path, &[("range", "bytes=0-1")]);
    assert_eq!(refused.status(), StatusCode::NOT_IMPLEMENTED);
    assert_eq!(served.get(&path).status(), StatusCode::OK);
}

#[test]
fn directories_have_a_slash_an_index_or_a_listing() {
    let served = served(Config::default(), "");
    let page = served.file(b"<h1>index", 100);
    let site = served.directory(vec![("index.html", page)]);
    let script = served.file(b"x", 100);
    let root = served.directory(vec![("site", site.clone()), ("<script>", script)]);
    let moved = served.get(&format!("/ipfs/{}/site?a=b", root.cid));
    assert_eq!(moved.status(), StatusCode::MOVED_PERMANENTLY);
    assert_eq!(header(&moved, LOCATION), format!("/ipfs/{}/site/?a=b", root.cid));
    let index = served.get(&format!("/ipfs/{}/site/", root.cid));
    assert_eq!(header(&index, ETAG), format!("\"{}\"", site.cid));
    assert_eq!(
        (header(&index, CONTENT_TYPE).as_str(), text(index).as_str()),
        ("text/html", "<h1>index")
    );
    let listing = served.get(&format!("/ipfs/{}/", root.cid));
    assert!(header(&listing, ETAG).starts_with("\"DirIndex-"));
    let wanted = "public, max-age=604800, stale-while-revalidate=2678400";
    assert_eq!(header(&listing, CACHE_CONTROL), wanted);
    let html = text(listing);
    assert!(html.contains(&format!("<a href=\"/ipfs/{}/site\">site</a>", root.cid)), "{html}");
    assert!(html.contains("Folder") && !html.contains("<script>"), "{html}");
    assert!(!html.contains(">..</a>"), "{html}");
    let wrong = served.directory(vec![("index.html", site)]);
    let wrong = served.get(&format!("/ipfs/{}/", wrong.cid));
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[test]
fn a_large_listing_is_a_stream() {
    let served = served(Config::default(), "");
    let file = served.file(b"x", 10);
    let options = DirectoryOptions { sharding_bytes: 1, ..DirectoryOptions::default() };
    let mut directory = Directory::new(CidBuilder::V0, 0, None, options);
    let count = super::listing::SORTED_MAX + 500;
    for number in 0..count {
        let link = Link::new(file.cid, format!("entry-{number}"), file.tsize());
        directory.insert(served.store.as_ref(), link).expect("inserts");
    }
    let saved = directory.save(served.store.as_ref()).expect("saves");
    let answer = served.get(&format!("/ipfs/{}/", saved.cid));
    assert!(!answer.headers().contains_key(CONTENT_LENGTH));
    let html = text(answer);
    assert_eq!(html.matches("ipfs-hash\" ").count(), count);
    assert!(html.contains(">entry-7</a>") && html.ends_with("</html>\n"));
    let entry = served.get(&format!("/ipfs/{}/entry-{}", saved.cid, count - 1));
    assert_eq!(text(entry), "x");
}

/// Each shard links twice to the next one: few blocks, endless entries.
#[test]
fn a_directory_bomb_breaks_off() {
    let served = served(Config::default(), "");
    let mut message = Node::new(Kind::HamtShard);
    message.hash_type = Some(0x22);
    message.fanout = Some(8);
    message.data = Some(Bytes::from_static(&[0xff]));
    let mut below = served.file(b"x", 10);
    for level in 0..20 {
        let mut node = dag_pb::Node::with_data(message.encode());
        for slot in 0..8 {
            let name = if level == 0 { format!("{slot}x") } else { format!("{slot}") };
            node.links.push(Link { name: Some(name.into()), ..below.clone() });
        }
        below = served.node(&node);
    }
    let answer = served.get(&format!("/ipfs/{}/", below.cid));
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(text(answer).contains("corrupt directory shard"));
}

#[test]
fn copies_of_clients_are_renewed() {
    let served = served(Config::default(), "");
    let file = served.file(b"x", 10);
    let root = served.directory(vec![("f", file.clone())]);
    let path = format!("/ipfs/{}/f", root.cid);
    for list in [format!("\"{}\"", file.cid), format!("\"a\", W/\"{}\"", file.cid), "*".into()] {
        let answer = served.with(&path, &[("if-none-match", &list)]);
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED, "{list}");
        assert_eq!(header(&answer, ETAG), format!("\"{}\"", file.cid));
        assert_eq!(header(&answer, CACHE_CONTROL), "public, max-age=29030400, immutable");
    }
    let other = served.with(&path, &[("if-none-match", "\"a\"")]);
    assert_eq!(other.status(), StatusCode::OK);
    let listing = served.get(&format!("/ipfs/{}/", root.cid));
    let etag = header(&listing, ETAG);
    let again = served.with(&format!("/ipfs/{}/", root.cid), &[("if-none-match", &etag)]);
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
}

#[test]
fn times_of_files() {
    let served = served(Config::default(), "");
    let mut message = Node::new(Kind::File);
    message.data = Some(Bytes::from_static(b"old"));
    message.filesize = Some(3);
    message.mtime = Some(Mtime::new(784_111_777, 0));
    let file = served.node(&dag_pb::Node::with_data(message.encode()));
    let path = format!("/ipfs/{}", file.cid);
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    assert_eq!(header(&served.get(&path), "last-modified"), date);
    let same = served.with(&path, &[("if-modified-since", date)]);
    assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
}

#[test]
fn a_symbolic_link_is_shown() {
    let served = served(Config::default(), "");
    let store = served.store.as_ref();
    let link = symlink(store, &CidBuilder::V0, b"../../a", 0, None).expect("builds");
    let answer = served.get(&format!("/ipfs/{}", link.cid));
    assert_eq!(header(&answer, CONTENT_TYPE), "inode/symlink");
    assert_eq!(text(answer), "../../a");
}

#[test]
fn names_are_followed() {
    let served = served(Config::default(), "a.example:/ipfs/bafkqaaa,b.example:/ipns/b.example");
    let answer = served.get("/ipns/a.example");
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers().contains_key("last-modified"));
    assert_eq!(header(&answer, CACHE_CONTROL), "");
    assert_eq!(header(&answer, "x-ipfs-path"), "/ipns/a.example");
    let circle = served.get("/ipns/b.example");
    assert_eq!(circle.status(), StatusCode::BAD_REQUEST);
}

#[test]
fn failures_and_their_texts() {
    let served = served(Config::default(), "");
    let root = served.directory(vec![]);
    let missing = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
    let long = "a".repeat(40_000);
    let cases = [
        (format!("/ipfs/{}/no", root.cid), 404, format!("no link named \"no\" under {}", root.cid)),
        (format!("/ipfs/{missing}"), 404, format!("could not find {missing}")),
        ("/ipfs/notacid".into(), 400, "invalid path \"/ipfs/notacid\": invalid cid".into()),
        ("/ipfs/".into(), 400, "path does not have enough components".into()),
        ("/ipfs/%zz".into(), 400, "broken escapes".into()),
        ("/ipfs/bafkqaaa/%ff".into(), 400, "broken escapes".into()),
        (format!("/ipfs/bafkqaaa?{long}"), 414, "too long".into()),
        (format!("/ipfs/{}/{}", root.cid, "a/".repeat(2000)), 400, "too many components".into()),
        ("/nothing".into(), 404, "404 page not found".into()),
        ("/ipfs/bafkqaaa?format=car&car-version=2".into(), 400, "version".into()),
    ];
    for (path, status, part) in cases {
        let answer = served.get(&path);
        assert_eq!(answer.status().as_u16(), status, "{part}");
        assert_eq!(header(&answer, CONTENT_TYPE), "text/plain; charset=utf-8");
        assert!(!header(&answer, CACHE_CONTROL).contains("immutable"), "{part}");
        let text = text(answer);
        assert!(text.contains(&part), "{text}");
    }
    let page = served.with(&format!("/ipfs/{}/no", root.cid), &[("accept", PAGE)]);
    assert_eq!(header(&page, CONTENT_TYPE), "text/html");
    assert!(text(page).contains("What you can do"));
}

#[test]
fn methods_and_spellings() {
    let served = served(Config::default(), "");
    let post = ask(&served.gateway, "POST", "/ipfs/bafkqaaa", &[]);
    assert_eq!(post.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(text(post), "Method POST not allowed: read only access\n");
    let options = ask(&served.gateway, "OPTIONS", "/ipfs/bafkqaaa", &[]);
    assert_eq!((options.status(), text(options).as_str()), (StatusCode::OK, ""));
    let moved = |path: &str| {
        let answer = served.get(path);
        (answer.status().as_u16(), header(&answer, LOCATION))
    };
    assert_eq!(moved("/ipfs/ipfs/bafkqaaa"), (301, "/ipfs/bafkqaaa".into()));
    assert_eq!(moved("/ipfs//bafkqaaa/%20/../b?c=%20"), (307, "/ipfs/bafkqaaa/b?c=%20".into()));
    assert_eq!(moved("/ipfs/?uri=ipfs%3A%2F%2Fbafkqaaa%2Fa"), (301, "/ipfs/bafkqaaa/a".into()));
    let key = "12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB";
    let canonical = "/ipns/k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260/a?b";
    assert_eq!(moved(&format!("/ipns/{key}/a?b")), (302, canonical.into()));
    let worker = served.with("/ipfs/bafkqaaa", &[("service-worker", "script")]);
    assert_eq!(worker.status(), StatusCode::BAD_REQUEST);
}

#[test]
fn only_if_cached_asks_nobody() {
    let served = served(Config::default(), "");
    let missing = "/ipfs/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
    let wanted = [("cache-control", "only-if-cached")];
    assert_eq!(served.with("/ipfs/bafkqaaa", &wanted).status(), StatusCode::OK);
    let absent = served.with(missing, &wanted);
    assert_eq!(absent.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(text(absent), format!("\"{missing}\" not in local datastore\n"));
}

#[test]
fn a_gateway_may_serve_verifiable_content_only() {
    let served = served(Config { deserialized_responses: false, ..Config::default() }, "");
    assert_eq!(served.get("/ipfs/bafkqaaa").status(), StatusCode::BAD_REQUEST);
    let tar = served.get("/ipfs/bafkqaaa?format=tar");
    assert_eq!(tar.status(), StatusCode::NOT_ACCEPTABLE);
    assert_eq!(served.get("/ipfs/bafkqaaa?format=raw").status(), StatusCode::OK);
}

#[test]
fn a_busy_gateway_says_so_and_when_to_come_back() {
    let served = served(Config { concurrent_requests_max: Some(1), ..Config::default() }, "");
    let first = served.get(&format!("/ipfs/{}", served.file(&[1; 100], 10).cid));
    let second = served.get("/ipfs/bafkqaaa");
    assert_eq!(second.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        (header(&second, "retry-after").as_str(), header(&second, CACHE_CONTROL).as_str()),
        ("60", "no-store")
    );
    drop(first);
    assert_eq!(served.get("/ipfs/bafkqaaa").status(), StatusCode::OK);
}

#[test]
fn content_that_does_not_arrive_is_a_timeout() {
    let retrieval_timeout = Some(std::time::Duration::from_millis(20));
    let config = Config { retrieval_timeout, ..Config::default() };
    let gateway = gateway(config, Arc::new(Stuck), "");
    let missing = "/ipfs/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
    let answer = ask(&gateway, "GET", missing, &[]);
    assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
}

#[test]
fn a_file_that_can_not_be_completed_is_broken_off() {
    let served = served(Config::default(), "");
    let content: Vec<u8> = (0..600_000u32).map(|n| (n >> 3) as u8).collect();
    let file = served.file(&content, 100_000);
    let part = MemoryStore::new();
    let root = served.store.get(&file.cid).expect("is there");
    let blocks = ipfs_data::codec::links(0x70, &root).expect("a node");
    for cid in [file.cid, blocks[0], blocks[1]] {
        let data = served.store.get(&cid).expect("is there");
        part.put(block::Block { cid, data }).expect("memory takes all");
    }
    let gateway = gateway(Config::default(), Arc::new(part), "");
    let answer = ask(&gateway, "GET", &format!("/ipfs/{}?filename=a.bin", file.cid), &[]);
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(header(&answer, CONTENT_LENGTH), "600000");
    assert!(runtime().block_on(answer.into_body().collect()).is_err());
}
