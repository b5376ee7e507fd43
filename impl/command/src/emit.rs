//! Spec: spec/command/README.md
//!
//! Where a command puts its results. It emits values or writes bytes; who receives them decides the
//! form: a terminal, or (later) an HTTP response.

use crate::encode::{Encoding, debug, json, xml};
use crate::error::{Error, Result};
use crate::request::Request;
use crate::terminal::Terminal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::Any;
use std::io::{self, Write};

/// A result of a command: serde with the reference's JSON field names, and a text form.
pub trait Output: Serialize + DeserializeOwned + 'static {
    /// The reference's name of the type; the outermost element in XML.
    const NAME: &'static str;

    /// Whether there is a text form. Without one, text falls back to JSON.
    const TEXT: bool = true;

    /// Writes the text form, line break included.
    ///
    /// # Errors
    /// What the writer returns, or a failure that the value stands for: it ends the command.
    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()>;
}

/// An [`Output`] whose type is forgotten.
pub trait AnyOutput {
    /// The value itself, for post-processing.
    fn as_any(&self) -> &dyn Any;

    /// Writes the value in an encoding, ready to be followed by the next value.
    ///
    /// # Errors
    /// What the writer returns, or what the text form fails with.
    fn encode(&self, encoding: Encoding, request: &Request, out: &mut dyn Write) -> Result<()>;
}

impl<T: Output> AnyOutput for T {
    fn as_any(&self) -> &dyn Any {
        self
    }

    // spec: encoding.text-falls-back-to-json, encoding.json-lines, encoding.xml, encoding.textnl
    fn encode(&self, encoding: Encoding, request: &Request, out: &mut dyn Write) -> Result<()> {
        match encoding {
            Encoding::Text if T::TEXT => self.text(request, out)?,
            Encoding::Text | Encoding::Json => {
                json::write(self, out)?;
                out.write_all(b"\n")?;
            }
            Encoding::Xml => xml::write(T::NAME, &serde_json::to_value(self)?, out)?,
            Encoding::TextNewline => {
                writeln!(out, "{}", debug::text(&serde_json::to_value(self)?))?;
            }
            Encoding::OctetStream => {
                write!(out, "{}", debug::text(&serde_json::to_value(self)?))?;
            }
        }
        Ok(())
    }
}

/// Who receives the results.
pub trait Sink {
    /// One value.
    ///
    /// # Errors
    /// When it can't be written.
    fn value(&mut self, value: &dyn AnyOutput, request: &Request) -> Result<()>;

    /// The next value is the only one, although the command can emit more.
    fn only(&mut self) {}

    /// The bytes have this media type instead of the usual one.
    fn media_type(&mut self, media_type: &'static str) {
        let _ = media_type;
    }

    /// Some bytes.
    ///
    /// # Errors
    /// When they can't be written.
    fn bytes(&mut self, bytes: &[u8]) -> Result<()>;

    /// Nothing may come for a while: what was written goes on its way.
    ///
    /// # Errors
    /// When it can't be written.
    fn flush(&mut self) -> Result<()> {
        Ok(())
    }

    /// How many bytes there will be in all.
    fn length(&mut self, bytes: u64);

    /// Whether somebody wants to see how many peers were asked for blocks.
    fn shows_peers(&self) -> bool {
        false
    }

    /// So many peers were asked for blocks so far.
    fn peers(&mut self, asked: u64) {
        let _ = asked;
    }

    /// The terminal, if results go straight there.
    fn terminal(&mut self) -> Option<&mut Terminal>;
}

/// Where a command puts its results.
pub struct Emitter<'a> {
    request: &'a Request,
    sink: &'a mut dyn Sink,
}

impl<'a> Emitter<'a> {
    /// An emitter for one run.
    pub fn new(request: &'a Request, sink: &'a mut dyn Sink) -> Self {
        Self { request, sink }
    }

    /// Emits one value.
    ///
    /// # Errors
    /// When nobody can receive it any more, or its text form stands for a failure.
    pub fn emit<T: Output>(&mut self, value: &T) -> Result<()> {
        self.sink.value(value, self.request)
    }

    /// Emits the only value of this run, by a command that could emit more.
    ///
    /// # Errors
    /// As [`Emitter::emit`].
    // spec: rpc.mode-value, rpc.mode-lines, rpc.mode-empty, rpc.mode-bytes
    pub fn emit_only<T: Output>(&mut self, value: &T) -> Result<()> {
        self.sink.only();
        self.emit(value)
    }

    /// The bytes of this run have this media type instead of the command's usual one.
    pub fn set_media_type(&mut self, media_type: &'static str) {
        self.sink.media_type(media_type);
    }

    /// Announces how many bytes will be written in all (`X-Content-Length`).
    pub fn set_length(&mut self, bytes: u64) {
        self.sink.length(bytes);
    }

    /// Whether the number of peers that were asked for blocks is shown.
    pub fn shows_peers(&self) -> bool {
        self.sink.shows_peers()
    }

    /// Shows how many peers were asked for blocks so far.
    pub fn show_peers(&mut self, asked: u64) {
        self.sink.peers(asked);
    }

    /// Writes raw bytes: for `cat`, `block get` and the like.
    ///
    /// # Errors
    /// When nobody can receive them any more.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.sink.bytes(bytes)
    }

    /// Sends what was written on its way, before a wait of unknown length.
    ///
    /// # Errors
    /// As [`Emitter::write`].
    pub fn flush(&mut self) -> Result<()> {
        self.sink.flush()
    }

    /// A writer of raw bytes.
    pub fn writer(&mut self) -> Writer<'_, 'a> {
        Writer { emitter: self }
    }

    /// The terminal when this run happens in the process that the user started and there is no
    /// post-processing in between. Commands that can do something faster locally use it (`get`
    /// writes files without making an archive first).
    pub fn terminal(&mut self) -> Option<&mut Terminal> {
        self.sink.terminal()
    }
}

/// Raw bytes through an [`Emitter`].
pub struct Writer<'e, 'a> {
    emitter: &'e mut Emitter<'a>,
}

impl Write for Writer<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.emitter.write(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(error) => Err(io::Error::other(error.message().to_owned())),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the command line does between the emitted results and the terminal. It runs in the process
/// that the user started, also when the command itself runs in a daemon.
pub trait PostRun {
    /// Takes one value; `value.downcast_ref::<T>()` gives it its type back.
    ///
    /// # Errors
    /// Ends the command.
    fn value(&mut self, value: &dyn Any, request: &Request, terminal: &mut Terminal) -> Result<()> {
        let _ = (value, request, terminal);
        Err(Error::new("unexpected value"))
    }

    /// Takes some bytes. By default they go to standard output.
    ///
    /// # Errors
    /// Ends the command.
    fn bytes(&mut self, bytes: &[u8], request: &Request, terminal: &mut Terminal) -> Result<()> {
        let _ = request;
        terminal.write(bytes)
    }

    /// Learns how many bytes there will be.
    fn length(&mut self, bytes: u64, terminal: &mut Terminal) {
        let _ = (bytes, terminal);
    }

    /// Whether it shows how many peers were asked for blocks.
    fn shows_peers(&self) -> bool {
        false
    }

    /// Learns how many peers were asked for blocks so far.
    fn peers(&mut self, asked: u64) {
        let _ = asked;
    }

    /// The run is over; the returned result is the command's.
    ///
    /// # Errors
    /// Usually the error of the run.
    fn end(
        self: Box<Self>,
        result: Result<()>,
        request: &Request,
        terminal: &mut Terminal,
    ) -> Result<()> {
        let _ = (request, terminal);
        result
    }
}

/// A sink that hands everything to post-processing, whatever the encoding.
// spec: encoding.post-processed
pub struct PostRunSink<'a> {
    /// The processing.
    pub post_run: Box<dyn PostRun>,
    /// Where it prints.
    pub terminal: &'a mut Terminal,
    /// The call.
    pub request: &'a Request,
}

impl Sink for PostRunSink<'_> {
    fn value(&mut self, value: &dyn AnyOutput, request: &Request) -> Result<()> {
        self.post_run.value(value.as_any(), request, self.terminal)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.post_run.bytes(bytes, self.request, self.terminal)
    }

    fn length(&mut self, bytes: u64) {
        self.post_run.length(bytes, self.terminal);
    }

    fn shows_peers(&self) -> bool {
        self.post_run.shows_peers()
    }

    fn peers(&mut self, asked: u64) {
        self.post_run.peers(asked);
    }

    fn terminal(&mut self) -> Option<&mut Terminal> {
        Some(self.terminal)
    }
}
