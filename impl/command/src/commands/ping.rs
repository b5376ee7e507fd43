//! Spec: spec/command/ping-command.md
//!
//! `ipfs ping`: measure how fast a peer answers.

use crate::commands::swarm::address;
use crate::network::{self, NOT_FOUND, Network, PeerId};
use crate::options::Default;
use crate::prelude::*;
use ipfs_node::swarm::{Multiaddr, split_peer};
use std::time::{Duration, Instant};

/// Pause between two pings, from one start to the next.
const PAUSE: Duration = Duration::from_secs(1);
/// How often a pause looks whether the command was stopped.
const CANCEL_LOOK: Duration = Duration::from_millis(20);

/// `ipfs ping`
pub static PING: Command = Command {
    name: "ping",
    tagline: "Measure how fast a peer answers.",
    arguments: &[Arg::string("peer ID", "The peer.").required().variadic().stdin()],
    options: &[Opt::int(&["count", "n"], "How many times.").default(Default::Int(10))],
    run: Some(ping),
    output: OutputKind::stream::<PingResult>(),
    ..Command::NEW
};

/// One line: what happens, or one round trip.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PingResult {
    /// Whether it went well.
    pub success: bool,
    /// The round trip, in nanoseconds.
    pub time: i64,
    /// What happens.
    pub text: String,
}

impl Output for PingResult {
    const NAME: &'static str = "PingResult";

    // spec: ping-command.text
    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        match (self.success, self.text.as_str()) {
            (true, "") => {
                let milliseconds = self.time as f64 / 1e6;
                writeln!(out, "Pong received: time={milliseconds:.2} ms")?;
            }
            (false, "") => writeln!(out, "Pong failed")?,
            (_, text) => writeln!(out, "{text}")?,
        }
        Ok(())
    }
}

fn says(success: bool, text: String) -> PingResult {
    PingResult { success, time: 0, text }
}

/// A peer ID, or an address with one at its end.
// spec: ping-command.argument
fn target(text: &str) -> Result<(PeerId, Option<Multiaddr>)> {
    let fail = |error: Error| {
        let why = error.message();
        Error::new(format!("failed to parse peer address '{text}': {why}"))
    };
    if !text.starts_with('/') {
        return Ok((network::parse_peer(text).map_err(fail)?, None));
    }
    match split_peer(&address::parse(text).map_err(fail)?) {
        (address, Some(peer)) => Ok((peer, Some(address).filter(|all| all.iter().count() > 0))),
        (_, None) => Err(fail(Error::new("invalid p2p multiaddr"))),
    }
}

// spec: ping-command.run
fn ping(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let network = network::command(env)?;
    let swarm = network.swarm();
    let (peer, address) = target(request.argument(0).unwrap_or_default())?;
    if peer == swarm.peer_id() {
        return Err(Error::new("error: can't ping self"));
    }
    if let Some(address) = address {
        swarm.add_addresses(peer, &[address]);
    }
    let count = request.int("count").unwrap_or(10);
    if count <= 0 {
        return Err(Error::new(format!("ping count must be greater than 0, was {count}")));
    }
    // spec: ping-command.lookup
    if swarm.addresses_of(&peer).is_empty() && !swarm.is_connected(&peer) {
        emitter.emit(&says(true, format!("Looking up peer {peer}")))?;
        return Err(Error::new(format!("peer lookup failed: {NOT_FOUND}")));
    }
    emitter.emit(&says(true, format!("PING {peer}.")))?;
    let (answers, total) = rounds(request, network, peer, count, emitter)?;
    if answers == 0 {
        return Err(Error::new("ping failed"));
    }
    emitter.emit(&average(total, answers))
}

fn average(total: Duration, answers: u32) -> PingResult {
    let average = total.as_secs_f64() * 1000.0 / f64::from(answers.max(1));
    says(true, format!("Average latency: {average:.2}ms"))
}

/// Answers that came, and their times together. Without a conversation there is one error.
fn rounds(
    request: &Request,
    network: &Network,
    peer: PeerId,
    count: i64,
    emitter: &mut Emitter<'_>,
) -> Result<(u32, Duration)> {
    let failed = |why: String| says(false, format!("Ping error: {why}"));
    let (mut answers, mut total) = (0, Duration::ZERO);
    let mut pinger = match network.wait(&request.cancel, network.swarm().pinger(peer))? {
        Ok(pinger) => pinger,
        Err(error) => {
            let why = match &error {
                ipfs_node::swarm::PingStartError::Dial(error) => network::dial_text(error),
                other => other.to_string(),
            };
            emitter.emit(&failed(why))?;
            return Ok((0, total));
        }
    };
    for round in 0..count {
        let next = Instant::now() + PAUSE;
        match network.wait(&request.cancel, pinger.ping())? {
            Ok(time) => {
                answers += 1;
                total += time;
                let time = i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
                emitter.emit(&PingResult { success: true, time, text: String::new() })?;
            }
            Err(error) => {
                emitter.emit(&failed(error.to_string()))?;
                break;
            }
        }
        while round + 1 < count && Instant::now() < next {
            request.cancel.check()?;
            std::thread::sleep(CANCEL_LOOK);
        }
    }
    Ok((answers, total))
}
