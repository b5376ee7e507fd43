//! Spec: spec/command/cid-commands.md
//!
//! `ipfs cid format` and `ipfs cid base32`.

use crate::prelude::*;
use ipfs_data::cid::{self, Cid, FormatError};
use ipfs_data::multibase::Base;
use ipfs_data::multicodec;
use std::any::Any;

/// One CID in its new form, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Recoded {
    /// What was given.
    pub cid_str: String,
    /// The new form.
    pub formatted: String,
    /// Why there is none, or empty.
    pub error_msg: String,
    /// The new form when it isn't text (base identity).
    #[serde(skip)]
    pub raw: Option<Vec<u8>>,
}

impl Output for Recoded {
    const NAME: &'static str = "CidFormatRes";
    const TEXT: bool = false;

    fn text(&self, _: &Request, _: &mut dyn Write) -> Result<()> {
        Ok(())
    }
}

/// Prints the new forms; complaints go to standard error.
#[derive(Default)]
struct Print {
    failed: bool,
}

/// Starts the printing.
///
/// # Errors
/// Never.
pub fn print(_: &Request, _: &Env) -> Result<Box<dyn PostRun>> {
    Ok(Box::new(Print::default()))
}

impl PostRun for Print {
    // spec: cid-commands.bad-input-goes-on
    fn value(&mut self, value: &dyn Any, _: &Request, terminal: &mut Terminal) -> Result<()> {
        let Some(recoded) = value.downcast_ref::<Recoded>() else { return Ok(()) };
        if !recoded.error_msg.is_empty() {
            self.failed = true;
            return terminal.note(&format!("{}: {}", recoded.cid_str, recoded.error_msg));
        }
        terminal.write(recoded.raw.as_deref().unwrap_or(recoded.formatted.as_bytes()))?;
        terminal.write(b"\n")
    }

    fn end(self: Box<Self>, result: Result<()>, _: &Request, _: &mut Terminal) -> Result<()> {
        result?;
        if self.failed {
            return Err(Error::new("errors while displaying some entries"));
        }
        Ok(())
    }
}

struct Form {
    template: String,
    base: Option<Base>,
    version: Option<u64>,
    codec: Option<u64>,
}

impl Form {
    // spec: cid-commands.format-options
    fn from_request(request: &Request) -> Result<Self> {
        let given = |name: &str| request.str(name).filter(|text| !text.is_empty());
        let template = request.str("f").unwrap_or_default().to_owned();
        if !template.contains('%') {
            let template = crate::encode::quote(&template);
            return Err(Error::new(format!("invalid format string: {template}")));
        }
        let codec = given("mc").map(multicodec::parse).transpose()?.filter(|&codec| codec != 0);
        let version = match given("v") {
            None => given("b").map(|_| 1),
            Some("0") => {
                if codec.is_some_and(|codec| codec != cid::codec::DAG_PB) {
                    let text = "cannot convert to CIDv0 with any codec other than dag-pb";
                    return Err(Error::new(text));
                }
                if given("b").is_some_and(|base| base != "base58btc") {
                    return Err(Error::new(
                        "cannot convert to CIDv0 with any multibase other than the implicit \
                         base58btc",
                    ));
                }
                Some(0)
            }
            Some("1") => Some(1),
            Some(other) => {
                let other = crate::encode::quote(other);
                return Err(Error::new(format!("invalid cid version: {other}")));
            }
        };
        let base = given("b").map(Base::from_name).transpose()?;
        Ok(Self { template, base, version, codec })
    }

    /// The CID in the new form. The outer error is the template's, the inner one the CID's.
    fn apply(&self, text: &str) -> Result<std::result::Result<Vec<u8>, String>> {
        let mut cid = match cid::parse(text) {
            Ok(cid) => cid,
            Err(error) => return Ok(Err(error.to_string())),
        };
        if let Some(codec) = self.codec.filter(|&codec| codec != cid.codec()) {
            cid = Cid::new_v1(codec, *cid.hash());
        }
        match self.version {
            Some(0) if cid.codec() != cid::codec::DAG_PB => {
                return Ok(Err("can't convert non-dag-pb nodes to cidv0".to_owned()));
            }
            Some(0) => match cid::to_v0(&cid) {
                Some(v0) => cid = v0,
                None => return Ok(Err("can't convert to cidv0 without sha2-256".to_owned())),
            },
            Some(_) => cid = cid::to_v1(&cid),
            None => {}
        }
        let base = self.base.unwrap_or_else(|| {
            if u64::from(cid.version()) == 0 {
                return Base::Base58Btc;
            }
            cid::base_of(text.as_bytes()).unwrap_or(Base::Base32)
        });
        match cid::format(self.template.as_bytes(), base, &cid) {
            Ok(bytes) => Ok(Ok(bytes)),
            Err(error @ FormatError::Base) => Ok(Err(error.to_string())),
            Err(error) => Err(error.into()),
        }
    }

    fn all(&self, request: &Request, emitter: &mut Emitter<'_>) -> Result<()> {
        let words = request.arguments.len();
        for (at, argument) in request.all_arguments().enumerate() {
            request.cancel.check()?;
            let mut cid_str = argument?;
            if at >= words {
                cid_str = cid_str.trim().to_owned();
            }
            let recoded = match self.apply(&cid_str)? {
                Err(error_msg) => Recoded { cid_str, error_msg, ..Recoded::default() },
                Ok(bytes) => match String::from_utf8(bytes) {
                    Ok(formatted) => Recoded { cid_str, formatted, ..Recoded::default() },
                    Err(error) => Recoded {
                        cid_str,
                        formatted: String::from_utf8_lossy(error.as_bytes()).into_owned(),
                        raw: Some(error.into_bytes()),
                        ..Recoded::default()
                    },
                },
            };
            emitter.emit(&recoded)?;
        }
        Ok(())
    }
}

/// `ipfs cid format`
///
/// # Errors
/// Options that don't fit together, or a bad template.
pub fn format(request: &Request, _: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    Form::from_request(request)?.all(request, emitter)
}

/// `ipfs cid base32`
///
/// # Errors
/// None of its own.
// spec: cid-commands.base32
pub fn base32(request: &Request, _: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let template = "%s".to_owned();
    let form = Form { template, base: Some(Base::Base32), version: Some(1), codec: None };
    form.all(request, emitter)
}
