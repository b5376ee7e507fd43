//! Spec: spec/node/swarm.md
//!
//! Reaching a peer: which of its addresses are tried, and why each failed.

use super::filters::ip;
use super::limits::Exceeded;
use super::{Multiaddr, PeerId};
use libp2p::core::transport::TransportError;
use libp2p::multiaddr::Protocol;
use libp2p::swarm;
use std::error::Error as _;
use std::fmt;
use std::io;

// spec: swarm.dial-bounds
/// Addresses that one dial tries.
pub(super) const ADDRESSES_MAX: usize = 64;

/// What the reference says about addresses that it can't use.
const NO_TRANSPORT: &str = "no transport for protocol";
const QUIC_DRAFT: &str =
    "QUIC draft-29 has been removed, QUIC (RFC 9000) is accessible with /quic-v1";

/// What it says when a handshake over QUIC fails.
const QUIC_ALERT: &str = "CRYPTO_ERROR 0x12a (local)";

/// What it means when nobody answers to the first packet.
pub(super) const CONNECT_TIMEOUT: &str = "no answer to the first packet";

/// The numbers of the system for a connection that breaks: reset, and broken pipe.
const BROKEN: [i32; 2] = [104, 32];

/// What libraries say when the other side ends the connection in the middle of the handshake.
const ENDED: [&str; 3] =
    ["Protocol negotiation failed.", "unexpected end of file", "tls handshake eof"];

/// Why a peer could not be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialError {
    /// It is this node.
    #[error("dial to self attempted")]
    Myself,
    /// Nobody said where it is.
    #[error("no addresses")]
    NoAddresses,
    /// There are addresses, but none that this node can use.
    #[error("failed to dial {peer}: no good addresses{}", lines(reasons))]
    NoGoodAddresses {
        /// The peer.
        peer: PeerId,
        /// Each address and what is wrong with it.
        reasons: Vec<(Multiaddr, String)>,
    },
    /// Every address failed.
    #[error("failed to dial {peer}: all dials failed{}", lines(reasons))]
    AllFailed {
        /// The peer.
        peer: PeerId,
        /// Each address and what happened there.
        reasons: Vec<(Multiaddr, String)>,
    },
    /// A limit of this node.
    #[error("failed to dial {0}: {1}")]
    Limit(PeerId, Exceeded),
    /// The node ends.
    #[error("swarm closed")]
    Closed,
}

// spec: swarm.dial-errors
struct Lines<'a>(&'a [(Multiaddr, String)]);

fn lines(reasons: &[(Multiaddr, String)]) -> Lines<'_> {
    Lines(reasons)
}

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(address, reason)| write!(f, "\n  * [{address}] {reason}"))
    }
}

/// Whether this node can dial such an address, with these wires switched on.
pub(super) fn dialable(address: &Multiaddr, tcp: bool, quic: bool) -> bool {
    let parts: Vec<Protocol<'_>> = address.iter().collect();
    match parts.as_slice() {
        [Protocol::Ip4(_) | Protocol::Ip6(_), Protocol::Tcp(_)] => tcp,
        [Protocol::Ip4(_) | Protocol::Ip6(_), Protocol::Udp(_), Protocol::QuicV1] => quic,
        _ => false,
    }
}

/// Why this node has no transport for an address.
pub(super) fn no_transport(address: &Multiaddr) -> &'static str {
    match address.iter().any(|part| matches!(part, Protocol::Quic)) {
        true => QUIC_DRAFT,
        false => NO_TRANSPORT,
    }
}

/// What the transport said about an address, in the words of the reference where it has some.
pub(super) fn reason(address: &Multiaddr, error: &TransportError<io::Error>) -> String {
    let TransportError::Other(error) = error else { return no_transport(address).to_owned() };
    let (mut deepest, mut os, mut timeout) = (error.to_string(), None, false);
    let mut no_answer = false;
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        timeout |= text.contains("Timeout has been reached") || text.contains("timed out");
        no_answer |= text == CONNECT_TIMEOUT;
        if let Some(io) = error.downcast_ref::<io::Error>() {
            os = os.or(io.raw_os_error());
            timeout |= io.kind() == io::ErrorKind::TimedOut;
            next = io.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static));
        } else {
            next = error.source();
        }
        if !text.is_empty() {
            deepest = text;
        }
    }
    // Some layers hide the system's error and keep its text.
    let os = os.or_else(|| deepest.split_once(" (os error ")?.1.split(')').next()?.parse().ok());
    let quic = address.iter().any(|part| matches!(part, Protocol::QuicV1));
    let security = |text: &str| format!("failed to negotiate security protocol: {text}");
    match (os, timeout) {
        // After the connection was made.
        (Some(number), _) if !quic && BROKEN.contains(&number) => {
            security(&format!("read: {}", os_text(number)))
        }
        (Some(number), _) if !quic => {
            format!("{}connect: {}", tcp_prefix(address), os_text(number))
        }
        (Some(number), _) => os_text(number),
        (None, true) if quic => "timeout: no recent network activity".to_owned(),
        _ if no_answer => format!("{}i/o timeout", tcp_prefix(address)),
        (None, true) => security("context deadline exceeded"),
        (None, false) if quic => deepest,
        (None, false) if ENDED.contains(&deepest.as_str()) => security("EOF"),
        (None, false) => security(&deepest),
    }
}

/// `dial tcp4 127.0.0.1:1: `
fn tcp_prefix(address: &Multiaddr) -> String {
    let port = address.iter().find_map(|part| match part {
        Protocol::Tcp(port) => Some(port),
        _ => None,
    });
    match (ip(address), port) {
        (Some(ip), Some(port)) => {
            let version = if ip.is_ipv4() { 4 } else { 6 };
            format!("dial tcp{version} {}: ", std::net::SocketAddr::new(ip, port))
        }
        _ => String::new(),
    }
}

/// The system's reason, without its number, in lower case.
fn os_text(number: i32) -> String {
    let text = io::Error::from_raw_os_error(number).to_string();
    text.split(" (os error ").next().unwrap_or_default().to_ascii_lowercase()
}

/// The addresses that failed, in the words for people.
pub(super) fn reasons(
    error: swarm::DialError,
    asked: &[Multiaddr],
    peer: PeerId,
) -> Result<Vec<(Multiaddr, String)>, Exceeded> {
    let all = |text: &str| asked.iter().map(|address| (address.clone(), text.to_owned())).collect();
    Ok(match error {
        swarm::DialError::Transport(errors) => errors
            .into_iter()
            .map(|(address, error)| {
                let reason = reason(&address, &error);
                (super::behaviour::without_peer(&address), reason)
            })
            .collect(),
        swarm::DialError::WrongPeerId { obtained, address } => {
            let address = super::behaviour::without_peer(&address);
            let quic = address.iter().any(|part| matches!(part, Protocol::QuicV1));
            let layer = if quic { QUIC_ALERT } else { "failed to negotiate security protocol" };
            let why = format!("expected {peer}, but remote key matches {obtained}");
            vec![(address, format!("{layer}: peer id mismatch: {why}"))]
        }
        swarm::DialError::LocalPeerId { address } => {
            vec![(super::behaviour::without_peer(&address), "dial to self attempted".to_owned())]
        }
        swarm::DialError::Denied { cause } => match cause.downcast::<Exceeded>() {
            Ok(exceeded) => return Err(exceeded),
            Err(other) => {
                let text = other.source().map(ToString::to_string);
                all(&text.unwrap_or_else(|| other.to_string()))
            }
        },
        other => all(&other.to_string()),
    })
}
