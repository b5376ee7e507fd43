//! Spec: spec/command/cat.md
//!
//! `ipfs cat`: print the content of files.

use crate::content::{Content, local};
use crate::prelude::*;
use crate::progress::Transfer;
use bytes::Bytes;
use ipfs_data::block::Source;
use ipfs_data::cid::Cid;
use ipfs_data::unixfs::{self, read::Reader};

/// `ipfs cat`
pub static CAT: Command = Command {
    name: "cat",
    tagline: "Print the content of files.",
    arguments: &[Arg::string("ipfs-path", "The path of a file.").required().variadic().stdin()],
    options: &[
        Opt::int64(&["offset", "o"], "Skip so many bytes."),
        Opt::int64(&["length", "l"], "Print at most so many bytes."),
        Opt::bool(
            &["progress", "p"],
            "Show progress. By default only on a terminal and for more than 8 MiB.",
        ),
    ],
    run: Some(cat),
    post_run: Some(post_run),
    output: OutputKind::Bytes("application/octet-stream"),
    ..Command::NEW
};

/// Shorter output gets no progress bar.
const PROGRESS_BYTES_MIN: u64 = 8 << 20;

fn cat(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let offset = not_negative(request, "offset")?.unwrap_or_default();
    let limit = not_negative(request, "length")?;
    let content = Content::open(request, env)?;
    let paths: Vec<String> = request.all_arguments().collect::<Result<_>>()?;
    if limit == Some(0) {
        emitter.set_length(0);
        return Ok(());
    }
    // spec: cat.nothing-before-error
    // Every file is opened before anything is printed, so that a wrong path prints nothing.
    let (pieces, length) = pieces(&content, &paths, offset, limit)?;
    emitter.set_length(length);
    for piece in pieces {
        piece.print(request, &content, emitter)?;
    }
    Ok(())
}

fn not_negative(request: &Request, option: &str) -> Result<Option<u64>> {
    let negative = |_| Error::new(format!("cannot specify negative {option}"));
    request.int(option).map(|value| u64::try_from(value).map_err(negative)).transpose()
}

/// A part of one file.
struct Piece {
    file: File,
    offset: u64,
    bytes: u64,
    /// All of it is printed.
    whole: bool,
}

/// What can be printed.
enum File {
    Stored(Cid),
    /// The target of a symbolic link.
    Link(Bytes),
}

/// The parts of the files that the option select: `offset` and `limit` count over all of them.
// spec: cat.range-over-all
fn pieces(
    content: &Content<'_>,
    paths: &[String],
    mut offset: u64,
    limit: Option<u64>,
) -> Result<(Vec<Piece>, u64)> {
    let mut pieces = Vec::with_capacity(paths.len());
    let mut length = 0;
    for path in paths {
        let cid = content.resolve(path)?;
        let (file, size) = open(content, &cid)?;
        if offset > size {
            offset -= size;
            continue;
        }
        let left = limit.map_or(u64::MAX, |limit| limit - length);
        let bytes = (size - offset).min(left);
        pieces.push(Piece { file, offset, bytes, whole: bytes == size });
        length += bytes;
        offset = 0;
        if bytes == left {
            break;
        }
    }
    Ok((pieces, length))
}

// spec: cat.directory
fn open(content: &Content<'_>, cid: &Cid) -> Result<(File, u64)> {
    let source = &content.provided;
    match Reader::open(source, cid) {
        Ok(reader) => Ok((File::Stored(*cid), reader.size())),
        // spec: cat.symlink
        Err(unixfs::Error::IsSymlink) => {
            let target = unixfs::resolve::link_target(source, cid).map_err(local)?;
            let bytes = target.len() as u64;
            Ok((File::Link(target), bytes))
        }
        Err(error) => Err(local(error)),
    }
}

impl Piece {
    fn print(
        self,
        request: &Request,
        content: &Content<'_>,
        emitter: &mut Emitter<'_>,
    ) -> Result<()> {
        let cid = match self.file {
            File::Stored(cid) => cid,
            File::Link(target) => {
                let start = self.offset as usize;
                return emitter.write(&target[start..start + self.bytes as usize]);
            }
        };
        if self.whole {
            content.source.prefetch_graph(&cid);
        }
        let mut reader = Reader::open(&content.provided, &cid).map_err(local)?;
        if self.offset > 0 {
            reader.seek(self.offset).map_err(local)?;
        }
        let mut left = self.bytes;
        while left > 0 {
            request.cancel.check()?;
            let Some(data) = reader.next_piece().map_err(local)? else {
                // spec: cat.short-file
                return Err(Error::new(format!("{cid}: the file ends too early")));
            };
            let data = &data[..data.len().min(usize::try_from(left).unwrap_or(usize::MAX))];
            emitter.write(data)?;
            left -= data.len() as u64;
        }
        Ok(())
    }
}

/// Shows a bar beside long output.
struct Progress(Transfer);

fn post_run(request: &Request, _: &Env) -> Result<Box<dyn PostRun>> {
    Ok(Box::new(Progress(Transfer::new(request.bool_opt("progress")))))
}

impl PostRun for Progress {
    // spec: cat.progress-when-long
    fn length(&mut self, bytes: u64, _: &mut Terminal) {
        self.0.length(bytes, PROGRESS_BYTES_MIN);
    }

    fn shows_peers(&self) -> bool {
        self.0.shows_peers()
    }

    fn peers(&mut self, asked: u64) {
        self.0.peers(asked);
    }

    fn bytes(&mut self, bytes: &[u8], _: &Request, terminal: &mut Terminal) -> Result<()> {
        self.0.advance(bytes.len());
        terminal.write(bytes)
    }

    fn end(
        mut self: Box<Self>,
        result: Result<()>,
        _: &Request,
        terminal: &mut Terminal,
    ) -> Result<()> {
        self.0.end();
        terminal.flush()?;
        result
    }
}
