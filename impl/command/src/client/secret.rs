//! Spec: spec/command/delegation.md
//!
//! Secrets of the RPC as users write them, and the header that carries them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The value of the header `Authorization` for a secret: `bearer:TOKEN`, a bare `TOKEN`,
/// `basic:USER:PASSWORD`, or `basic:BASE64`. Empty for a kind that is unknown.
// spec: delegation.secret-forms
pub fn authorization(secret: &str) -> String {
    match secret.split_once(':') {
        None if secret.is_empty() => String::new(),
        None => format!("Bearer {secret}"),
        Some(("bearer", token)) => format!("Bearer {token}"),
        Some(("basic", pair)) if pair.contains(':') => format!("Basic {}", STANDARD.encode(pair)),
        Some(("basic", encoded)) => format!("Basic {encoded}"),
        Some(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for (secret, expected) in [
            ("", ""),
            ("token", "Bearer token"),
            ("bearer:a:b", "Bearer a:b"),
            ("basic:user:pass", "Basic dXNlcjpwYXNz"),
            ("basic:dXNlcjpwYXNz", "Basic dXNlcjpwYXNz"),
            ("digest:x", ""),
        ] {
            assert_eq!(authorization(secret), expected, "{secret}");
        }
    }
}
