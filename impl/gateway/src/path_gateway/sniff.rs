//! Spec: spec/gateway/path-gateway.md
//!
//! Media types of files by their first bytes.

mod container;
mod text;

use std::borrow::Cow;

/// Formats that begin alike in all files: offset, bytes, type. The first that fits counts.
const SIGNATURES: &[(usize, &[u8], &str)] = &[
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"\n%PDF-", "application/pdf"),
    (0, b"\xef\xbb\xbf%PDF-", "application/pdf"),
    (0, b"%FDF", "application/vnd.fdf"),
    (0, b"%!PS-Adobe-", "application/postscript"),
    (0, b"8BPS", "image/vnd.adobe.photoshop"),
    (0, b"-----BEGIN PKCS7", "application/pkcs7-signature"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\xff\x0a", "image/jxl"),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"!<arch>", "application/x-archive"),
    (0, b"xar!", "application/x-xar"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"SIMPLE  =                    T", "application/fits"),
    (0, b"II\x2a\0", "image/tiff"),
    (0, b"MM\0\x2a", "image/tiff"),
    (0, b"BM", "image/bmp"),
    (0, b"\0\0\x01\0", "image/x-icon"),
    (0, b"\0\0\x02\0", "image/x-icon"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"fLaC\0\0\0\x22", "audio/flac"),
    (0, b"MThd", "audio/midi"),
    (0, b"MAC \x96\x0f\0\0\x34\0\0\0\x18\0\0\0\x90\xe3", "audio/ape"),
    (0, b"MPCK", "audio/musepack"),
    (0, b"#!AMR", "audio/amr"),
    (0, b".snd", "audio/basic"),
    (0, b"\0\0\x01\xba", "video/mpeg"),
    (0, b"\0\0\x01\xb3", "video/mpeg"),
    (0, b"FLV\x01", "video/x-flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", "video/x-ms-asf"),
    (0, b"Creative Voice File", "audio/x-unknown"),
    (0, b"#EXTM3U\n", "application/vnd.apple.mpegurl"),
    (0, b"#EXTM3U\r\n", "application/vnd.apple.mpegurl"),
    (0, b".RMF", "application/vnd.rn-realmedia-vbr"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"CWS", "application/x-shockwave-flash"),
    (0, b"FWS", "application/x-shockwave-flash"),
    (0, b"ZWS", "application/x-shockwave-flash"),
    (0, b"Cr24", "application/x-chrome-extension"),
    (0, b"wOFF", "font/woff"),
    (0, b"wOF2", "font/woff2"),
    (0, b"OTTO\0", "font/otf"),
    (0, b"ttcf", "font/collection"),
    (34, b"LP", "application/vnd.ms-fontobject"),
    (0, b"\0asm", "application/wasm"),
    (128, b"DICM", "application/dicom"),
    (0, b"Rar!\x1a\x07\0", "application/x-rar-compressed"),
    (0, b"Rar!\x1a\x07\x01\0", "application/x-rar-compressed"),
    (0, b"AT&TFORM", "image/vnd.djvu"),
    (60, b"BOOKMOBI", "application/x-mobipocket-ebook"),
    (0, b"ITOLITLS", "application/x-ms-reader"),
    (0, b"BPG\xfb", "image/bpg"),
    (0, b"\xd9\xd9\xf7", "application/cbor"),
    (0, b"SQLite format 3\0", "application/vnd.sqlite3"),
    (0, b"NES\x1a", "application/vnd.nintendo.snes.rom"),
    (0, b"\x4c\0\0\0\x01\x14\x02\0", "application/x-ms-shortcut"),
    (0, b"\xfe\xed\xfa\xce", "application/x-mach-binary"),
    (0, b"\xfe\xed\xfa\xcf", "application/x-mach-binary"),
    (0, b"\xce\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"icns", "image/x-icns"),
    (0, b"#?RADIANCE\n", "image/vnd.radiance"),
    (4, b"Standard Jet DB", "application/x-msaccess"),
    (4, b"Standard ACE DB", "application/x-msaccess"),
    (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    (0, b"MSCF\0\0\0\0", "application/vnd.ms-cab-compressed"),
    (0, b"\xed\xab\xee\xdb", "application/x-rpm"),
    (0, b"drpm", "application/x-rpm"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"LZIP", "application/lzip"),
    (0, b"d8:announce", "application/x-bittorrent"),
    (0, b"070707", "application/x-cpio"),
    (0, b"070701", "application/x-cpio"),
    (0, b"070702", "application/x-cpio"),
    (0, b"gimp xcf", "image/x-xcf"),
    (0, b"glTF\x02\0\0\0", "model/gltf-binary"),
    (0, b"glTF\x01\0\0\0", "model/gltf-binary"),
    (0, b"ISc(", "application/x-installshield"),
    (0, b"II\xbc\x01", "image/jxr"),
    (0, b"PAR1", "application/vnd.apache.parquet"),
    (0, b"ITSF\x03\0\0\0", "application/vnd.ms-htmlhelp"),
    (0, b"/* XPM */", "image/x-xpixmap"),
];

/// What is said of bytes that tell nothing.
const UNKNOWN: &str = "application/octet-stream";

/// The media type that the first bytes of a file tell.
// spec: path-gateway.type-by-content
pub(super) fn by_content(bytes: &[u8], whole: bool) -> Cow<'static, str> {
    if let Some(known) = container::recognize(bytes) {
        return known.into();
    }
    let fits = |at: &usize, wanted: &[u8]| bytes.get(*at..).is_some_and(|b| b.starts_with(wanted));
    if let Some((.., known)) = SIGNATURES.iter().find(|(at, wanted, _)| fits(at, wanted)) {
        return (*known).into();
    }
    match text::is_text(bytes) {
        true => text::recognize(bytes, whole),
        false if is_zlib(bytes) => "application/zlib".into(),
        false => UNKNOWN.into(),
    }
}

/// A compressed stream without a format around it.
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [b'x', second, ..] if (u16::from(b'x') << 8 | u16::from(*second)) % 31 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(bytes: &[u8]) -> Cow<'static, str> {
        by_content(bytes, true)
    }

    #[test]
    fn formats_by_their_first_bytes() {
        assert_eq!(kind(b""), "text/plain");
        assert_eq!(kind(b"MZ\0"), "application/vnd.microsoft.portable-executable");
        assert_eq!(kind(b"\xff\xd8\xff\xe0aaaa"), "image/jpeg");
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n0000"), "image/png");
        assert_eq!(kind(b"%PDF-1.4"), "application/pdf");
        assert_eq!(kind(b"\0\0\0\x18ftypisom\0\0\0\0isom"), "video/mp4");
        assert_eq!(kind(b"\0\0\0\x1cftypavif\0\0\0\0avif"), "image/avif");
        assert_eq!(kind(b"RIFF\x24\0\0\0WEBPVP8 "), "image/webp");
        assert_eq!(kind(b"\x1a\x45\xdf\xa3\x93\x42\x82\x88webm"), "video/webm");
        assert_eq!(
            kind(b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01vorbis"),
            "audio/ogg"
        );
        assert_eq!(kind(b"PK\x03\x04"), "application/zip");
        assert_eq!(kind(b"\0\x01\x02\x03"), UNKNOWN);
        assert_eq!(kind(b"\xff\xfb\x90\x00"), "audio/mpeg");
    }

    #[test]
    fn documents_in_zip_archives() {
        let entry = |name: &str, data: &str| {
            let mut out = b"PK\x03\x04\x14\0\0\0\0\0".to_vec();
            out.extend_from_slice(&[0; 8]);
            out.extend_from_slice(&(data.len() as u32).to_le_bytes());
            out.extend_from_slice(&(data.len() as u32).to_le_bytes());
            out.extend_from_slice(&(name.len() as u16).to_le_bytes());
            out.extend_from_slice(&[0, 0]);
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(data.as_bytes());
            out
        };
        let epub = entry("mimetype", "application/epub+zip");
        assert_eq!(kind(&epub), "application/epub+zip");
        let odt = entry("mimetype", "application/vnd.oasis.opendocument.text");
        assert_eq!(kind(&odt), "application/vnd.oasis.opendocument.text");
        let jar = entry("META-INF/MANIFEST.MF", "");
        assert_eq!(kind(&jar), "application/java-archive");
        let word = [entry("[Content_Types].xml", "<a/>"), entry("word/document.xml", "")].concat();
        assert!(kind(&word).ends_with("wordprocessingml.document"), "{}", kind(&word));
        assert_eq!(kind(&entry("a.txt", "a")), "application/zip");
    }

    #[test]
    fn nothing_panics() {
        let mut state = 1u64;
        for length in 0..600 {
            let bytes: Vec<u8> = (0..length)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (state >> 33) as u8
                })
                .collect();
            by_content(&bytes, false);
            for (at, signature, _) in SIGNATURES {
                let mut cut = vec![b' '; *at];
                cut.extend_from_slice(&signature[..signature.len().min(length)]);
                by_content(&cut, true);
            }
        }
    }
}
