//! Choosing a protocol on a fresh stream (multistream-select 1.0), by hand: a case may say
//! anything.

use crate::decode;
use crate::encode::varint;
use futures::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use std::io;

/// The first line of both sides.
pub const HEADER: &str = "/multistream/1.0.0";
/// The answer to a protocol that is not spoken.
pub const REFUSED: &str = "na";
/// Longest line that is taken, in bytes.
const LINE_BYTES_MAX: usize = 64 << 10;
/// Most lines that are listened to before a stream is given up.
const PROPOSALS_MAX: usize = 64;

/// A line with its length in front and its newline behind.
pub fn line(text: &str) -> Vec<u8> {
    let mut bytes = varint(text.len() as u64 + 1);
    bytes.extend(text.bytes());
    bytes.push(b'\n');
    bytes
}

/// Reads a length, which must not exceed `most`. `None` at the end of the stream.
pub(super) async fn read_length(
    stream: &mut (impl AsyncRead + Unpin),
    most: usize,
) -> io::Result<Option<usize>> {
    let mut bytes = Vec::new();
    loop {
        let mut byte = [0];
        if stream.read(&mut byte).await? == 0 {
            return match bytes.is_empty() {
                true => Ok(None),
                false => Err(io::ErrorKind::UnexpectedEof.into()),
            };
        }
        bytes.push(byte[0]);
        if let Some((length, _)) = decode::varint(&bytes) {
            return match usize::try_from(length) {
                Ok(length) if length <= most => Ok(Some(length)),
                _ => Err(io::Error::other(format!("a length of {length} bytes"))),
            };
        }
        if bytes.len() > 9 {
            return Err(io::Error::other("a length without end"));
        }
    }
}

/// Reads a line. `None` at the end of the stream.
pub(super) async fn read_line(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<String>> {
    let Some(length) = read_length(stream, LINE_BYTES_MAX).await? else { return Ok(None) };
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await?;
    match bytes.pop() {
        Some(b'\n') => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        _ => Err(io::Error::other("a line without newline")),
    }
}

/// Proposes protocols, one after the other; gives the one that is taken, if any is.
pub(super) async fn propose(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    protocols: &[&str],
) -> io::Result<Option<String>> {
    stream.write_all(&line(HEADER)).await?;
    let mut greeted = false;
    for protocol in protocols {
        stream.write_all(&line(protocol)).await?;
        stream.flush().await?;
        loop {
            match read_line(stream).await? {
                Some(answer) if answer == HEADER && !greeted => greeted = true,
                Some(answer) if answer == *protocol => return Ok(Some(answer)),
                Some(answer) if answer == REFUSED => break,
                Some(answer) => return Err(io::Error::other(format!("answered {answer:?}"))),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }
    Ok(None)
}

/// Listens to proposals until one is acceptable.
pub(super) async fn accept(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    acceptable: impl Fn(&str) -> bool,
) -> io::Result<Option<String>> {
    for _ in 0..PROPOSALS_MAX {
        let Some(proposal) = read_line(stream).await? else { return Ok(None) };
        let taken = proposal == HEADER || acceptable(&proposal);
        stream.write_all(&line(if taken { &proposal } else { REFUSED })).await?;
        stream.flush().await?;
        if taken && proposal != HEADER {
            return Ok(Some(proposal));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        assert_eq!(line("na"), b"\x03na\n");
        let read = |bytes: &[u8]| futures::executor::block_on(read_line(&mut &bytes[..]));
        assert_eq!(read(b"\x03na\nx").unwrap().as_deref(), Some("na"));
        assert_eq!(read(b"").unwrap(), None);
        assert!(read(b"\x03nax").is_err());
        assert!(read(b"\x03na").is_err());
        assert!(read(&[0xff; 12]).is_err());
    }
}
