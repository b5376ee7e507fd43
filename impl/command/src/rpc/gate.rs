//! Spec: spec/command/rpc.md
//!
//! Who may call the RPC: secrets, origins, methods, browsers.

use super::{AGENT, answer};
use base64::Engine;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use ipfs_node::http::{Body, empty};

/// Pages of the IPFS Companion browser extension.
const COMPANION: [&str; 2] = [
    "chrome-extension://nibjojkomfdiaoajekhjakgkdhaomnch",
    "chrome-extension://hjoieblefckbooibpepigmacodalfndh",
];

/// Request headers that a page of an allowed origin may set.
const CORS_HEADERS: [&str; 4] = ["accept", "content-type", "origin", "x-requested-with"];

const DENIED: &str = "Kubo RPC Access Denied: Please provide a valid authorization token as defined \
                      in the API.Authorizations configuration.";

/// A secret and what it opens.
#[derive(Debug, Clone)]
pub struct Authorization {
    /// The value of the header `Authorization`; `None` when no value fits.
    header: Option<String>,
    /// Prefixes of the paths it opens.
    paths: Vec<String>,
}

impl Authorization {
    /// The secret in one of its forms: `bearer:TOKEN`, `basic:USER:PASSWORD`, `basic:BASE64`, or a
    /// bare token.
    // spec: rpc.auth-secrets
    pub fn new(secret: &str, paths: Vec<String>) -> Self {
        let header = match secret.split_once(':') {
            Some(("bearer", token)) => Some(format!("Bearer {token}")),
            Some(("basic", pair)) if pair.contains(':') => {
                let pair = base64::engine::general_purpose::STANDARD.encode(pair);
                Some(format!("Basic {pair}"))
            }
            Some(("basic", encoded)) => Some(format!("Basic {encoded}")),
            Some(_) => None,
            None => Some(format!("Bearer {secret}")),
        };
        Self { header, paths }
    }

    // spec: rpc.auth-version
    fn opens(&self, given: &str, path: &str) -> Option<bool> {
        let header = self.header.as_deref()?;
        // Compared to the end, so that time tells nothing about the secret.
        let same = given.len() == header.len()
            && given.bytes().zip(header.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0;
        same.then(|| {
            path == "/api/v0/version" || self.paths.iter().any(|prefix| path.starts_with(prefix))
        })
    }
}

/// The rules of one listener.
#[derive(Debug, Clone, Default)]
pub struct Access {
    authorizations: Vec<Authorization>,
    origins: Vec<String>,
    methods: Vec<String>,
    credentials: bool,
    /// Headers that every answer of a command gets.
    pub(super) headers: HeaderMap,
    /// Headers that the way to the web interface gets: the configured ones as they are.
    pub(super) webui_headers: HeaderMap,
}

impl Access {
    /// Rules from the configuration: `API.Authorizations`, `API.HTTPHeaders`; `host` is what
    /// browsers see of the listener, such as its port.
    // spec: rpc.origin-own, rpc.origin-companion, rpc.cors-config
    pub fn new(
        authorizations: Vec<Authorization>,
        configured: &[(String, Vec<String>)],
        port: Option<u16>,
    ) -> Self {
        let list = |wanted: &str| {
            let found = configured.iter().find(|(name, _)| name == wanted);
            found.map(|(_, values)| values.clone()).unwrap_or_default()
        };
        let mut origins = list("Access-Control-Allow-Origin");
        let port = port.map_or("<port>".to_owned(), |port| port.to_string());
        for host in ["127.0.0.1", "[::1]", "localhost"] {
            for scheme in ["http", "https"] {
                origins.push(format!("{scheme}://{host}:{port}"));
            }
        }
        origins.extend(COMPANION.map(str::to_owned));
        let mut methods = list("Access-Control-Allow-Methods");
        if methods.is_empty() {
            methods.push("POST".to_owned());
        }
        let credentials =
            list("Access-Control-Allow-Credentials").iter().any(|text| text == "true");
        let (mut headers, mut webui_headers) = (HeaderMap::new(), HeaderMap::new());
        for (text, values) in configured {
            let Ok(name) = HeaderName::try_from(text.as_str()) else { continue };
            for value in values.iter().filter_map(|value| HeaderValue::try_from(value).ok()) {
                webui_headers.append(name.clone(), value.clone());
                if !is_cors(text) {
                    headers.append(name.clone(), value);
                }
            }
        }
        Self { authorizations, origins, methods, credentials, headers, webui_headers }
    }

    /// One more origin.
    pub fn allow_origin(&mut self, origin: String) {
        self.origins.push(origin);
    }

    fn allows(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| {
            allowed == "*"
                || allowed.eq_ignore_ascii_case(origin)
                || allowed.split_once('*').is_some_and(|(before, after)| {
                    origin.len() >= before.len() + after.len()
                        && origin.starts_with(before)
                        && origin.ends_with(after)
                })
        })
    }

    /// Judges a request by its head alone.
    // spec: rpc.gate-order, rpc.auth, rpc.auth-first, rpc.post-only, rpc.options
    pub(super) fn check(&self, request: &Request<Body>) -> Verdict {
        let head = request.headers();
        if !self.authorizations.is_empty() {
            let given = head.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
            let path = request.uri().path();
            let opened = given.is_some_and(|given| {
                let mut found = self.authorizations.iter().filter_map(|one| one.opens(given, path));
                found.any(|opens| opens)
            });
            if !opened {
                return Verdict::Answer(answer::text(StatusCode::FORBIDDEN, DENIED));
            }
        }
        let origin = text(head, header::ORIGIN);
        let is_preflight = request.method() == Method::OPTIONS
            && text(head, header::ACCESS_CONTROL_REQUEST_METHOD).is_some();
        if is_preflight {
            return Verdict::Answer(self.preflight(head, origin.unwrap_or_default()));
        }
        let cors = self.cors(origin, request.method().as_str());
        match *request.method() {
            Method::POST => {}
            Method::OPTIONS => {
                let mut response = Response::new(empty());
                *response.status_mut() = StatusCode::NO_CONTENT;
                response.headers_mut().insert(header::ALLOW, ALLOW);
                return Verdict::Refused(response, cors);
            }
            _ => {
                let mut response =
                    answer::text(StatusCode::METHOD_NOT_ALLOWED, "405 - Method Not Allowed");
                response.headers_mut().insert(header::ALLOW, ALLOW);
                return Verdict::Refused(response, cors);
            }
        }
        if self.is_foreign_page(head, origin) {
            return Verdict::Refused(answer::text(StatusCode::FORBIDDEN, "403 - Forbidden"), cors);
        }
        Verdict::Pass(cors)
    }

    // spec: rpc.origin-forbidden, rpc.referer, rpc.browser-user-agent, rpc.host
    fn is_foreign_page(&self, head: &HeaderMap, origin: Option<&str>) -> bool {
        let referer = text(head, header::REFERER);
        if origin.is_some_and(|origin| !self.allows(origin)) {
            return true;
        }
        if let Some(referer) = referer {
            let parsed: Option<http::Uri> = referer.parse().ok();
            let base = parsed
                .and_then(|uri| Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?)));
            return !base.is_some_and(|base| self.allows(&base));
        }
        let agent = text(head, header::USER_AGENT).unwrap_or_default();
        origin.is_none() && agent.starts_with("Mozilla") && !agent.contains("Electron")
    }

    // spec: rpc.cors-star
    fn cors(&self, origin: Option<&str>, method: &str) -> Cors {
        let allowed = origin.filter(|origin| {
            self.allows(origin) && self.methods.iter().any(|allowed| allowed == method)
        });
        let origin = allowed.map(|origin| {
            if self.origins.iter().any(|allowed| allowed == "*") { "*" } else { origin }.to_owned()
        });
        let credentials = self.credentials && origin.is_some();
        Cors { origin, credentials }
    }

    // spec: rpc.preflight, rpc.preflight-refused
    fn preflight(&self, head: &HeaderMap, origin: &str) -> Response<Body> {
        let mut response = Response::new(empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let out = response.headers_mut();
        out.insert(header::VARY, PREFLIGHT_VARY);
        let method = text(head, header::ACCESS_CONTROL_REQUEST_METHOD).unwrap_or_default();
        let asked = text(head, header::ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default();
        let names = asked.split(',').map(str::trim).filter(|name| !name.is_empty());
        let known = names.clone().all(|name| CORS_HEADERS.contains(&name));
        let method_allowed = self.methods.iter().any(|allowed| allowed == method);
        if origin.is_empty() || !self.allows(origin) || !method_allowed || !known {
            return response;
        }
        self.cors(Some(origin), method).origin.map(|origin| {
            let value = HeaderValue::try_from(origin).ok()?;
            out.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, value)
        });
        if let Ok(method) = HeaderValue::try_from(method) {
            out.insert(header::ACCESS_CONTROL_ALLOW_METHODS, method);
        }
        if !asked.is_empty()
            && let Ok(asked) = HeaderValue::try_from(asked)
        {
            out.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
        }
        if self.credentials {
            out.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        response
    }
}

const ALLOW: HeaderValue = HeaderValue::from_static("OPTIONS, POST");
const PREFLIGHT_VARY: HeaderValue = HeaderValue::from_static(
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
);

fn is_cors(name: &str) -> bool {
    matches!(
        name,
        "Access-Control-Allow-Origin"
            | "Access-Control-Allow-Methods"
            | "Access-Control-Allow-Credentials"
    )
}

fn text(head: &HeaderMap, name: HeaderName) -> Option<&str> {
    let value = head.get(name)?;
    // What is no text can't be an origin that anybody allowed; it is not absent either.
    Some(value.to_str().unwrap_or("\u{fffd}"))
}

/// What the gate says.
pub(super) enum Verdict {
    /// This is the answer, as it is.
    Answer(Response<Body>),
    /// This is the answer, after the headers for browsers.
    Refused(Response<Body>, Cors),
    /// The command may run.
    Pass(Cors),
}

/// Headers that tell browsers which page may read the answer.
pub(super) struct Cors {
    origin: Option<String>,
    credentials: bool,
}

impl Cors {
    // spec: rpc.vary-origin
    pub(super) fn apply(self, headers: &mut HeaderMap) {
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        let Some(origin) = self.origin.and_then(|origin| HeaderValue::try_from(origin).ok()) else {
            return;
        };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if self.credentials {
            let yes = HeaderValue::from_static("true");
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
        }
    }
}

/// Refuses clients that say they are a command line of another version.
// spec: rpc.version-check
pub(super) fn client_version(request: &Request<Body>) -> Option<Response<Body>> {
    let ours = format!("/{AGENT}/");
    let command = request.uri().path().strip_prefix("/api/v0/")?;
    let agent = text(request.headers(), header::USER_AGENT)?;
    let named = agent.contains("/go-ipfs/") || agent.contains("/kubo/");
    if !named || agent == ours || command.split('/').next() == Some("version") {
        return None;
    }
    let message = format!("api version mismatch ({ours} != {agent})");
    Some(answer::text(StatusCode::BAD_REQUEST, &message))
}
