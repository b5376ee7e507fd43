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
    "Upgrading config to new format", convert, older
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

// spec: 15-to-16.worked-out
/// Without the WebRTC addresses that lie beside QUIC ones.
fn older(text: &[u8], _report: &mut Report) -> Result<Vec<u8>, Error> {
    let Some(mut config) = object_or_null(Value::read_first(text)?)? else {
        return Ok(text.to_vec());
    };
    config::each_list(&mut config, |list| {
        let all = list.clone();
        list.retain(|address| {
            let start = address.as_str().and_then(|text| text.strip_suffix("/webrtc-direct"));
            !start.is_some_and(|start| all.contains(&format!("{start}/quic-v1").into()))
        });
    });
    Ok(Value::Object(config).indented().into_bytes())
}
