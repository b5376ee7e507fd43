//! Cases of `spec/repo/config.md`.

use crate::case::{Case, Suite, failed, same};
use serde_json::Value;

pub(crate) const SUITE: Suite = Suite {
    name: "repo/config",
    cases: &[
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
