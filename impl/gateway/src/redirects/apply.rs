//! Spec: spec/gateway/redirects.md
//!
//! The file `_redirects` of a web site: what is answered for paths that lead nowhere.

use super::{Action, FILE_BYTES_MAX, FILE_NAME, Rules};
use crate::error::Error;
use crate::gateway::{self, Gateway};
use crate::request::ContentRequest;
use crate::url::Url;
use crate::{Response, headers, resolve, serve};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use ipfs_data::block::Source;
use ipfs_data::cid::{Cid, codec};
use ipfs_data::path::{Path, quote};
use ipfs_data::unixfs::{self, read::Reader};
use ipfs_node::http::body;

/// What a matching rule says.
#[derive(Debug)]
pub(crate) enum Applied {
    /// The answer.
    Respond(Box<Response>),
    /// Serve what is at this immutable path instead.
    Rewrite(Path),
}

/// Applies the rules of the site that the path is in; none when it has no rules or none matches.
/// Only asked for content with an origin of its own, in the default format.
// spec: redirects.existing
// spec: redirects.format
pub(crate) fn apply(gateway: &Gateway, request: &ContentRequest) -> Result<Option<Applied>, Error> {
    let root = *request.immutable.require_cid()?;
    let file = Path::from_cid(root).join([FILE_NAME])?;
    let Some(rules) = rules(gateway, &file).map_err(|error| trouble(error, &file))? else {
        return Ok(None);
    };
    let path: String = request.immutable.segments().map(|segment| format!("/{segment}")).collect();
    Ok(Some(match rules.action(&path, Some(&request.head.raw_query)) {
        None => return Ok(None),
        Some(Action::Rewrite(to)) => Applied::Rewrite(below(root, &to)?),
        Some(Action::Redirect(status, to)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::MOVED_PERMANENTLY);
            Applied::Respond(Box::new(serve::redirect(&request.head, status, &target(&to))))
        }
        Some(Action::ErrorPage(status, to)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::NOT_FOUND);
            let page = error_page(gateway, request, status, &below(root, &to)?);
            Applied::Respond(Box::new(page.map_err(|error| trouble(error, &file))?))
        }
    }))
}

// spec: redirects.error
fn trouble(error: Error, file: &Path) -> Error {
    error.context(format_args!("trouble processing _redirects file at {}", quote(file.as_str())))
}

/// The rules of a site; none when it has no such file.
fn rules(gateway: &Gateway, file: &Path) -> Result<Option<Rules>, Error> {
    let source = gateway.content.blocks.as_ref();
    let mut reader = match open(source, file) {
        Ok(Some(reader)) => reader,
        Ok(None) => return Err(Error::internal(" _redirects is not a file")),
        Err(error) if error.status == StatusCode::NOT_FOUND => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = Vec::new();
    while text.len() <= FILE_BYTES_MAX
        && let Some(piece) = reader.next_piece()?
    {
        text.extend_from_slice(&piece);
    }
    let rules = Rules::parse(&text);
    rules.map(Some).map_err(|error| Error::internal(format!("could not parse _redirects: {error}")))
}

/// The file at a path; none when something else is there.
fn open<'a>(source: &'a dyn Source, path: &Path) -> Result<Option<Reader<'a>>, Error> {
    let found = resolve::resolve(source, path)?;
    match Reader::open(source, &found.cid) {
        Ok(reader) => Ok(Some(reader)),
        Err(unixfs::Error::IsDirectory) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// `to` below a site's root.
fn below(root: Cid, to: &str) -> Result<Path, Error> {
    Ok(Path::parse(&format!("/ipfs/{root}{to}"))?)
}

/// The place of a redirect; one on the same host without empty, `.` and `..` segments.
fn target(to: &str) -> String {
    match Url::parse(to) {
        Ok(url) if url.scheme.is_empty() && url.authority.is_none() => {
            let (path, query) = to.split_once('?').map_or((to, None), |(p, q)| (p, Some(q)));
            let path = gateway::clean(path).unwrap_or_else(|| path.to_owned());
            query.map_or(path.clone(), |query| format!("{path}?{query}"))
        }
        _ => to.to_owned(),
    }
}

/// A page of the site that tells about an error.
// spec: redirects.error-page
fn error_page(
    gateway: &Gateway,
    request: &ContentRequest,
    status: StatusCode,
    path: &Path,
) -> Result<Response, Error> {
    let blocks = gateway.content.blocks.clone();
    let cid = resolve::resolve(blocks.as_ref(), path)?.cid;
    let block = blocks.get(&cid)?;
    let no_file = || {
        let code = status.as_u16();
        Error::internal(format!("could not convert node for {code} page to file"))
    };
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    headers::set_cache(&mut headers, request, &cid, None);
    if request.path.is_mutable() {
        headers.remove(CACHE_CONTROL);
    }
    if cid.codec() == codec::RAW {
        headers.insert(CONTENT_LENGTH, block.len().into());
        return Ok(page(request, status, headers, body::full(block)));
    }
    let mut reader = match Reader::open_shared(blocks, &cid, block) {
        Ok(reader) => reader,
        Err(unixfs::Error::IsDirectory) => return Err(no_file()),
        Err(error) => return Err(error.into()),
    };
    let bytes = reader.size();
    headers.insert(CONTENT_LENGTH, bytes.into());
    let pieces = std::iter::from_fn(move || reader.next_piece().transpose());
    let pieces = pieces.map(|piece| piece.map_err(|error| error.to_string().into()));
    Ok(page(request, status, headers, body::pull_sized(pieces, bytes)))
}

fn page(
    request: &ContentRequest,
    status: StatusCode,
    headers: HeaderMap,
    body: crate::Body,
) -> Response {
    let body = if request.head.is_head() { body::empty() } else { body };
    serve::response(status, headers, body)
}
