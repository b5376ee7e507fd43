//! Spec: spec/command/pin-command.md
//!
//! A client of the Pinning Service API.

use crate::encode::quote;
use crate::error::{Error, Result};
use crate::request::Cancel;
use crate::web::{self, Ask};
use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Pins that are asked for at once.
const PAGE_PINS: usize = 1000;

/// Most pages of one list.
const PAGES_MAX: usize = 10_000;

/// Longest answer, in bytes.
const ANSWER_BYTES_MAX: u64 = 32 << 20;

/// A service.
pub(super) struct Service<'a> {
    /// Its URL.
    pub(super) endpoint: String,
    /// Its secret.
    pub(super) key: String,
    /// When to stop.
    pub(super) cancel: &'a Cancel,
}

/// Which pins are meant.
#[derive(Default)]
pub(super) struct Filter {
    /// Only pins of these CIDs.
    pub(super) cids: Vec<String>,
    /// Only pins with this name.
    pub(super) name: String,
    /// Only pins in these states.
    pub(super) states: Vec<String>,
}

/// How a request for a pin stands.
#[derive(Debug, Deserialize)]
pub(super) struct PinStatus {
    #[serde(rename = "requestid")]
    pub(super) request_id: String,
    pub(super) status: String,
    #[serde(default)]
    created: String,
    pub(super) pin: Pin,
}

/// What is pinned.
#[derive(Debug, Deserialize)]
pub(super) struct Pin {
    pub(super) cid: String,
    #[serde(default)]
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
struct Page {
    count: i64,
    /// Some services say `null` for none.
    results: Option<Vec<PinStatus>>,
}

#[derive(Debug, Deserialize)]
struct Failure {
    error: Reason,
}

#[derive(Debug, Deserialize)]
struct Reason {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    details: String,
}

impl Service<'_> {
    /// Calls `visit` with every pin that fits.
    // spec: pin-command.remote-pages
    pub(super) fn list(
        &self,
        filter: &Filter,
        visit: &mut dyn FnMut(PinStatus) -> Result<()>,
    ) -> Result<()> {
        let mut before = None;
        for _ in 0..PAGES_MAX {
            let page = self.page(filter, PAGE_PINS, before.as_deref())?;
            let results = page.results.unwrap_or_default();
            let found = results.len();
            let oldest = results.last().map(|pin| pin.created.clone());
            results.into_iter().try_for_each(&mut *visit)?;
            if usize::try_from(page.count).is_ok_and(|count| count == found) {
                return Ok(());
            }
            let Some(oldest) = oldest else {
                let count = page.count;
                return Err(Error::new(format!(
                    "invalid pinning service response: PinResults.count={count} but no \
                     PinResults.results"
                )));
            };
            before = Some(oldest);
        }
        Err(Error::new(format!("the service has more than {PAGES_MAX} pages of pins")))
    }

    /// How many pins are in a state.
    pub(super) fn count(&self, state: &str) -> Result<i64> {
        let filter = Filter { states: vec![state.to_owned()], ..Filter::default() };
        Ok(self.page(&filter, 1, None)?.count)
    }

    fn page(&self, filter: &Filter, limit: usize, before: Option<&str>) -> Result<Page> {
        let mut query = Vec::new();
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() {
                query.push(format!("{name}={}", crate::client::escape(value.as_bytes())));
            }
        };
        add("before", before.unwrap_or_default());
        add("cid", &filter.cids.join(","));
        add("limit", &limit.to_string());
        add("name", &filter.name);
        add("status", &filter.states.join(","));
        self.call(Method::GET, &format!("/pins?{}", query.join("&")), None)
    }

    /// Asks for a pin of what is at these addresses, among others.
    pub(super) fn add(&self, cid: &str, name: &str, origins: &[String]) -> Result<PinStatus> {
        self.call(Method::POST, "/pins", Some(pin(cid, name, origins)?))
    }

    /// Asks for a pin instead of one that was asked for before.
    pub(super) fn replace(
        &self,
        request_id: &str,
        cid: &str,
        name: &str,
        origins: &[String],
    ) -> Result<PinStatus> {
        self.call(Method::POST, &pin_path(request_id), Some(pin(cid, name, origins)?))
    }

    /// How a request stands.
    pub(super) fn status(&self, request_id: &str) -> Result<PinStatus> {
        self.call(Method::GET, &pin_path(request_id), None)
    }

    /// Takes a request back.
    pub(super) fn remove(&self, request_id: &str) -> Result<()> {
        self.send(Method::DELETE, &pin_path(request_id), None).map(drop)
    }

    fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        json: Option<Vec<u8>>,
    ) -> Result<T> {
        let (status, body) = self.send(method, path, json)?;
        serde_json::from_slice(&body).map_err(|error| refused(status, &error.to_string()))
    }

    // spec: pin-command.remote-errors
    fn send(&self, method: Method, path: &str, json: Option<Vec<u8>>) -> Result<(u16, Vec<u8>)> {
        let url = format!("{}{path}", self.endpoint);
        let authorization = format!("Bearer {}", self.key);
        let authorization = Some(authorization.as_str());
        let ask = Ask { method, authorization, json, cancel: Some(self.cancel) };
        let answer = web::ask(&url, &ask).map_err(|error| {
            Error::new(format!("empty response from remote pinning service: {error}"))
        })?;
        let status = answer.status;
        let body = answer.bytes(ANSWER_BYTES_MAX)?;
        if status.is_success() {
            return Ok((status.as_u16(), body));
        }
        let text = status.to_string();
        Err(match serde_json::from_slice::<Failure>(&body) {
            Ok(Failure { error: Reason { reason, details } }) => Error::new(format!(
                "reason: {}, details: {}: {text}",
                quote(&reason),
                quote(&details)
            )),
            Err(_) => refused(status.as_u16(), &text),
        })
    }
}

fn pin(cid: &str, name: &str, origins: &[String]) -> Result<Vec<u8>> {
    let mut pin = serde_json::json!({ "cid": cid });
    if !name.is_empty() {
        pin["name"] = name.into();
    }
    if !origins.is_empty() {
        pin["origins"] = origins.into();
    }
    Ok(serde_json::to_vec(&pin)?)
}

fn refused(status: u16, why: &str) -> Error {
    Error::new(format!("remote pinning service returned http error {status}: {why}"))
}

fn pin_path(request_id: &str) -> String {
    format!("/pins/{}", crate::client::escape(request_id.as_bytes()).replace('+', "%20"))
}
