//! Spec: spec/command/delegation.md
//!
//! The answer of a daemon: values or bytes for the emitter, and an error at its end.

use super::asked::Asked;
use super::call::{broken, media_type};
use super::values::Values;
use crate::emit::Emitter;
use crate::error::{Error, Kind, Result};
use crate::request::Request;
use crate::table::{Decoder, OutputKind};
use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde::Deserialize;

/// Where a daemon announces how many bytes it sends.
const LENGTH: &str = "x-content-length";

/// Where a daemon says why it stopped early.
const STREAM_ERROR: &str = "x-stream-error";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorValue {
    message: String,
    code: u32,
    r#type: String,
}

/// The error that a value is, if it is one.
pub(super) fn error_value(json: &[u8]) -> Option<Error> {
    // Nearly all values are results: they are not looked at twice.
    if !json.windows(MARK.len()).any(|window| window == MARK) {
        return None;
    }
    let value: ErrorValue = serde_json::from_slice(json).ok()?;
    let kind = if value.code == 1 { Kind::Client } else { Kind::Normal };
    (value.r#type == "error").then(|| Error::with_kind(kind, value.message))
}

const MARK: &[u8] = b"\"error\"";

/// Gives what comes in to the emitter.
///
/// # Errors
/// What the daemon says at the end, or that the answer broke off.
// spec: delegation.answer
pub(super) async fn receive(
    response: Response<Incoming>,
    request: &Request,
    asked: Option<&Asked>,
    emitter: &mut Emitter<'_>,
) -> Result<()> {
    if let Some(length) = response.headers().get(LENGTH).and_then(|value| value.to_str().ok()) {
        let length = length.parse().map_err(|_| {
            Error::new(format!("the daemon announces {} bytes", crate::encode::quote(length)))
        })?;
        emitter.set_length(length);
    }
    let json = media_type(&response) == "application/json";
    let decoder = match request.command.output {
        OutputKind::Value(decoder) | OutputKind::Stream(decoder) => Some(decoder),
        OutputKind::None | OutputKind::Bytes(_) => None,
    };
    let mut body = response.into_body();
    match (json, decoder) {
        (true, Some(decoder)) => receive_values(&mut body, request, emitter, decoder).await,
        (true, None) if matches!(request.command.output, OutputKind::None) => {
            while next(&mut body, request, asked, emitter).await?.is_some() {}
            Ok(())
        }
        _ => {
            while let Some(bytes) = next(&mut body, request, asked, emitter).await? {
                emitter.write(&bytes)?;
            }
            Ok(())
        }
    }
}

async fn receive_values(
    body: &mut Incoming,
    request: &Request,
    emitter: &mut Emitter<'_>,
    decoder: Decoder,
) -> Result<()> {
    let mut values = Values::default();
    let emit = |json: &[u8], emitter: &mut Emitter<'_>| match error_value(json) {
        Some(error) => Err(Error::new(error.message())),
        None => (decoder.decode)(json, emitter),
    };
    while let Some(bytes) = next(body, request, None, emitter).await? {
        values.push(&bytes)?;
        while let Some(json) = values.next() {
            emit(json, emitter)?;
        }
    }
    match values.finish()? {
        Some(json) => emit(json, emitter),
        None => Ok(()),
    }
}

/// The next bytes of the answer; `None` at its proper end. While they are awaited, the user sees
/// what came before.
// spec: delegation.truncated
// spec: delegation.stream-error
// spec: delegation.shown-at-once
async fn next(
    body: &mut Incoming,
    request: &Request,
    asked: Option<&Asked>,
    emitter: &mut Emitter<'_>,
) -> Result<Option<Bytes>> {
    loop {
        asked.iter().for_each(|asked| asked.show(emitter));
        let frame = tokio::select! {
            frame = body.frame() => frame,
            () = tokio::time::sleep(super::CANCEL_POLL) => {
                request.cancel.check()?;
                if let Some(terminal) = emitter.terminal() {
                    terminal.flush()?;
                }
                continue;
            }
        };
        request.cancel.check()?;
        let Some(frame) = frame else { return Ok(None) };
        match frame {
            Err(error) => return Err(broken(&error, "unexpected EOF").into()),
            Ok(frame) => match frame.into_data() {
                Ok(bytes) if bytes.is_empty() => {}
                Ok(bytes) => return Ok(Some(bytes)),
                Err(frame) => {
                    let trailers = frame.into_trailers().ok();
                    if let Some(reason) = trailers.and_then(|fields| reason(&fields)) {
                        return Err(Error::new(reason));
                    }
                }
            },
        }
    }
}

fn reason(trailers: &HeaderMap) -> Option<String> {
    let value = trailers.get(STREAM_ERROR).filter(|value| !value.is_empty())?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}
