//! Spec: spec/migrations/5-to-6.md

use super::*;

fn up(text: &str) -> Result<String, String> {
    let out = upgrade(text.as_bytes(), &mut Report::silent()).map_err(|error| error.to_string())?;
    Ok(String::from_utf8(out).expect("JSON is UTF-8"))
}

fn down(text: &str) -> Result<String, String> {
    let out =
        downgrade(text.as_bytes(), &mut Report::silent()).map_err(|error| error.to_string())?;
    Ok(String::from_utf8(out).expect("JSON is UTF-8"))
}

// spec: 5-to-6.fields, 5-to-6.only-default-back
#[test]
fn up_and_down() {
    let old = r#"{"datastore": {"NoSync": true, "type": "leveldb", "Path": "/x", "Own": 1}}"#;
    let new = up(old).expect("converts");
    assert!(new.contains("\"sync\": false") && new.contains("\"Own\": 1"), "{new}");
    assert!(!new.contains("/x") && !new.contains("NoSync"), "{new}");
    let back = down(&new).expect("converts back");
    let wanted = "{\n  \"datastore\": {\n    \"NoSync\": true,\n    \"Own\": 1,\n    \
                  \"Params\": null,\n    \"Type\": \"leveldb\"\n  }\n}\n";
    assert_eq!(back, wanted);
}

#[test]
fn refused() {
    assert_eq!(up("{}"), Err("Datastore field missing or of the wrong type".into()));
    let other = up(r#"{"Datastore": {"Type": "s3"}}"#);
    assert_eq!(other, Err("unsupported value for Datastore.Type fields: s3".into()));
    let other = down(r#"{"Datastore": {"Spec": {"mounts": [], "type": "mount"}}}"#);
    let text = "Datastore.Spec field not of a supported value, can't downgrade";
    assert_eq!(other, Err(text.into()));
    let text = "incompatible config detected, downgrade not possible: interface conversion: \
                interface {} is nil, not map[string]interface {}";
    assert_eq!(down(r#"{"Datastore": {}}"#), Err(text.into()));
}

// spec: 5-to-6.disk-spec
#[test]
fn description_on_the_disk() {
    assert_eq!(disk_spec().compact().len(), 190);
}
