//! Spec: spec/migrations/15-to-16.md
//!
//! A WebRTC address beside each QUIC v1 address.

use crate::config::json::{Value, object_or_null};
use crate::config::{self, config_step};
use crate::error::Error;
use crate::report::Report;

config_step! {
    /// The step.
    Step15To16: 15, "15-to-16", "16-to-15",
    "configuration: a WebRTC address for each QUIC v1 address",
    "Upgrading config to new format", convert
}

// spec: 15-to-16.addresses
fn convert(text: &[u8], report: &mut Report) -> Result<Vec<u8>, Error> {
    let Some(mut config) = object_or_null(Value::read_first(text)?)? else {
        return Ok(b"null\n".to_vec());
    };
    config::each_listen_list(&mut config, report, |address, out| {
        if let Some(start) = address.strip_suffix("/quic-v1") {
            out.push(format!("{start}/webrtc-direct"));
        }
        out.push(address.to_owned());
    });
    Ok(Value::Object(config).indented().into_bytes())
}
