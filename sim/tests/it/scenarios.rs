//! Every small scenario: run twice in step, and held against what it expects.

use ipfs_protocol::bitswap::Bitswap;
use ipfs_sim::expect::Verdict;
use ipfs_sim::run;
use ipfs_sim::scenario::Scenario;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

fn all() -> Vec<(String, String)> {
    let read = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(&path).unwrap())
    };
    ipfs_sim::cli::scenarios().into_iter().map(read).collect()
}

/// Runs a small scenario twice and judges it.
fn holds(name: &str) {
    let (_, text) = all().into_iter().find(|(own, _)| own == name).unwrap();
    let scenario = Arc::new(Scenario::parse(&text).unwrap());
    let result = match run::twice::<Bitswap>(&scenario, 1).unwrap() {
        Ok(result) => result,
        Err(divergence) => panic!("{name}: {divergence}"),
    };
    assert_eq!(result.violations, Vec::<String>::new(), "{name}");
    let verdicts = Verdict::all(&scenario, &[result]);
    let failed: Vec<String> =
        verdicts.iter().filter(|verdict| !verdict.passed).map(ToString::to_string).collect();
    assert_eq!(failed, Vec::<String>::new(), "{name}");
}

macro_rules! small {
    ($($test:ident = $name:literal)*) => {
        const SMALL: &[&str] = &[$($name),*];
        $(#[test]
        fn $test() {
            holds($name);
        })*
    };
}

// spec: run.order run.own-streams run.trace-hash run.first-divergence run.check-after-step
// spec: run.real-codec run.message-order run.disk run.hashed run.only-wanted-stored run.walk
// spec: run.routing run.redial run.restart run.collector run.adversaries
// spec: measure.metrics measure.every-seed measure.wedged
small! {
    one_to_many = "one-to-many"
    long_fat = "long-fat"
    lossy_link = "lossy-link"
    deep_chain = "deep-chain"
    small_files = "small-files"
    provider_vanishes = "provider-vanishes"
    partition_heals = "partition-heals"
    bad_peers = "bad-peers"
    collector = "collector"
    routing_only = "routing-only"
    storm = "storm"
}

#[test]
fn no_scenario_is_forgotten() {
    for (name, text) in all() {
        let scenario = Scenario::parse(&text).unwrap();
        assert_eq!(!scenario.big, SMALL.contains(&name.as_str()), "{name}");
        assert!(!scenario.expect.is_empty(), "{name}");
    }
}

// spec: scenario.schema
#[test]
fn the_schema_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenario.schema.json");
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(
        committed == Scenario::schema(),
        "write it anew: ipfs-sim schema >scenario.schema.json"
    );
}

// spec: scenario.schema
#[test]
fn all_scenarios_fit_the_schema() {
    let schema: Value = serde_json::from_str(&Scenario::schema()).unwrap();
    for (name, text) in all() {
        let scenario: Value = toml::from_str(&text).unwrap();
        let misfits = misfits(&schema, &schema, &scenario, &name);
        assert_eq!(misfits, Vec::<String>::new());
    }
    let nonsense: Value = toml::from_str("about = 1\nduration = \"x\"\nfoo = 2").unwrap();
    assert!(misfits(&schema, &schema, &nonsense, "nonsense").len() >= 4);
}

/// The part of JSON Schema that ours uses.
fn misfits(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(reference.trim_start_matches('#')).unwrap();
        return misfits(root, target, value, at);
    }
    let mut found = Vec::new();
    for key in ["anyOf", "oneOf"] {
        if let Some(options) = schema.get(key).and_then(Value::as_array)
            && !options.iter().any(|option| misfits(root, option, value, at).is_empty())
        {
            found.push(format!("{at}: {value} fits none of {key}"));
        }
    }
    if let Some(kinds) = schema.get("type") {
        let is = |kind: &str| match kind {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "null" => value.is_null(),
            other => panic!("{at}: type {other}"),
        };
        let fits = match kinds {
            Value::String(kind) => is(kind),
            kinds => kinds.as_array().unwrap().iter().any(|kind| is(kind.as_str().unwrap())),
        };
        if !fits {
            found.push(format!("{at}: {value} is not {kinds}"));
        }
    }
    let listed = schema.get("enum").and_then(Value::as_array);
    if listed.is_some_and(|list| !list.contains(value)) {
        found.push(format!("{at}: {value} is not listed"));
    }
    if schema.get("const").is_some_and(|only| only != value) {
        found.push(format!("{at}: {value} is something else"));
    }
    if let (Some(members), Some(known)) = (value.as_object(), schema.get("properties")) {
        for (name, member) in members {
            match known.get(name) {
                Some(schema) => {
                    found.extend(misfits(root, schema, member, &format!("{at}.{name}")))
                }
                None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                    found.push(format!("{at}: {name} is unknown"));
                }
                None => {}
            }
        }
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            if !members.contains_key(name.as_str().unwrap()) {
                found.push(format!("{at}: {name} is missing"));
            }
        }
    }
    if let (Some(list), Some(schema)) = (value.as_array(), schema.get("items")) {
        for item in list {
            found.extend(misfits(root, schema, item, &format!("{at}[]")));
        }
    }
    found
}
