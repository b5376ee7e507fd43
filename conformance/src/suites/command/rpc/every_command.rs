//! Every command that is reachable, called once: the frame and the shape of what it answers.

use super::call::{self, Mode, check, content};
use crate::case::{Check, HttpCase, Suite, failed, same};
use crate::http::{Answer, Server};
use crate::shape;

/// A body of one part; none when empty.
type Body = &'static [u8];

/// The words of errors by which a node without network, or with a feature off, refuses.
const REFUSALS: [&str; 13] = [
    "service not known",
    "must be run in online mode",
    "routing service is not a DHT",
    "filestore is not enabled",
    "not enabled",
    "missing ResourceMgr",
    "can't put while offline",
    "make sure the daemon is running",
    "cannot provide",
    "no connected peers",
    "failed to find any peer",
    "failure: ",
    "not found",
];

/// Command, query, what to call before, body, mode, shape. `{FILE}`, `{DIR}`, `{EMPTY}`, `{PEER}`,
/// `{PEER_ADDR}` stand for known content.
macro_rules! commands {
    ($($path:literal $query:literal $before:expr, $body:literal, $mode:ident $shape:literal;)*) => {
        &[$(HttpCase {
            name: concat!("command ", $path, $query),
            reqs: &["rpc.every-command"],
            run: |server| {
                let answer = prepared(server, $path, $query, &$before, $body)?;
                check(&answer, Mode::$mode, $shape)
            },
        }),*]
    };
}

/// The same for commands that need the network or a feature: a refusal is fine, too.
macro_rules! network_commands {
    ($($path:literal $query:literal $body:literal, $shape:literal;)*) => {
        &[$(HttpCase {
            name: concat!("command ", $path, $query),
            reqs: &["rpc.every-command", "rpc.error-object"],
            run: |server| {
                let answer = prepared(server, $path, $query, &[], $body)?;
                refused_or(&answer, $shape)
            },
        }),*]
    };
}

/// Commands that are gone.
macro_rules! removed_commands {
    ($($path:literal $instead:literal;)*) => {
        &[$(HttpCase {
            name: concat!("removed ", $path),
            reqs: &["rpc.removed-command"],
            run: |server| call::error(call::call(server, $path)?, 500, 0, $instead),
        }),*]
    };
}

fn prepared(
    server: &Server,
    path: &str,
    query: &str,
    before: &[&str],
    body: Body,
) -> Check<Answer> {
    content(server)?;
    for step in before {
        call::call(server, &fill(step))?;
    }
    let target = fill(&format!("{path}{query}"));
    if body.is_empty() {
        return call::call(server, &target);
    }
    server.send(&call::upload(&target, &[call::file("name", body)]))
}

fn fill(text: &str) -> String {
    let address = format!("/ip4/10.0.0.2/tcp/4001/p2p/{}", call::PEER);
    text.replace("{FILE}", call::FILE)
        .replace("{DIR}", call::DIRECTORY)
        .replace("{EMPTY}", call::EMPTY)
        .replace("{PEER_ADDR}", &address)
        .replace("{PEER}", call::PEER)
}

fn refused_or(answer: &Answer, wanted: &str) -> Check {
    if answer.status == 200 {
        let values = call::values(answer)?;
        if values.is_empty() {
            let why = format!("no value, wanted {wanted}");
            return if wanted == "nothing" { Ok(()) } else { failed(why) };
        }
        let mut why = values.iter().filter_map(|value| shape::departs(value, wanted));
        return why.next().map_or(Ok(()), failed);
    }
    let value = answer.json()?;
    let message = value["Message"].as_str().unwrap_or("");
    same("Type", &value["Type"].as_str(), &Some("error"))?;
    let status = if value["Code"].as_i64() == Some(1) { 400 } else { 500 };
    same("status", &answer.status, &status)?;
    if REFUSALS.iter().any(|words| message.contains(words)) {
        return Ok(());
    }
    failed(format!("an unexpected error: {message:?}"))
}

pub(crate) const SUITE: Suite = Suite { name: "command/rpc", rpc: COMMANDS, ..Suite::EMPTY };
pub(crate) const NETWORK_SUITE: Suite = Suite { name: "command/rpc", rpc: NETWORK, ..Suite::EMPTY };
pub(crate) const REMOVED_SUITE: Suite = Suite { name: "command/rpc", rpc: REMOVED, ..Suite::EMPTY };

const FILES: [&str; 2] = [
    "files/rm?arg=/rpc-case&recursive=true&force=true",
    "files/cp?arg=/ipfs/{FILE}&arg=/rpc-case/f&parents=true",
];

const COMMANDS: &[HttpCase] = commands! {
    "add" "" [], b"x", N "{Name: string, Hash: string, Size: string}";
    "add" "?progress=true" [], b"x", N "{Name: string, Bytes: int}|{Name: string, Hash: string,
            Size: string}";
    "block/get" "?arg={FILE}" [], b"", B "application/vnd.ipld.raw";
    "block/put" "" [], b"a block", N "{Key: string, Size: int}";
    "block/rm" "?arg=bafkreihzgmie5zezqwiuq4f3up7ehwsdyfzk7h2gqtg5hdvovsqfk3l2ve&force=true" [],
            b"",
        N "{Hash: string}";
    "block/rm" "?arg=bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy" [], b"",
        N "{Hash: string, Error: string}";
    "block/stat" "?arg={FILE}" [], b"", S "{Key: string, Size: int}";
    "bootstrap" "" [], b"", S "{Peers: [string]|null}";
    "bootstrap/list" "" [], b"", S "{Peers: [string]|null}";
    "bootstrap/add" "?arg={PEER_ADDR}" [], b"", S "{Peers: [string]}";
    "bootstrap/rm" "?arg={PEER_ADDR}" ["bootstrap/add?arg={PEER_ADDR}"], b"", S "{Peers: [string]}";
    "cat" "?arg={FILE}" [], b"", B "text/plain";
    "cid/base32" "?arg={EMPTY}" [], b"", N "{CidStr: string, Formatted: string, ErrorMsg: string}";
    "cid/bases" "" [], b"", S "[{Code: int, Name: string}]";
    "cid/codecs" "" [], b"", S "[{Code: int, Name: string}]";
    "cid/format" "?arg={EMPTY}&v=1" [], b"", N "{CidStr: string, Formatted: string,
            ErrorMsg: string}";
    "cid/hashes" "" [], b"", S "[{Code: int, Name: string}]";
    "cid/inspect" "?arg={EMPTY}" [], b"",
        S "{cid: string, version: int, multibase: {prefix: string, name: string},
            multicodec: {code: int, name: string},
            multihash: {code: int, name: string, length: int, digest: string}, cidV0?: string,
            cidV1: string}";
    "commands" "" [], b"", S "{Name: string, Subcommands: [any], Options: [{Names: [string]}]}";
    "config" "?arg=Datastore.StorageMax" [], b"", S "{Key: string, Value: string}";
    "config/profile/apply" "?arg=lowpower&dry-run=true" [], b"", S "{OldCfg: {*: any},
            NewCfg: {*: any}}";
    "config/show" "" [], b"", S "{Identity: {PeerID: string}, *: any}";
    "dag/export" "?arg={DIR}" [], b"", B "application/vnd.ipld.car";
    "dag/get" "?arg={DIR}" [], b"", B "text/plain";
    "dag/put" "" [], b"{\"a\":1}", N "{Cid: cid}";
    "dag/resolve" "?arg={DIR}/a.txt" [], b"", S "{Cid: cid, RemPath: string}";
    "dag/stat" "?arg={DIR}" [], b"",
        N "{UniqueBlocks?: int, TotalSize?: int, SharedSize?: int, Ratio?: num,
            DagStats?: [{Cid: string, Size?: int, NumBlocks?: int}]}";
    "diag/cmds" "" [], b"",
        S "[{StartTime: time, EndTime: time, Active: bool, Command: string, Options: {*: any},
            Args: [string]|null, ID: int}]";
    "diag/cmds/set-time" "?arg=1h" [], b"", E "null";
    "diag/cmds/clear" "" [], b"", E "null";
    "diag/healthy" "" [], b"", S "string";
    "diag/profile" "?profile-time=0s&collectors=version" [], b"", B "application/zip";
    "diag/sys" "" [], b"",
        S "{diskinfo: {free_space: int, fstype: string, total_space: int},
            environment: {GOPATH: string, IPFS_PATH: string},
            ipfs_commit: string, ipfs_version: string, memory: {swap: int, virt: int},
            net: {interface_addresses: [string]|null, online: bool},
            runtime: {arch: string, compiler: string, gomaxprocs: int, numcpu: int,
            numgoroutines: int, os: string, version: string}}";
    "files/chcid" "?arg=/rpc-case&cid-version=1" FILES, b"", E "null";
    "files/chmod" "?arg=0700&arg=/rpc-case/f" FILES, b"", E "null";
    "files/cp" "?arg=/ipfs/{FILE}&arg=/rpc-case/copy" FILES, b"", E "null";
    "files/flush" "" [], b"", S "{Cid: string}";
    "files/ls" "?arg=/rpc-case&long=true" FILES, b"", S "{Entries: [{Name: string, Type: int,
            Size: int, Hash: string}]}";
    "files/mkdir" "?arg=/rpc-case/d/e&parents=true" FILES, b"", E "null";
    "files/mv" "?arg=/rpc-case/f&arg=/rpc-case/g" FILES, b"", E "null";
    "files/read" "?arg=/rpc-case/f" FILES, b"", B "text/plain";
    "files/rm" "?arg=/rpc-case/f" FILES, b"", E "null";
    "files/stat" "?arg=/rpc-case/f" FILES, b"",
        S "{Hash: string, Size: int, CumulativeSize: int, Blocks: int, Type: string,
            Mode?: string, Mtime?: int, MtimeNsecs?: int}";
    "files/stat" "?arg=/rpc-case&with-local=true" FILES, b"",
        S "{Hash: string, Size: int, CumulativeSize: int, Blocks: int, Type: string,
            WithLocality: bool, Local: bool,
            SizeLocal: int, Mode?: string}";
    "files/touch" "?arg=/rpc-case/f&mtime=1" FILES, b"", E "null";
    "files/write" "?arg=/rpc-case/f&create=true" FILES, b"data", E "null";
    "get" "?arg={DIR}" [], b"", B "application/x-tar";
    "get" "?arg={FILE}&compress=true" [], b"", B "application/gzip";
    "id" "" [], b"",
        S "{ID: string, PublicKey: string, Addresses: [string]|null, AgentVersion: string,
            Protocols: [string]|null}";
    "key/gen" "?arg=rpc-case" ["key/rm?arg=rpc-case"], b"", S "{Name: string, Id: string}";
    "key/import" "?arg=rpc-case-imported&format=pem-pkcs8-cleartext"
        ["key/rm?arg=rpc-case-imported"],
        b"-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIEx0XxWYrYfQTHHaYUdAUKE7ovk+0/S8emxqRHVf0SdF
-----END PRIVATE KEY-----
",
        S "{Name: string, Id: string}";
    "key/list" "" [], b"", S "{Keys: [{Name: string, Id: string}]}";
    "key/ls" "" [], b"", S "{Keys: [{Name: string, Id: string}]}";
    "key/rename" "?arg=rpc-case-old&arg=rpc-case-new"
        ["key/gen?arg=rpc-case-old",
            "key/rm?arg=rpc-case-new"], b"",
        S "{Was: string, Now: string, Id: string, Overwrite: bool}";
    "key/rm" "?arg=rpc-case-gone" ["key/gen?arg=rpc-case-gone"], b"", S "{Keys: [{Name: string,
            Id: string}]}";
    "key/sign" "?key=self" [], b"data", N "{Key: {Name: string, Id: string}, Signature: string}";
    "key/verify" "?key=self&signature=uAAAA" [], b"data", N "{Key: {Name: string, Id: string},
            SignatureValid: bool}";
    "log/level" "" [], b"", S "{Levels: {*: string}}";
    "log/level" "?arg=rpc-case&arg=error" [], b"", S "{Message: string}";
    "log/ls" "" [], b"", S "{Strings: [string]}";
    "ls" "?arg={DIR}" [], b"",
        S "{Objects: [{Hash: string, Links: [{Name: string, Hash: string, Size: int, Type: int,
            Target: string, Mode: int, ModTime: time}]}]}";
    "ls" "?arg={DIR}&stream=true" [], b"",
        N "{Objects: [{Hash: string, Links: [{Name: string, Hash: string, Size: int, Type: int,
            Target: string, Mode: int, ModTime: time}]}]}";
    "multibase/decode" "" [], b"f68656c6c6f", B "text/plain";
    "multibase/encode" "" [], b"hello", B "text/plain";
    "multibase/list" "" [], b"", S "[{Code: int, Name: string}]";
    "multibase/transcode" "" [], b"f68656c6c6f", B "text/plain";
    "name/publish" "?arg=/ipfs/{FILE}&allow-offline=true" [], b"", S "{Name: string,
            Value: string}";
    "name/resolve" "" ["name/publish?arg=/ipfs/{FILE}&allow-offline=true"], b"", S "{Path: string}";
    "name/pubsub/state" "" [], b"", S "{Enabled: bool}";
    "object/diff" "?arg={DIR}&arg={EMPTY}" [], b"",
        S "{Changes: [{Type: int, Path: string, Before: cid|null, After: cid|null}]}";
    "object/patch/add-link" "?arg={EMPTY}&arg=x&arg={FILE}" [], b"", S "{Hash: string}";
    "object/patch/rm-link" "?arg={DIR}&arg=a.txt" [], b"", S "{Hash: string}";
    "pin/add" "?arg={FILE}" [], b"", S "{Pins: [string]}";
    "pin/add" "?arg={DIR}&progress=true" [], b"", N "{Progress: int, Bytes?: int}|{Pins: [string]}";
    "pin/ls" "" [], b"", S "{Keys: {*: {Type: string, Name: string}}}";
    "pin/ls" "?stream=true" [], b"", N "{Cid: string, Name?: string, Type: string}";
    "pin/remote/service/add" "?arg=rpc-case&arg=http://127.0.0.1:9/&arg=key"
        ["pin/remote/service/rm?arg=rpc-case"], b"",
        E "null";
    "pin/remote/service/ls" ""
        ["pin/remote/service/add?arg=rpc-case&arg=http://127.0.0.1:9/&arg=key"], b"",
        S "{RemoteServices: [{Service: string, ApiEndpoint: string}]}";
    "pin/remote/service/rm" "?arg=rpc-case" [], b"", E "null";
    "pin/rm" "?arg={EMPTY}" ["pin/add?arg={EMPTY}"], b"", S "{Pins: [string]}";
    "pin/update" "?arg={FILE}&arg={EMPTY}&unpin=false" ["pin/rm?arg={EMPTY}"], b"",
        S "{Pins: [string]}";
    "pin/verify" "?verbose=true" [], b"", N "{Cid: string, Ok?: bool, Err?: string,
            BadNodes?: [{Cid: string, Err: string}]}";
    "provide/clear" "" [], b"", N "int";
    "pubsub/reset" "" [], b"", S "{deleted: int}";
    "refs" "?arg={DIR}" [], b"", N "{Ref: string, Err: string}";
    "refs/local" "" [], b"", N "{Ref: string, Err: string}";
    "repo/gc" "" ["block/put?pin=false"], b"garbage", N "{Key: cid}";
    "repo/ls" "" [], b"", N "{Ref: string, Err: string}";
    "repo/stat" "" [], b"", S "{RepoSize: int, StorageMax: int, NumObjects: int,
            RepoPath: string, Version: string}";
    "repo/verify" "" [], b"", N "{Msg: string, Progress: int}";
    "repo/version" "" [], b"", S "{Version: string}";
    "resolve" "?arg=/ipfs/{DIR}/a.txt" [], b"", S "{Path: string}";
    "stats/repo" "" [], b"", S "{RepoSize: int, StorageMax: int, NumObjects: int,
            RepoPath: string, Version: string}";
    "version" "" [], b"", S "{Version: string, Commit: string, Repo: string, System: string,
            Golang: string}";
    "version/deps" "" [], b"", N "{Path: string, Version: string, ReplacedBy: string, Sum: string}";
};

const NETWORK: &[HttpCase] = network_commands! {
    "bitswap/ledger" "?arg={PEER}" b"", "{Peer: string, Value: num, Sent: int, Recv: int,
            Exchanged: int}";
    "bitswap/reprovide" "" b"", "nothing";
    "bitswap/stat" "" b"", "{Wantlist: [cid], Peers: [string], *: int}";
    "bitswap/wantlist" "" b"", "{Keys: [cid]|null}";
    "dht/query" "?arg={PEER}" b"", "{Extra: string, ID: string, Responses: null|[any], Type: int}";
    "filestore/dups" "" b"", "{Ref: string, Err: string}";
    "filestore/ls" "" b"", "{Status: int, ErrorMsg: string, Key: cid, FilePath: string,
            Offset: int, Size: int}";
    "filestore/verify" "" b"", "{Status: int, ErrorMsg: string, Key: cid, FilePath: string,
            Offset: int, Size: int}";
    "mount" "" b"", "{IPFS: string, IPNS: string, MFS: string, *: null|bool}";
    "name/get" "?arg={PEER}" b"", "nothing";
    "name/pubsub/cancel" "?arg={PEER}" b"", "{Canceled: bool}";
    "name/pubsub/subs" "" b"", "{Strings: [string]|null}";
    "p2p/close" "?all=true" b"", "int";
    "p2p/forward" "?arg=/x/a&arg=/ip4/127.0.0.1/tcp/9&arg=/p2p/{PEER}" b"", "nothing";
    "p2p/listen" "?arg=/x/a&arg=/ip4/127.0.0.1/tcp/9" b"", "nothing";
    "p2p/ls" "" b"", "{Listeners: [any]|null}";
    "p2p/stream/close" "?all=true" b"", "nothing";
    "p2p/stream/ls" "" b"", "{Streams: [any]|null}";
    "pin/remote/add" "?arg={FILE}&service=rpc-case-none" b"",
        "{Status: string, Cid: string, Name: string}";
    "pin/remote/ls" "?service=rpc-case-none" b"", "{Status: string, Cid: string, Name: string}";
    "pin/remote/rm" "?service=rpc-case-none" b"", "nothing";
    "ping" "?arg={PEER}&count=1" b"", "{Success: bool, Time: int, Text: string}";
    "provide/once" "?arg={FILE}" b"", "{Queued: string}";
    "provide/stat" "" b"", "{Sweep: {*: any}|null, Legacy: {*: any}|null, FullRT: bool}";
    "pubsub/ls" "" b"", "{Strings: [string]|null}";
    "pubsub/peers" "" b"", "{Strings: [string]|null}";
    "pubsub/pub" "?arg=ueA" b"x", "nothing";
    "pubsub/sub" "?arg=ueA&timeout=1s" b"", "nothing";
    "routing/findpeer" "?arg={PEER}" b"", "{Extra: string, ID: string, Responses: null|[any],
            Type: int}";
    "routing/findprovs" "?arg={FILE}" b"", "{Extra: string, ID: string, Responses: null|[any],
            Type: int}";
    "routing/get" "?arg=/ipns/{PEER}" b"", "{Extra: string, ID: string, Responses: null|[any],
            Type: int}";
    "routing/provide" "?arg={FILE}" b"", "{Extra: string, ID: string, Responses: null|[any],
            Type: int}";
    "routing/put" "?arg=/ipns/{PEER}" b"x", "{Extra: string, ID: string, Responses: null|[any],
            Type: int}";
    "routing/reprovide" "" b"", "nothing";
    "stats/bitswap" "" b"", "{Wantlist: [cid], Peers: [string], *: int}";
    "stats/bw" "" b"", "{TotalIn: int, TotalOut: int, RateIn: num, RateOut: num}";
    "stats/dht" "" b"", "{Name: string, Buckets: [any]}";
    "stats/provide" "" b"", "{Sweep: {*: any}|null, Legacy: {*: any}|null, FullRT: bool}";
    "stats/reprovide" "" b"", "{Sweep: {*: any}|null, Legacy: {*: any}|null, FullRT: bool}";
    "swarm/addrs" "" b"", "{Addrs: {*: [string]}}";
    "swarm/addrs/autonat" "" b"", "{reachability: string, *: any}";
    "swarm/addrs/listen" "" b"", "{Strings: [string]|null}";
    "swarm/addrs/local" "" b"", "{Strings: [string]|null}";
    "swarm/connect" "?arg={PEER_ADDR}" b"", "{Strings: [string]}";
    "swarm/disconnect" "?arg={PEER_ADDR}" b"", "{Strings: [string]}";
    "swarm/filters" "" b"", "{Strings: [string]|null}";
    "swarm/filters/add" "?arg=/ip4/10.9.0.0/ipcidr/16" b"", "{Strings: [string]|null}";
    "swarm/filters/rm" "?arg=/ip4/10.9.0.0/ipcidr/16" b"", "{Strings: [string]|null}";
    "swarm/peering/add" "?arg={PEER_ADDR}" b"", "{ID: string, Status: string}";
    "swarm/peering/ls" "" b"", "{Peers: [any]|null}";
    "swarm/peering/rm" "?arg={PEER}" b"", "{ID: string, Status: string}";
    "swarm/peers" "" b"", "{Peers: [any]|null}";
    "swarm/resources" "" b"", "{System: {*: any}, Transient: {*: any}, *: any}";
    "version/check" "" b"",
        "{UpdateAvailable: bool, RunningVersion: string, GreatestVersion: string,
            PeersSampled: int, WithGreaterVersion: int}";
};

const REMOVED: &[HttpCase] = removed_commands! {
    "dht/findpeer" "removed, use 'ipfs routing' instead";
    "dht/findprovs" "removed, use 'ipfs routing' instead";
    "dht/get" "removed, use 'ipfs routing' instead";
    "dht/provide" "removed, use 'ipfs routing' instead";
    "dht/put" "removed, use 'ipfs routing' instead";
    "object/data" "removed, use 'ipfs dag' or 'ipfs files' instead";
    "object/get" "removed, use 'ipfs dag' or 'ipfs files' instead";
    "object/links" "removed, use 'ipfs dag' or 'ipfs files' instead";
    "object/new" "removed, use 'ipfs dag' or 'ipfs files' instead";
    "object/patch/append-data" "removed, use 'ipfs dag' or 'ipfs files' instead";
    "object/patch/set-data" "removed, use 'ipfs dag' or 'ipfs files' instead";
    "object/put" "removed, use 'ipfs dag' or 'ipfs files' instead";
    "object/stat" "removed, use 'ipfs dag' or 'ipfs files' instead";
};
