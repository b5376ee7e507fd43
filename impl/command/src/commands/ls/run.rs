//! Spec: spec/command/ls.md
//!
//! Reading directories.

use super::output::{
    GO_DIRECTORY, GO_SETGID, GO_SETUID, GO_STICKY, GO_SYMLINK, LsLink, LsObject, LsOutput, NO_TIME,
};
use crate::calendar::{date, days};
use crate::content::{Content, local};
use crate::prelude::*;
use ipfs_data::block::{self, Source};
use ipfs_data::cid::{Cid, codec};
use ipfs_data::dag_pb::{self, Link};
use ipfs_data::unixfs::{self, Kind, Mtime, Node, resolve};

pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let content = Content::open(request, env)?;
    let cids = CidEncoder::from_request(request)?;
    let look = request.bool("size") || request.bool("resolve-type");
    let stream = request.bool("stream");
    let mut objects = Vec::new();
    for argument in request.all_arguments() {
        let argument = argument?;
        let root = content.resolve(&argument)?;
        let mut links = Vec::new();
        // spec: denylist.listing
        entries(&content.provided, &root, &mut |link| {
            request.cancel.check()?;
            let entry = describe(content.source.as_ref(), &link, &cids, look)?;
            if stream {
                let object = LsObject { hash: argument.clone(), links: vec![entry] };
                return emitter.emit(&LsOutput { objects: vec![object] });
            }
            links.push(entry);
            Ok(())
        })?;
        // spec: ls.sorted
        links.sort_by(|a: &LsLink, b| a.name.as_bytes().cmp(b.name.as_bytes()));
        objects.push(LsObject { hash: argument, links });
    }
    match stream {
        true => Ok(()),
        false => emitter.emit_only(&LsOutput { objects }),
    }
}

/// The entries of a directory; of anything else, its links.
// spec: ls.other-nodes
fn entries(
    source: &dyn Source,
    root: &Cid,
    each: &mut dyn FnMut(Link) -> Result<()>,
) -> Result<()> {
    match root.codec() {
        codec::RAW => return source.get(root).map(drop).map_err(local),
        codec::DAG_PB => {}
        _ => {
            let block = source.get(root).map_err(local)?;
            let links = ipfs_data::codec::links(root.codec(), &block)?;
            return links.into_iter().try_for_each(|cid| each(Link::new(cid, "", 0)));
        }
    }
    match resolve::entries::<Failed>(source, root, &mut |link| each(link).map_err(Failed::Visit)) {
        Ok(()) => Ok(()),
        Err(Failed::Visit(error)) => Err(error),
        Err(Failed::Walk(unixfs::Error::NotDirectory)) => {
            let block = source.get(root).map_err(local)?;
            dag_pb::decode(&block)?.links.into_iter().try_for_each(each)
        }
        // spec: ls.broken-shard
        Err(Failed::Walk(unixfs::Error::Block(block::Error::NotFound(missing))))
            if missing != *root =>
        {
            Err(Error::new("failed to fetch all nodes"))
        }
        Err(Failed::Walk(error)) => Err(local(error)),
    }
}

enum Failed {
    Walk(unixfs::Error),
    Visit(Error),
}

impl From<unixfs::Error> for Failed {
    fn from(error: unixfs::Error) -> Self {
        Self::Walk(error)
    }
}

// spec: ls.entry
fn describe(source: &dyn Source, link: &Link, cids: &CidEncoder, look: bool) -> Result<LsLink> {
    let mut entry = LsLink {
        name: String::from_utf8_lossy(link.name()).into_owned(),
        hash: cids.encode(&link.cid),
        mod_time: NO_TIME.to_owned(),
        ..LsLink::default()
    };
    match link.cid.codec() {
        codec::RAW => {
            entry.kind = 2;
            entry.size = link.tsize();
        }
        codec::DAG_PB if look => {
            let block = source.get(&link.cid).map_err(local)?;
            let node = dag_pb::decode(&block)?;
            describe_node(&mut entry, &Node::decode(&node.data.unwrap_or_default())?);
        }
        _ => {}
    }
    Ok(entry)
}

fn describe_node(entry: &mut LsLink, node: &Node) {
    let (kind, bit) = match node.kind {
        Kind::File | Kind::Raw => (2, 0),
        Kind::Directory | Kind::HamtShard => (1, GO_DIRECTORY),
        Kind::Metadata => (1, 0),
        Kind::Symlink => {
            entry.target = String::from_utf8_lossy(node.data()).into_owned();
            (4, GO_SYMLINK)
        }
    };
    entry.kind = kind;
    entry.size = node.size();
    let permissions = node.permissions();
    if permissions != 0 {
        let special = [(0o4000, GO_SETUID), (0o2000, GO_SETGID), (0o1000, GO_STICKY)];
        let special = special.iter().filter(|(unix, _)| permissions & unix != 0);
        entry.mode = special.fold(permissions & 0o777 | bit, |mode, (_, go)| mode | go);
    }
    if let Some(mtime) = node.mtime {
        entry.mod_time = rfc3339(mtime);
    }
}

fn rfc3339(time: Mtime) -> String {
    let (year, month, day) = date(time.seconds.div_euclid(86_400));
    let second = time.seconds.rem_euclid(86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let nanos = match time.nanos.unwrap_or_default() {
        0 => String::new(),
        nanos => format!(".{nanos:09}").trim_end_matches('0').to_owned(),
    };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{nanos}Z")
}

/// Seconds since 1970 of a time in UTC that [`rfc3339`] wrote.
pub(super) fn seconds_of(text: &str) -> Option<i64> {
    let (day, time) = text.split_once('T')?;
    let mut numbers = day.rsplitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (of_month, month) = (numbers.next()??, numbers.next()??);
    let year = numbers.next()??;
    let time = time.trim_end_matches('Z').split('.').next()?;
    let mut parts = time.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let day = days(year, u32::try_from(month).ok()?, u32::try_from(of_month).ok()?);
    Some(day * 86_400 + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_both_ways() {
        let time = Mtime::new(1_700_000_000, 500_000_000);
        assert_eq!(rfc3339(time), "2023-11-14T22:13:20.5Z");
        assert_eq!(seconds_of("2023-11-14T22:13:20.5Z"), Some(1_700_000_000));
        assert_eq!(seconds_of(&rfc3339(Mtime::new(-1, 0))), Some(-1));
        assert_eq!(seconds_of("yesterday"), None);
    }
}
