//! Spec: spec/command/name-commands.md
//!
//! `ipfs name inspect`

use crate::duration;
use crate::encode::quote;
use crate::names;
use crate::prelude::*;
use ipfs_data::ipns_record::{self, RECORD_BYTES_MAX, Record};
use std::io::Read;

/// What a record says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct IpnsInspectEntry {
    /// The path.
    pub value: String,
    /// 0 for end-of-life.
    pub validity_type: Option<i64>,
    /// The end of life.
    pub validity: Option<String>,
    /// The sequence number.
    pub sequence: Option<u64>,
    /// Time to live in nanoseconds.
    #[serde(rename = "TTL")]
    pub ttl: Option<i64>,
}

/// Whether the record is the name's.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct IpnsInspectValidation {
    /// It is.
    pub valid: bool,
    /// Why not.
    pub reason: String,
    /// The name.
    pub name: String,
}

/// A record, explained.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct IpnsInspectResult {
    /// What it says.
    pub entry: IpnsInspectEntry,
    /// Its size in bytes.
    pub pb_size: usize,
    /// Which signatures it has.
    pub signature_type: String,
    /// Its bytes.
    pub hex_dump: String,
    /// Whether it is valid, if that was asked.
    pub validation: Option<IpnsInspectValidation>,
}

impl Output for IpnsInspectResult {
    const NAME: &'static str = "IpnsInspectResult";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        let entry = &self.entry;
        if !entry.value.is_empty() {
            writeln!(out, "Value:          {}", quote(&entry.value))?;
        }
        if let Some(validity_type) = entry.validity_type {
            writeln!(out, "Validity Type:  {validity_type}")?;
        }
        if let Some(validity) = &entry.validity {
            writeln!(out, "Validity:       {}", quote(validity))?;
        }
        if let Some(sequence) = entry.sequence {
            writeln!(out, "Sequence:       {sequence}")?;
        }
        if let Some(ttl) = entry.ttl {
            writeln!(out, "TTL:            {}", duration::format(ttl))?;
        }
        writeln!(out, "Protobuf Size:  {}", self.pb_size)?;
        writeln!(out, "Signature Type: {}", self.signature_type)?;
        match &self.validation {
            None => {
                writeln!(out, "\nThis record was not verified. Pass '--verify k51...' to verify.")?
            }
            Some(validation) => validation.text(out)?,
        }
        if !self.hex_dump.is_empty() {
            write!(out, "\nHex Dump:\n{}", self.hex_dump)?;
        }
        Ok(())
    }
}

impl IpnsInspectValidation {
    fn text(&self, out: &mut dyn Write) -> Result<()> {
        writeln!(out, "\nValidation results:")?;
        if self.reason.is_empty() {
            writeln!(out, " Valid: {}", self.valid)?;
            return Ok(writeln!(out, " Name:  {}", self.name)?);
        }
        writeln!(out, " Valid:  {}", self.valid)?;
        writeln!(out, " Reason: {}", self.reason)?;
        // A second line of the reason ends the column.
        let space = if self.reason.contains('\n') { " " } else { "   " };
        Ok(writeln!(out, " Name:{space}{}", self.name)?)
    }
}

// spec: name-commands.inspect
pub(super) fn run(request: &Request, _: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let mut bytes = Vec::new();
    let limit = RECORD_BYTES_MAX as u64 + 1;
    request.take_file()?.open()?.take(limit).read_to_end(&mut bytes)?;
    let record = Record::decode(&bytes)?;
    let validation = match request.str("verify") {
        None => None,
        Some(text) => {
            let name = ipns_record::parse_name(text)?;
            let result = ipns_record::validate_for(&record, &name, names::now());
            Some(IpnsInspectValidation {
                valid: result.is_ok(),
                reason: result.err().map(|error| error.to_string()).unwrap_or_default(),
                name: name.to_name(),
            })
        }
    };
    emitter.emit(&IpnsInspectResult {
        entry: IpnsInspectEntry {
            value: record.value().map(|path| path.to_string()).unwrap_or_default(),
            validity_type: record.validity_type().ok(),
            validity: record.validity().ok().map(|time| time.to_string()),
            sequence: record.sequence().ok(),
            ttl: record.ttl_ns().ok(),
        },
        pb_size: record.encoded_bytes(),
        signature_type: record.signature_type().to_owned(),
        hex_dump: match request.bool_opt("dump").unwrap_or(true) {
            true => hex_dump(&bytes),
            false => String::new(),
        },
        validation,
    })
}

/// Lines of 16 bytes: offset, hexadecimal, text.
pub(crate) fn hex_dump(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 5);
    for (line, chunk) in bytes.chunks(16).enumerate() {
        out.push_str(&format!("{:08x}", line * 16));
        for at in 0..16 {
            out.push_str(if at % 8 == 0 { "  " } else { " " });
            match chunk.get(at) {
                Some(byte) => out.push_str(&format!("{byte:02x}")),
                None => out.push_str("  "),
            }
        }
        let text: String = chunk
            .iter()
            .map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' })
            .collect();
        out.push_str(&format!("  |{text}|\n"));
    }
    out
}
