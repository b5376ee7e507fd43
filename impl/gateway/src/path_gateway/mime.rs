//! Spec: spec/gateway/path-gateway.md
//!
//! Media types of files by the ends of their names.

/// Types that browsers agree on, and those that differ from the general table behind
/// [`mime_guess`]: sorted by extension.
const TYPES: &[(&str, &str)] = &[
    ("ai", "application/postscript"),
    ("apk", "application/vnd.android.package-archive"),
    ("apng", "image/apng"),
    ("asc", "text/plain"),
    ("avif", "image/avif"),
    ("bib", "text/x-bibtex"),
    ("bin", "application/octet-stream"),
    ("blend", "application/x-blender"),
    ("bmp", "image/bmp"),
    ("bz2", "application/x-bzip"),
    ("c", "text/x-csrc"),
    ("car", "application/vnd.ipld.car"),
    ("cc", "text/x-c++src"),
    ("cmake", "text/x-cmake"),
    ("com", "application/octet-stream"),
    ("cpp", "text/x-c++src"),
    ("cs", "text/x-csharp"),
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("cxx", "text/x-c++src"),
    ("dart", "text/x-dart"),
    ("deb", "application/vnd.debian.binary-package"),
    ("diff", "text/x-patch"),
    ("dmg", "application/x-apple-diskimage"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("ehtml", "text/html"),
    ("eml", "message/rfc822"),
    ("eps", "application/postscript"),
    ("ex", "text/x-elixir"),
    ("exe", "application/octet-stream"),
    ("exs", "text/x-elixir"),
    ("flac", "audio/flac"),
    ("gif", "image/gif"),
    ("glb", "model/gltf-binary"),
    ("go", "text/x-go"),
    ("gz", "application/gzip"),
    ("h", "text/x-chdr"),
    ("heic", "image/heif"),
    ("hpp", "text/x-c++hdr"),
    ("hs", "text/x-haskell"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("ico", "image/vnd.microsoft.icon"),
    ("ics", "text/calendar"),
    ("ipynb", "application/x-ipynb+json"),
    ("iso", "application/x-cd-image"),
    ("jar", "application/x-java-archive"),
    ("java", "text/x-java"),
    ("jfif", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("jxl", "image/jxl"),
    ("key", "application/vnd.apple.keynote"),
    ("kt", "text/x-kotlin"),
    ("log", "text/x-log"),
    ("m4a", "audio/mp4"),
    ("m4v", "video/mp4"),
    ("markdown", "text/markdown"),
    ("md", "text/markdown"),
    ("mid", "audio/midi"),
    ("midi", "audio/midi"),
    ("mjs", "text/javascript"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("mts", "video/mp2t"),
    ("numbers", "application/vnd.apple.numbers"),
    ("oga", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("ogv", "video/ogg"),
    ("opus", "audio/ogg"),
    ("org", "text/org"),
    ("otf", "font/otf"),
    ("pages", "application/vnd.apple.pages"),
    ("patch", "text/x-patch"),
    ("pdf", "application/pdf"),
    ("pgn", "application/vnd.chess-pgn"),
    ("php", "application/x-php"),
    ("pjp", "image/jpeg"),
    ("pjpeg", "image/jpeg"),
    ("png", "image/png"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("ps", "application/postscript"),
    ("psd", "image/vnd.adobe.photoshop"),
    ("py", "text/x-python"),
    ("rar", "application/vnd.rar"),
    ("rb", "application/x-ruby"),
    ("rdf", "application/rdf+xml"),
    ("rpm", "application/x-rpm"),
    ("rs", "text/rust"),
    ("rst", "text/x-rst"),
    ("rtf", "application/rtf"),
    ("scala", "text/x-scala"),
    ("sh", "application/x-shellscript"),
    ("shtml", "text/html"),
    ("sql", "application/sql"),
    ("sqlite3", "application/vnd.sqlite3"),
    ("stl", "model/stl"),
    ("svg", "image/svg+xml"),
    ("tex", "text/x-tex"),
    ("text", "text/plain"),
    ("tgz", "application/x-compressed-tar"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("toml", "application/toml"),
    ("torrent", "application/x-bittorrent"),
    ("ts", "video/mp2t"),
    ("txt", "text/plain"),
    ("vcf", "text/vcard"),
    ("vtt", "text/vtt"),
    ("wasm", "application/wasm"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("xbl", "text/xml"),
    ("xht", "application/xhtml+xml"),
    ("xhtml", "application/xhtml+xml"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xml", "text/xml"),
    ("xsl", "text/xml"),
    ("xz", "application/x-xz"),
    ("yaml", "application/x-yaml"),
    ("yml", "application/x-yaml"),
    ("zip", "application/zip"),
    ("zst", "application/zstd"),
];

/// The media type that a file name tells; none when it tells nothing. Texts are UTF-8.
// spec: path-gateway.type-by-name
pub(super) fn by_name(name: &str) -> Option<String> {
    let extension = name.rsplit_once('.')?.1.to_ascii_lowercase();
    let known = match TYPES.binary_search_by_key(&extension.as_str(), |(end, _)| end) {
        Ok(at) => TYPES[at].1,
        Err(_) => general(&extension)?,
    };
    Some(match known.starts_with("text/") {
        true => format!("{known}; charset=utf-8"),
        false => known.to_owned(),
    })
}

/// What the general table says, unless the content of the file says more.
fn general(extension: &str) -> Option<&'static str> {
    let known = mime_guess::from_ext(extension).first_raw()?;
    (!matches!(known, "application/octet-stream" | "text/plain")).then_some(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(TYPES.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn names_tell_types() {
        let kind = |name| by_name(name).unwrap_or_default();
        assert_eq!(kind("a.txt"), "text/plain; charset=utf-8");
        assert_eq!(kind("a.tar.GZ"), "application/gzip");
        assert_eq!(kind("INDEX.Html"), "text/html; charset=utf-8");
        assert_eq!(kind(".svg"), "image/svg+xml");
        assert_eq!(kind("a.odt"), "application/vnd.oasis.opendocument.text");
        for name in ["", "README", "a.", "a.zzz", "a.dat", "a.ini"] {
            assert_eq!(by_name(name), None, "{name}");
        }
    }
}
