//! Spec: spec/repo/mfs.md
//!
//! Paths inside the tree: absolute, `/` between names, cleaned as text.

use super::Error;

/// Checks and cleans a path that a user gave. A slash at the end stays: it says "this is a folder".
// spec: mfs.path-rules
pub fn check(path: &str) -> Result<String, Error> {
    match path.chars().next() {
        None => return Err(Error::EmptyPath),
        Some('/') => {}
        Some(_) => return Err(Error::RelativePath),
    }
    let mut cleaned = clean(path);
    if path.ends_with('/') && path != "/" {
        cleaned.push('/');
    }
    Ok(cleaned)
}

/// Removes `.`, `..` and empty names.
fn clean(path: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop();
            }
            name => names.push(name),
        }
    }
    format!("/{}", names.join("/"))
}

/// The names on the way from the root.
pub(super) fn names(path: &str) -> Vec<&str> {
    path.trim_matches('/').split('/').filter(|name| !name.is_empty()).collect()
}

/// The folder part, slash at its end included, and the name after the last slash.
pub fn split(path: &str) -> (&str, &str) {
    path.split_at(path.rfind('/').map_or(0, |slash| slash + 1))
}

/// The path of the folder that contains it; the path itself without its last slash if it has one.
pub fn parent(path: &str) -> String {
    clean(split(path).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning() {
        for (given, wanted) in [
            ("/", "/"),
            ("/a/", "/a/"),
            ("//a/./b/../c", "/a/c"),
            ("/../..", "/"),
            ("/a/../", "//"),
        ] {
            assert_eq!(check(given).unwrap(), wanted);
        }
        assert_eq!(check("").unwrap_err().to_string(), "paths must not be empty");
        assert_eq!(check("a").unwrap_err().to_string(), "paths must start with a leading slash");
    }

    #[test]
    fn splitting() {
        assert_eq!(split("/a/b"), ("/a/", "b"));
        assert_eq!(split("/a/"), ("/a/", ""));
        assert_eq!(parent("/a/b"), "/a");
        assert_eq!(parent("/a"), "/");
        assert_eq!(parent("/a/b/"), "/a/b");
        assert_eq!(names("/a//b/"), ["a", "b"]);
        assert!(names("/").is_empty());
    }
}
