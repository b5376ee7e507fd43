//! Spec: spec/node/dns.md
//!
//! Which server answers for which names: `DNS.Resolvers`.

use http::Uri;
use std::collections::BTreeMap;

/// A value that stands for the automatic configuration.
const AUTO: &str = "auto";

// spec: dns.eth
/// Zones with a server of their own unless configured otherwise.
const DEFAULTS: [(&str, &str); 1] = [("eth.", "https://dns.eth.limo/dns-query")];

/// Hosts that may be asked without encryption.
const LOCAL_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Why a rule makes no sense. The texts are the reference's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// A zone without a dot at its end.
    #[error("invalid domain {0}; must be FQDN")]
    Zone(String),
    /// No URL of a server.
    #[error("bad resolver for {zone}: invalid DoH resolver URL: {url}")]
    Url {
        /// The zone.
        zone: String,
        /// What stands for its server.
        url: String,
    },
    /// Anybody could change the answers.
    #[error("bad resolver for {0}: insecure URL: non-local DoH resolvers must use HTTPS")]
    Insecure(String),
}

/// Zones and the URLs of the servers that answer for them; all other names are for the system.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Lower-case, with a dot at the end. No URL stands for the system's servers.
    zones: BTreeMap<String, Option<Uri>>,
}

impl Rules {
    // spec: dns.rules
    /// Reads pairs of zone and URL: `.` or `eth.`, and `https://HOST/PATH`.
    ///
    /// # Errors
    /// When a zone has no dot at its end or a URL can't be used.
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, RuleError> {
        let mut zones = BTreeMap::new();
        for (zone, url) in pairs {
            // spec: dns.auto
            if url == AUTO {
                continue;
            }
            if !zone.ends_with('.') {
                return Err(RuleError::Zone(zone.to_owned()));
            }
            zones.insert(zone.to_ascii_lowercase(), server(zone, url)?);
        }
        for (zone, url) in DEFAULTS {
            if !zones.contains_key(zone) {
                zones.insert(zone.to_owned(), server(zone, url)?);
            }
        }
        Ok(Self { zones })
    }

    // spec: dns.longest-zone
    /// The server for a name that ends with a dot; `None` stands for those of the system.
    pub(super) fn server(&self, name: &str) -> Option<&Uri> {
        let name = name.to_ascii_lowercase();
        let mut rest = name.as_str();
        loop {
            if let Some(server) = self.zones.get(rest) {
                return server.as_ref();
            }
            match rest.split_once('.') {
                Some((_, shorter)) if !shorter.is_empty() => rest = shorter,
                _ => return self.zones.get(".")?.as_ref(),
            }
        }
    }
}

// spec: dns.https-only
fn server(zone: &str, url: &str) -> Result<Option<Uri>, RuleError> {
    if url.is_empty() {
        return Ok(None);
    }
    let bad = || RuleError::Url { zone: zone.to_owned(), url: url.to_owned() };
    let uri: Uri = url.parse().map_err(|_| bad())?;
    let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(bad)?;
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if LOCAL_HOSTS.contains(&host) => {}
        Some("http") => return Err(RuleError::Insecure(zone.to_owned())),
        _ => return Err(bad()),
    }
    Ok(Some(uri))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(zone: &str, url: &str) -> String {
        Rules::new([(zone, url)]).unwrap_err().to_string()
    }

    /// spec: dns.rules, dns.https-only
    #[test]
    fn bad_rules() {
        assert_eq!(fails("eth.", "zz"), "bad resolver for eth.: invalid DoH resolver URL: zz");
        assert_eq!(fails("eth", "https://a/b"), "invalid domain eth; must be FQDN");
        let insecure = "bad resolver for .: insecure URL: non-local DoH resolvers must use HTTPS";
        assert_eq!(fails(".", "http://localhost.example/"), insecure);
        for url in ["https://", "udp://a", "https://a b/"] {
            assert!(fails(".", url).contains("invalid DoH resolver URL"), "{url}");
        }
        for url in ["http://127.0.0.1:1/", "http://[::1]:1/x", "http://localhost", "https://a"] {
            assert!(Rules::new([(".", url)]).is_ok(), "{url}");
        }
    }

    /// spec: dns.longest-zone, dns.auto, dns.eth
    #[test]
    fn the_longest_zone_answers() {
        let pairs = [(".", "auto"), ("b.C.", "https://bc/"), ("c.", "https://c/"), ("x.c.", "")];
        let rules = Rules::new(pairs).unwrap();
        let server = |name: &str| rules.server(name).map(ToString::to_string);
        assert_eq!(server("a.B.c."), Some("https://bc/".to_owned()));
        assert_eq!(server("b.c."), Some("https://bc/".to_owned()));
        assert_eq!(server("xb.c."), Some("https://c/".to_owned()));
        assert_eq!(server("a.x.c."), None);
        assert_eq!(server("cc."), None);
        assert_eq!(server("."), None);
        assert_eq!(server("a.ETH."), Some("https://dns.eth.limo/dns-query".to_owned()));
        let rules = Rules::new([(".", "https://d/"), ("eth.", "")]).unwrap();
        assert_eq!(rules.server("a.").map(ToString::to_string), Some("https://d/".to_owned()));
        assert!(rules.server("a.eth.").is_none());
    }
}
