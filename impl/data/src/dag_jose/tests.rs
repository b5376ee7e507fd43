use super::*;
use crate::{dag_json, ipld::Node};
use bytes::Bytes;

const PAYLOAD: &str = "AXESIDs6ymsMAkpyuVISAy7x5UXgzXlCLDDWRvBYScmEVaqo";

fn node(json: &str) -> Node {
    dag_json::decode(json.replace("PAYLOAD", PAYLOAD).as_bytes()).unwrap()
}

fn again(json: &str) -> String {
    let block = Bytes::from(encode(&node(json)).unwrap_or_else(|error| panic!("{json}: {error}")));
    let shown = dag_json::encode(&decode(&block).unwrap()).unwrap();
    String::from_utf8(shown).unwrap().replace(PAYLOAD, "PAYLOAD")
}

fn error(json: &str) -> String {
    encode(&node(json)).unwrap_err().to_string()
}

#[test]
fn flattened_forms_become_general() {
    let link = "{\"/\":\"bafyreib3hlfgwdacjjzlsuqsamxpdzkf4dgxsqrmgdlen4cyjheyivnkva\"}";
    assert_eq!(
        again(r#"{"payload":"PAYLOAD","protected":"AAE","signature":"AA"}"#),
        format!(
            r#"{{"link":{link},"payload":"PAYLOAD","signatures":[{{"protected":"AAE","signature":"AA"}}]}}"#
        )
    );
    assert_eq!(
        again(r#"{"ciphertext":"AA","header":{"z":1},"encrypted_key":"AAE"}"#),
        r#"{"ciphertext":"AA","recipients":[{"encrypted_key":"AAE","header":{"z":1}}]}"#
    );
    assert_eq!(again(r#"{"ciphertext":"AA","recipients":[{}]}"#), r#"{"ciphertext":"AA"}"#);
}

#[test]
fn header_numbers_take_the_form_of_json() {
    let block = encode(&node(r#"{"ciphertext":"AA","unprotected":{"a":999999,"b":1000000}}"#));
    let bytes = block.unwrap();
    let float = [b"\x61b\xfb".as_slice(), &1e6f64.to_be_bytes()].concat();
    assert!(bytes.ends_with(&float) && bytes.windows(6).any(|w| w == b"a\x1a\x00\x0f\x42\x3f"));
    let exact = node(r#"{"ciphertext":"AA","unprotected":{"a":9007199254740993}}"#);
    let block = Bytes::from(encode(&exact).unwrap());
    assert_eq!(decode(&block).unwrap(), exact);
}

#[test]
fn errors_are_the_reference_s() {
    for (json, expected) in [
        ("{}", "invalid JOSE object"),
        ("{\"ciphertext\":\"A!\"}", "illegal base64 data at input byte 1"),
        (
            "{\"payload\":\"AA\"}",
            "payload is not a valid CID: invalid cid: invalid cid: expected 1 as the cid version \
             number, got: 0",
        ),
        ("{\"payload\":\"PAYLOAD\"}", "missing required fields: signature"),
        ("{\"payload\":\"PAYLOAD\",\"signatures\":[],\"header\":{}}", "invalid JWS serialization"),
        (
            "{\"payload\":\"PAYLOAD\",\"signatures\":[{\"signature\":\"AA\",\"x\":1}]}",
            "invalid key for map dagjose.EncodedSignature.Repr: \"x\": no such field",
        ),
        (
            "{\"ciphertext\":\"AA\",\"recipients\":1}",
            "json: cannot unmarshal number into Go value of type []map[string]interface {}",
        ),
    ] {
        assert_eq!(error(json), expected, "{json}");
    }
    let no_map = decode(&Bytes::from_static(b"\x01")).unwrap_err().to_string();
    assert!(no_map.contains("\"AssignInt\" called on a dagjose.DecodedJWS.Repr node (kind: map)"));
    assert!(matches!(decode(&Bytes::from_static(b"\xa0")), Err(Error::Missing("payload"))));
}

proptest::proptest! {
    #[test]
    fn never_panics(block: Vec<u8>) {
        let _ = decode(&block.into());
    }
}
