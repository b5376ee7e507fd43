use super::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn names_round_trip() {
    for code in (0..0xb500).filter(|&code| name(code).is_some()) {
        assert_eq!(super::code(&name(code).unwrap()), Some(code));
    }
    assert_eq!(super::code("sha3"), Some(0x14));
    for unknown in
        ["", "SHA1", "blake2b-0", "blake2b-12", "blake2b-520", "blake2s-264", "blake2b-08"]
    {
        assert_eq!(super::code(unknown), None, "{unknown}");
    }
}

#[test]
fn lists_what_the_reference_lists() {
    let codes: Vec<u64> = allowed().collect();
    assert_eq!(codes.len(), 15 + 45 + 13);
    assert!(codes.is_sorted());
    assert!(!is_allowed(MD5) && !is_allowed(MURMUR3) && !is_allowed(0x18));
}

#[test]
fn known_digests() {
    let cases = [
        (0x12, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
        (0x11, "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"),
        (0xd5, "5d41402abc4b2a76b9719d911017c592"),
        (0x22, "cbd8a7b341bd9b02"),
        (0x00, "68656c6c6f"),
        (0x56, "9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50"),
        (0x1e, "ea8f163db38682925e4491c5e58d4bb3506ef8c14eb78a86e908c5624a67200f"),
    ];
    for (code, digest) in cases {
        assert_eq!(hex(sum(code, b"hello", None).unwrap().digest()), digest, "{code:x}");
    }
}

#[test]
fn lengths_cut_but_do_not_stretch() {
    assert_eq!(sum(0x12, b"", Some(20)).unwrap().digest().len(), 20);
    assert_eq!(sum(0x12, b"", Some(33)), Err(Error::Length));
    assert_eq!(sum(0x1e, b"", Some(128)).unwrap().digest().len(), 128);
    assert_eq!(sum(0x1e, b"", Some(129)), Err(Error::Length));
    assert_eq!(sum(0x1e, b"", Some(0)), Err(Error::Length));
    assert_eq!(sum(0, &[1; 128], None).unwrap().digest().len(), 128);
    assert_eq!(sum(0, &[1; 129], None), Err(Error::IdentityTooLarge(129)));
    assert_eq!(sum(0, b"ab", Some(1)), Err(Error::IdentityLength { length: 1, data: 2 }));
    assert_eq!(sum(0x1c, b"", None), Err(Error::UnknownCode(0x1c)));
}

#[test]
fn verify_finds_a_changed_byte() {
    for code in [0x00, 0x12, 0x1e, 0xb220] {
        let hash = sum(code, b"block", None).unwrap();
        assert_eq!(verify(&hash, b"block"), Ok(true));
        assert_eq!(verify(&hash, b"blocc"), Ok(false));
    }
}
