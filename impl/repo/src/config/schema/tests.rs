//! Spec: spec/repo/config.md

use super::*;
use crate::config::{Identity, Tree, fresh};
use serde_json::{Value, json};

fn identity() -> Identity {
    Identity { peer_id: "P".to_owned(), private_key: "K".to_owned() }
}

fn error(path: &str, value: Value) -> String {
    let mut tree = fresh::tree(&identity());
    tree.set(path, value).unwrap();
    match normalize(tree.map()) {
        Ok(_) => "ok".to_owned(),
        Err(text) => text,
    }
}

#[test]
fn a_fresh_configuration_is_its_own_normal_form() {
    let tree = fresh::tree(&identity());
    let normal = normalize(tree.map()).unwrap();
    assert_eq!(normal, tree.to_value());
    let order = |value: &Value| crate::config::json::indented(value);
    assert_eq!(order(&normal), order(&tree.to_value()));
}

/// Key, value, and the end of the error.
fn mismatches() -> Vec<(&'static str, Value, &'static str)> {
    let mut cases = mismatches_of_lists();
    cases.extend([
        (
            "Datastore.StorageGCWatermark",
            json!("x"),
            "string into Go struct field Datastore.Datastore.StorageGCWatermark of type int64",
        ),
        (
            "Datastore.StorageGCWatermark",
            json!(1.5),
            "number 1.5 into Go struct field Datastore.Datastore.StorageGCWatermark of type int64",
        ),
        (
            "Datastore",
            json!([]),
            "array into Go struct field Config.Datastore of type config.Datastore",
        ),
        (
            "Addresses.Swarm",
            json!("x"),
            "string into Go struct field Addresses.Addresses.Swarm of type []string",
        ),
        (
            "Addresses.API",
            json!([1]),
            "number into Go struct field Addresses.Addresses.API of type string",
        ),
        (
            "Swarm.Transports.Security.TLS",
            json!("x"),
            "string into Go struct field .Swarm.Transports.Security.TLS of type int64",
        ),
        (
            "Import.CidVersion",
            json!("x"),
            "string into Go struct field Import.Import.CidVersion of type int64",
        ),
        (
            "AutoConf.URL",
            json!(5),
            "number into Go struct field AutoConf.AutoConf.URL of type string",
        ),
    ]);
    cases
}

fn mismatches_of_lists() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        (
            "Gateway.PublicGateways",
            json!({"a": {"UseSubdomains": 5}}),
            "number into Go struct field GatewaySpec.Gateway.PublicGateways.UseSubdomains of type bool",
        ),
        (
            "Gateway.PublicGateways",
            json!({"a": 5}),
            "number into Go struct field Gateway.Gateway.PublicGateways of type config.GatewaySpec",
        ),
        (
            "Peering.Peers",
            json!([{"ID": 5}]),
            "number into Go struct field Peering.Peering.Peers.ID of type string",
        ),
        (
            "Peering.Peers",
            json!(5),
            "number into Go struct field Peering.Peering.Peers of type []peer.AddrInfo",
        ),
        (
            "AutoNAT.ServiceMode",
            json!(5),
            "number into Go struct field AutoNATConfig.AutoNAT.ServiceMode of type \
             config.AutoNATServiceMode",
        ),
        (
            "API.HTTPHeaders",
            json!({"x": 5}),
            "number into Go struct field API.API.HTTPHeaders of type []string",
        ),
        (
            "Datastore.Spec",
            json!(5),
            "number into Go struct field Datastore.Datastore.Spec of type map[string]interface {}",
        ),
        (
            "Swarm.Transports.Multiplexers",
            json!([]),
            "array into Go struct field Transports.Swarm.Transports.Multiplexers of type \
             struct { Yamux config.Priority \"json:\\\",omitempty\\\"\" }",
        ),
    ]
}

#[test]
fn mismatches_are_named_as_the_reference_does() {
    let cannot = |rest: &str| format!("json: cannot unmarshal {rest}");
    for (path, value, rest) in mismatches() {
        assert_eq!(error(path, value), cannot(rest), "{path}");
    }
}

#[test]
fn values_with_rules_of_their_own() {
    let flag =
        "failed to unmarshal \"\\\"x\\\"\" into a flag: must be null/undefined, true, or false";
    assert_eq!(error("Swarm.Transports.Network.TCP", json!("x")), flag);
    let priority = error("Swarm.Transports.Security.TLS", json!(true));
    assert_eq!(priority, "'true' is not a valid priority");
    assert_eq!(error("AutoConf.RefreshInterval", json!("zz")), "time: invalid duration \"zz\"");
    assert_eq!(error("AutoConf.RefreshInterval", json!(5)), "time: missing unit in duration \"5\"");
    assert_eq!(error("AutoNAT.ServiceMode", json!("zz")), "unknown autonat mode: zz");
    assert!(error("Swarm.ResourceMgr.MaxMemory", json!([])).ends_with("but got []interface {}"));
    assert!(
        error("Swarm.ResourceMgr.Limits", json!({"a": 1})).starts_with("The Swarm.ResourceMgr")
    );
    assert_eq!(error("Swarm.ResourceMgr.Limits", json!({})), "ok");
    assert_eq!(error("Experimental.GraphsyncEnabled", json!(false)), "ok");
    assert!(error("Experimental.AcceleratedDHTClient", json!(false)).contains("has been moved"));
    assert_eq!(error("Routing.Routers", json!({"a": {}})), "unexpected end of JSON input");
}

#[test]
fn a_failure_of_its_own_kind_wins_over_an_earlier_mismatch() {
    let mut tree = fresh::tree(&identity());
    tree.set("Datastore.StorageGCWatermark", json!("x")).unwrap();
    tree.set("Import.UnixFSRawLeaves", json!("y")).unwrap();
    assert!(normalize(tree.map()).unwrap_err().starts_with("failed to unmarshal"));
}

#[test]
fn the_normal_form_drops_unknown_keys_and_rewrites_values() {
    let tree = Tree::from_value(json!({
        "datastore": {"storagemax": "5GB"},
        "Foo": 1,
        "Routing": {"Type": null},
        "AutoTLS": {"Enabled": false},
        "Swarm": {"ConnMgr": {"GracePeriod": "1m"}, "ResourceMgr": {"MaxMemory": 1024}},
        "Addresses": {"API": ["/ip4/1.2.3.4/tcp/1"]},
    }))
    .unwrap();
    let normal = Tree::from_value(normalize(tree.map()).unwrap()).unwrap();
    let get = |path: &str| normal.get(path).cloned();
    assert_eq!(get("Datastore.StorageMax").unwrap(), json!("5GB"));
    assert!(get("Foo").is_err() && get("Routing.Type").is_err());
    assert_eq!(get("AutoTLS.Enabled").unwrap(), json!(false));
    assert_eq!(get("Swarm.ConnMgr.GracePeriod").unwrap(), json!("1m0s"));
    assert_eq!(get("Swarm.ResourceMgr.MaxMemory").unwrap(), json!("1024"));
    assert_eq!(get("Addresses.API").unwrap(), json!("/ip4/1.2.3.4/tcp/1"));
    assert_eq!(get("Bootstrap").unwrap(), Value::Null);
}

#[test]
fn known_keys() {
    let text = |path: &str| check_key(path).map_err(|error| error.to_string());
    for path in [
        "Datastore.StorageMax",
        "Datastore.Spec.mounts",
        "Datastore.Spec.mounts.x.y",
        "Gateway.PublicGateways.example%com.Paths",
        "Plugins.Plugins.x.Config.y",
        "Internal.Bitswap.BroadcastControl.MaxPeers",
        "AutoNAT.Throttle.Interval",
    ] {
        assert_eq!(text(path), Ok(()), "{path}");
    }
    assert_eq!(text("Foo").unwrap_err(), "Foo not found");
    assert_eq!(text("Datastore.Foo.Bar").unwrap_err(), "Datastore.Foo not found");
    assert_eq!(text("datastore.StorageMax").unwrap_err(), "datastore not found");
    assert_eq!(
        text("Datastore.StorageMax.x").unwrap_err(),
        "Datastore.StorageMax key is not a map"
    );
    assert_eq!(text("AutoConf.URL.x").unwrap_err(), "AutoConf.URL.x not found");
}
