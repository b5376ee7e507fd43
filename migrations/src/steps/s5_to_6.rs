//! Spec: spec/migrations/5-to-6.md
//!
//! The datastore is described by `Datastore.Spec` and the file `datastore_spec`.

use crate::config::json::{Object, Value, object_or_null};
use crate::config::{Rewrite, rewrite};
use crate::context::Context;
use crate::error::Error;
use crate::report::Report;
use crate::step::{Direction, Plan, Step};

mod datastore;

use datastore::{Fields, default_spec, disk_spec};

/// The step.
#[derive(Debug, Clone, Copy)]
pub struct Step5To6;

const DISK_SPEC_FILE: &str = "datastore_spec";
const DISK_SPEC_MODE: u32 = 0o600;

impl Step for Step5To6 {
    fn from(&self) -> u32 {
        5
    }

    fn about(&self) -> &'static str {
        "configuration: Datastore.Spec in place of Type, Path and NoSync; file datastore_spec"
    }

    // spec: 5-to-6.disk-spec
    fn forward(&self, context: &mut Context<'_>) -> Result<(), Error> {
        context.report.log("> Upgrading config to new format");
        rewrite(context, Rewrite { kept: "config-v5", convert: upgrade }, |context| {
            let path = context.file(DISK_SPEC_FILE);
            context.replace(&path, disk_spec().compact().as_bytes(), DISK_SPEC_MODE)
        })
    }

    fn revert(&self, context: &mut Context<'_>) -> Result<(), Error> {
        rewrite(context, Rewrite { kept: "config-v6", convert: downgrade }, |_| Ok(()))?;
        context.remove_file(&context.file(DISK_SPEC_FILE))?;
        context.sync_dir(context.repo())?;
        context.report.upstream_stderr("ver6to5 done!");
        Ok(())
    }

    fn plan(&self, context: &mut Context<'_>, direction: Direction) -> Result<Plan, Error> {
        let config = context.file("config");
        let now = context.read(&config)?;
        let silent = &mut Report::silent();
        let (kept, after, spec) = match direction {
            Direction::Forward => ("config-v5", upgrade(&now, silent)?, "write"),
            Direction::Revert => ("config-v6", downgrade(&now, silent)?, "remove"),
        };
        let changes = vec![
            format!("copy {} to {kept}", config.display()),
            format!("rewrite {}: {} bytes become {}", config.display(), now.len(), after.len()),
            format!("{spec} {DISK_SPEC_FILE}"),
        ];
        let bytes_needed = (now.len() + after.len()) as u64 + 1024;
        Ok(Plan { changes, items: 2, bytes_needed, millis: 10 })
    }
}

/// Converts the section `Datastore`, whatever the case of its name is.
fn convert(
    text: &[u8],
    change: impl Fn(&mut Fields<'_>) -> Result<(), Error>,
) -> Result<Vec<u8>, Error> {
    let missing = || Error::Step("Datastore field missing or of the wrong type".to_owned());
    let mut config = object_or_null(Value::read_whole(text)?)?.ok_or_else(missing)?;
    let section = Fields::new(&mut config).get_mut("Datastore").and_then(Value::as_object_mut);
    change(&mut Fields::new(section.ok_or_else(missing)?))?;
    Ok(Value::Object(config).indented().into_bytes())
}

// spec: 5-to-6.fields
fn upgrade(text: &[u8], _report: &mut Report) -> Result<Vec<u8>, Error> {
    convert(text, |datastore| {
        let no_sync = match datastore.get("NoSync") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(value)) => *value,
            Some(other) => {
                let value = datastore::go_text(other);
                return Err(Error::Step(format!(
                    "unsupported value for Datastore.NoSync fields: {value}"
                )));
            }
        };
        let kind = match datastore.get("Type") {
            None | Some(Value::Null) => Some(""),
            Some(value) => value.as_str(),
        };
        if !matches!(kind, Some("default" | "leveldb" | "")) {
            let kind = kind.unwrap_or_default();
            return Err(Error::Step(format!(
                "unsupported value for Datastore.Type fields: {kind}"
            )));
        }
        for name in ["NoSync", "Type", "Path", "Params"] {
            datastore.remove(name);
        }
        datastore.set("Spec", default_spec(!no_sync));
        Ok(())
    })
}

fn incompatible(value: Option<&Value>, wanted: &str) -> Error {
    let found = match value.map(Value::go_type) {
        None | Some("<nil>") => "nil",
        Some(kind) => kind,
    };
    Error::Step(format!(
        "incompatible config detected, downgrade not possible: interface conversion: interface {{}} \
         is {found}, not {wanted}"
    ))
}

fn as_object(value: Option<&Value>) -> Result<&Object, Error> {
    let object = value.and_then(Value::as_object);
    object.ok_or_else(|| incompatible(value, "map[string]interface {}"))
}

// spec: 5-to-6.only-default-back
fn downgrade(text: &[u8], _report: &mut Report) -> Result<Vec<u8>, Error> {
    convert(text, |datastore| {
        let measured = datastore.get("Spec").map(datastore::measured);
        let spec = as_object(measured.as_ref())?;
        let Some(mounts) = spec.get("mounts").and_then(Value::as_array) else {
            let text = "Datastore.Spec.mounts field is missing or not an array";
            return Err(Error::Step(text.to_owned()));
        };
        let (mut root, mut blocks, mut sync) = (Value::Null, Value::Null, true);
        for mount in mounts {
            let fields = as_object(Some(mount))?;
            let point = fields.get("mountpoint");
            match point.and_then(Value::as_str) {
                Some("/blocks") => {
                    let child = as_object(fields.get("child"))?;
                    sync = match child.get("sync") {
                        Some(Value::Bool(value)) => *value,
                        other => return Err(incompatible(other, "bool")),
                    };
                    blocks = mount.clone();
                }
                Some("/") => root = mount.clone(),
                Some(other) => return Err(Error::Step(format!("unknown mountpoint: {other}"))),
                None => return Err(incompatible(point, "string")),
            }
        }
        let mut ordered = spec.clone();
        ordered.insert("mounts".to_owned(), Value::Array(vec![blocks, root]));
        if Value::Object(ordered) != default_spec(sync) {
            let text = "Datastore.Spec field not of a supported value, can't downgrade";
            return Err(Error::Step(text.to_owned()));
        }
        datastore.remove("Spec");
        datastore.set("Type", "leveldb".into());
        datastore.set("Params", Value::Null);
        datastore.set("NoSync", (!sync).into());
        Ok(())
    })
}

#[cfg(test)]
mod tests;
