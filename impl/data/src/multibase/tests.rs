use super::*;
use proptest::prelude::*;

#[test]
fn known_texts() {
    let data = b"\0\0yes mani !";
    for (base, text) in [
        (Base::Base16, "f0000796573206d616e692021"),
        (Base::Base32, "baaahszltebwwc3tjeaqq"),
        (Base::Base32HexPadUpper, "T0007IPBJ41MM2RJ940GG===="),
        (Base::Base36, "k002lcpzo5yikidynfl"),
        (Base::Base58Btc, "z117paNL19xttacUY"),
        (Base::Base58Flickr, "Z117Pznk19XTTzBtx"),
        (Base::Base64UrlPad, "UAAB5ZXMgbWFuaSAh"),
        (Base::Base256Emoji, "🚀🚀🚀🏃✋🌈😅🌷🤤😻🌟😅👏"),
    ] {
        assert_eq!(String::from_utf8(encode(base, data)).unwrap(), text, "{}", base.name());
        assert_eq!(decode(text.as_bytes()), Ok((base, data.to_vec())));
    }
}

#[test]
fn errors_are_the_reference_s() {
    for (text, error) in [
        ("", "cannot decode multibase for zero length string"),
        ("nope", "selected encoding not supported"),
        ("fzz", "encoding/hex: invalid byte: U+007A 'z'"),
        ("fabc", "encoding/hex: odd length hex string"),
        ("bad-cid", "illegal base32 data at input byte 2"),
        ("ca=======", "illegal base32 data at input byte 1"),
        ("k!", "invalid base36 character ('!')"),
        ("k", "can not decode zero-length string"),
        ("z0", "invalid base58 digit ('0')"),
        ("zé", "high-bit set on invalid digit"),
        ("MAA", "illegal base64 data at input byte 0"),
        ("m=", "illegal base64 data at input byte 0"),
        ("02", "error while conversion: strconv.ParseInt: parsing \"00000002\": invalid syntax"),
        ("🚀x", "illegal base256emoji data at input byte 0, char: 'x'"),
    ] {
        assert_eq!(decode(text.as_bytes()).unwrap_err().to_string(), error, "{text}");
    }
}

#[test]
fn names_and_prefixes_find_their_base() {
    for (base, name, prefix) in BASES {
        assert_eq!(Base::from_name(name), Ok(base));
        assert_eq!(Base::from_prefix(prefix), Some(base));
        assert_eq!((base.name(), base.prefix()), (name, prefix));
    }
    assert_eq!(Base::from_name("").unwrap_err().to_string(), "empty multibase encoding");
    let unknown = Base::from_name("base45").unwrap_err().to_string();
    assert_eq!(unknown, "unsupported multibase encoding: base45");
}

proptest! {
    #[test]
    fn round_trip(data: Vec<u8>) {
        for (base, name, _) in BASES {
            let text = encode(base, &data);
            // The big-number bases have no text for no data.
            let big_number = name.starts_with("base36") || name.starts_with("base58");
            let empty = data.is_empty() && big_number;
            if !empty {
                prop_assert_eq!(decode(&text), Ok((base, data.clone())), "{}", name);
            }
        }
    }

    #[test]
    fn never_panics(prefix in 0..BASES.len(), text: Vec<u8>) {
        let prefixed = [BASES[prefix].2.to_string().as_bytes(), &text].concat();
        let _ = decode(&prefixed);
        let _ = decode(&text);
    }
}
