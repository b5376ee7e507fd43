use super::*;
use crate::multibase::Base;
use proptest::prelude::*;

const V0: &str = "QmYjtig7VJQ6XsnUjqqJvj7QaMcCAwtrgNdahSiFofrE7o";

#[test]
fn versions_convert() {
    let v0 = parse(V0).unwrap();
    let v1 = to_v1(&v0);
    let text = "bafybeie2reiz2q6rbcuwpy2etyztjnceolu4rdi7rp3th2lsky4r5ckeey";
    assert_eq!(to_string(&v1, Base::Base32), text);
    assert_eq!(to_v0(&v1), Some(v0));
    assert_eq!(to_string(&v0, Base::Base32), V0, "version 0 has one form");
    assert_eq!(parse(&format!("z{V0}")), Ok(v0));
    assert_eq!(to_v0(&parse("bafkqaaa").unwrap()), None);
    assert_eq!(base_of(V0.as_bytes()), Some(Base::Base58Btc));
    assert_eq!(base_of(text.as_bytes()), Some(Base::Base32));
}

#[test]
fn errors_are_the_reference_s() {
    for (text, error) in [
        ("Q", "invalid cid: cid too short"),
        ("not-a-cid", "invalid cid: selected encoding not supported"),
        ("bad-cid", "invalid cid: illegal base32 data at input byte 2"),
        (&V0.replace('o', "0"), "invalid cid: input isn't valid multihash"),
        ("f00", "invalid cid: invalid cid: expected 1 as the cid version number, got: 0"),
        ("f0155", "invalid cid: invalid cid: multihash too short. must be >= 2 bytes"),
        (
            "f01551220aa",
            "invalid cid: invalid cid: length greater than remaining number of bytes in buffer",
        ),
        ("f0155000000", "invalid cid: trailing bytes in data buffer passed to cid Cast"),
        ("f018000", "invalid cid: invalid cid: varint not minimally encoded"),
        ("f0180", "invalid cid: invalid cid: varints malformed, could not reach the end"),
        ("f1220aa", "invalid cid: invalid cid: not enough bytes for cid v0"),
    ] {
        assert_eq!(parse(text).unwrap_err().to_string(), error, "{text}");
    }
}

#[test]
fn identity_digests_end_at_128_bytes() {
    let of = |length: usize| {
        let mut bytes = vec![1, 0x55, 0];
        write_varint(length as u64, &mut bytes);
        bytes.extend(vec![7; length]);
        cast(&bytes)
    };
    assert!(validate(&of(128).unwrap()).is_ok());
    assert!(of(129).unwrap_err().to_string().contains("digest too large"));
}

#[test]
fn forgeable_digests_are_refused() {
    let of = |code, length| Cid::new_v1(0x55, Multihash::wrap(code, &vec![0; length]).unwrap());
    assert!(validate(&of(0x12, 20)).is_ok());
    assert_eq!(
        validate(&of(0x12, 19)).unwrap_err().to_string(),
        "digest too small: sha2-256 digest got 19 bytes, minimum 20"
    );
    assert!(validate(&of(0, 0)).is_ok());
    assert_eq!(
        validate(&of(0xd5, 16)).unwrap_err().to_string(),
        "potentially insecure hash functions not allowed"
    );
}

#[test]
fn format_strings() {
    let cid = parse(V0).unwrap();
    let print = |text: &str, base, cid| {
        format(text.as_bytes(), base, cid).map(|out| String::from_utf8(out).unwrap())
    };
    assert_eq!(
        print("%b %B %v %V %c %C %h %H %L %s %S %P %%", Base::Base58Btc, &cid).unwrap(),
        format!(
            "base58btc z cidv0 0 dag-pb 112 sha2-256 18 32 {V0} {V0} cidv0-dag-pb-sha2-256-32 %"
        )
    );
    let identity = parse("bafkqabtimvwgy3yk").unwrap();
    assert_eq!(print("%d|%D", Base::Base16, &identity).unwrap(), "f68656c6c6f0a|68656c6c6f0a");
    assert_eq!(
        print("%m|%M", Base::Base16, &identity).unwrap(),
        "f000668656c6c6f0a|000668656c6c6f0a"
    );
    assert_eq!(print("%s", Base::Base32, &cid), Err(FormatError::Base));
    assert_eq!(print("%", Base::Base32, &cid), Err(FormatError::End));
    let unknown = print("%q", Base::Base32, &cid).unwrap_err().to_string();
    assert_eq!(unknown, "unrecognized specifier in format string: %q");
}

proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>) {
        let _ = parse_bytes(&bytes);
        if let Ok((cid, length)) = read(&bytes) {
            let mut out = Vec::new();
            write(&cid, &mut out);
            prop_assert_eq!(&out, &bytes[..length]);
            prop_assert_eq!(cid.encoded_len(), length);
        }
    }

    #[test]
    fn round_trip(
        codec in 0..1u64 << 63,
        code in 0..1u64 << 63,
        digest in proptest::collection::vec(any::<u8>(), 0..=128),
    ) {
        let cid = Cid::new_v1(codec, Multihash::wrap(code, &digest).unwrap());
        for (base, name, _) in crate::multibase::BASES {
            prop_assert_eq!(parse_bytes(&encode(&cid, base)), Ok(cid), "{}", name);
        }
    }
}
