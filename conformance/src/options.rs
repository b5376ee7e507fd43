//! The command line.

use ipfs_conformance::fixtures::fixtures;
use ipfs_conformance::gateway::{Adapter, Gateway, Running};
use ipfs_conformance::http::Server;
use ipfs_conformance::migrations::Programs;
use ipfs_conformance::run::Subject;
use ipfs_conformance::wire::{Carrier, Started, Wire};
use std::path::{Path, PathBuf};

pub(crate) const USAGE: &str = "usage: ipfs-conformance run SUBJECT [--suite SUITE] \
    [--expect FILE] [--report junit|json|html] [--out FILE] [--all]\n       \
    ipfs-conformance selftest [--suite SUITE]\n       \
    ipfs-conformance fixtures --out DIR\n\
    \n\
    SUBJECT is one of\n  \
    --bin PATH                 a program like ipfs, offline\n  \
    --bin PATH --with-gateway  its gateway: set up, loaded, started and stopped\n      \
    [--adapter FILE]         ... by these commands, not by adapters/kubo.toml\n  \
    --bin PATH --with-peer     its daemon as a peer: loaded, started and stopped\n      \
    [--wire tcp|quic]        ... and dialled over this\n  \
    --repo DIR                 a repo\n  \
    --migrations DIR           migration programs, fs-repo-N-to-M or N-to-M\n  \
    --peer MULTIADDR           a peer; without its content (fixtures) cases are skipped\n      \
    [--peer-rpc URL]         ... which is loaded and asked to fetch through this RPC\n  \
    --rpc URL                  an RPC address\n  \
    --gateway URL              a gateway that has the fixtures already\n      \
    [--subdomain-url URL]    ... a subdomain gateway at this host; TCP goes to --gateway\n      \
    [--dotted-host HOST]     ... and one that leaves DNSLink names dotted at this host\n      \
    [--trustless-host HOST]  ... without deserialised responses at this host\n      \
    [--denylist FILE]        ... that watches this file, to which cases may append\n      \
    [--without WHAT]         ... without records, dnslinks, routing, denylist or config";

pub(crate) const FIXTURES_NOTE: &str = "fixtures.car   import it, pin nothing\n\
    wire.car       the same, for a peer\n\
    records/NAME   store each as the IPNS record of NAME; invalid ones are among them\n\
    dnslinks       the DNSLink names, as in IPFS_NS_MAP\n\
    fixtures.deny  a denylist, for the denylist suite";

/// The words of the command line.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) subjects: Vec<(String, String)>,
    pub(crate) suite: String,
    pub(crate) expect: Option<PathBuf>,
    pub(crate) report: Option<String>,
    pub(crate) out: Option<PathBuf>,
    pub(crate) all: bool,
    with_gateway: bool,
    with_peer: bool,
    carrier: Carrier,
    peer_rpc: Option<String>,
    adapter: Option<PathBuf>,
    subdomain_url: Option<String>,
    dotted_host: Option<String>,
    trustless_host: Option<String>,
    denylist: Option<PathBuf>,
    without: Vec<String>,
}

/// What runs as long as the subject is tried.
#[derive(Debug)]
#[expect(dead_code, reason = "it is held, and stops when it is dropped")]
pub(crate) enum Held {
    Nothing,
    Gateway(Box<Running>),
    Peer(Box<Started>),
}

impl Options {
    /// Reads the words after the command.
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--help" | "-h" => return Err(USAGE.to_owned()),
                "--all" => options.all = true,
                "--with-gateway" => options.with_gateway = true,
                "--with-peer" => options.with_peer = true,
                _ => {
                    let value =
                        words.next().ok_or_else(|| format!("{word} needs a value\n{USAGE}"))?;
                    options.take(word, value)?;
                }
            }
        }
        Ok(options)
    }

    fn take(&mut self, word: String, value: String) -> Result<(), String> {
        match word.as_str() {
            "--bin" | "--repo" | "--rpc" | "--gateway" | "--peer" | "--migrations" => {
                self.subjects.push((word, value))
            }
            "--peer-rpc" => self.peer_rpc = Some(value),
            "--wire" => {
                self.carrier = Carrier::parse(&value)
                    .ok_or_else(|| format!("--wire is tcp or quic, not {value}"))?;
            }
            "--suite" => self.suite = value,
            "--expect" => self.expect = Some(value.into()),
            "--report" => self.report = Some(value),
            "--out" => self.out = Some(value.into()),
            "--adapter" => self.adapter = Some(value.into()),
            "--subdomain-url" => self.subdomain_url = Some(value),
            "--dotted-host" => self.dotted_host = Some(value),
            "--trustless-host" => self.trustless_host = Some(value),
            "--denylist" => self.denylist = Some(value.into()),
            "--without" => self.without.push(value),
            _ => return Err(format!("unknown option {word}\n{USAGE}")),
        }
        Ok(())
    }

    /// The subject, and what has to run meanwhile.
    pub(crate) fn subject(&self) -> Result<(Subject, Held), String> {
        let [(kind, name)] = &self.subjects[..] else { return Err(USAGE.to_owned()) };
        let subject = match kind.as_str() {
            "--bin" if self.with_gateway => return self.start(name),
            "--bin" if self.with_peer => {
                let started = Started::start(&absolute(Path::new(name))?, self.carrier)?;
                let wire = Box::new(started.wire.clone());
                return Ok((Subject::Peer(wire), Held::Peer(Box::new(started))));
            }
            "--bin" => Subject::Binary(absolute(Path::new(name))?),
            "--repo" => Subject::Repo(absolute(Path::new(name))?),
            "--migrations" => Subject::Migrations(Programs::new(&absolute(Path::new(name))?)),
            "--rpc" => Subject::Rpc(Server::parse(name)?),
            "--peer" => {
                let rpc = self.peer_rpc.as_deref().map(Server::parse).transpose()?;
                Subject::Peer(Box::new(Wire::new(name, rpc)?))
            }
            _ => Subject::Gateway(Box::new(self.gateway(name)?)),
        };
        Ok((subject, Held::Nothing))
    }

    fn start(&self, binary: &str) -> Result<(Subject, Held), String> {
        let adapter = match &self.adapter {
            Some(path) => Adapter::read(path)?,
            None => Adapter::kubo(),
        };
        let running = Running::start(&absolute(Path::new(binary))?, &adapter)?;
        Ok((Subject::Gateway(Box::new(running.gateway.clone())), Held::Gateway(Box::new(running))))
    }

    fn gateway(&self, url: &str) -> Result<Gateway, String> {
        let has = |what: &str| !self.without.iter().any(|word| word == what);
        let host =
            |url: &String| url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let gateway = Gateway {
            subdomain: self.subdomain_url.as_ref().map(host),
            dotted: self.dotted_host.clone(),
            trustless: self.trustless_host.clone(),
            records: has("records"),
            dnslinks: has("dnslinks"),
            routing: has("routing"),
            denylist: has("denylist"),
            configured: has("config"),
            denylist_file: self.denylist.clone(),
            ..Gateway::new(url)?
        };
        let root = &fixtures().unixfs.dir;
        match gateway.head(&format!("/ipfs/{root}?format=raw")) {
            Ok(reply) if reply.answer.status == 200 => Ok(gateway),
            Ok(_) => Err(format!(
                "{url} does not have {root}: load the fixtures first (ipfs-conformance fixtures)"
            )),
            Err(why) => Err(format!("{url} does not answer: {why:?}")),
        }
    }
}

fn absolute(path: &Path) -> Result<PathBuf, String> {
    path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))
}
