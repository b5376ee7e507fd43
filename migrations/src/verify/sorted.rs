//! Spec: spec/migrations/verify.md
//!
//! Any number of lines, sorted with little memory: parts are sorted and put into temporary files,
//! which are merged when the lines are read.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of lines that are held in memory.
const HELD_BYTES_MAX: usize = 8 << 20;
/// Parts that are merged at once; more are merged to one first.
const PARTS_MAX: usize = 128;
/// Longest line that is read back, in bytes.
const LINE_BYTES_MAX: u64 = 64 * 1024;

static NEXT_PART: AtomicU64 = AtomicU64::new(0);

/// Collects lines and gives them sorted, each once.
#[derive(Debug)]
pub struct Sorter {
    directory: PathBuf,
    held: Vec<Vec<u8>>,
    held_bytes: usize,
    parts: Vec<File>,
}

impl Sorter {
    /// Uses nameless files in `directory`.
    pub fn new(directory: &Path) -> Self {
        let directory = directory.to_path_buf();
        Self { directory, held: Vec::new(), held_bytes: 0, parts: Vec::new() }
    }

    /// Adds a line, without line break.
    pub fn push(&mut self, line: String) -> io::Result<()> {
        self.held_bytes += line.len() + size_of::<Vec<u8>>();
        self.held.push(line.into_bytes());
        if self.held_bytes > HELD_BYTES_MAX { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> io::Result<()> {
        self.held.sort_unstable();
        self.held.dedup();
        let held = std::mem::take(&mut self.held);
        self.held_bytes = 0;
        self.add_part(held.into_iter().map(Ok))?;
        if self.parts.len() > PARTS_MAX {
            let parts = std::mem::take(&mut self.parts);
            self.add_part(Lines::merge(parts)?)?;
        }
        Ok(())
    }

    fn add_part(&mut self, lines: impl Iterator<Item = io::Result<Vec<u8>>>) -> io::Result<()> {
        let mut file = nameless(&self.directory)?;
        let mut out = BufWriter::new(&mut file);
        for line in lines {
            out.write_all(&line?)?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
        drop(out);
        self.parts.push(file);
        Ok(())
    }

    /// The lines.
    pub fn finish(mut self) -> io::Result<Lines> {
        self.spill()?;
        Lines::merge(self.parts)
    }
}

/// A file that disappears when it is closed.
fn nameless(directory: &Path) -> io::Result<File> {
    loop {
        let number = NEXT_PART.fetch_add(1, Ordering::Relaxed);
        let path = directory.join(format!(".inventory-{}-{number}", std::process::id()));
        let mut options = OpenOptions::new();
        match options.read(true).write(true).create_new(true).mode(0o600).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            result => {
                let file = result?;
                std::fs::remove_file(&path)?;
                return Ok(file);
            }
        }
    }
}

/// Sorted lines, each once.
pub struct Lines {
    parts: Vec<BufReader<File>>,
    /// The next line of each part.
    next: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
    last: Option<Vec<u8>>,
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines").field("parts", &self.parts.len()).finish_non_exhaustive()
    }
}

impl Lines {
    /// Of what follows the first `start` bytes in a file of sorted lines.
    pub fn of_rest(mut file: File, start: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(start))?;
        Self::read(vec![file])
    }

    fn merge(mut parts: Vec<File>) -> io::Result<Self> {
        parts.iter_mut().try_for_each(|file| file.rewind())?;
        Self::read(parts)
    }

    fn read(parts: Vec<File>) -> io::Result<Self> {
        let parts: Vec<_> = parts.into_iter().map(BufReader::new).collect();
        let mut lines = Self { parts, next: BinaryHeap::new(), last: None };
        for part in 0..lines.parts.len() {
            lines.advance(part)?;
        }
        Ok(lines)
    }

    fn advance(&mut self, part: usize) -> io::Result<()> {
        let mut line = Vec::new();
        self.parts[part].by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        if line.last() == Some(&b'\n') {
            line.pop();
            self.next.push(Reverse((line, part)));
        } else if !line.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is not complete"));
        }
        Ok(())
    }

    fn step(&mut self) -> io::Result<Option<Vec<u8>>> {
        while let Some(Reverse((line, part))) = self.next.pop() {
            self.advance(part)?;
            match &self.last {
                Some(last) if *last == line => {}
                Some(last) if *last > line => {
                    let reason = "the lines are not sorted";
                    return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
                }
                _ => {
                    self.last = Some(line.clone());
                    return Ok(Some(line));
                }
            }
        }
        Ok(None)
    }
}

impl Iterator for Lines {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_parts_are_merged() {
        let directory = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::new(directory.path());
        for number in (0..3000u32).rev().chain(0..1000) {
            sorter.push(format!("{number:05}")).unwrap();
            if number % 20 == 0 {
                sorter.spill().unwrap();
            }
        }
        assert!(sorter.parts.len() <= PARTS_MAX + 1);
        let lines: io::Result<Vec<_>> = sorter.finish().unwrap().collect();
        let expected: Vec<_> = (0..3000).map(|n| format!("{n:05}").into_bytes()).collect();
        assert_eq!(lines.unwrap(), expected);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn unsorted_and_cut_files_are_refused() {
        for text in ["b\na\n", "a\nb"] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            let lines = Lines::of_rest(file, 0);
            assert!(lines.and_then(|lines| lines.collect::<io::Result<Vec<_>>>()).is_err());
        }
    }
}
