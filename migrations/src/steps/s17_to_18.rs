//! Spec: spec/migrations/17-to-18.md
//!
//! `Provider` and `Reprovider` become `Provide`.

use crate::config::json::{Object, Value, object_or_null};
use crate::config::{self, config_step};
use crate::error::Error;
use crate::report::Report;

config_step! {
    /// The step.
    Step17To18: 17, "17-to-18", "18-to-17",
    "configuration: Provider and Reprovider become Provide",
    "Migrating Provider and Reprovider configuration to unified Provide configuration", convert, older
}

/// More workers than this, and advice is given.
const WORKERS_ADVISED_MAX: f64 = 5.0;

const MANY_WORKERS: [&str; 3] = [
    "  ⚠️  For better resource utilization, consider enabling Provide.DHT.SweepEnabled=true",
    "     and adjusting Provide.DHT.DedicatedBurstWorkers if announcement of new CIDs",
    "     should take priority over periodic reprovide interval.",
];

fn convert(text: &[u8], report: &mut Report) -> Result<Vec<u8>, Error> {
    let config = Value::read_first(text).and_then(object_or_null);
    let mut config = config::object(config.map_err(config::conversion_failed)?)?;
    let mut provide = Object::new();
    let mut dht = Object::new();
    let mut told = false;
    let taken = |config: &mut Object, name: &str| match config.remove(name) {
        Some(Value::Object(section)) => section,
        _ => Object::new(),
    };
    let provider = taken(&mut config, "Provider");
    let reprovider = taken(&mut config, "Reprovider");
    told |= from_provider(provider, &mut provide, &mut dht, report);
    told |= from_reprovider(reprovider, &mut provide, &mut dht, report);
    if !dht.is_empty() {
        provide.insert("DHT".to_owned(), dht.into());
    }
    // spec: 17-to-18.replaced
    if !provide.is_empty() {
        config.insert("Provide".to_owned(), provide.into());
    }
    if told {
        report.log("  See: https://github.com/ipfs/kubo/blob/master/docs/config.md#provide");
    }
    Ok(Value::Object(config).indented().into_bytes())
}

// spec: 17-to-18.provider
fn from_provider(
    mut provider: Object,
    provide: &mut Object,
    dht: &mut Object,
    report: &mut Report,
) -> bool {
    let mut told = false;
    if let Some(enabled) = provider.remove("Enabled") {
        if enabled == Value::Bool(false) {
            report.log("  Migrated Provider.Enabled=false to Provide.Enabled=false");
            told = true;
        }
        provide.insert("Enabled".to_owned(), enabled);
    }
    if let Some(workers) = provider.remove("WorkerCount") {
        if let Value::Number(number) = &workers {
            let count = number.value().trunc() as i64;
            report.log(&format!(
                "  Migrated Provider.WorkerCount={count} to Provide.DHT.MaxWorkers={count}"
            ));
            told = true;
            if number.value() > WORKERS_ADVISED_MAX {
                MANY_WORKERS.iter().for_each(|line| report.log(line));
            }
        }
        dht.insert("MaxWorkers".to_owned(), workers);
    }
    told
}

// spec: 17-to-18.reprovider
fn from_reprovider(
    mut reprovider: Object,
    provide: &mut Object,
    dht: &mut Object,
    report: &mut Report,
) -> bool {
    let mut told = false;
    if let Some(strategy) = reprovider.remove("Strategy") {
        let (line, strategy) = match strategy {
            Value::String(name) if name == "flat" => (
                "  Migrated deprecated Reprovider.Strategy=\"flat\" to Provide.Strategy=\"all\""
                    .to_owned(),
                "all".to_owned(),
            ),
            Value::String(name) => (
                format!("  Migrated Reprovider.Strategy=\"{name}\" to Provide.Strategy=\"{name}\""),
                name,
            ),
            _ => (
                "  Warning: Reprovider.Strategy was not a string, setting Provide.Strategy=\"all\""
                    .to_owned(),
                "all".to_owned(),
            ),
        };
        report.log(&line);
        told = true;
        provide.insert("Strategy".to_owned(), strategy.into());
    }
    if let Some(interval) = reprovider.remove("Interval") {
        if let Some(text) = interval.as_str().filter(|text| !matches!(*text, "22h" | "")) {
            report.log(&format!(
                "  Migrated Reprovider.Interval=\"{text}\" to Provide.DHT.Interval=\"{text}\""
            ));
            told = true;
        }
        dht.insert("Interval".to_owned(), interval);
    }
    told
}

// spec: 17-to-18.worked-out
/// What version 17 has a name for gets it; the rest of `Provide` stays, unknown to that version.
fn older(text: &[u8], _report: &mut Report) -> Result<Vec<u8>, Error> {
    let config = Value::read_first(text).and_then(object_or_null);
    let mut config = config::object(config.map_err(config::conversion_failed)?)?;
    let Some(Value::Object(mut provide)) = config.remove("Provide") else {
        return Ok(text.to_vec());
    };
    let mut dht = match provide.remove("DHT") {
        Some(Value::Object(dht)) => dht,
        Some(other) => {
            provide.insert("DHT".to_owned(), other);
            Object::new()
        }
        None => Object::new(),
    };
    for (from, field, section, name) in [
        (&mut provide, "Enabled", "Provider", "Enabled"),
        (&mut dht, "MaxWorkers", "Provider", "WorkerCount"),
    ] {
        hand_over(&mut config, from, field, section, name);
    }
    for (from, field, section, name) in [
        (&mut provide, "Strategy", "Reprovider", "Strategy"),
        (&mut dht, "Interval", "Reprovider", "Interval"),
    ] {
        hand_over(&mut config, from, field, section, name);
    }
    if !dht.is_empty() {
        provide.insert("DHT".to_owned(), dht.into());
    }
    if !provide.is_empty() {
        config.insert("Provide".to_owned(), provide.into());
    }
    Ok(Value::Object(config).indented().into_bytes())
}

/// Moves a field to a section of the configuration, which is made if need be.
fn hand_over(config: &mut Object, from: &mut Object, field: &str, section: &str, name: &str) {
    let Some(value) = from.remove(field) else { return };
    let section = config.entry(section.to_owned()).or_insert(Value::Null);
    if section.as_object().is_none() {
        *section = Object::new().into();
    }
    if let Value::Object(section) = section {
        section.insert(name.to_owned(), value);
    }
}
