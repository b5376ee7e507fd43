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
    "Upgrading config to new format", convert
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
