//! Spec: spec/gateway/formats.md
//!
//! Paths inside an archive. Names come from strangers, and whoever unpacks the archive must not
//! write anywhere else.

use super::TarError;

/// The reference's words for names that lead out.
pub const OUTSIDE: &str = "relative UnixFS paths outside the root are not allowed, use CAR instead";

/// Longest path in an archive, in bytes (64 KiB).
pub const PATH_BYTES_MAX: usize = 64 << 10;

/// The path of the entry `name` of the directory `path`, with `.` and `..` resolved as text. An
/// error unless it lies below the first component.
// spec: formats.tar-outside
pub(super) fn below(path: &[u8], name: &[u8]) -> Result<Vec<u8>, TarError> {
    if name.contains(&0) || path.len() + 1 + name.len() > PATH_BYTES_MAX {
        return Err(TarError::Path(path.len() + 1 + name.len()));
    }
    let mut parts: Vec<&[u8]> = path.split(|&byte| byte == b'/').collect();
    let root = parts[0];
    for part in name.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    match parts[..] {
        [first, _, ..] if first == root => Ok(parts.join(&b'/')),
        _ => Err(TarError::Outside),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_below_the_root() {
        let joined = |path: &str, name: &str| below(path.as_bytes(), name.as_bytes()).ok();
        assert_eq!(joined("r", "a"), Some(b"r/a".to_vec()));
        assert_eq!(joined("r/a", "../b"), Some(b"r/b".to_vec()));
        assert_eq!(joined("r", "/etc/passwd"), Some(b"r/etc/passwd".to_vec()));
        assert_eq!(joined("r", "../r/x"), Some(b"r/x".to_vec()));
        let long = "x".repeat(PATH_BYTES_MAX);
        for (path, name) in [
            ("r", ".."),
            ("r", "../x"),
            ("r", "../../x"),
            ("r/a", "../.."),
            ("r/a", ".."),
            ("r", ""),
            ("r", "."),
            ("r", "../rx/y"),
            ("r", "a\0b"),
            ("r", &long),
        ] {
            assert_eq!(joined(path, name), None, "{path} {name}");
        }
    }
}
