use super::*;
use crate::config::{Config, PublicGateway};
use crate::query::Query;
use crate::request::{Origin, Routed};
use std::collections::BTreeMap;

const V0: &str = "QmYZYAM7MjuN9ptTkLpKbCeeJkAZenYFRv9iH63SHnesmo";
const V1: &str = "bafybeiex4icdieyokfakj4crozyvgikgmzrsoguefu3fm5qtv2paefrtay";
const PEER: &str = "12D3KooWDkNqEJNmreF3NYYFK1ws7Ra2fuW6cHBTu567SPV3LdYA";
const KEY: &str = "k51qzi5uqu5dhmzyv3zac033i7rl9hkgczxyl81lwoukda2htteop7d3x0y1mf";
const LONG: &str = "bafkrgqebe4xo33bw27kkxg3nzshtxbgmvhzdqpkukij4uctde2mdv553bsdj6f65a3evzcjseerjs4\
    keumw2qcxsp2hzo3ux2lc46vpdv2fto";

fn gateway(paths: &[&str], use_subdomains: bool) -> PublicGateway {
    let paths = paths.iter().map(|&path| path.to_owned()).collect();
    PublicGateway { paths, use_subdomains, ..PublicGateway::default() }
}

fn known() -> KnownHosts {
    let inline = PublicGateway { inline_dnslink: true, ..gateway(&["/ipfs", "/ipns"], true) };
    let mute = PublicGateway { no_dnslink: true, ..gateway(&[], false) };
    let mut gateways = Config::default().public_gateways;
    gateways.extend(
        [
            ("example.com", gateway(&["/ipfs", "/ipns", "/api"], true)),
            ("paths.example.net", gateway(&["/ipfs"], false)),
            ("*.wild.example.org", gateway(&["/ipfs"], true)),
            ("inline.example.com", inline),
            ("mute.example.org", mute),
            ("127.0.0.2", gateway(&["/ipfs"], true)),
        ]
        .map(|(name, gateway)| (name.to_owned(), gateway)),
    );
    KnownHosts::new(&gateways)
}

fn linked(name: &str) -> bool {
    ["site.example.org", "a-b.example.org", "a--plain", "example.com", "mute.example.org"]
        .contains(&name)
}

fn to(host: &str, path: &str, is_https: bool) -> Route {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    asked(host, path, query, is_https, false)
}

fn asked(host: &str, path: &str, raw_query: &str, is_https: bool, no_dnslink: bool) -> Route {
    let query = &Query::parse(raw_query);
    let asked = Asked { host, is_https, path, raw_query, query };
    route(&asked, &known(), no_dnslink, &linked)
}

fn location(host: &str, path: &str) -> String {
    match to(host, path, false) {
        Route::Redirect(location) => location,
        other => panic!("{other:?}"),
    }
}

fn served(host: &str, path: &str) -> (String, Origin) {
    match to(host, path, false) {
        Route::Serve(routed) => (routed.path, routed.origin),
        other => panic!("{other:?}"),
    }
}

#[test]
fn paths_move_to_subdomains() {
    let host = "localhost:8080";
    assert_eq!(location(host, &format!("/ipfs/{V0}")), format!("http://{V1}.ipfs.{host}/"));
    assert_eq!(
        location(host, &format!("/ipfs/{V1}/a b/c?x=%20y")),
        format!("http://{V1}.ipfs.{host}/a%20b/c?x=%20y")
    );
    for name in [PEER, KEY, "bafzaajaiaejcaotjfs57kieazxny5japcmy5p2pgv2cic77tu6ogghttvurnrufx"] {
        assert_eq!(
            location("example.com", &format!("/ipns/{name}/")),
            format!("http://{KEY}.ipns.example.com/")
        );
    }
    assert_eq!(
        to("example.com", &format!("/ipfs/{V1}"), true),
        Route::Redirect(format!("https://{V1}.ipfs.example.com/"))
    );
    let path = "/ipfs/notacid".to_owned();
    assert_eq!(served(host, &path), (path.clone(), Origin::Path));
    assert!(matches!(
        to(host, &format!("/ipfs/{LONG}"), false),
        Route::BadRequest(RouteError::LabelTooLong(_))
    ));
}

#[test]
fn domains_are_inlined_where_certificates_need_it() {
    let plain = "http://site.example.org.ipns.example.com/x";
    assert_eq!(location("example.com", "/ipns/site.example.org/x"), plain);
    let inlined = "https://a--b-example-org.ipns.example.com/x";
    let https = |path| to("example.com", path, true);
    assert_eq!(https("/ipns/a-b.example.org/x"), Route::Redirect(inlined.into()));
    assert_eq!(https("/ipns/a--b-example-org/x"), Route::Redirect(inlined.into()));
    let unknown = "https://no.example.org.ipns.example.com/";
    assert_eq!(https("/ipns/no.example.org"), Route::Redirect(unknown.into()));
    assert_eq!(
        location("inline.example.com", "/ipns/site.example.org"),
        "http://site-example-org.ipns.inline.example.com/"
    );
}

#[test]
fn no_redirect_leads_to_a_foreign_host() {
    for root in ["evil.example#", "evil.example?x", "u@evil.example", "a\\b", "a b", "a:80"] {
        let path = format!("/ipns/{root}/x");
        let routed = asked("localhost", &path, "", false, false);
        assert!(matches!(routed, Route::BadRequest(RouteError::Character(_))), "{routed:?}");
    }
}

#[test]
fn hosts_become_paths() {
    let host = format!("{V1}.ipfs.localhost:8080");
    let origin = Origin::Subdomain { gateway: "localhost:8080".into() };
    assert_eq!(served(&host, "/a.txt"), (format!("/ipfs/{V1}/a.txt"), origin.clone()));
    assert!(origin.is_isolated());
    let host = format!("{V0}.ipfs.example.com");
    assert_eq!(served(&host, "/").0, format!("/ipfs/{V0}/"));
    assert_eq!(served(&format!("{V1}.IPFS.Example.COM"), "/").0, format!("/ipfs/{V1}/"));
    assert_eq!(served("notacid.ipfs.localhost", "/").0, "/ipfs/notacid/");
    for (label, path) in [
        ("site-example-org", "/ipns/site.example.org/"),
        ("site.example.org", "/ipns/site.example.org/"),
        ("a--b-example-org", "/ipns/a-b.example.org/"),
        ("a--plain", "/ipns/a--plain/"),
        ("no-example", "/ipns/no.example/"),
    ] {
        assert_eq!(served(&format!("{label}.ipns.example.com"), "/").0, path);
    }
    assert_eq!(to(&format!("{V1}.ipns.paths.example.net"), "/", false), Route::NotFound);
    assert_eq!(to("k51.ipns.x.wild.example.org", "/", false), Route::NotFound);
    assert_eq!(
        served(&format!("{V1}.ipfs.x.wild.example.org:80"), "/").1,
        Origin::Subdomain { gateway: "x.wild.example.org:80".into() }
    );
}

#[test]
fn subdomains_are_made_canonical() {
    let key = ipfs_data::key::PeerId::parse(PEER).unwrap();
    let dag_pb = ipfs_data::cid::Cid::new_v1(0x70, *key.multihash());
    let other = ipfs_data::cid::to_string(&dag_pb, ipfs_data::multibase::Base::Base36);
    assert_eq!(
        location(&format!("{other}.ipns.localhost:1"), "/a?b"),
        format!("http://{KEY}.ipns.localhost:1/a?b")
    );
    assert_eq!(
        location(&format!("{PEER}.ipns.localhost"), "/a"),
        format!("http://{KEY}.ipns.localhost/a")
    );
    // 65 characters in base32, 62 in base36.
    let base32 = key.to_cid_text(ipfs_data::multibase::Base::Base32);
    assert_eq!(
        location(&format!("{base32}.ipns.localhost"), "/"),
        format!("http://{KEY}.ipns.localhost/")
    );
    assert!(matches!(
        to(&format!("{LONG}.ipfs.localhost"), "/", false),
        Route::BadRequest(RouteError::LabelTooLong(_))
    ));
}

#[test]
fn known_gateways_answer_their_paths_only() {
    assert_eq!(served("paths.example.net", "/ipfs/x").1, Origin::Path);
    for (host, path) in [
        ("paths.example.net", "/ipns/x"),
        ("paths.example.net", "/version"),
        ("localhost", "/"),
        ("localhost:8080", "/api/v0/id"),
        ("mute.example.org", "/"),
        ("a.wild.example.org", "/ipns/x"),
    ] {
        assert_eq!(to(host, path, false), Route::NotFound, "{host} {path}");
    }
    assert_eq!(served("example.com", "/index").0, "/ipns/example.com/index");
    assert_eq!(served("example.com", "/api/x").0, "/api/x");
    assert_eq!(served("b.a.wild.example.org", "/x").1, Origin::Path);
}

#[test]
fn sites_and_plain_hosts() {
    let origin = Origin::DnsLink { host: "site.example.org:80".into() };
    assert_eq!(
        served("site.example.org:80", "/ipfs/x"),
        ("/ipns/site.example.org/ipfs/x".into(), origin)
    );
    for host in ["127.0.0.1:8080", "[::1]:8080", "127.0.0.2", "", "no.example.org"] {
        assert_eq!(served(host, "/ipfs/x"), ("/ipfs/x".into(), Origin::Path), "{host}");
    }
    let routed = asked("site.example.org", "/", "", false, true);
    assert!(matches!(routed, Route::Serve(Routed { origin: Origin::Path, .. })));
}

#[test]
fn localhost_can_be_taken_away() {
    assert_eq!(KnownHosts::new(&BTreeMap::new()).find("localhost"), None);
    assert!(known().find("LocalHost:1").is_some());
}

#[test]
fn patterns_of_hosts() {
    let hosts =
        |pattern: &str| KnownHosts::new(&[(pattern.to_owned(), gateway(&[], false))].into());
    for (pattern, host) in [
        ("*.b", "a.b"),
        ("*.b", "a.b:80"),
        ("a*c.d", "abbc.d"),
        ("a*b*c", "axbyc"),
        ("*:80", "a:80"),
    ] {
        assert!(hosts(pattern).find(host).is_some(), "{pattern} {host}");
    }
    for (pattern, host) in [
        ("*.b", "b"),
        ("*.b", ".b"),
        ("*.b", "x.a.b"),
        ("a*c", "ac"),
        ("a*b*c", "abc"),
        ("a*", "b"),
    ] {
        assert!(hosts(pattern).find(host).is_none(), "{pattern} {host}");
    }
}

#[test]
fn uris_of_browsers() {
    let to = |uri: &str| location("example.com", &format!("/ipfs/?uri={uri}"));
    assert_eq!(to(&format!("ipfs%3A%2F%2F{V1}")), format!("/ipfs/{V1}"));
    assert_eq!(to("ipns%3A%2F%2Fa.b%2Fc%20d%3Fq%3D1%2F2%23f"), "/ipns/a.b/c%20d?q=1%2F2");
    assert_eq!(to("IPFS://x/../../y//z/"), "/y/z");
    let error = |uri: &str| protocol_handler(&Query::parse(&format!("uri={uri}"))).unwrap_err();
    assert_eq!(error("http://x"), UriError::Scheme);
    assert_eq!(error("%3A"), UriError::Parse);
    assert_eq!(protocol_handler(&Query::parse("uri=")), Ok(None));
}

#[test]
fn ports_and_addresses() {
    for (host, bare) in [
        ("a:80", "a"),
        ("a", "a"),
        ("[::1]:80", "::1"),
        ("::1", "::1"),
        ("a:b", "a:b"),
        ("a:", "a"),
    ] {
        assert_eq!(without_port(host), bare);
    }
    assert!(is_address("[::1]") && is_address("10.0.0.1") && !is_address("a.b"));
}
