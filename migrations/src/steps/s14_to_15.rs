//! Spec: spec/migrations/14-to-15.md
//!
//! QUIC of the draft versions goes; old default headers of the gateway leave the configuration.

use crate::config::json::{Object, Value, object_or_null};
use crate::config::{self, config_step};
use crate::error::Error;
use crate::report::Report;

config_step! {
    /// The step.
    Step14To15: 14, "14-to-15", "15-to-14",
    "configuration: QUIC drafts replaced by QUIC v1, old gateway headers removed",
    "Upgrading config to new format", convert, older
}

const OLD_PEER: &str =
    "/ip4/104.131.131.82/udp/4001/quic/p2p/QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ";
const NEW_PEER: &str =
    "/ip4/104.131.131.82/udp/4001/quic-v1/p2p/QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ";

/// The headers and the values that were once written into every configuration.
const OLD_HEADERS: [(&str, &[&str]); 3] = [
    ("Access-Control-Allow-Origin", &["*"]),
    ("Access-Control-Allow-Methods", &["GET"]),
    ("Access-Control-Allow-Headers", &["X-Requested-With", "Range", "User-Agent"]),
];

fn convert(text: &[u8], report: &mut Report) -> Result<Vec<u8>, Error> {
    let Some(mut config) = object_or_null(Value::read_first(text)?)? else {
        return Ok(b"null\n".to_vec());
    };
    // spec: 14-to-15.bootstrap
    match config.get_mut("Bootstrap") {
        Some(Value::Array(peers)) => {
            for peer in peers.iter_mut().filter(|peer| peer.as_str() == Some(OLD_PEER)) {
                *peer = NEW_PEER.into();
            }
        }
        Some(other) => {
            let kind = other.go_type();
            return Err(Error::Step(format!(
                "invalid type for .Bootstrap got {kind} expected json array"
            )));
        }
        None => {}
    }
    // spec: 14-to-15.addresses
    config::each_listen_list(&mut config, report, |address, out| {
        let address = match address.strip_suffix("/quic") {
            Some(start) => format!("{start}/quic-v1"),
            None => address.to_owned(),
        };
        out.push(address.replace("/quic/", "/quic-v1/"));
    });
    headers(&mut config, report);
    Ok(Value::Object(config).indented().into_bytes())
}

// spec: 14-to-15.headers
fn headers(config: &mut Object, report: &mut Report) {
    let Some(gateway) = config.get_mut("Gateway") else { return };
    let Value::Object(gateway) = gateway else {
        return config::skipping(report, ".Gateway", gateway, "json map");
    };
    let Some(headers) = gateway.get_mut("HTTPHeaders") else { return };
    let Value::Object(headers) = headers else {
        return config::skipping(report, ".Gateway.HTTPHeaders", headers, "json map");
    };
    for (name, values) in OLD_HEADERS {
        let given = headers.get(name).and_then(Value::as_array);
        if given.is_some_and(|given| {
            given.iter().map(Value::as_str).eq(values.iter().map(|&value| Some(value)))
        }) {
            headers.remove(name);
        }
    }
}

// spec: 14-to-15.worked-out
/// Version 14 sends only the headers that are written down: the defaults of 15 are.
fn older(text: &[u8], _report: &mut Report) -> Result<Vec<u8>, Error> {
    let Some(mut config) = object_or_null(Value::read_first(text)?)? else {
        return Ok(text.to_vec());
    };
    if let Some(gateway) = config.get_mut("Gateway").and_then(Value::as_object_mut) {
        let headers = gateway.entry("HTTPHeaders".to_owned()).or_insert(Value::Null);
        if *headers == Value::Null {
            *headers = Object::new().into();
        }
        if let Value::Object(headers) = headers {
            for (name, values) in OLD_HEADERS {
                let values = values.iter().map(|&value| value.into()).collect();
                headers.entry(name.to_owned()).or_insert(Value::Array(values));
            }
        }
    }
    Ok(Value::Object(config).indented().into_bytes())
}
