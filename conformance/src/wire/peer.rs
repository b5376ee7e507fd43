//! A peer of the subject, as a case plays it: what it sends, and what it has got.

use super::connection::{Connection, Profile, runtime};
use super::identify::Identify;
use super::message::{MESSAGE_BYTES_MAX, Message, V120, frame, prefixed};
use super::negotiate;
use crate::case::{Check, failed};
use crate::encode::Cid;
use futures::io::{AsyncReadExt, AsyncWriteExt};
use libp2p::core::muxing::SubstreamBox;
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId};
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// Messages that came and that the case has not looked at, at most.
const MESSAGES_MAX: usize = 4096;

/// Where what the subject sends goes.
#[derive(Debug)]
pub(super) struct Inbox {
    messages: mpsc::Sender<Received>,
    reading: watch::Receiver<bool>,
    told: Mutex<Vec<Vec<u8>>>,
}

/// A Bitswap message that came.
#[derive(Debug, Clone)]
pub struct Received {
    /// The protocol of its stream.
    pub protocol: String,
    /// Its bytes.
    pub size: usize,
    /// What it says; `None` when it is no message.
    pub message: Option<Message>,
}

impl Inbox {
    /// Reads the messages of a stream, as long as the case reads at all.
    pub(super) async fn listen(
        &self,
        protocol: String,
        mut stream: SubstreamBox,
    ) -> io::Result<()> {
        let mut reading = self.reading.clone();
        loop {
            let gone = reading.wait_for(|reading| *reading).await.is_err();
            let length = negotiate::read_length(&mut stream, MESSAGE_BYTES_MAX).await?;
            let (false, Some(size)) = (gone, length) else { return Ok(()) };
            let mut bytes = vec![0; size];
            stream.read_exact(&mut bytes).await?;
            let message = Message::decode(&bytes);
            let received = Received { protocol: protocol.clone(), size, message };
            if self.messages.send(received).await.is_err() {
                return Ok(());
            }
        }
    }

    pub(super) fn pushed(&self, told: Vec<u8>) {
        self.told.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(told);
    }
}

/// Everything that came so far.
#[derive(Debug, Default)]
pub struct Seen {
    /// CIDs of blocks, in their order, repetitions included.
    pub order: Vec<Cid>,
    /// Blocks by CID.
    pub blocks: BTreeMap<Cid, Vec<u8>>,
    /// Blocks that came without prefix (1.0.0).
    pub bare: Vec<Vec<u8>>,
    /// CIDs that the subject says it has.
    pub haves: Vec<Vec<u8>>,
    /// CIDs that the subject says it lacks.
    pub dont_haves: Vec<Vec<u8>>,
    /// What it wants from us, and cancels.
    pub entries: Vec<super::message::Entry>,
    /// The sizes of messages, in bytes.
    pub sizes: Vec<usize>,
    /// Pending bytes, message by message.
    pub pending: Vec<i32>,
    /// Protocols on which messages came.
    pub protocols: Vec<String>,
    /// Messages that could not be read.
    pub malformed: usize,
    /// Blocks under a prefix that is not known here.
    pub unknown: usize,
}

impl Seen {
    /// Whether the block has come.
    pub fn block(&self, cid: &Cid) -> bool {
        self.blocks.contains_key(cid)
    }

    /// Whether the subject says it has it.
    pub fn have(&self, cid: &Cid) -> bool {
        self.haves.iter().any(|other| other == cid.bytes())
    }

    /// Whether the subject says it lacks it.
    pub fn dont_have(&self, cid: &Cid) -> bool {
        self.dont_haves.iter().any(|other| other == cid.bytes())
    }

    /// Whether anything was said of it.
    pub fn answered(&self, cid: &Cid) -> bool {
        self.block(cid) || self.have(cid) || self.dont_have(cid)
    }

    /// Whether it wants this CID, want-have or want-block.
    pub fn wants(&self, cid: &Cid) -> bool {
        self.entries.iter().any(|entry| entry.cid == cid.bytes() && !entry.cancel)
    }

    /// Whether it wants the block of this CID.
    pub fn wants_block(&self, cid: &Cid) -> bool {
        self.entries.iter().any(|entry| entry.cid == cid.bytes() && !entry.cancel && !entry.have)
    }

    /// Whether it has withdrawn its want.
    pub fn cancels(&self, cid: &Cid) -> bool {
        self.entries.iter().any(|entry| entry.cid == cid.bytes() && entry.cancel)
    }

    fn add(&mut self, received: Received) {
        self.sizes.push(received.size);
        self.protocols.push(received.protocol);
        let Some(message) = received.message else {
            self.malformed += 1;
            return;
        };
        self.pending.push(message.pending_bytes);
        self.entries.extend(message.wantlist.into_iter().flatten());
        self.bare.extend(message.bare);
        for (prefix, bytes) in message.payload {
            match prefixed(&prefix, &bytes) {
                Some(cid) => {
                    self.order.push(cid.clone());
                    self.blocks.insert(cid, bytes);
                }
                None => self.unknown += 1,
            }
        }
        for (cid, dont_have) in message.presences {
            if dont_have { &mut self.dont_haves } else { &mut self.haves }.push(cid);
        }
    }
}

/// A connection to the subject, with an identity of its own.
#[derive(Debug)]
pub struct Peer {
    connection: Connection,
    key: Keypair,
    inbox: Arc<Inbox>,
    messages: mpsc::Receiver<Received>,
    reading: watch::Sender<bool>,
    out: Option<Stream>,
    patience: Duration,
    /// Everything that came so far.
    pub seen: Seen,
}

impl Peer {
    /// Dials the subject.
    pub(super) fn dial(
        address: &Multiaddr,
        key: Keypair,
        profile: &Profile,
        patience: Duration,
    ) -> Check<Self> {
        let (sender, messages) = mpsc::channel(MESSAGES_MAX);
        let (reading, watched) = watch::channel(true);
        let told = Mutex::default();
        let inbox = Arc::new(Inbox { messages: sender, reading: watched, told });
        let dial = Connection::dial(address, &key, profile, inbox.clone());
        let connection = within(patience, "dial", dial)?;
        let (out, seen) = (None, Seen::default());
        Ok(Self { connection, key, inbox, messages, reading, out, patience, seen })
    }

    /// The subject's ID.
    pub fn subject(&self) -> PeerId {
        self.connection.remote
    }

    /// Our ID.
    pub fn id(&self) -> PeerId {
        self.key.public().to_peer_id()
    }

    /// Our key.
    pub fn key(&self) -> &Keypair {
        &self.key
    }

    /// Whether the subject has closed the connection.
    pub fn is_gone(&self) -> bool {
        self.connection.is_gone()
    }

    /// Fails when the subject has closed the connection.
    pub fn is_kept(&self) -> Check {
        if self.is_gone() { failed("the subject closed the connection") } else { Ok(()) }
    }

    /// What identify pushes told us, each one message or several joined.
    pub fn told(&self) -> Vec<Option<Identify>> {
        let told = self.inbox.told.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        told.iter().map(|bytes| Identify::decode(bytes)).collect()
    }

    /// Opens a stream on which nothing was said yet.
    pub fn raw_stream(&self) -> Check<Stream> {
        let inner = within(self.patience, "open a stream", self.connection.open())?;
        Ok(Stream { inner, patience: self.patience })
    }

    /// Opens a stream and proposes these protocols, one after the other; gives the one taken.
    pub fn propose(&self, protocols: &[&str]) -> Check<Option<(String, Stream)>> {
        let mut stream = self.raw_stream()?;
        let propose = negotiate::propose(&mut stream.inner, protocols);
        let taken = within(self.patience, "negotiate", propose)?;
        Ok(taken.map(|protocol| (protocol, stream)))
    }

    /// Opens a stream of a protocol that the subject must take.
    pub fn open(&self, protocol: &str) -> Check<Stream> {
        match self.propose(&[protocol])? {
            Some((_, stream)) => Ok(stream),
            None => failed(format!("{protocol} is not spoken")),
        }
    }

    /// Sends a message on our one lasting stream.
    pub fn send(&mut self, message: &Message) -> Check {
        self.send_bytes(&message.framed())
    }

    /// Sends bytes as they are on our one lasting stream.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> Check {
        if self.out.is_none() {
            self.out = Some(self.open(V120)?);
        }
        match &mut self.out {
            Some(stream) => stream.write(bytes),
            None => failed("no stream"),
        }
    }

    /// Gives up our lasting stream, so that the next message opens another.
    pub fn renew(&mut self) {
        self.out = None;
    }

    /// Stops reading what the subject sends, or goes on.
    pub fn read(&self, reading: bool) {
        // The other end lives in this peer too.
        let _ = self.reading.send(reading);
    }

    /// Takes in what comes until `done`, for this long at most; whether it is done.
    pub fn listen(&mut self, most: Duration, done: impl Fn(&Seen) -> bool) -> bool {
        let deadline = Instant::now() + most;
        while !done(&self.seen) {
            let left = deadline.saturating_duration_since(Instant::now());
            let next = async { tokio::time::timeout(left, self.messages.recv()).await };
            match runtime().block_on(next) {
                Ok(Some(received)) => self.seen.add(received),
                _ => return done(&self.seen),
            }
        }
        true
    }

    /// Takes in what comes until `done`; too late is a failure.
    pub fn wait(&mut self, what: &str, done: impl Fn(&Seen) -> bool) -> Check {
        match self.listen(self.patience, done) {
            true => Ok(()),
            false if self.is_gone() => failed(format!("{what}: the subject closed the connection")),
            false => failed(format!("{what}: nothing in {:?}", self.patience)),
        }
    }

    /// Sends wants and waits until `done`.
    pub fn ask(&mut self, what: &str, asked: &Message, done: impl Fn(&Seen) -> bool) -> Check {
        self.send(asked)?;
        self.wait(what, done)
    }

    /// How long this peer waits for an answer.
    pub fn patience(&self) -> Duration {
        self.patience
    }
}

/// A stream to the subject.
#[derive(Debug)]
pub struct Stream {
    inner: SubstreamBox,
    patience: Duration,
}

impl Stream {
    /// Writes and flushes. A subject that does not read long enough is a failure.
    pub fn write(&mut self, bytes: &[u8]) -> Check {
        within(self.patience, "write", async {
            self.inner.write_all(bytes).await?;
            self.inner.flush().await
        })
    }

    /// Writes one message with its length in front.
    pub fn send(&mut self, message: &[u8]) -> Check {
        self.write(&frame(message))
    }

    /// Reads exactly so many bytes.
    pub fn read(&mut self, count: usize) -> Check<Vec<u8>> {
        let mut bytes = vec![0; count];
        within(self.patience, "read", self.inner.read_exact(&mut bytes))?;
        Ok(bytes)
    }

    /// Reads to the end of the stream.
    pub fn read_all(&mut self, most: usize) -> Check<Vec<u8>> {
        let mut bytes = Vec::new();
        let inner = &mut self.inner;
        within(self.patience, "read to the end", inner.take(most as u64).read_to_end(&mut bytes))?;
        Ok(bytes)
    }

    /// Reads a line of the negotiation.
    pub fn line(&mut self) -> Check<Option<String>> {
        within(self.patience, "read a line", negotiate::read_line(&mut self.inner))
    }

    /// Ends our direction; the other goes on.
    pub fn finish(&mut self) -> Check {
        within(self.patience, "close", self.inner.close())
    }

    /// Whether the subject ends or resets the stream, in good time.
    pub fn ends(&mut self) -> bool {
        let mut byte = [0];
        let read = async { tokio::time::timeout(self.patience, self.inner.read(&mut byte)).await };
        matches!(runtime().block_on(read), Ok(Ok(0) | Err(_)))
    }
}

/// Does something within this time.
pub(super) fn within<T>(
    patience: Duration,
    what: &str,
    work: impl Future<Output = io::Result<T>>,
) -> Check<T> {
    match runtime().block_on(async { tokio::time::timeout(patience, work).await }) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => failed(format!("cannot {what}: {error}")),
        Err(_) => failed(format!("cannot {what} within {patience:?}")),
    }
}
