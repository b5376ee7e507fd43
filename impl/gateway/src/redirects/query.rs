//! Spec: spec/gateway/redirects.md
//!
//! The query of a redirect: that of the rule and that of the request.

use crate::query::Query;
use crate::url::Url;

/// `to` with the parameters of `query` added; those of the same name in `to` give way.
// spec: redirects.query
pub(super) fn merged(to: String, query: Option<&str>) -> String {
    let Some(query) = query.filter(|query| !query.is_empty()) else { return to };
    let Ok(mut url) = Url::parse(&to) else { return to };
    let mut all = Query::parse(url.query.as_deref().unwrap_or_default());
    all.replace(Query::parse(query));
    url.query = Some(all.encode());
    url.to_string()
}
