//! Spec: spec/command/key-commands.md
//!
//! Asking for passphrases. They come from the terminal without being shown, or from a file that
//! `$IPFS_KEY_PASSPHRASE_FILE` names; never from the command line, where other users could see
//! them. They are bytes, and wiped after use.

use crate::error::{Error, Result};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use zeroize::Zeroizing;

/// Longest passphrase, in bytes.
pub const BYTES_MAX: usize = 1024;
/// Names the file whose first line is the passphrase.
pub const FILE_VARIABLE: &str = "IPFS_KEY_PASSPHRASE_FILE";

const INTERRUPT: u8 = 3;
const END: u8 = 4;

/// Asks for the passphrase of an existing key.
///
/// # Errors
/// When there is neither a file nor a terminal, or the user interrupts.
// spec: key-commands.passphrase-source
pub fn ask(prompt: &str) -> Result<Zeroizing<Vec<u8>>> {
    match from_file()? {
        Some(passphrase) => Ok(passphrase),
        None => Hidden::open()?.ask(prompt),
    }
}

/// Asks for a new passphrase, twice on a terminal.
///
/// # Errors
/// As [`ask`]; also when it is empty or the two differ.
pub fn ask_new() -> Result<Zeroizing<Vec<u8>>> {
    let passphrase = match from_file()? {
        Some(passphrase) => passphrase,
        None => {
            let mut terminal = Hidden::open()?;
            let first = terminal.ask("New passphrase: ")?;
            if *terminal.ask("The same again: ")? != *first {
                return Err(Error::new("the two passphrases differ"));
            }
            first
        }
    };
    if passphrase.is_empty() {
        return Err(Error::new("the passphrase is empty"));
    }
    Ok(passphrase)
}

/// Asks a question that only `y` or `yes` affirms.
///
/// # Errors
/// When there is no terminal.
pub fn confirm(question: &str) -> Result<bool> {
    let mut terminal =
        OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(no_tty)?;
    write!(terminal, "{question} [y/N] ")?;
    let mut answer = [0; 16];
    let length = terminal.read(&mut answer)?;
    let answer = answer[..length].trim_ascii().to_ascii_lowercase();
    Ok(answer == b"y" || answer == b"yes")
}

fn from_file() -> Result<Option<Zeroizing<Vec<u8>>>> {
    let Some(path) = std::env::var_os(FILE_VARIABLE) else { return Ok(None) };
    let path = std::path::PathBuf::from(path);
    let failed = |error| crate::error::path_error("open", &path, &error);
    let mut line = Zeroizing::new(Vec::with_capacity(BYTES_MAX + 1));
    let file = File::open(&path).map_err(failed)?;
    file.take(BYTES_MAX as u64 + 1).read_to_end(&mut line).map_err(failed)?;
    if let Some(end) = line.iter().position(|byte| *byte == b'\n') {
        line.truncate(end);
    }
    if line.len() > BYTES_MAX {
        return Err(Error::new(format!("the passphrase is longer than {BYTES_MAX} bytes")));
    }
    Ok(Some(line))
}

fn no_tty(_: std::io::Error) -> Error {
    Error::new(format!(
        "there is no terminal to ask on: put the passphrase into a file and its name into \
         ${FILE_VARIABLE}"
    ))
}

/// The terminal while it shows nothing of what is typed.
struct Hidden {
    terminal: File,
    before: Termios,
}

impl Hidden {
    fn open() -> Result<Self> {
        let terminal =
            OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(no_tty)?;
        let before = tcgetattr(&terminal)?;
        let mut hidden = before.clone();
        // Signals off as well: a process killed here would leave a silent terminal behind.
        hidden.local_modes -= LocalModes::ECHO | LocalModes::ISIG | LocalModes::ICANON;
        tcsetattr(&terminal, OptionalActions::Flush, &hidden)?;
        Ok(Self { terminal, before })
    }

    fn ask(&mut self, prompt: &str) -> Result<Zeroizing<Vec<u8>>> {
        self.terminal.write_all(prompt.as_bytes())?;
        let answer = self.line();
        self.terminal.write_all(b"\n")?;
        answer
    }

    fn line(&mut self) -> Result<Zeroizing<Vec<u8>>> {
        let mut line = Zeroizing::new(Vec::with_capacity(BYTES_MAX));
        let mut byte = Zeroizing::new([0]);
        loop {
            if self.terminal.read(&mut *byte)? == 0 {
                return Ok(line);
            }
            match byte[0] {
                INTERRUPT => return Err(Error::cancelled()),
                b'\n' | b'\r' | END => return Ok(line),
                // Backspace, as the two kinds of terminals send it.
                8 | 127 => drop(line.pop()),
                _ if line.len() == BYTES_MAX => {
                    return Err(Error::new(format!(
                        "the passphrase is longer than {BYTES_MAX} bytes"
                    )));
                }
                other => line.push(other),
            }
        }
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
    }
}
