//! How to load the fixtures into an implementation and to start its gateway: shell commands, so
//! that any implementation plugs in.
//!
//! Every command runs by `sh -ec` in an empty folder with these variables: `BIN` (the program
//! under test), `WORK` (that folder), `FIXTURES` (the folder with `fixtures.car`, `records/NAME`,
//! `dnslinks`, `fixtures.deny`).

use std::path::Path;

/// The commands for one implementation.
#[derive(Debug, Clone)]
pub struct Adapter {
    /// Makes what the gateway needs: repo, configuration, denylist.
    pub configure: String,
    /// Loads the blocks of `$CAR`.
    pub load_car: String,
    /// Stores the IPNS record `$RECORD` under the name `$NAME`. It may fail: some are invalid.
    pub put_record: String,
    /// Serves until it gets SIGTERM.
    pub serve: String,
    /// Prints the gateway's URL; it is repeated until it succeeds.
    pub url: String,
    /// `Host` of the subdomain gateway.
    pub subdomain: Option<String>,
    /// `Host` of the subdomain gateway that does not inline by itself.
    pub dotted: Option<String>,
    /// `Host` without deserialised responses.
    pub trustless: Option<String>,
    /// A file below `$WORK`, made by `configure`, that is watched as a denylist.
    pub denylist: Option<String>,
    /// What the implementation does not have: `records`, `dnslinks`, `routing`, `denylist`,
    /// `config`.
    pub lacks: Vec<String>,
}

impl Adapter {
    /// The adapter for programs with Kubo's command line.
    pub fn kubo() -> Self {
        let text = include_str!("../../adapters/kubo.toml");
        Self::parse(text).expect("the adapter that is part of the program is well-formed")
    }

    /// Reads an adapter.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        Self::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Reads the text of an adapter.
    pub fn parse(text: &str) -> Result<Self, String> {
        let table: toml::Table = text.parse().map_err(|error| format!("{error}"))?;
        let find = |part: &str, key: &str| {
            let value = table.get(part).and_then(|part| part.get(key));
            value.and_then(toml::Value::as_str).map(str::to_owned)
        };
        let command = |key: &str| {
            find("commands", key).ok_or_else(|| format!("there is no {key:?} in [commands]"))
        };
        let lacks = table.get("lacks").and_then(toml::Value::as_array);
        let lacks = lacks.into_iter().flatten().filter_map(toml::Value::as_str);
        Ok(Self {
            configure: command("configure")?,
            load_car: command("load-car")?,
            put_record: command("put-record")?,
            serve: command("serve")?,
            url: command("url")?,
            subdomain: find("hosts", "subdomain"),
            dotted: find("hosts", "dotted"),
            trustless: find("hosts", "trustless"),
            denylist: table.get("denylist").and_then(toml::Value::as_str).map(str::to_owned),
            lacks: lacks.map(str::to_owned).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_one_is_whole() {
        let kubo = Adapter::kubo();
        assert_eq!(kubo.subdomain.as_deref(), Some("example.com"));
        assert!(kubo.lacks.is_empty());
    }

    #[test]
    fn commands_are_needed() {
        let error = Adapter::parse("[commands]\nconfigure = \"true\"\n").unwrap_err();
        assert!(error.contains("load-car"), "{error}");
    }
}
