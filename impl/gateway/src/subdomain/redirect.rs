//! Spec: spec/gateway/subdomain.md
//!
//! From a path to the URL of a subdomain.

use super::route::{Asked, Look, RouteError};
use crate::escape::escape_path;
use ipfs_data::cid::{self, Cid, codec};
use ipfs_data::key::PeerId;
use ipfs_data::multibase::Base;
use ipfs_node::dnslink_label::{self, LABEL_BYTES_MAX};

/// Whether roots in this namespace are keys or domain names.
pub(super) fn has_names(namespace: &str) -> bool {
    matches!(namespace, "ipns" | "p2p")
}

/// The URL for `/NAMESPACE/ROOT/REST` on a subdomain of `gateway`; none if the path is of another
/// form, which is then answered as it is.
// spec: subdomain.migrate
pub(super) fn to_subdomain(
    asked: &Asked<'_>,
    gateway: &str,
    path: &str,
    inline: bool,
    look: &Look<'_>,
) -> Result<Option<String>, RouteError> {
    let mut parts = path.splitn(4, '/').skip(1);
    let (Some(namespace), Some(root)) = (parts.next(), parts.next()) else { return Ok(None) };
    let rest = parts.next().unwrap_or_default();
    if !matches!(namespace, "ipfs" | "ipns" | "p2p" | "ipld") || root.is_empty() {
        return Ok(None);
    }
    let root = match cid_of(namespace, root, look) {
        Some(cid) => label(namespace, &cid)?,
        None if namespace == "ipfs" => return Ok(None),
        None => domain(namespace, root, inline || asked.is_https, look)?,
    };
    // spec: subdomain.forwarded-proto
    let scheme = if asked.is_https { "https" } else { "http" };
    // spec: subdomain.keep-path
    let rest = escape_path(rest.trim_start_matches('/'));
    let query = match asked.raw_query {
        "" => String::new(),
        query => format!("?{query}"),
    };
    Ok(Some(format!("{scheme}://{}.{namespace}.{gateway}/{rest}{query}", host_name(&root)?)))
}

// spec: subdomain.peer-id
fn cid_of(namespace: &str, root: &str, look: &Look<'_>) -> Option<Cid> {
    if has_names(namespace)
        && !look.is_name(root)
        && let Ok(peer) = PeerId::parse(root)
    {
        return Some(peer.to_cid());
    }
    cid::parse(root).ok()
}

/// The text of a CID as a root.
// spec: subdomain.canonical-cid
pub(super) fn label(namespace: &str, cid: &Cid) -> Result<String, RouteError> {
    let (codec, base) = match has_names(namespace) {
        // spec: subdomain.key-codec
        true => (codec::LIBP2P_KEY, Base::Base36),
        false => (cid.codec(), Base::Base32),
    };
    let cid = Cid::new_v1(codec, *cid.hash());
    fit(cid::to_string(&cid, base), &cid)
}

/// A root that fits into a DNS label.
// spec: subdomain.label-max
pub(super) fn fit(root: String, cid: &Cid) -> Result<String, RouteError> {
    if root.len() <= LABEL_BYTES_MAX {
        return Ok(root);
    }
    let shorter = cid::to_string(&cid::to_v1(cid), Base::Base36);
    match shorter.len() <= LABEL_BYTES_MAX {
        true => Ok(shorter),
        false => Err(RouteError::LabelTooLong(shorter)),
    }
}

// spec: subdomain.inline-redirect
fn domain(
    namespace: &str,
    root: &str,
    inline: bool,
    look: &Look<'_>,
) -> Result<String, RouteError> {
    let mut name = root.to_owned();
    if namespace == "ipns" && !name.contains('.') && name.contains('-') {
        let inlined = dnslink_label::decode(&name);
        if look.has_link(&inlined) {
            name = inlined;
        }
    }
    if inline && namespace == "ipns" && name.contains('.') && look.has_link(&name) {
        name = dnslink_label::encode(&name)?;
    }
    Ok(name)
}

/// The root as part of a host name: nothing in it may end the host.
// spec: subdomain.no-foreign-host
fn host_name(root: &str) -> Result<String, RouteError> {
    let foreign = |c: &char| c.is_ascii() && !c.is_ascii_alphanumeric() && !"-._~".contains(*c);
    if let Some(bad) = root.chars().find(foreign) {
        return Err(RouteError::Character(bad));
    }
    Ok(escape_path(root))
}
