//! Spec: spec/command/get.md
//!
//! The command itself: files on the user's disk, or an archive.

use super::archive::Archiver;
use super::extract::{Extractor, Item, inspect};
use super::write::Saved;
use crate::content::{Content, local};
use crate::prelude::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use indicatif::ProgressBar;
use ipfs_data::block::Source;
use ipfs_data::cid::Cid;
use ipfs_data::unixfs::{read::Reader, resolve};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

/// Bytes gathered before they are written to an archive.
const BUFFER_BYTES: usize = 1 << 20;

pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let compression = compression(request)?;
    let argument = request
        .argument(0)
        .ok_or_else(|| Error::new("argument \"ipfs-path\" is required"))?
        .to_owned();
    let content = Content::open(request, env)?;
    let cid = content.resolve(&argument)?;
    content.source.prefetch_graph(&cid);
    let name = last_part(&argument).to_owned();
    let job = Job { request, content: &content, cid, name, compression };
    let bytes = job.bytes()?;
    if emitter.terminal().is_none() {
        // Over the RPC everything but a single compressed file is an archive.
        let archive = request.bool("archive") || job.compression.is_none();
        // A wrong kind of node is told before anything is sent.
        if !archive {
            job.require_file()?;
        }
        emitter.set_media_type(match job.compression {
            Some(_) => "application/gzip",
            None => "application/x-tar",
        });
        emitter.set_length(bytes);
        job.write(emitter.writer(), archive)?;
        return Ok(());
    }
    let output = output_path(request, &job.name);
    let bar = crate::progress::wanted(request.bool_opt("progress"))
        .then(|| crate::progress::bytes(Some(bytes)));
    let result = match request.bool("archive") || job.compression.is_some() {
        true => job.save_archive(&output, emitter, bar.as_ref()),
        false => job.save_files(&output, emitter, bar.as_ref()),
    };
    if let Some(bar) = bar {
        crate::progress::end(&bar);
    }
    result
}

// spec: get.compression-level
fn compression(request: &Request) -> Result<Option<Compression>> {
    if !request.bool("compress") {
        return Ok(None);
    }
    match request.int("compression-level") {
        None => Ok(Some(Compression::default())),
        Some(level @ 1..=9) => Ok(Some(Compression::new(level as u32))),
        Some(_) => Err(Error::new("compression level must be between 1 and 9")),
    }
}

pub(super) fn last_part(argument: &str) -> &str {
    argument.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

// spec: get.output-path
pub(super) fn output_path(request: &Request, name: &str) -> PathBuf {
    let given = request.str("output").filter(|path| !path.is_empty());
    let mut path = given.unwrap_or(name).to_owned();
    if request.bool("archive") && ![".tar", ".tar.gz"].iter().any(|end| path.ends_with(end)) {
        path.push_str(".tar");
    }
    if request.bool("compress") && !path.ends_with(".gz") {
        path.push_str(".gz");
    }
    if path.is_empty() { PathBuf::from(".") } else { PathBuf::from(path) }
}

struct Job<'a> {
    request: &'a Request,
    content: &'a Content<'a>,
    cid: Cid,
    name: String,
    compression: Option<Compression>,
}

impl Job<'_> {
    /// What the reference announces: bytes of a file, or of all blocks of a directory.
    fn bytes(&self) -> Result<u64> {
        let summary = resolve::summary(&self.content.provided, &self.cid).map_err(local)?;
        Ok(match summary.file_bytes {
            0 => summary.tsize,
            bytes => bytes,
        })
    }

    fn save_files(
        &self,
        output: &Path,
        emitter: &mut Emitter<'_>,
        bar: Option<&ProgressBar>,
    ) -> Result<()> {
        announce(emitter, &format!("Saving file(s) to {}", output.display()))?;
        let extractor = Extractor {
            source: &self.content.provided,
            cancel: &self.request.cancel,
            bar: bar.cloned(),
        };
        extractor.extract(&self.cid, output, self.name.as_bytes())
    }

    fn save_archive(
        &self,
        output: &Path,
        emitter: &mut Emitter<'_>,
        bar: Option<&ProgressBar>,
    ) -> Result<()> {
        // A wrong kind of node is told before a file is made.
        if !self.request.bool("archive") {
            self.require_file()?;
        }
        let mut file = Saved::create(output)?;
        announce(emitter, &format!("Saving archive to {}", output.display()))?;
        let counted = Counted { file: &mut file, bar: bar.cloned() };
        let buffered = BufWriter::with_capacity(BUFFER_BYTES, counted);
        self.write(buffered, self.request.bool("archive"))?;
        file.keep()
    }

    // spec: get.compress-file-only
    fn require_file(&self) -> Result<()> {
        match inspect(&self.content.provided, &self.cid)?.item {
            Item::File => Ok(()),
            _ => Err(Error::new("file is not regular")),
        }
    }

    fn write(&self, out: impl Write, archive: bool) -> Result<()> {
        // Before the compressor, which writes a head and an end even when nothing comes between.
        if !archive {
            self.require_file()?;
        }
        match self.compression {
            None => self.write_plain(out, archive).and_then(|mut out| Ok(out.flush()?)),
            Some(level) => {
                let out = self.write_plain(GzEncoder::new(out, level), archive)?;
                Ok(out.finish()?.flush()?)
            }
        }
    }

    fn write_plain<W: Write>(&self, mut out: W, archive: bool) -> Result<W> {
        let source = &self.content.provided;
        if archive {
            let precise = !self.request.bool("archive");
            let archiver = Archiver::new(source, &self.request.cancel, out, precise);
            return archiver.archive(&self.cid, self.name.as_bytes());
        }
        let mut reader = Reader::open(source, &self.cid).map_err(local)?;
        while let Some(piece) = reader.next_piece().map_err(local)? {
            self.request.cancel.check()?;
            out.write_all(&piece)?;
        }
        Ok(out)
    }
}

fn announce(emitter: &mut Emitter<'_>, text: &str) -> Result<()> {
    emitter.terminal().map_or(Ok(()), |terminal| say(terminal, text))
}

/// A line that is seen before the work begins.
pub(super) fn say(terminal: &mut Terminal, text: &str) -> Result<()> {
    terminal.line(text).and_then(|()| terminal.flush())
}

/// A file that moves a bar.
struct Counted<'f> {
    file: &'f mut Saved,
    bar: Option<ProgressBar>,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        if let Some(bar) = &self.bar {
            bar.inc(written as u64);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
