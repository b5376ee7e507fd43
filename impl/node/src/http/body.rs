//! Spec: spec/node/http.md
//!
//! Bodies of HTTP messages, between code that blocks and the connection that doesn't.
//!
//! A body that is given up before its end makes the connection close without the end mark of the
//! chunked encoding: the client sees that something is missing.

use crate::content::{self, Fetch};
use bytes::Bytes;
use http::HeaderMap;
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Why a body ended early.
pub type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// Any body.
pub type Body = UnsyncBoxBody<Bytes, BodyError>;

/// Frames that a [`Writer`] may be ahead of the connection.
const FRAMES_AHEAD: usize = 4;

/// Pieces of a body that the connection may be ahead of a [`Reader`].
const READ_AHEAD_FRAMES: usize = 4;

/// Bytes that a [`Writer`] collects before it hands them over.
const WRITER_BYTES: usize = 64 << 10;

/// A body without bytes.
pub fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// A body in one piece; its length is known.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

// spec: http.pull
/// A body whose chunks are made when the client wants them. The iterator runs on a blocking thread,
/// one step at a time and at most one chunk ahead, so that a slow client holds no thread.
/// An error of the iterator breaks the connection off.
pub fn pull(chunks: impl Iterator<Item = Result<Bytes, BodyError>> + Send + 'static) -> Body {
    Pull::new(chunks).boxed_unsync()
}

/// [`pull`] whose total length is known, for `Content-Length`.
pub fn pull_sized(
    chunks: impl Iterator<Item = Result<Bytes, BodyError>> + Send + 'static,
    bytes: u64,
) -> Body {
    Sized { inner: Pull::new(chunks), left: bytes }.boxed_unsync()
}

type Chunks = Box<dyn Iterator<Item = Result<Bytes, BodyError>> + Send>;
type Step = (Option<Result<Bytes, BodyError>>, Chunks);

enum State {
    Idle(Chunks),
    Running(JoinHandle<Step>),
    /// What came before is on its way; then the connection is to break off.
    Failed(BodyError),
    Done,
}

struct Pull {
    state: State,
    /// What was in force where the body was made is in force where its chunks are made.
    fetch: Option<Fetch>,
}

impl Pull {
    fn new(chunks: impl Iterator<Item = Result<Bytes, BodyError>> + Send + 'static) -> Self {
        Self { state: State::Idle(Box::new(chunks)), fetch: content::current() }
    }
}

fn step(mut chunks: Chunks, fetch: Option<Fetch>) -> JoinHandle<Step> {
    tokio::task::spawn_blocking(move || {
        let _entered = fetch.as_ref().map(Fetch::enter);
        let chunk = chunks.next();
        (chunk, chunks)
    })
}

impl http_body::Body for Pull {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Done => return Poll::Ready(None),
                State::Failed(error) => return Poll::Ready(Some(Err(error))),
                State::Idle(chunks) => {
                    self.state = State::Running(step(chunks, self.fetch.clone()));
                }
                State::Running(mut running) => {
                    let Poll::Ready(result) = Pin::new(&mut running).poll(context) else {
                        self.state = State::Running(running);
                        return Poll::Pending;
                    };
                    return Poll::Ready(match result {
                        Err(panicked) => {
                            self.state = State::Failed(panicked.into());
                            return yield_once(context);
                        }
                        Ok((None, _)) => None,
                        Ok((Some(Err(error)), _)) => {
                            self.state = State::Failed(error);
                            return yield_once(context);
                        }
                        Ok((Some(Ok(bytes)), chunks)) => {
                            // One chunk ahead, while the connection sends this one.
                            self.state = State::Running(step(chunks, self.fetch.clone()));
                            Some(Ok(Frame::data(bytes)))
                        }
                    });
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.state, State::Done)
    }
}

/// Lets the connection send what it holds before it learns that there is no more: an error makes it
/// close at once.
// spec: http.break-off
fn yield_once<T>(context: &Context<'_>) -> Poll<T> {
    context.waker().wake_by_ref();
    Poll::Pending
}

/// A body with a length; bytes beyond it, or too few, break it off.
struct Sized {
    inner: Pull,
    left: u64,
}

impl http_body::Body for Sized {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
            Some(Ok(frame)) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len) as u64;
                match self.left.checked_sub(bytes) {
                    Some(left) => self.left = left,
                    None => return Poll::Ready(Some(Err("body is longer than announced".into()))),
                }
                Poll::Ready(Some(Ok(frame)))
            }
            None => Poll::Ready(Some(Err("body is shorter than announced".into()))),
            error => Poll::Ready(error),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.left)
    }
}

/// Sees what passes through a body, and is dropped with it, sent or not.
pub trait Watch: Send + Unpin + 'static {
    /// So many bytes are on their way.
    fn bytes(&mut self, bytes: usize) {
        let _ = bytes;
    }

    /// The body was read to its end. Told once, and never of a body that is given up early.
    fn end(&mut self) {}
}

/// A body that is watched; one that has ended already tells that at once.
pub fn watch<B>(body: B, mut watch: impl Watch) -> Body
where
    B: http_body::Body<Data = Bytes> + Unpin + Send + 'static,
    BodyError: From<B::Error>,
{
    let ended = body.is_end_stream();
    if ended {
        watch.end();
    }
    Watched { body, watch, ended }.boxed_unsync()
}

struct Watched<B, W> {
    body: B,
    watch: W,
    ended: bool,
}

impl<B, W> http_body::Body for Watched<B, W>
where
    B: http_body::Body<Data = Bytes> + Unpin,
    W: Watch,
    BodyError: From<B::Error>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            self.watch.bytes(frame.data_ref().map_or(0, Bytes::len));
        }
        if !self.ended && (matches!(polled, Poll::Ready(None)) || self.body.is_end_stream()) {
            self.ended = true;
            self.watch.end();
        }
        polled.map_err(BodyError::from)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

// spec: http.break-off
/// A body that a blocking thread writes. Without [`Writer::finish`] the body breaks off.
pub fn channel() -> (Writer, Body) {
    let (sender, receiver) = mpsc::channel(FRAMES_AHEAD);
    let writer = Writer { sender, buffer: Vec::new() };
    (writer, Channel { receiver, broken: false, finished: false }.boxed_unsync())
}

enum Message {
    Frame(Frame<Bytes>),
    End,
}

/// The writing end of [`channel`], for threads that may block.
#[derive(Debug)]
pub struct Writer {
    sender: mpsc::Sender<Message>,
    buffer: Vec<u8>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Frame(_) => "Frame",
            Self::End => "End",
        })
    }
}

impl Writer {
    fn message(&self, message: Message) -> io::Result<()> {
        self.sender.blocking_send(message).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    /// Hands over these bytes, after what was collected, without copying them.
    ///
    /// # Errors
    /// `BrokenPipe` when the client is gone.
    pub fn send(&mut self, bytes: Bytes) -> io::Result<()> {
        self.flush()?;
        if bytes.is_empty() { Ok(()) } else { self.message(Message::Frame(Frame::data(bytes))) }
    }

    /// Ends the body, with trailers if there are any.
    ///
    /// # Errors
    /// `BrokenPipe` when the client is gone.
    pub fn finish(mut self, trailers: Option<HeaderMap>) -> io::Result<()> {
        self.flush()?;
        if let Some(trailers) = trailers {
            self.message(Message::Frame(Frame::trailers(trailers)))?;
        }
        self.message(Message::End)
    }

    /// Whether the client is gone.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() + bytes.len() > WRITER_BYTES {
            self.flush()?;
        }
        if bytes.len() >= WRITER_BYTES {
            self.send(Bytes::copy_from_slice(bytes))?;
        } else {
            self.buffer.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let bytes = Bytes::from(std::mem::take(&mut self.buffer));
        self.message(Message::Frame(Frame::data(bytes)))
    }
}

struct Channel {
    receiver: mpsc::Receiver<Message>,
    /// The writer is gone, and the connection not told yet.
    broken: bool,
    finished: bool,
}

impl http_body::Body for Channel {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.finished {
            return Poll::Ready(None);
        }
        match ready!(self.receiver.poll_recv(context)) {
            Some(Message::Frame(frame)) => Poll::Ready(Some(Ok(frame))),
            Some(Message::End) => {
                self.finished = true;
                Poll::Ready(None)
            }
            None if self.broken => {
                self.finished = true;
                Poll::Ready(Some(Err("the answer broke off".into())))
            }
            None => {
                self.broken = true;
                yield_once(context)
            }
        }
    }
}

/// Reads a body from a blocking thread. From the first read on the connection receives while the
/// thread works on what came before.
pub struct Reader {
    source: Source,
    handle: Handle,
    chunk: Bytes,
}

enum Source {
    /// Nobody asked yet; a client that waits for `100 Continue` still waits.
    Untouched(Body),
    Running(mpsc::Receiver<Result<Frame<Bytes>, BodyError>>),
    Ended,
}

impl Reader {
    /// A reader of this body. Must be made inside the runtime and used outside of its own threads.
    pub fn new(body: Body) -> Self {
        Self { source: Source::Untouched(body), handle: Handle::current(), chunk: Bytes::new() }
    }

    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// When the connection fails or the body breaks off.
    // spec: http.read-ahead
    pub fn next_chunk(&mut self) -> io::Result<Option<Bytes>> {
        while self.chunk.is_empty() {
            self.source = match std::mem::replace(&mut self.source, Source::Ended) {
                Source::Ended => return Ok(None),
                Source::Untouched(body) => Source::Running(self.receive(body)),
                Source::Running(mut frames) => match frames.blocking_recv() {
                    None => Source::Ended,
                    Some(Ok(frame)) => {
                        self.chunk = frame.into_data().unwrap_or_default();
                        Source::Running(frames)
                    }
                    Some(Err(error)) => {
                        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, error));
                    }
                },
            };
        }
        Ok(Some(std::mem::take(&mut self.chunk)))
    }

    fn receive(&self, mut body: Body) -> mpsc::Receiver<Result<Frame<Bytes>, BodyError>> {
        let (sender, frames) = mpsc::channel(READ_AHEAD_FRAMES);
        self.handle.spawn(async move {
            while let Some(frame) = body.frame().await {
                if sender.send(frame).await.is_err() {
                    break;
                }
            }
        });
        frames
    }
}

impl Read for Reader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        let Some(mut chunk) = self.next_chunk()? else { return Ok(0) };
        let bytes = chunk.len().min(into.len());
        into[..bytes].copy_from_slice(&chunk.split_to(bytes));
        self.chunk = chunk;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap()
    }

    #[test]
    fn pulled_chunks_arrive_in_order() {
        let chunks = (0..5u8).map(|number| Ok(Bytes::from(vec![number; 3])));
        let body = runtime().block_on(async { pull(chunks).collect().await.unwrap().to_bytes() });
        assert_eq!(&body[..], [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
    }

    #[test]
    fn a_length_that_does_not_hold_breaks_off() {
        for (length, ok) in [(6, true), (5, false), (7, false)] {
            let chunks = [Ok(Bytes::from("abc")), Ok(Bytes::from("def"))].into_iter();
            let result = runtime().block_on(async { pull_sized(chunks, length).collect().await });
            assert_eq!(result.is_ok(), ok, "{length}");
        }
    }

    #[test]
    fn a_writer_that_is_dropped_breaks_off() {
        let runtime = runtime();
        for finish in [true, false] {
            let (mut writer, body) = channel();
            let thread = std::thread::spawn(move || {
                writer.write_all(b"some").unwrap();
                writer.flush().unwrap();
                if finish {
                    writer.finish(None).unwrap();
                }
            });
            let result = runtime.block_on(async { body.collect().await });
            thread.join().unwrap();
            assert_eq!(result.is_ok(), finish);
        }
    }

    #[test]
    fn a_reader_reads_what_was_sent() {
        let runtime = runtime();
        let _inside = runtime.enter();
        let mut reader = Reader::new(full("some bytes"));
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "some bytes");
        assert!(reader.next_chunk().unwrap().is_none());
    }
}
