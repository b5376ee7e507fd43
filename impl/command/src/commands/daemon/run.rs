//! Spec: spec/command/daemon.md
//!
//! The life of a daemon.

use super::garbage::{self, Plan};
use super::keep;
use super::listeners::{self, Server};
use super::services::{self, Servers, Stop};
use super::systemd::{Activated, notify};
use super::{checks, prepare};
use crate::commands::pin::remote::policy;
use crate::commands::version::VersionInfo;
use crate::error::path_error;
use crate::interrupt;
use crate::network::{self, Network};
use crate::prelude::*;
use crate::request::Cancel;
use ipfs_data::key::KeyType;
use ipfs_node::http::Listener;
use ipfs_repo::api_file;
use ipfs_repo::disk::RealDisk;
use ipfs_repo::layout::Layout;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// How long commands that were told to stop may take for that.
const COMMANDS_GRACE: Duration = Duration::from_secs(5);
/// Bound of the whole stop (`Internal.ShutdownTimeout`; 0 for none).
const SHUTDOWN_DEFAULT: Duration = Duration::from_secs(12 * 60 * 60);
/// Exit code when stopping takes longer.
const EXIT_STUCK: i32 = 1;

const RSA_WARNING: &str = "
Warning: You are using an RSA Peer ID, which was replaced by Ed25519
as the default recommended in Kubo since September 2020. Signing with
RSA Peer IDs is more CPU-intensive than with other key types.
It is recommended that you change your public key type to ed25519
by using the following command:

  ipfs key rotate -o rsa-key-backup -t ed25519

After changing your key type, restart your node for the changes to
take effect.
";

pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let env = Arc::new(Env::new(env.repo_path()?.to_str()).resident());
    let Some(terminal) = emitter.terminal() else {
        return Err(Error::new("a daemon runs in the process that was started"));
    };
    terminal.outlive_readers();
    let mut says = Says { terminal };
    let result = live(request, &env, &mut says);
    if result.is_err() {
        // spec: daemon.failed-start
        let _ = says.line("");
    }
    result.and(env.close())
}

/// The standard output of a daemon. Others wait for its lines, so each is sent at once.
struct Says<'a> {
    terminal: &'a mut Terminal,
}

impl Says<'_> {
    fn line(&mut self, line: &str) -> Result<()> {
        self.terminal.line(line)?;
        self.terminal.flush()
    }

    fn warn(&mut self, line: &str) -> Result<()> {
        self.terminal.note(line)
    }
}

// spec: daemon.start-lines
fn live(request: &Request, env: &Arc<Env>, says: &mut Says<'_>) -> Result<()> {
    says.line("Initializing daemon...")?;
    let mut version = Vec::new();
    VersionInfo::current().all(&mut version)?;
    says.terminal.write(&version)?;
    checks::options(request)?;
    if request.bool("manage-fdlimit")
        && let Some(note) = prepare::raise_open_files()
    {
        says.warn(&note)?;
    }
    prepare::initialize(request, env, says.terminal)?;
    prepare::open(request, env, says.terminal)?;
    let repo = env.repo()?;
    let config = repo.config();
    checks::automatic(repo)?;
    says.line(&format!("PeerID: {}", config.peer_id()))?;
    let routing = checks::settings(request, repo)?;
    env.node()?;
    // Damage shows now, not with the first request.
    env.pinner()?;
    env.files()?;
    let plan = if request.bool("enable-gc") { Plan::new(env)? } else { None };
    let runtime = ipfs_node::runtime::daemon()?;
    network(request, env, &runtime, &routing, says)?;
    if crate::keyring::own(repo)?.key_type() == KeyType::Rsa {
        says.line(RSA_WARNING)?;
    }

    runtime.spawn(ipfs_node::memory::give_back_now_and_then());
    runtime.spawn(keep::run(env.clone()));
    let (stop, stopped) = Stop::new();
    env.set_daemon(stop.clone());
    let mut servers = Servers::new(stopped.clone())?;
    let started = start(request, env, &runtime, &mut servers, says);
    if started.is_ok() {
        runtime.spawn(policy::run(env.clone(), stopped.clone()));
        if let Some(plan) = plan {
            runtime.spawn(garbage::run(env.clone(), plan, stopped.clone()));
        }
        says.line("Daemon is ready")?;
        notify("READY=1");
        runtime.block_on(wait(&request.cancel, &stop, stopped));
        notify("STOPPING=1");
        let told = says.line("Received interrupt signal, shutting down...");
        // Also without anybody who reads it.
        let _ = told.and_then(|()| says.line("(Hit ctrl-c again to force-shutdown the daemon.)"));
    } else {
        stop.ask();
    }
    bound_stop(config.duration("Internal.ShutdownTimeout").unwrap_or(SHUTDOWN_DEFAULT));
    runtime.block_on(servers.ended());
    if let Some(network) = env.network() {
        network.close();
    }
    runtime.shutdown_timeout(COMMANDS_GRACE);
    // Before the lock is let go of.
    let layout = Layout::new(env.repo_path()?);
    let removed = api_file::remove(&RealDisk, &layout)
        .map_err(|error| path_error("remove", &layout.api(), &error));
    started.and(removed)
}

/// Starts the network and tells where it listens.
// spec: daemon.swarm
fn network(
    request: &Request,
    env: &Env,
    runtime: &Runtime,
    routing: &str,
    says: &mut Says<'_>,
) -> Result<()> {
    if request.offline() {
        return says.line("Swarm not listening, running in offline mode.");
    }
    let network = Network::start(env, routing, runtime.handle())?;
    let swarm = network.swarm().clone();
    // spec: daemon.private-network
    if let Some(fingerprint) = swarm.network_fingerprint() {
        says.line("Swarm is limited to private network of peers with the swarm key")?;
        says.line(&format!("Swarm key fingerprint: {fingerprint}"))?;
    }
    network.listen(env)?;
    for line in network::listening(&swarm.listen_addresses()) {
        says.line(&line)?;
    }
    env.set_network(network);
    says.line("Run 'ipfs id' to inspect announced and discovered multiaddrs of this node.")
}

/// Starts the servers and tells others where they are.
fn start(
    request: &Request,
    env: &Arc<Env>,
    runtime: &Runtime,
    servers: &mut Servers,
    says: &mut Says<'_>,
) -> Result<()> {
    let config = env.repo()?.config();
    let layout = Layout::new(env.repo_path()?);
    let gateway = services::gateway(env)?;
    let mut activated = Activated::from_environment();
    let addresses = match request.str("api").filter(|address| !address.is_empty()) {
        Some(address) => vec![address.to_owned()],
        None => config.texts("Addresses.API"),
    };
    let rpc = runtime.block_on(listeners::open(Server::Rpc, &mut activated, &addresses))?;
    let authorized = services::is_authorized(&config);
    if let Some(warning) = listeners::check_exposure(&rpc, authorized)? {
        says.warn(&warning)?;
    }
    if authorized && !rpc.is_empty() {
        says.line("RPC API access is limited by the rules defined in API.Authorizations")?;
    }
    for listener in &rpc {
        says.line(&format!("RPC API server listening on {}", listener.multiaddr()))?;
        if let Some(at) = listener.tcp_address().map(listeners::reachable) {
            says.line(&format!("WebUI: http://{at}/webui"))?;
        }
    }
    let first = rpc.first().map(listeners::reachable_multiaddr);
    for listener in rpc {
        servers.rpc(runtime, env, &gateway, listener)?;
    }
    // spec: daemon.api-file
    if let Some(multiaddr) = first {
        api_file::write(&RealDisk, &layout, &multiaddr)
            .map_err(|error| path_error("write", &layout.api(), &error))?;
    }
    let addresses = config.texts("Addresses.Gateway");
    let open = listeners::open(Server::Gateway, &mut activated, &addresses);
    let gateways = runtime.block_on(open)?;
    for listener in &gateways {
        says.line(&format!("Gateway server listening on {}", listener.multiaddr()))?;
    }
    if config.flag("Gateway.ExposeRoutingAPI").unwrap_or(true) {
        for at in gateways.iter().filter_map(Listener::tcp_address) {
            says.line(&format!("Routing V1 API exposed at http://{at}/routing/v1"))?;
        }
    }
    let first = gateways.first().and_then(Listener::tcp_address).map(listeners::reachable);
    for listener in gateways {
        servers.gateway(runtime, &gateway, listener);
    }
    if let Some(at) = first {
        api_file::write_gateway(&RealDisk, &layout, &at.to_string())
            .map_err(|error| path_error("write", &layout.gateway(), &error))?;
    }
    Ok(())
}

/// Waits until a signal, a command or `--timeout` asks for the end.
// spec: daemon.stop
async fn wait(cancel: &Cancel, stop: &Stop, mut stopped: watch::Receiver<bool>) {
    let timeout = async {
        match cancel.deadline() {
            Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = stopped.wait_for(|&stop| stop) => {}
        () = interrupt::first() => {}
        () = timeout => {}
    }
    stop.ask();
}

/// Ends the process when stopping takes too long.
// spec: daemon.shutdown-timeout
fn bound_stop(bound: Duration) {
    if bound.is_zero() {
        return;
    }
    let end = move || {
        std::thread::sleep(bound);
        crate::terminal::eprint_line(&format!(
            "Error: stopping took longer than {} s (Internal.ShutdownTimeout)",
            bound.as_secs()
        ));
        std::process::exit(EXIT_STUCK);
    };
    let _ = std::thread::Builder::new().name("shutdown".to_owned()).spawn(end);
}
