//! Spec: spec/gateway/path-gateway.md
//!
//! The frame of all pages made here: head, style, icons, breadcrumbs. Pages load nothing and run no
//! script.

use crate::escape::{escape_path, html};
use crate::request::{ContentRequest, Origin};

/// Changes with the looks of the pages, for the validators of pages.
pub(crate) const VERSION: &str = "2026.11";

const STYLE: &str = include_str!("page/style.css");
const ICONS: &str = include_str!("page/icons.svg");

/// The beginning of a page, up to the start of its main part.
// spec: path-gateway.listing-isolated
pub(crate) fn begin(title: &str, description: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
         'unsafe-inline'; img-src data:\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"description\" content=\"{}\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{}</title>\n\
         <link rel=\"icon\" href=\"{FAVICON}\">\n<style>{STYLE}</style>\n</head>\n<body>\n\
         {ICONS}<main>\n",
        html(description),
        html(title)
    )
}

/// The end of a page.
pub(crate) const END: &str = "</main>\n<footer><a href=\"https://ipfs.tech\" \
    rel=\"noopener noreferrer\">About IPFS</a> <a href=\"https://docs.ipfs.tech/install/\" \
    rel=\"noopener noreferrer\">Run your own node</a></footer>\n</body>\n</html>\n";

const FAVICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 \
    32 32'%3E%3Cpath fill='%230b8a9e' d='M16 1 29 8.5v15L16 31 3 23.5v-15z'/%3E%3Cpath \
    fill='%23fff' fill-opacity='.85' d='m16 7 8 4.6v8.8L16 25l-8-4.6v-8.8z'/%3E%3Cpath \
    fill='%230b8a9e' d='m16 12 4 2.3v4.4L16 21l-4-2.3v-4.4z'/%3E%3C/svg%3E";

/// A reference to an icon.
pub(crate) fn icon(name: &str) -> String {
    format!("<svg class=\"icon\" aria-hidden=\"true\"><use href=\"#{name}\"/></svg>")
}

/// Where links to content roots other than this one start: another host when this one has an origin
/// of its own.
pub(crate) fn links_host(request: &ContentRequest) -> String {
    match &request.origin {
        Origin::Path => String::new(),
        Origin::Subdomain { gateway } => format!("//{gateway}"),
        Origin::DnsLink { host } => format!("//{host}"),
    }
}

/// Whether the page is part of the web site that the host name stands for.
pub(crate) fn is_site(request: &ContentRequest) -> bool {
    let Origin::DnsLink { host } = &request.origin else { return false };
    let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
    request.path.is_mutable() && request.path.root() == name
}

/// The content path as links to each directory on it.
// spec: subdomain.links
pub(crate) fn breadcrumbs(request: &ContentRequest) -> String {
    let host = html(&links_host(request));
    let path = &request.path;
    let mut out = format!("/{}", path.namespace().as_str());
    let mut target = match is_site(request) {
        true => String::new(),
        false => format!("/{}/{}", path.namespace().as_str(), path.root()),
    };
    for (index, name) in std::iter::once(path.root()).chain(path.segments()).enumerate() {
        if index > 0 {
            target.push('/');
            target.push_str(name);
        }
        let link = if target.is_empty() { "/".to_owned() } else { escape_path(&target) };
        out.push_str(&format!("/<a href=\"{host}{}\">{}</a>", html(&link), html(name)));
    }
    out
}

/// The address of a content root: at this gateway, or elsewhere for pages of a web site.
pub(crate) fn root_link(request: &ContentRequest, cid: &str, name: Option<&str>) -> String {
    if is_site(request) {
        return format!(
            "href=\"https://cid.ipfs.tech/#{cid}\" target=\"_blank\" rel=\"noreferrer noopener\""
        );
    }
    let host = html(&links_host(request));
    // The reference escapes the name twice, and checkers of gateways expect it.
    let query = name
        .map_or_else(String::new, |name| format!("?filename={}", escape_path(&escape_path(name))));
    format!("href=\"{host}/ipfs/{cid}{query}\"")
}

/// The ends of a CID.
pub(crate) fn short(cid: &str) -> String {
    match (cid.get(..4), cid.get(cid.len().saturating_sub(4)..)) {
        (Some(first), Some(last)) if cid.len() > 8 => format!("{first}\u{2026}{last}"),
        _ => cid.to_owned(),
    }
}

/// A number of bytes for people: `13 B`, `1.2 kB`, `34 MB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 10 {
        return format!("{bytes} B");
    }
    let exponent = (bytes.ilog10() / 3) as usize;
    let value = (bytes as f64 / 1000f64.powi(exponent as i32) * 10.0 + 0.5).floor() / 10.0;
    let unit = UNITS[exponent];
    if value < 10.0 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_for_people() {
        let all = [0, 9, 13, 999, 1000, 1234, 9999, 12_345, 1_000_000, 83_000_000, u64::MAX];
        let texts = all.map(size);
        let wanted = [
            "0 B", "9 B", "13 B", "999 B", "1.0 kB", "1.2 kB", "10 kB", "12 kB", "1.0 MB", "83 MB",
            "18 EB",
        ];
        assert_eq!(texts, wanted);
    }

    #[test]
    fn short_names_of_cids() {
        assert_eq!(
            short("bafkreiacgqvox2b47pugujb2zol35lrl7dtefxadvcg2yepulnacpzxbpa"),
            "bafk…xbpa"
        );
        assert_eq!(short("bafkqaaa"), "bafkqaaa");
    }
}
