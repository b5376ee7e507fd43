//! Spec: spec/migrations/12-to-13.md
//!
//! QUIC version 1 and WebTransport addresses; old defaults leave the configuration.

mod older;

use crate::config::config_step;
use crate::config::json::{Object, Value, object_or_null};
use crate::error::Error;
use crate::report::Report;

config_step! {
    /// The step.
    Step12To13: 12, "12-to-13", "13-to-12",
    "configuration: QUIC v1 and WebTransport addresses, old defaults removed",
    "Upgrading config to new format", convert, older::older
}

fn convert(text: &[u8], report: &mut Report) -> Result<Vec<u8>, Error> {
    let config = object_or_null(Value::read_first(text)?)?;
    let Some(mut config) = config else {
        no_field(report, "Routing");
        no_field(report, "Reprovider");
        no_field(report, "Swarm");
        return Ok(b"null\n".to_vec());
    };
    each_address_list(&mut config, |list| {
        replace(list, false, "/quic/webtransport", "/quic-v1/webtransport", &[])
    });
    each_address_list(&mut config, |list| {
        replace(list, true, "/quic", "/quic-v1", &["/p2p-circuit"])
    });
    each_address_list(&mut config, |list| {
        replace(list, true, "/quic-v1", "/quic-v1/webtransport", &["/p2p-circuit", "/webtransport"])
    });
    routing(&mut config, report);
    reprovider(&mut config, report);
    connection_limits(&mut config, report);
    Ok(Value::Object(config).indented().into_bytes())
}

/// The lists of addresses that the step looks at.
const LISTS: [(&str, &str); 5] = [
    ("Addresses", "Announce"),
    ("Addresses", "AppendAnnounce"),
    ("Addresses", "NoAnnounce"),
    ("Addresses", "Swarm"),
    ("Swarm", "AddrFilters"),
];

fn each_address_list(config: &mut Object, change: impl Fn(&[Value]) -> Vec<Value>) {
    for (section, field) in LISTS {
        let section = config.get_mut(section).and_then(Value::as_object_mut);
        if let Some(list) = section.and_then(|section| section.get_mut(field))
            && let Value::Array(old) = list
        {
            *list = Value::Array(change(old));
        }
    }
}

/// In each address every component `old` becomes `new`; with `add`, the old address stays before
/// the new one. Components are looked for from the end, up to one of `stop`. Equal entries are
/// written once.
// spec: 12-to-13.addresses
fn replace(list: &[Value], add: bool, old: &str, new: &str, stop: &[&str]) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::with_capacity(list.len());
    let mut push = |value: Value| {
        if !out.contains(&value) {
            out.push(value);
        }
    };
    for item in list {
        // spec: 12-to-13.odd-entries
        let Value::String(address) = item else {
            push(item.clone());
            continue;
        };
        let replaced = replace_components(address, old, new, stop);
        if add {
            push(item.clone());
        }
        if !add || replaced != *address {
            push(Value::String(replaced));
        }
    }
    out
}

fn replace_components(address: &str, old: &str, new: &str, stop: &[&str]) -> String {
    let is_component = |at: usize, name: &str| {
        address.as_bytes()[at..]
            .strip_prefix(name.as_bytes())
            .is_some_and(|rest| rest.first().is_none_or(|&byte| byte == b'/'))
    };
    let mut tail = String::new();
    let mut last = address.len();
    for at in (0..address.len()).rev() {
        if is_component(at, old) && at + old.len() <= last {
            tail = format!("{new}{}{tail}", &address[at + old.len()..last]);
            last = at;
        }
        if stop.iter().any(|name| is_component(at, name)) {
            break;
        }
    }
    format!("{}{tail}", &address[..last])
}

fn no_field(report: &mut Report, name: &str) {
    report.log(&format!("No {name} field in config, skipping"));
}

fn section<'a>(config: &'a mut Object, name: &str) -> Option<&'a mut Object> {
    config.get_mut(name).and_then(Value::as_object_mut)
}

fn text<'a>(section: &'a Object, field: &str) -> Option<&'a str> {
    section.get(field).and_then(Value::as_str)
}

// spec: 12-to-13.routing
fn routing(config: &mut Object, report: &mut Report) {
    let Some(routing) = section(config, "Routing") else { return no_field(report, "Routing") };
    for field in ["Routers", "Methods"] {
        if routing.get(field).and_then(Value::as_object).is_some_and(|map| !map.is_empty()) {
            report.log(&format!("Custom Routing.{field} in config, skipping"));
            return;
        }
    }
    match text(routing, "Type") {
        None => no_field(report, "Routing.Type"),
        Some("dht" | "") => drop(routing.remove("Type")),
        Some(_) => {
            report.log("Routing.Type settings is different than the old default, skipping");
        }
    }
}

// spec: 12-to-13.reprovider
fn reprovider(config: &mut Object, report: &mut Report) {
    let Some(reprovider) = section(config, "Reprovider") else {
        return no_field(report, "Reprovider");
    };
    for field in ["Interval", "Strategy"] {
        if text(reprovider, field).is_none() {
            return no_field(report, &format!("Reprovider.{field}"));
        }
    }
    if text(reprovider, "Interval") == Some("12h") && text(reprovider, "Strategy") == Some("all") {
        reprovider.remove("Interval");
        reprovider.remove("Strategy");
    } else {
        report.log("Reprovider settings are different than the old default, skipping");
    }
}

// spec: 12-to-13.connection-limits
fn connection_limits(config: &mut Object, report: &mut Report) {
    let Some(swarm) = section(config, "Swarm") else { return no_field(report, "Swarm") };
    let Some(limits) = section(swarm, "ConnMgr") else {
        return no_field(report, "Swarm.ConnMgr");
    };
    let water = |field: &str| match limits.get(field) {
        Some(Value::Number(number)) => Some(number.value().trunc()),
        _ => None,
    };
    let missing = if text(limits, "Type").is_none() {
        Some("Type")
    } else if water("LowWater").is_none() {
        Some("LowWater")
    } else if water("HighWater").is_none() {
        Some("HighWater")
    } else if text(limits, "GracePeriod").is_none() {
        Some("GracePeriod")
    } else {
        None
    };
    if let Some(field) = missing {
        return no_field(report, &format!("Swarm.ConnMgr.{field}"));
    }
    let old_default = text(limits, "Type") == Some("basic")
        && text(limits, "GracePeriod") == Some("20s")
        && water("LowWater") == Some(600.0)
        && water("HighWater") == Some(900.0);
    if old_default {
        for field in ["Type", "GracePeriod", "LowWater", "HighWater"] {
            limits.remove(field);
        }
    } else {
        report.log("Swarm.ConnMgr settings are different than the old defaults, skipping");
    }
}
