//! Spec: spec/gateway/path-gateway.md
//!
//! Formats in which content is asked for, and how a request names one.

use crate::Query;
use http::HeaderMap;
use http::header::ACCEPT;

/// A format other than the default: files as they are, directories as pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// One block.
    Raw,
    /// Blocks, in a CAR.
    Car,
    /// Files, in a tar.
    Tar,
    /// `application/json`
    Json,
    /// `application/cbor`
    Cbor,
    /// `application/vnd.ipld.dag-json`
    DagJson,
    /// `application/vnd.ipld.dag-cbor`
    DagCbor,
    /// The signed record of a name.
    IpnsRecord,
    /// A media type of ours by its form, but none that exists.
    Unknown(String),
}

/// Names in `format=`, media types, formats.
pub const NAMES: [(&str, &str, Format); 8] = [
    ("raw", "application/vnd.ipld.raw", Format::Raw),
    ("car", "application/vnd.ipld.car", Format::Car),
    ("tar", "application/x-tar", Format::Tar),
    ("dag-json", "application/vnd.ipld.dag-json", Format::DagJson),
    ("dag-cbor", "application/vnd.ipld.dag-cbor", Format::DagCbor),
    ("ipns-record", "application/vnd.ipfs.ipns-record", Format::IpnsRecord),
    ("json", "application/json", Format::Json),
    ("cbor", "application/cbor", Format::Cbor),
];

/// Beginnings of media types in `Accept` that ask for a format.
const ACCEPTED_PREFIXES: [&str; 5] = [
    "application/vnd.ipld",
    "application/vnd.ipfs",
    "application/x-tar",
    "application/json",
    "application/cbor",
];

impl Format {
    /// The format that `format=` names.
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, ..)| *known == name).map(|(.., format)| format.clone())
    }

    /// The format of a media type.
    pub fn from_media_type(media_type: &str) -> Self {
        NAMES
            .iter()
            .find(|(_, known, _)| *known == media_type)
            .map_or_else(|| Self::Unknown(media_type.to_owned()), |(.., format)| format.clone())
    }

    /// The name in `format=`; empty for unknown ones.
    pub fn name(&self) -> &'static str {
        NAMES.iter().find(|(.., format)| format == self).map_or("", |(name, ..)| name)
    }

    /// The media type, without parameters.
    pub fn media_type(&self) -> &str {
        match self {
            Self::Unknown(media_type) => media_type,
            known => {
                NAMES.iter().find(|(.., format)| format == known).map_or("", |(_, media, _)| media)
            }
        }
    }
}

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// The format; `None` for the default.
    pub format: Option<Format>,
    /// Parameters of the media type in `Accept`, names in lower case, in order.
    pub params: Vec<(String, String)>,
}

impl Wanted {
    /// A parameter of the media type.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads what a request asks for. The error is the reason why `Accept` can't be read.
// spec: path-gateway.format-over-accept
pub fn negotiate(query: &Query, headers: &HeaderMap) -> Result<Wanted, String> {
    let asked = query.get("format").and_then(Format::from_name);
    let accepted = accepted(headers)?;
    Ok(match (asked, accepted) {
        (Some(format), Some(accepted)) if accepted.format.as_ref() == Some(&format) => accepted,
        (Some(format), _) => Wanted { format: Some(format), params: Vec::new() },
        (None, accepted) => accepted.unwrap_or_default(),
    })
}

/// The first media type in `Accept` that asks for a format.
fn accepted(headers: &HeaderMap) -> Result<Option<Wanted>, String> {
    for header in headers.get_all(ACCEPT) {
        let Ok(header) = header.to_str() else { continue };
        for value in header.split(',').map(str::trim) {
            if ACCEPTED_PREFIXES.iter().any(|prefix| value.starts_with(prefix)) {
                return media_type(value).map(Some);
            }
        }
    }
    Ok(None)
}

/// Reads `type/subtype; name=value; name="value"`.
fn media_type(text: &str) -> Result<Wanted, String> {
    let mut parts = text.split(';');
    let media = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    if !is_media_type(&media) {
        return Err("mime: unexpected content after media subtype".into());
    }
    let mut params: Vec<(String, String)> = Vec::new();
    for part in parts.map(str::trim) {
        if part.is_empty() {
            continue;
        }
        let invalid = || "mime: invalid media parameter".to_owned();
        let (name, value) = part.split_once('=').ok_or_else(invalid)?;
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        let value = match value.strip_prefix('"') {
            Some(quoted) => quoted.strip_suffix('"').ok_or_else(invalid)?.replace('\\', ""),
            None if is_token(value) => value.to_owned(),
            None => return Err(invalid()),
        };
        if !is_token(&name) {
            return Err(invalid());
        }
        if params.iter().any(|(known, _)| *known == name) {
            return Err("mime: duplicate parameter name".into());
        }
        params.push((name, value));
    }
    Ok(Wanted { format: Some(Format::from_media_type(&media)), params })
}

fn is_media_type(text: &str) -> bool {
    text.split_once('/').is_some_and(|(kind, sub)| is_token(kind) && is_token(sub))
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(query: &str, accept: &str) -> Result<Wanted, String> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, accept.parse().expect("a header"));
        negotiate(&Query::parse(query), &headers)
    }

    #[test]
    fn the_query_wins_and_keeps_fitting_parameters() {
        let car = "application/vnd.ipld.car; order=dfs; dups=\"y\"";
        let both = wanted("format=car", car).unwrap();
        assert_eq!((both.param("order"), both.param("dups")), (Some("dfs"), Some("y")));
        let raw = wanted("format=raw", car).unwrap();
        assert_eq!(raw, Wanted { format: Some(Format::Raw), params: vec![] });
        assert_eq!(wanted("format=nothing", car).unwrap().format, Some(Format::Car));
        assert_eq!(wanted("", "text/html,*/*;q=0.8").unwrap(), Wanted::default());
    }

    #[test]
    fn the_first_of_ours_counts() {
        let two =
            wanted("", "text/html, application/vnd.ipld.raw;q=0.1, application/json").unwrap();
        assert_eq!(two.format, Some(Format::Raw));
        let odd = wanted("", "application/vnd.ipld.foo").unwrap();
        assert_eq!(odd.format, Some(Format::Unknown("application/vnd.ipld.foo".into())));
        assert!(wanted("", "application/vnd.ipld.car;a b").is_err());
        assert!(wanted("", "application/vnd.ipld.car;a=1;a=2").is_err());
    }
}
