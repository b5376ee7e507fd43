//! Spec: spec/gateway/redirects.md
//!
//! The query of a redirect: that of the rule and that of the request.

use crate::url::{Url, encode_query, parse_query};

/// `to` with the parameters of `query` added; those of the same name in `to` give way.
// spec: redirects.query
pub(super) fn merged(to: String, query: Option<&str>) -> String {
    let Some(query) = query.filter(|query| !query.is_empty()) else { return to };
    let Ok(mut url) = Url::parse(&to) else { return to };
    let asked = parse_query(query);
    let mut all = parse_query(url.query.as_deref().unwrap_or_default());
    all.retain(|(key, _)| asked.iter().all(|(other, _)| other != key));
    all.extend(asked);
    // Stable: values of one key keep their order.
    all.sort_by(|a, b| a.0.cmp(&b.0));
    url.query = Some(encode_query(&all));
    url.to_string()
}
