//! `ipfs cid`

use crate::support::Home;

const V0: &str = "QmQPeNsJPyVWPFDVHb77w8G42Fvo15z4bG2X8D2GhfbSXc";
const V1: &str = "bafybeia6po64b6tfqq73lckadrhpihg2oubaxgqaoushquhcek46y3zumm";

#[test]
fn format_and_base32() {
    let home = Home::empty();
    assert_eq!(home.ok(&format!("cid base32 {V0}")), format!("{V1}\n"));
    assert_eq!(home.ok(&format!("cid format -v 0 {V1}")), format!("{V0}\n"));
    assert_eq!(home.ok(&format!("cid format -f %P {V1}")), "cidv1-dag-pb-sha2-256-32\n");
    let text = "Error: invalid format string: \"x\"\n";
    assert_eq!(home.fails(&format!("cid format -f x {V0}")), text);
    let text = "Error: cannot convert to CIDv0 with any codec other than dag-pb\n";
    assert_eq!(home.fails(&format!("cid format -v 0 --mc raw {V1}")), text);
}

#[test]
fn bad_input_does_not_stop_the_rest() {
    let home = Home::empty();
    let outcome = home.feed("cid base32", format!("bad\r\n{V0}"));
    assert_eq!(outcome.stdout, format!("{V1}\n"));
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.starts_with("bad: "), "{}", outcome.stderr);
    assert!(outcome.stderr.ends_with("\nError: errors while displaying some entries\n"));
}

#[test]
fn inspect() {
    let home = Home::empty();
    let text = home.ok(&format!("cid inspect {V0}"));
    assert_eq!(text.lines().count(), 9);
    assert!(text.contains("Multicodec: dag-pb (0x70, implicit)\n"), "{text}");
    assert!(text.ends_with(&format!("CIDv0:      {V0}\nCIDv1:      {V1}\n")));
    let error = home.fails("cid inspect 12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5");
    assert!(error.contains("\nNote: the value is a PeerID;"), "{error}");
}

#[test]
fn listings() {
    let home = Home::empty();
    let bases = home.ok("cid bases --prefix --numeric");
    assert!(bases.starts_with("        0  identity\n0      48  base2\n"), "{bases}");
    assert_eq!(bases, home.ok("multibase list --prefix --numeric"));
    assert!(home.ok("cid codecs -n").contains("  112  dag-pb\n"));
    assert_eq!(home.ok("cid codecs -s").lines().count(), 9);
    assert!(home.ok("cid hashes").contains("sha2-256\n"));
}
