//! Spec: spec/gateway/path-gateway.md
//!
//! Formats whose first bytes say only half of what they are.

/// Entries of an archive that are looked at.
const ENTRIES_MAX: usize = 100;

/// The type of a container, or of another format that takes more than one comparison.
pub(super) fn recognize(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => {
            let animated = bytes.get(37..41) == Some(b"acTL");
            Some(if animated { "image/vnd.mozilla.apng" } else { "image/png" })
        }
        [b'P', b'K', 3 | 5 | 7, 4 | 6 | 8, ..] => Some(zip(bytes)),
        [b'R', b'I', b'F', b'F', _, _, _, _, kind @ ..] => riff(kind),
        [b'F', b'O', b'R', b'M', _, _, _, _, b'A', b'I', b'F', b'F' | b'C', ..] => {
            Some("audio/aiff")
        }
        [b'O', b'g', b'g', b'S', 0, ..] => Some(ogg(bytes)),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => matroska(bytes),
        [0x7f, b'E', b'L', b'F', ..] => Some(elf(bytes)),
        [b'M', b'Z', ..] => Some("application/vnd.microsoft.portable-executable"),
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => Some("application/x-ole-storage"),
        [0xca, 0xfe, 0xba, 0xbe, _, _, _, version, ..] => match version {
            0..0x14 => Some("application/x-mach-binary"),
            31.. => Some("application/x-java-applet"),
            _ => None,
        },
        [0xff, second, _, ..] if matches!(second & 0xfe, 0xfa | 0xf2) => Some("audio/mpeg"),
        [0xff, 0xf1 | 0xf9, ..] => Some("audio/aac"),
        // A font lists its tables: at most 48, the first named in letters.
        [0, 1, 0, 0, 0, 0..49, _, _, _, _, _, _, name @ ..] => {
            let named =
                name.get(..4)?.iter().all(|b| b.is_ascii_alphanumeric() || b"/ ".contains(b));
            named.then_some("font/ttf")
        }
        [0, _, _, _, b'f', b't', b'y', b'p', ..] => Some(media(bytes)),
        _ if quicktime(bytes) => Some("video/quicktime"),
        _ if tar(bytes) => Some("application/x-tar"),
        _ => None,
    }
}

fn riff(kind: &[u8]) -> Option<&'static str> {
    match kind.get(..4)? {
        b"WEBP" => Some("image/webp"),
        b"WAVE" => Some("audio/wav"),
        b"AVI " => Some("video/x-msvideo"),
        b"QLCM" => Some("audio/qcelp"),
        _ => None,
    }
}

fn ogg(bytes: &[u8]) -> &'static str {
    const AUDIO: [&[u8]; 4] = [b"\x7fFLAC", b"\x01vorbis", b"OpusHead", b"Speex   "];
    const VIDEO: [&[u8]; 3] = [b"\x80theora", b"fishead\0", b"\x01video\0\0\0"];
    let first = bytes.get(28..).unwrap_or_default();
    match () {
        () if AUDIO.iter().any(|codec| first.starts_with(codec)) => "audio/ogg",
        () if VIDEO.iter().any(|codec| first.starts_with(codec)) => "video/ogg",
        () => "application/ogg",
    }
}

/// The name of the format follows its tag and length, near the start.
fn matroska(bytes: &[u8]) -> Option<&'static str> {
    let head = &bytes[..bytes.len().min(4096)];
    let at = head.windows(2).position(|tag| tag == [0x42, 0x82])?;
    let length = match head.get(at + 2)? {
        0 => return None,
        first => first.leading_zeros() as usize + 1,
    };
    let name = head.get(at + 2 + length..)?;
    match () {
        () if name.starts_with(b"webm") => Some("video/webm"),
        () if name.starts_with(b"matroska") => Some("video/x-matroska"),
        () => None,
    }
}

fn elf(bytes: &[u8]) -> &'static str {
    let kind = match (bytes.get(5), bytes.get(16..18)) {
        (Some(2), Some(&[high, low])) | (_, Some(&[low, high])) => {
            u16::from(high) << 8 | u16::from(low)
        }
        _ => 0,
    };
    match kind {
        1 => "application/x-object",
        2 => "application/x-executable",
        3 => "application/x-sharedlib",
        4 => "application/x-coredump",
        _ => "application/x-elf",
    }
}

/// ISO media files name their brand.
fn media(bytes: &[u8]) -> &'static str {
    match bytes.get(8..12).unwrap_or_default() {
        b"avif" | b"avis" => "image/avif",
        b"heic" | b"heix" => "image/heic",
        b"hevc" | b"hevx" => "image/heic-sequence",
        b"mif1" | b"heim" | b"heis" | b"avic" => "image/heif",
        b"msf1" | b"hevm" | b"hevs" | b"avcs" => "image/heif-sequence",
        b"3gp1" | b"3gp2" | b"3gp3" | b"3gp4" | b"3gp5" | b"3gp6" | b"3gp7" | b"3gs7" | b"3ge6"
        | b"3ge7" | b"3gg6" => "video/3gpp",
        b"3g24" | b"3g25" | b"3g26" | b"3g2a" | b"3g2b" | b"3g2c" | b"KDDI" => "video/3gpp2",
        b"F4A " | b"F4B " | b"M4B " | b"M4P " | b"MSNV" | b"NDAS" => "audio/mp4",
        b"M4A " => "audio/x-m4a",
        b"M4V " | b"M4VH" | b"M4VP" => "video/x-m4v",
        b"mqt " | b"qt  " | b"moov" => "video/quicktime",
        b"mj2s" | b"mjp2" | b"MFSM" | b"MGSV" => "video/mj2",
        _ => "video/mp4",
    }
}

fn quicktime(bytes: &[u8]) -> bool {
    const ATOMS: [&[u8]; 5] = [b"moov\0", b"mdat\0", b"free\0", b"skip\0", b"pnot\0"];
    bytes.len() >= 12
        && (ATOMS.iter().any(|atom| bytes[4..].starts_with(atom))
            || bytes.starts_with(b"\0\0\0\x08wide"))
}

/// The sum over the header, the field of the sum taken as spaces, is in that field.
fn tar(bytes: &[u8]) -> bool {
    let Some(header) = bytes.get(..512) else { return false };
    let text: String = header[148..156].iter().map(|&byte| char::from(byte)).collect();
    let digits = text.trim_matches(['\0', ' ']);
    let Ok(wanted) = u64::from_str_radix(digits, 8) else { return false };
    let sum = |value: fn(u8) -> i64| -> i64 {
        let field = 148..156;
        header
            .iter()
            .enumerate()
            .map(|(at, &byte)| if field.contains(&at) { 32 } else { value(byte) })
            .sum()
    };
    let wanted = wanted as i64;
    sum(i64::from) == wanted || sum(|byte| i64::from(byte.cast_signed())) == wanted
}

/// What an archive holds tells what it is.
fn zip(bytes: &[u8]) -> &'static str {
    const OFFICE: [(&[u8], &str); 4] = [
        (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
        (b"visio/", "application/vnd.ms-visio.drawing.main+xml"),
    ];
    const ANDROID: [&[u8]; 4] =
        [b"AndroidManifest.xml", b"classes.dex", b"resources.arsc", b"res/drawable"];
    if let Some(kind) = declared(bytes) {
        return kind;
    }
    let names: Vec<&[u8]> = names(bytes).take(ENTRIES_MAX).collect();
    let first = names.first().copied().unwrap_or_default();
    if matches!(first, b"[Content_Types].xml" | b"_rels/.rels" | b"docProps" | b"customXml")
        && let Some((_, kind)) =
            OFFICE.iter().find(|(folder, _)| names.iter().any(|name| name.starts_with(folder)))
    {
        return kind;
    }
    if names.iter().any(|name| ANDROID.contains(name)) {
        return "application/vnd.android.package-archive";
    }
    match first {
        b"META-INF/" | b"META-INF/MANIFEST.MF" => "application/java-archive",
        b"doc.kml" => "application/vnd.google-earth.kmz",
        _ => "application/zip",
    }
}

/// Some formats store their type as first entry.
fn declared(bytes: &[u8]) -> Option<&'static str> {
    const TYPES: [&str; 9] = [
        "application/epub+zip",
        "application/vnd.sun.xml.calc",
        "application/vnd.oasis.opendocument.text-template",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.presentation",
        "application/vnd.oasis.opendocument.graphics",
        "application/vnd.oasis.opendocument.formula",
        "application/vnd.oasis.opendocument.chart",
    ];
    let declared = bytes.get(30..)?.strip_prefix(b"mimetype")?;
    TYPES.into_iter().find(|kind| declared.starts_with(kind.as_bytes()))
}

/// Names of the entries whose headers are within these bytes.
fn names(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    const HEADER: &[u8] = b"PK\x03\x04";
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let at = rest.windows(HEADER.len()).position(|part| part == HEADER)?;
        let entry = &rest[at..];
        let length = usize::from(u16::from_le_bytes([*entry.get(26)?, *entry.get(27)?]));
        let name = entry.get(30..30 + length)?;
        rest = &entry[30 + length..];
        Some(name)
    })
}
