//! What is measured, in which order, and the table of it.

use super::idle;
use super::link::Link;
use super::node::{Node, Place, add, repo};
use ipfs_benches::figures::{in_turn, median};
use ipfs_benches::noise::Noise;
use ipfs_benches::options;
use std::path::{Path, PathBuf};

pub(crate) const USAGE: &str = "\
usage: transfer tcp|quic|files|link|idle --ipfs PATH --peer PATH [OPTION VALUE]..
  tcp, quic       a big file over the loopback interface
  files           a folder of small files, over TCP
  link            a big file over a slow link (needs root): --rtt and --mbit
  idle            processor time of a daemon with idle connections
  --pairs LIST    of our, peer, our-peer, peer-our (provider-getter); all
  --rounds N      5
  --mib N         size of the big file, 1024; over the link 64
  --files N       number of small files, 10000
  --rtt MS        round trip of the link, 50
  --mbit N        bandwidth of the link, 100
  --connections N idle connections, 50
  --seconds N     how long they are idle, 30
  --folder PATH   where to work; a new folder in it is removed at the end
";

/// Size of a small file, in bytes.
const SMALL_BYTES: usize = 4096;
/// Bytes of a megabyte, as in rates.
const MEGABYTE: f64 = 1e6;

/// What to measure.
#[derive(Debug)]
pub(crate) struct Plan {
    job: String,
    ours: PathBuf,
    peer: PathBuf,
    pairs: Vec<String>,
    rounds: usize,
    mib: usize,
    files: usize,
    rtt_ms: u64,
    mbit: u64,
    pub(crate) connections: usize,
    pub(crate) seconds: u64,
    folder: PathBuf,
}

/// What one transfer took.
#[derive(Debug, Clone, Copy, Default)]
struct Figures {
    wall_s: f64,
    getter_cpu_s: f64,
    provider_cpu_s: f64,
    getter_peak_mib: f64,
    provider_peak_mib: f64,
}

impl Plan {
    pub(crate) fn parse(job: &str, words: &[String]) -> Result<Self, String> {
        let mut plan = Self {
            job: job.to_owned(),
            ours: PathBuf::new(),
            peer: PathBuf::new(),
            pairs: ["our", "peer", "our-peer", "peer-our"].map(str::to_owned).to_vec(),
            rounds: 5,
            mib: if job == "link" { 64 } else { 1024 },
            files: 10_000,
            rtt_ms: 50,
            mbit: 100,
            connections: 50,
            seconds: 30,
            folder: std::env::temp_dir(),
        };
        options::read(words, USAGE, |given| {
            match given.name {
                "--ipfs" => plan.ours = given.path(),
                "--peer" => plan.peer = given.path(),
                "--pairs" => plan.pairs = given.list(|pair| Ok(pair.to_owned()))?,
                "--rounds" => plan.rounds = given.number::<usize>()?.max(1),
                "--mib" => plan.mib = given.number()?,
                "--files" => plan.files = given.number()?,
                "--rtt" => plan.rtt_ms = given.number()?,
                "--mbit" => plan.mbit = given.number::<u64>()?.max(1),
                "--connections" => plan.connections = given.number()?,
                "--seconds" => plan.seconds = given.number()?,
                "--folder" => plan.folder = given.path(),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        match plan.job.as_str() {
            "tcp" | "quic" | "files" | "link" | "idle" => Ok(plan),
            _ => Err(USAGE.to_owned()),
        }
    }

    /// Measures and prints.
    pub(crate) fn run(&self) -> Result<(), String> {
        let work = self.folder.join(format!("transfer-{}", std::process::id()));
        std::fs::create_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
        let result = match self.job.as_str() {
            "idle" => idle::run(self, &work),
            _ => self.transfers(&work),
        };
        // Only now: removing files slows down what creates others.
        std::fs::remove_dir_all(&work).map_err(|error| error.to_string())?;
        result
    }

    /// The programs of a pair: who provides, who gets.
    pub(crate) fn programs(&self, pair: &str) -> Result<(&Path, &Path), String> {
        match pair {
            "our" => Ok((&self.ours, &self.ours)),
            "peer" => Ok((&self.peer, &self.peer)),
            "our-peer" => Ok((&self.ours, &self.peer)),
            "peer-our" => Ok((&self.peer, &self.ours)),
            _ => Err(format!("unknown pair {pair}")),
        }
    }

    pub(crate) fn pairs(&self) -> &[String] {
        &self.pairs
    }

    fn transfers(&self, work: &Path) -> Result<(), String> {
        let content = self.content(work)?;
        let mut all = vec![Vec::new(); self.pairs.len()];
        for round in 0..self.rounds {
            for at in in_turn(round, (0..self.pairs.len()).collect()) {
                let (provider, getter) = self.programs(&self.pairs[at])?;
                let folder = work.join(format!("{round}-{at}"));
                let figures = self.transfer(&folder, provider, getter, &content)?;
                eprintln!("round {round}, {}: {:.2} s", self.pairs[at], figures.wall_s);
                all[at].push(figures);
            }
        }
        self.print(&all);
        Ok(())
    }

    /// What is transferred, as a file or a folder.
    fn content(&self, work: &Path) -> Result<PathBuf, String> {
        let path = work.join("content");
        let text = |error: std::io::Error| error.to_string();
        let mut noise = Noise::new(0x5eed);
        if self.job == "files" {
            for number in 0..self.files {
                let folder = path.join(format!("{:03}", number / 100));
                std::fs::create_dir_all(&folder).map_err(text)?;
                let name = folder.join(format!("{number}"));
                std::fs::write(name, noise.bytes(SMALL_BYTES)).map_err(text)?;
            }
        } else {
            let file = std::fs::File::create(&path).map_err(text)?;
            let mut file = std::io::BufWriter::new(file);
            for _ in 0..self.mib {
                std::io::Write::write_all(&mut file, &noise.bytes(1 << 20)).map_err(text)?;
            }
        }
        Ok(path)
    }

    fn bytes(&self) -> f64 {
        match self.job.as_str() {
            "files" => (self.files * SMALL_BYTES) as f64,
            _ => (self.mib << 20) as f64,
        }
    }

    fn transfer(
        &self,
        folder: &Path,
        provider: &Path,
        getter: &Path,
        content: &Path,
    ) -> Result<Figures, String> {
        let link = match self.job.as_str() {
            "link" => Some(Link::start(self.rtt_ms, self.mbit)?),
            _ => None,
        };
        let place = |end: usize| link.as_ref().map_or(Place::Here, |link| link.place(end));
        let quic = self.job == "quic";
        let (from, to) = (folder.join("provider"), folder.join("getter"));
        repo(provider, &from, &place(0), quic)?;
        repo(getter, &to, &place(1), quic)?;
        let cid = add(provider, &from, content)?;
        // What the adding has left to write is nobody's transfer.
        let _ = std::process::Command::new("sync").status();
        let provider = Node::start(provider, &from, place(0))?;
        let getter = Node::start(getter, &to, place(1))?;
        getter.run(&["swarm", "connect", &provider.address(quic)?])?;
        let before = (provider.cpu_s(), getter.cpu_s());
        let start = std::time::Instant::now();
        getter.run(&["pin", "add", "--progress=false", &cid])?;
        let wall_s = start.elapsed().as_secs_f64();
        let figures = Figures {
            wall_s,
            provider_cpu_s: provider.cpu_s() - before.0,
            getter_cpu_s: getter.cpu_s() - before.1,
            provider_peak_mib: provider.peak_kib() / 1024.0,
            getter_peak_mib: getter.peak_kib() / 1024.0,
        };
        getter.stop()?;
        provider.stop()?;
        Ok(figures)
    }

    fn print(&self, all: &[Vec<Figures>]) {
        println!(
            "{:<10} {:>8} {:>6} {:>8} {:>9} {:>9} {:>9} {:>9} {:>6}",
            self.job,
            "wall s",
            "ratio",
            "MB/s",
            "get CPU",
            "give CPU",
            "get MiB",
            "give MiB",
            "link"
        );
        let reference = self.pairs.iter().position(|pair| pair == "peer");
        let reference = reference.map(|at| median(all[at].iter().map(|figures| figures.wall_s)));
        for (pair, figures) in self.pairs.iter().zip(all) {
            let of = |figure: fn(&Figures) -> f64| median(figures.iter().map(figure));
            let wall_s = of(|figures| figures.wall_s);
            let rate = self.bytes() / wall_s;
            let share = match self.job.as_str() {
                "link" => format!("{:.0}%", rate * 8.0 / (self.mbit as f64 * MEGABYTE) * 100.0),
                _ => String::new(),
            };
            let ratio = reference.map_or(String::new(), |peer| format!("{:.2}", wall_s / peer));
            println!(
                "{pair:<10} {wall_s:>8.2} {ratio:>6} {:>8.1} {:>9.2} {:>9.2} {:>9.0} {:>9.0} {share:>6}",
                rate / MEGABYTE,
                of(|figures| figures.getter_cpu_s),
                of(|figures| figures.provider_cpu_s),
                of(|figures| figures.getter_peak_mib),
                of(|figures| figures.provider_peak_mib),
            );
        }
        println!("medians of {}; a pair is provider-getter; the ratio is to peer", self.rounds);
    }
}
