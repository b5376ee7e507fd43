//! `ipfs commands`, and the table against the reference's.

use crate::support::Home;
use ipfs_command::commands::ROOT;
use std::collections::BTreeSet;

const REFERENCE: &str = include_str!("../../../../spec/command/commands.txt");
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/command/reference.md");

#[test]
fn every_command_and_option_of_the_reference_is_here() {
    let text = Home::empty().ok("commands --flags");
    let ours: BTreeSet<&str> = text.lines().collect();
    let missing: Vec<&str> = REFERENCE.lines().filter(|line| !ours.contains(line)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(text.lines().is_sorted());
}

#[test]
fn the_json_form_nests() {
    let text = Home::empty().ok("commands --enc=json");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["Name"], "ipfs");
    let names: Vec<_> =
        json["Subcommands"].as_array().unwrap().iter().map(|c| &c["Name"]).collect();
    assert!(names.contains(&&serde_json::json!("pin")));
}

#[test]
fn the_table_is_well_formed() {
    ROOT.walk(&mut |path, command| {
        let name = path.join(" ");
        assert!(command.run.is_some() || !command.subcommands.is_empty(), "{name}");
        assert!(command.tagline.ends_with('.'), "{name}: the tagline has no full stop");
        for line in command.description.lines() {
            assert!(line.chars().count() <= 76, "{name}: {line}");
        }
        let mut optional = false;
        for (at, arg) in command.arguments.iter().enumerate() {
            assert!(!(arg.required && optional), "{name}: {} after an optional one", arg.name);
            optional |= !arg.required;
            let last = at + 1 == command.arguments.len();
            assert!(last || !(arg.variadic || arg.stdin), "{name}: {} must be last", arg.name);
            assert!(arg.description.ends_with('.'), "{name}: {}", arg.name);
        }
        let mut seen = BTreeSet::new();
        let above = ROOT.resolve(path).unwrap();
        for option in above.iter().flat_map(|command| command.options) {
            assert!(option.description.ends_with('.'), "{name}: {}", option.name());
            for name_of_option in option.names {
                // `-c` has had no meaning of its own for long.
                let shadows = name == "crypt encrypt" && *name_of_option == "c";
                let is_new = seen.insert(*name_of_option);
                assert!(is_new || shadows, "{name}: --{name_of_option} twice");
            }
        }
    });
}

#[test]
fn completion_scripts_know_the_commands() {
    let home = Home::empty();
    for shell in ["bash", "fish", "zsh"] {
        let script = home.ok(&format!("commands completion {shell}"));
        for word in ["wrap-with-directory", "filestore", "bootstrap"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

/// The page is made from the table. To make it anew: `UPDATE_REFERENCE=1 cargo test -p ipfs`.
#[test]
fn the_reference_page_is_fresh() {
    let page = ipfs_command::reference::page();
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let stored = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert!(stored == page, "{PAGE} is old: run UPDATE_REFERENCE=1 cargo test -p ipfs");
}
