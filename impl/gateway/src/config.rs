//! Spec: spec/gateway/README.md
//!
//! The settings of the section `Gateway` of the configuration file, with the defaults filled in.

use ipfs_repo::config;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Longest pause of a response while content is looked for, unless configured.
pub const RETRIEVAL_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest time a request may take altogether, unless configured.
pub const REQUEST_DURATION_MAX: Duration = Duration::from_secs(3600);
/// Requests served at a time, unless configured.
pub const CONCURRENT_REQUESTS_MAX: usize = 4096;
/// Where the page of a timeout sends people, unless configured.
pub const DIAGNOSTIC_SERVICE_URL: &str = "https://check.ipfs.network";

/// A setting that no gateway can start with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The value of a key has the wrong type or form.
    #[error("invalid value of {key} in the configuration: {reason}")]
    Value {
        /// The key, `Gateway.X`.
        key: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
}

/// How one host name is served.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PublicGateway {
    /// Path prefixes that are served on the name, such as `/ipfs`.
    pub paths: Vec<String>,
    /// Whether content roots have a subdomain each; paths redirect there.
    pub use_subdomains: bool,
    /// Whether the name's own DNSLink is left alone.
    pub no_dnslink: bool,
    /// Whether DNSLink names are always written as one DNS label.
    pub inline_dnslink: bool,
    /// Whether files and directories are served, not only blocks, CARs and records.
    pub deserialized_responses: bool,
}

/// The section `Gateway`.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Headers added to every answer, in the order of the file.
    pub http_headers: Vec<(String, Vec<String>)>,
    /// Target of `/`; empty for none.
    pub root_redirect: String,
    /// Whether only blocks and records of this machine are served.
    pub no_fetch: bool,
    /// Whether the DNSLink of the host name is left alone.
    pub no_dnslink: bool,
    /// Whether files and directories are served, not only blocks, CARs and records.
    pub deserialized_responses: bool,
    /// Whether blocks of one codec are served in another.
    pub allow_codec_conversion: bool,
    /// Whether errors are plain text for browsers too.
    pub disable_html_errors: bool,
    /// Whether `/routing/v1` is served.
    pub expose_routing_api: bool,
    /// Longest pause before and during a response; `None` for no bound.
    pub retrieval_timeout: Option<Duration>,
    /// Longest time of a whole request.
    pub request_duration_max: Duration,
    /// Requests served at a time; `None` for no bound.
    pub concurrent_requests_max: Option<usize>,
    /// Largest file, in bytes, of which ranges are served; `None` for no bound.
    pub range_file_bytes_max: Option<u64>,
    /// Where the page of a timeout sends people; empty for nowhere.
    pub diagnostic_service_url: String,
    /// Host names with rules of their own, by name with or without port.
    pub public_gateways: BTreeMap<String, PublicGateway>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            http_headers: Vec::new(),
            root_redirect: String::new(),
            no_fetch: false,
            no_dnslink: false,
            deserialized_responses: true,
            allow_codec_conversion: false,
            disable_html_errors: false,
            expose_routing_api: true,
            retrieval_timeout: Some(RETRIEVAL_TIMEOUT),
            request_duration_max: REQUEST_DURATION_MAX,
            concurrent_requests_max: Some(CONCURRENT_REQUESTS_MAX),
            range_file_bytes_max: None,
            diagnostic_service_url: DIAGNOSTIC_SERVICE_URL.to_owned(),
            public_gateways: implicit_gateways(true),
        }
    }
}

/// `localhost` is a subdomain gateway unless the configuration says otherwise.
fn implicit_gateways(deserialized_responses: bool) -> BTreeMap<String, PublicGateway> {
    let localhost = PublicGateway {
        paths: ["/ipfs/", "/ipns/", "/p2p/"].map(str::to_owned).into(),
        use_subdomains: true,
        deserialized_responses,
        ..PublicGateway::default()
    };
    [("localhost".to_owned(), localhost)].into()
}

impl Config {
    /// The settings of a configuration file.
    ///
    /// # Errors
    /// [`Error`] names the key that no gateway can start with.
    pub fn from_tree(tree: &config::Config) -> Result<Self, Error> {
        let default = Self::default();
        let flag = |key: &str, default| tree.flag(&format!("Gateway.{key}")).unwrap_or(default);
        let deserialized_responses = flag("DeserializedResponses", true);
        let retrieval = duration(tree, "RetrievalTimeout")?.unwrap_or(RETRIEVAL_TIMEOUT);
        let request = duration(tree, "MaxRequestDuration")?.unwrap_or(REQUEST_DURATION_MAX);
        Ok(Self {
            http_headers: http_headers(tree)?,
            root_redirect: root_redirect(tree)?,
            no_fetch: flag("NoFetch", false),
            no_dnslink: flag("NoDNSLink", false),
            deserialized_responses,
            allow_codec_conversion: flag("AllowCodecConversion", false),
            disable_html_errors: flag("DisableHTMLErrors", false),
            expose_routing_api: flag("ExposeRoutingAPI", true),
            retrieval_timeout: (!retrieval.is_zero()).then_some(retrieval),
            request_duration_max: if request.is_zero() { REQUEST_DURATION_MAX } else { request },
            concurrent_requests_max: concurrent_requests(tree),
            range_file_bytes_max: tree
                .bytes("Gateway.MaxRangeRequestFileSize")
                .filter(|&bytes| bytes > 0),
            diagnostic_service_url: tree
                .text("Gateway.DiagnosticServiceURL")
                .map_or(default.diagnostic_service_url, str::to_owned),
            public_gateways: public_gateways(tree, deserialized_responses)?,
        })
    }
}

fn duration(tree: &config::Config, key: &str) -> Result<Option<Duration>, Error> {
    let key = format!("Gateway.{key}");
    let Some(value) = tree.value(&key) else { return Ok(None) };
    let fail = |reason| Error::Value { key: key.clone(), reason };
    let text = value.as_str().ok_or_else(|| fail("a text such as \"30s\" is expected".into()))?;
    match text {
        "" | "default" => Ok(None),
        text => config::parse_duration(text).map(config::to_duration).map(Some).map_err(fail),
    }
}

/// Zero and negative numbers mean no bound.
fn concurrent_requests(tree: &config::Config) -> Option<usize> {
    match tree.integer("Gateway.MaxConcurrentRequests") {
        None => Some(CONCURRENT_REQUESTS_MAX),
        Some(count) => usize::try_from(count).ok().filter(|&count| count > 0),
    }
}

fn http_headers(tree: &config::Config) -> Result<Vec<(String, Vec<String>)>, Error> {
    const KEY: &str = "Gateway.HTTPHeaders";
    let fail = |reason: String| Error::Value { key: KEY.into(), reason };
    let Some(value) = tree.value(KEY) else { return Ok(Vec::new()) };
    let map = value.as_object().ok_or_else(|| fail("an object of lists is expected".into()))?;
    let mut headers = Vec::new();
    for (name, values) in map {
        if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
            return Err(fail(format!("{name:?} is no name of a header")));
        }
        let mut texts = Vec::new();
        for value in values.as_array().map(Vec::as_slice).unwrap_or_default() {
            let text = value.as_str().unwrap_or_default();
            if http::HeaderValue::from_str(text).is_err() {
                return Err(fail(format!("{text:?} is no value of a header")));
            }
            texts.push(text.to_owned());
        }
        headers.push((name.clone(), texts));
    }
    Ok(headers)
}

fn root_redirect(tree: &config::Config) -> Result<String, Error> {
    let target = tree.text("Gateway.RootRedirect").unwrap_or_default();
    match http::HeaderValue::from_str(target) {
        Ok(_) => Ok(target.to_owned()),
        Err(_) => Err(Error::Value {
            key: "Gateway.RootRedirect".into(),
            reason: format!("{target:?} can't be the target of a redirect"),
        }),
    }
}

fn public_gateways(
    tree: &config::Config,
    deserialized_responses: bool,
) -> Result<BTreeMap<String, PublicGateway>, Error> {
    const KEY: &str = "Gateway.PublicGateways";
    let mut gateways = implicit_gateways(deserialized_responses);
    let Some(value) = tree.value(KEY) else { return Ok(gateways) };
    let fail = |reason: &str| Error::Value { key: KEY.into(), reason: reason.into() };
    let map = value.as_object().ok_or_else(|| fail("an object is expected"))?;
    for (host, rules) in map {
        if rules.is_null() {
            gateways.remove(host);
            continue;
        }
        let flag = |key: &str| rules.get(key).and_then(Value::as_bool);
        let paths = rules.get("Paths").and_then(Value::as_array).map(Vec::as_slice);
        gateways.insert(
            host.clone(),
            PublicGateway {
                paths: paths
                    .unwrap_or_default()
                    .iter()
                    .filter_map(|path| path.as_str().map(str::to_owned))
                    .collect(),
                use_subdomains: flag("UseSubdomains").unwrap_or(false),
                no_dnslink: flag("NoDNSLink").unwrap_or(false),
                inline_dnslink: flag("InlineDNSLink").unwrap_or(false),
                deserialized_responses: flag("DeserializedResponses")
                    .unwrap_or(deserialized_responses),
            },
        );
    }
    Ok(gateways)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Result<Config, Error> {
        let tree = config::Tree::parse(text.as_bytes()).expect("JSON");
        Config::from_tree(&config::Config::new(&tree).expect("types fit"))
    }

    #[test]
    fn an_empty_section_is_the_default() {
        assert_eq!(config("{}").as_ref(), Ok(&Config::default()));
        assert_eq!(config("{\"Gateway\":{\"PublicGateways\":null}}"), Ok(Config::default()));
    }

    #[test]
    fn every_key_is_read() {
        let read = config(
            r#"{"Gateway":{"HTTPHeaders":{"X-A":["1","2"]},"RootRedirect":"/r","NoFetch":true,
            "NoDNSLink":true,"DeserializedResponses":false,"AllowCodecConversion":true,
            "DisableHTMLErrors":true,"ExposeRoutingAPI":false,"RetrievalTimeout":"5s",
            "MaxRequestDuration":"0","MaxConcurrentRequests":7,"MaxRangeRequestFileSize":"5GB",
            "DiagnosticServiceURL":"","PublicGateways":{"localhost":null,
            "example.com":{"Paths":["/ipfs"],"UseSubdomains":true}}}}"#,
        )
        .expect("is right");
        let host = PublicGateway {
            paths: vec!["/ipfs".into()],
            use_subdomains: true,
            ..PublicGateway::default()
        };
        let wanted = Config {
            http_headers: vec![("X-A".into(), vec!["1".into(), "2".into()])],
            root_redirect: "/r".into(),
            no_fetch: true,
            no_dnslink: true,
            deserialized_responses: false,
            allow_codec_conversion: true,
            disable_html_errors: true,
            expose_routing_api: false,
            retrieval_timeout: Some(Duration::from_secs(5)),
            request_duration_max: REQUEST_DURATION_MAX,
            concurrent_requests_max: Some(7),
            range_file_bytes_max: Some(5_000_000_000),
            diagnostic_service_url: String::new(),
            public_gateways: [("example.com".to_owned(), host)].into(),
        };
        assert_eq!(read, wanted);
    }

    #[test]
    fn zero_takes_bounds_away() {
        let read = config(
            r#"{"Gateway":{"RetrievalTimeout":"0s","MaxConcurrentRequests":0,
            "MaxRangeRequestFileSize":"0"}}"#,
        )
        .expect("is right");
        assert_eq!(read.retrieval_timeout, None);
        assert_eq!(read.concurrent_requests_max, None);
        assert_eq!(read.range_file_bytes_max, None);
    }

    #[test]
    fn refusals_name_the_key() {
        let headers = config(r#"{"Gateway":{"HTTPHeaders":{"a b":["1"]}}}"#).unwrap_err();
        assert!(headers.to_string().contains("Gateway.HTTPHeaders"), "{headers}");
        let redirect = config(r#"{"Gateway":{"RootRedirect":"/a\nb"}}"#).unwrap_err();
        assert!(redirect.to_string().contains("Gateway.RootRedirect"), "{redirect}");
    }
}
