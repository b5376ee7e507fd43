//! Spec: spec/migrations/13-to-14.md
//!
//! The switch of the accelerated DHT client moves from `Experimental` to `Routing`.

use crate::config::json::{Object, Value, object_or_null};
use crate::config::{self, config_step};
use crate::error::Error;
use crate::report::Report;

config_step! {
    /// The step.
    Step13To14: 13, "13-to-14", "14-to-13",
    "configuration: Experimental.AcceleratedDHTClient becomes Routing.AcceleratedDHTClient",
    "Upgrading config to new format", convert, older
}

const SWITCH: &str = "AcceleratedDHTClient";

// spec: 13-to-14.switch, 13-to-14.odd-types
fn convert(text: &[u8], _report: &mut Report) -> Result<Vec<u8>, Error> {
    let mut config = config::object(object_or_null(Value::read_first(text)?)?)?;
    let mut on = false;
    if let Some(experimental) = config.get_mut("Experimental") {
        let kind = experimental.go_type();
        let Some(section) = experimental.as_object_mut() else {
            return Err(Error::Step(format!(
                "invalid type for .Experimental got {kind} expected json map"
            )));
        };
        match section.get(SWITCH) {
            Some(Value::Bool(value)) => {
                on = *value;
                section.remove(SWITCH);
                if section.is_empty() {
                    config.remove("Experimental");
                }
            }
            // Upstream names the type of the section here.
            Some(_) => {
                return Err(Error::Step(format!(
                    "invalid type for .Experimental.{SWITCH} got {kind} expected bool"
                )));
            }
            None => {}
        }
    }
    let routing = config.entry("Routing".to_owned()).or_insert(Value::Object(Object::new()));
    let kind = routing.go_type();
    let Some(section) = routing.as_object_mut() else {
        return Err(Error::Step(format!(
            "invalid type for .Routing, got {kind} expected json map"
        )));
    };
    section.entry(SWITCH.to_owned()).or_insert(Value::Bool(on));
    Ok(Value::Object(config).indented().into_bytes())
}

// spec: 13-to-14.worked-out
/// The switch goes back to where version 13 has it, unless it is off, which is the default.
fn older(text: &[u8], _report: &mut Report) -> Result<Vec<u8>, Error> {
    let mut config = config::object(object_or_null(Value::read_first(text)?)?)?;
    let Some(routing) = config.get_mut("Routing").and_then(Value::as_object_mut) else {
        return Ok(text.to_vec());
    };
    let on = routing.get(SWITCH) == Some(&Value::Bool(true));
    if matches!(routing.get(SWITCH), Some(Value::Bool(_) | Value::Null)) {
        routing.remove(SWITCH);
    }
    if on {
        let section = config.entry("Experimental".to_owned()).or_insert(Value::Null);
        if *section == Value::Null {
            *section = Object::new().into();
        }
        let Value::Object(section) = section else {
            return Err(Error::Step("invalid type for .Experimental expected json map".to_owned()));
        };
        section.insert(SWITCH.to_owned(), Value::Bool(true));
    }
    Ok(Value::Object(config).indented().into_bytes())
}
