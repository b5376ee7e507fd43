//! Spec: spec/command/cli.md
//!
//! Positional words: text arguments, file arguments, and what comes from standard input.

use super::Error;
use crate::files::{self, Entry, FileNode, Filter, Node, Reader, Rules};
use crate::interrupt;
use crate::options::Value;
use crate::table::{Arg, Command};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::FileType;
use std::collections::{HashMap, VecDeque};
use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The arguments of a command.
#[derive(Default)]
pub struct Positional {
    /// Text.
    pub strings: Vec<String>,
    /// Files, sorted by base name. `None` if there is no file argument at all.
    pub files: Option<Vec<Entry>>,
}

/// Most symbolic links on the way of one argument.
const LINKS_MAX: u32 = 255;

struct Fill<'a> {
    options: &'a [(&'static str, Value)],
    stdin: Option<Reader>,
    out: Positional,
    files: Vec<Entry>,
    imported_from: HashMap<OsString, PathBuf>,
    from_stdin: Option<Entry>,
}

/// Distributes words over the arguments of a command; `stdin` stands in for a missing last one.
///
/// # Errors
/// Too many or too few words, and files that can't be found, in the reference's words.
// spec: cli.too-many-arguments
// spec: cli.argument-required
// spec: cli.last-argument-from-stdin
pub fn fill(
    command: &Command,
    words: Vec<OsString>,
    options: &[(&'static str, Value)],
    stdin: bool,
) -> Result<Positional, Error> {
    let args = command.arguments;
    let variadic = args.last().is_some_and(|arg| arg.variadic);
    if !variadic && words.len() > args.len() {
        let (expected, got) = (args.len(), words.len());
        return Err(Error(format!("expected {expected} argument(s), got {got}")));
    }
    let last_from_stdin = stdin && args.last().is_some_and(|arg| arg.stdin);
    let inputs = words.len() + usize::from(last_from_stdin);
    let mut required = args.iter().filter(|arg| arg.required).count();
    let mut fill = Fill {
        options,
        stdin: stdin.then(standard_input),
        out: Positional::default(),
        files: Vec::new(),
        imported_from: HashMap::new(),
        from_stdin: None,
    };
    let mut words = words.into_iter();
    let mut at = 0;
    for input in 0..inputs {
        let definition = |at: usize| args.get(at).or(args.last());
        let Some(mut arg) = definition(at) else { break };
        while inputs - input <= required && !arg.required {
            at += 1;
            let Some(next) = definition(at) else { break };
            arg = next;
        }
        if arg.required {
            required = required.saturating_sub(1);
        }
        fill.one(arg, words.next(), at >= args.len())?;
        at += 1;
    }
    if at + 1 == args.len() && fill.stdin.is_some() && args[at].stdin {
        at += 1;
    }
    if let Some(arg) = args.iter().skip(at).find(|arg| arg.required) {
        return Err(Error(format!("argument \"{}\" is required", arg.name)));
    }
    Ok(fill.finish())
}

impl Fill<'_> {
    fn one(&mut self, arg: &Arg, word: Option<OsString>, repeated: bool) -> Result<(), Error> {
        match word {
            Some(word) if arg.file => self.file(arg, word),
            Some(word) => {
                self.out.strings.push(word.to_string_lossy().into_owned());
                Ok(())
            }
            None => {
                if arg.stdin
                    && !repeated
                    && (!arg.file || arg.required)
                    && let Some(reader) = self.stdin.take()
                {
                    let node = Node::File(FileNode::from_reader(reader));
                    self.from_stdin = Some(Entry { name: self.stdin_name(), node });
                }
                Ok(())
            }
        }
    }

    // spec: cli.file-words
    // spec: cli.same-name-twice
    fn file(&mut self, arg: &Arg, word: OsString) -> Result<(), Error> {
        if word == "-" {
            let reader = self.stdin.take().unwrap_or_else(|| Box::new(io::empty()));
            let node = Node::File(FileNode::from_reader(reader));
            self.files.push(Entry { name: self.stdin_name(), node });
            return Ok(());
        }
        if let Some((name, url)) = url_name(&word.to_string_lossy()) {
            let node = Node::File(FileNode::from_url(url));
            self.files.push(Entry { name: name.into(), node });
            return Ok(());
        }
        let path = self.resolve(clean(Path::new(&word)))?;
        let node = self.node(arg, &path)?;
        let name = match path.components().next_back() {
            Some(last) => last.as_os_str().to_owned(),
            None => OsString::from("."),
        };
        let directory = match path.parent() {
            Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
            Some(parent) => parent.to_owned(),
            None => PathBuf::from("/"),
        };
        match self.imported_from.get(&name) {
            Some(earlier) if *earlier != directory => Err(Error(format!(
                "file name {} repeated under different import directories: {} and {}",
                name.display(),
                directory.display(),
                earlier.display()
            ))),
            Some(_) => Ok(()),
            None => {
                self.imported_from.insert(name.clone(), directory);
                self.files.push(Entry { name, node });
                Ok(())
            }
        }
    }

    fn resolve(&self, path: PathBuf) -> Result<PathBuf, Error> {
        let follow = self.switch("dereference-args") || self.switch("dereference-symlinks");
        if path == Path::new(".") {
            let current = std::env::current_dir().map_err(|error| fail("getwd", &path, &error))?;
            return current.canonicalize().map_err(|error| fail("lstat", &current, &error));
        }
        if follow {
            return evaluate_links(&path);
        }
        Ok(path)
    }

    fn node(&self, arg: &Arg, path: &Path) -> Result<Node, Error> {
        let metadata = path.symlink_metadata().map_err(|error| fail("lstat", path, &error))?;
        if metadata.is_dir() {
            if !arg.recursive {
                let (path, name) = (path.display(), arg.name);
                return Err(Error(format!(
                    "invalid path '{path}', argument '{name}' does not support directories"
                )));
            }
            if !self.switch("recursive") {
                return Err(Error(format!(
                    "'{}' is a directory, use the '-r' flag to specify directories",
                    path.display()
                )));
            }
        } else if metadata.file_type().is_fifo() {
            let pipe = std::fs::File::open(path).map_err(|error| fail("open", path, &error))?;
            return Ok(Node::File(FileNode::from_reader(Box::new(pipe))));
        }
        if metadata.is_file() {
            // Say now what can't be read, before anything is done with the other files.
            std::fs::File::open(path).map_err(|error| fail("open", path, &error))?;
        }
        let rules = Rules {
            filter: Arc::new(self.filter()?),
            follow_links: self.switch("dereference-symlinks"),
        };
        files::node(path.to_owned(), &metadata, &rules).map_err(|error| Error(error.to_string()))
    }

    fn filter(&self) -> Result<Filter, Error> {
        let mut text = String::new();
        if let Some(Value::String(file)) = self.value("ignore-rules-path")
            && !file.is_empty()
        {
            let path = Path::new(file);
            text = std::fs::read_to_string(path).map_err(|error| fail("open", path, &error))?;
        }
        let given: &[String] = match self.value("ignore") {
            Some(Value::Strings(rules)) => rules,
            _ => &[],
        };
        let lines = text.lines().chain(given.iter().map(String::as_str));
        Ok(Filter::new(lines, self.switch("hidden")))
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.options.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    fn switch(&self, name: &str) -> bool {
        matches!(self.value(name), Some(Value::Bool(true)))
    }

    fn stdin_name(&self) -> OsString {
        match self.value("stdin-name") {
            Some(Value::String(name)) => name.into(),
            _ => OsString::new(),
        }
    }

    // spec: cli.files-sorted
    fn finish(mut self) -> Positional {
        self.files.extend(self.from_stdin.take());
        self.files.sort_by(|a, b| a.name.cmp(&b.name));
        if !self.files.is_empty() {
            self.out.files = Some(self.files);
        }
        self.out
    }
}

fn fail(operation: &str, path: &Path, error: &io::Error) -> Error {
    Error(format!("{operation} {}: {}", path.display(), crate::error::os_text(error)))
}

/// The path without symbolic links; a relative path stays relative.
// spec: cli.dereference-arguments
fn evaluate_links(path: &Path) -> Result<PathBuf, Error> {
    let mut left: VecDeque<OsString> =
        path.components().map(|part| part.as_os_str().to_owned()).collect();
    let mut out = PathBuf::new();
    let mut links = 0;
    while let Some(part) = left.pop_front() {
        if part == ".." {
            match out.components().next_back() {
                Some(Component::Normal(_)) => {
                    out.pop();
                }
                Some(Component::RootDir) => {}
                _ => out.push(".."),
            }
            continue;
        }
        let next = out.join(&part);
        let metadata = next.symlink_metadata().map_err(|error| fail("lstat", &next, &error))?;
        if !metadata.is_symlink() {
            out = next;
            continue;
        }
        links += 1;
        if links > LINKS_MAX {
            return Err(Error("EvalSymlinks: too many links".to_owned()));
        }
        let target = next.read_link().map_err(|error| fail("readlink", &next, &error))?;
        for part in target.components().rev() {
            if part != Component::CurDir {
                left.push_front(part.as_os_str().to_owned());
            }
        }
    }
    Ok(if out.as_os_str().is_empty() { PathBuf::from(".") } else { out })
}

/// The shortest path that means the same without a look at the disk.
fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match out.components().next_back() {
                Some(Component::Normal(_)) => {
                    out.pop();
                }
                Some(Component::RootDir) => {}
                _ => out.push(".."),
            },
            part => out.push(part),
        }
    }
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

/// The last part of the path and the whole, if the word is an `http` or `https` URL with a host.
fn url_name(word: &str) -> Option<(String, String)> {
    let rest = word.strip_prefix("http://").or_else(|| word.strip_prefix("https://"))?;
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if host.is_empty() {
        return None;
    }
    let name = match path.trim_end_matches('/').rsplit('/').next() {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ if rest.contains('/') => "/".to_owned(),
        _ => host.to_owned(),
    };
    Some((name, word.to_owned()))
}

/// Standard input, with a line to the user at the first read when it is a terminal.
fn standard_input() -> Reader {
    let kind = rustix::fs::fstat(rustix::stdio::stdin());
    let kind = kind.map(|stat| FileType::from_raw_mode(stat.st_mode)).ok();
    Box::new(StandardInput {
        hint: kind == Some(FileType::CharacterDevice),
        waits: kind != Some(FileType::RegularFile),
    })
}

struct StandardInput {
    hint: bool,
    /// What comes may take any time.
    waits: bool,
}

impl StandardInput {
    /// Waits until there is something to read, or the user wants the command to stop.
    // spec: cli.stop-slow-input
    fn wait(&self) -> io::Result<()> {
        let stdin = rustix::stdio::stdin();
        let mut waiting = [PollFd::new(&stdin, PollFlags::IN)];
        while !interrupt::is_stopped() {
            match rustix::event::poll(&mut waiting, Some(&STOP_LOOK)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                // What is wrong with it the reading tells.
                _ => return Ok(()),
            }
        }
        Err(io::Error::other("context canceled"))
    }
}

/// How often a wait for input looks whether to stop.
const STOP_LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };

impl Read for StandardInput {
    // spec: cli.stdin-hint
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if std::mem::take(&mut self.hint) {
            crate::terminal::eprint_line("ipfs: Reading from /dev/stdin; send Ctrl-d to stop.");
        }
        loop {
            if self.waits {
                self.wait()?;
            }
            match rustix::io::read(rustix::stdio::stdin(), &mut *buffer) {
                Err(rustix::io::Errno::INTR) => {}
                result => return Ok(result?),
            }
        }
    }
}
