//! Spec: spec/command/get.md
//!
//! What the command line does with an archive that a daemon sends: it becomes files, or is saved.

use super::run::{last_part, output_path, say};
use super::unpack::unpack;
use super::write::Saved;
use crate::error::path_error;
use crate::prelude::*;
use crate::progress::Transfer;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Pieces that the connection may be ahead of the disk.
const PIECES_AHEAD: usize = 4;

/// Saves what comes in.
pub(super) struct Save {
    output: PathBuf,
    is_archive: bool,
    state: State,
    /// The daemon answers with an archive, even if no byte of it came yet.
    announced: bool,
    progress: Transfer,
}

enum State {
    /// Nothing came yet; nothing does when the command runs in this process.
    Waiting,
    Archive(Saved),
    Files(SyncSender<io::Result<Vec<u8>>>, JoinHandle<Result<()>>),
}

pub(super) fn post_run(request: &Request, _: &Env) -> Result<Box<dyn PostRun>> {
    let name = last_part(request.argument(0).unwrap_or_default());
    Ok(Box::new(Save {
        output: output_path(request, name),
        is_archive: request.bool("archive") || request.bool("compress"),
        state: State::Waiting,
        announced: false,
        progress: Transfer::new(request.bool_opt("progress")),
    }))
}

impl Save {
    fn start(&mut self, terminal: &mut Terminal) -> Result<()> {
        if !matches!(self.state, State::Waiting) {
            return Ok(());
        }
        if self.is_archive {
            self.state = State::Archive(Saved::create(&self.output)?);
            return say(terminal, &format!("Saving archive to {}", self.output.display()));
        }
        let (sender, pieces) = sync_channel(PIECES_AHEAD);
        let target = self.output.clone();
        let write = move || unpack(&mut Pieces { pieces, piece: Vec::new(), at: 0 }, &target);
        let thread = std::thread::Builder::new().name("unpack".to_owned()).spawn(write)?;
        self.state = State::Files(sender, thread);
        say(terminal, &format!("Saving file(s) to {}", self.output.display()))
    }

    /// Waits until all is on disk.
    fn finish(&mut self, failure: Option<io::Error>) -> Result<()> {
        match std::mem::replace(&mut self.state, State::Waiting) {
            State::Waiting => Ok(()),
            State::Archive(_) if failure.is_some() => Ok(()),
            State::Archive(file) => file.keep(),
            State::Files(sender, thread) => {
                if let Some(error) = failure {
                    let _ = sender.send(Err(error));
                }
                drop(sender);
                thread.join().unwrap_or_else(|_| Err(Error::new("cannot write the files")))
            }
        }
    }
}

impl PostRun for Save {
    fn length(&mut self, bytes: u64, _: &mut Terminal) {
        self.announced = true;
        self.progress.length(bytes, 0);
    }

    fn shows_peers(&self) -> bool {
        self.progress.shows_peers()
    }

    fn peers(&mut self, asked: u64) {
        self.progress.peers(asked);
    }

    fn bytes(&mut self, bytes: &[u8], _: &Request, terminal: &mut Terminal) -> Result<()> {
        self.start(terminal)?;
        self.progress.advance(bytes.len());
        match &mut self.state {
            State::Waiting => Ok(()),
            State::Archive(file) => {
                file.write_all(bytes).map_err(|error| path_error("write", &self.output, &error))
            }
            State::Files(sender, _) => match sender.send(Ok(bytes.to_vec())) {
                Ok(()) => Ok(()),
                // The thread is done before the archive is: it says why.
                Err(_) => self.finish(None),
            },
        }
    }

    fn end(
        mut self: Box<Self>,
        result: Result<()>,
        _: &Request,
        terminal: &mut Terminal,
    ) -> Result<()> {
        let failure =
            result.as_ref().err().map(|error| io::Error::other(error.message().to_owned()));
        if result.is_ok() && self.announced {
            self.start(terminal)?;
        }
        let written = self.finish(failure);
        self.progress.end();
        result.and(written)
    }
}

/// The pieces as a reader.
struct Pieces {
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
    at: usize,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            match self.pieces.recv() {
                Ok(piece) => self.piece = piece?,
                Err(_) => return Ok(0),
            }
            self.at = 0;
        }
        let count = into.len().min(self.piece.len() - self.at);
        into[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
