//! Cases of `spec/repo/config.md`.

use crate::case::{Case, Suite, failed, same};
use serde_json::Value;

pub(crate) const SUITE: Suite = Suite {
    name: "repo/config",
    cases: &[
        Case {
            name: "the old name of the sharding threshold",
            reqs: &["config.sharding-old-name"],
            run: |sandbox| {
                sandbox.init()?;
                for number in 0..10 {
                    sandbox.write(&format!("dir/{number}"), "x")?;
                }
                let plain = sandbox.ok(&["add", "-rQ", "dir"])?;
                let key = "Internal.UnixFSShardingSizeThreshold";
                sandbox.ok(&["config", key, "1B"])?;
                let sharded = sandbox.ok(&["add", "-rQ", "dir"])?;
                same("the folder is sharded now", &(plain == sharded), &false)?;
                let node = sandbox.json(&["dag", "get", &sharded])?;
                let name = node["Links"][0]["Name"].as_str().unwrap_or("").to_owned();
                same("two digits before a name", &name.len(), &3)
            },
        },
        Case {
            name: "a write keeps keys that nobody knows",
            reqs: &["config.merge"],
            run: |sandbox| {
                sandbox.init()?;
                let path = sandbox.repo().join("config");
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                let odd = "{\n  \"Mine\": {\"deep\": [1, \"two\", null]},";
                sandbox.write(".ipfs/config", text.replacen('{', odd, 1))?;
                sandbox.ok(&["config", "Gateway.RootRedirect", "/ipfs/x"])?;
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                let config: Value = serde_json::from_str(&text).unwrap_or_default();
                same("Mine", &config["Mine"], &serde_json::json!({"deep": [1, "two", null]}))?;
                same("Gateway", &config["Gateway"]["RootRedirect"], &"/ipfs/x".into())
            },
        },
        Case {
            name: "values of the wrong type are refused and nothing is written",
            reqs: &["config.decode-error"],
            run: |sandbox| {
                sandbox.init()?;
                let path = sandbox.repo().join("config");
                let before = std::fs::read(&path).unwrap_or_default();
                sandbox
                    .fails(&["config", "--json", "Addresses.Swarm", "7"], "failure to decode")?;
                same("config", &std::fs::read(&path).unwrap_or_default(), &before)
            },
        },
        Case {
            name: "secrets are not shown",
            reqs: &["config.secret-keys", "config.show"],
            run: |sandbox| {
                sandbox.init()?;
                let shown = sandbox.json(&["config", "show"])?;
                if shown["Identity"]["PeerID"].as_str().is_none_or(str::is_empty) {
                    return failed("shows no peer ID");
                }
                same("private key", &shown["Identity"].get("PrivKey"), &None)?;
                let refusal = "cannot show or change private key through API";
                sandbox.fails(&["config", "Identity.PrivKey"], refusal)
            },
        },
        Case {
            name: "profiles change what they say and leave a backup",
            reqs: &["config.profile-apply"],
            run: |sandbox| {
                sandbox.init()?;
                sandbox.ok(&["config", "profile", "apply", "lowpower"])?;
                let kept = super::list(&sandbox.repo())?;
                let backup = |path: &std::path::PathBuf| super::name(path).contains("pre-lowpower");
                same("backup", &kept.iter().any(backup), &true)?;
                sandbox.prints(&["config", "Routing.Type"], "autoclient")
            },
        },
    ],
    ..Suite::EMPTY
};
