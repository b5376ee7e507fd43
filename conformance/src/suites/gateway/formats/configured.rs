//! What the configuration changes: a daemon of its own for each case.

use crate::case::{Case, Suite, same};
use crate::daemon::Daemon;

pub(crate) const SUITE: Suite = Suite { name: "gateway/formats", cases: CASES, ..Suite::EMPTY };

const CASES: &[Case] = &[Case {
    name: "Gateway.AllowCodecConversion: nodes in another format",
    reqs: &["formats.conversion"],
    run: |sandbox| {
        sandbox.init()?;
        let put = |codec: &str, text: &[u8]| -> crate::case::Check<String> {
            let cid = sandbox.ok_with(&["dag", "put", "--store-codec", codec], text)?;
            Ok(format!("/ipfs/{}", cid.trim()))
        };
        let (cbor, json) = (put("dag-cbor", b"{\"a\":1}")?, put("dag-json", b"{\"b\":[2]}")?);
        let file =
            sandbox.ok_with(&["add", "-Q", "--cid-version=1", "--raw-leaves=false"], b"hi")?;
        let file = format!("/ipfs/{}", file.trim());
        let on = [("Gateway.AllowCodecConversion", "true")];
        let daemon = Daemon::start_with(sandbox, &on, &["--offline"])?;
        let answer = daemon.gateway.get(&format!("{cbor}?format=dag-json"))?.expect(200)?;
        let answer = answer.expect_header("content-type", "application/vnd.ipld.dag-json")?;
        same("the node as DAG-JSON", &answer.text().as_str(), &"{\"a\":1}")?;
        let answer = daemon.gateway.get(&format!("{json}?format=dag-cbor"))?.expect(200)?;
        same("the node as DAG-CBOR", &answer.body.as_slice(), &&b"\xa1\x61b\x81\x02"[..])?;
        let answer = daemon.gateway.get(&format!("{file}?format=dag-json"))?.expect(200)?;
        let wanted = "{\"Data\":{\"/\":{\"bytes\":\"CAISAmhpGAI\"}},\"Links\":[]}";
        same("the file's node as DAG-JSON", &answer.text().as_str(), &wanted)?;
        for format in ["json", "cbor"] {
            let path = if format == "json" { &cbor } else { &json };
            let answer = daemon.gateway.get(&format!("{path}?format={format}"))?.expect(400)?;
            let text = answer.text();
            same("the refusal", &text.contains("converting to requested format"), &true)?;
        }
        Ok(())
    },
}];
