//! A whole installation as real processes: API, gateway and workers over a real engine.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};
use hyper::StatusCode;

use crate::{Client, Docker, Process, Settings};

/// How long an installation may take to be ready.
const READY_LIMIT: Duration = Duration::from_secs(30);
/// The binary of API and gateway.
const API: &str = "sandboxd-api";
const TICK: Duration = Duration::from_millis(20);
/// The tenants that suites speak as.
const TOKENS: &str = "alice=alice-token-for-tests,bob=bob-token-for-tests";

/// What an installation is to be like.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// How many workers.
    pub workers: usize,
    /// Further environment of all processes.
    pub env: Vec<(String, String)>,
    /// Where the data directory goes, if not in the scratch folder.
    pub data: Option<PathBuf>,
    /// The socket that the workers reach the engine by, if not the engine's own.
    pub engine: Option<PathBuf>,
    /// A command that workers are started by, such as one that gives them another `/etc/hosts`.
    pub worker_wrapper: Vec<String>,
    /// The same for the gateway, such as one that gives it one core.
    pub gateway_wrapper: Vec<String>,
    /// The user whom the data directory belongs to and API and gateway run as, if not the suite's.
    pub front_user: Option<u32>,
    /// API and gateway listen on all addresses, not only on loopback.
    pub on_all_addresses: bool,
    /// The folder of the binaries that it begins with, if not those under test.
    pub bins: Option<PathBuf>,
}

impl Default for StackOptions {
    fn default() -> Self {
        Self {
            workers: 2,
            env: Vec::new(),
            data: None,
            engine: None,
            worker_wrapper: Vec::new(),
            gateway_wrapper: Vec::new(),
            front_user: None,
            on_all_addresses: false,
            bins: None,
        }
    }
}

/// A running installation. Ends, and takes its containers and files away, when dropped.
#[derive(Debug)]
pub struct Stack {
    /// Where its binaries and its engine are. Other binaries count for what is started from then on.
    pub settings: Settings,
    /// Its data directory.
    pub data: PathBuf,
    /// Its API process.
    pub api: Option<Process>,
    /// Its gateway process.
    pub gateway: Option<Process>,
    /// Its worker processes.
    pub workers: Vec<Process>,
    /// A client with alice's token.
    pub client: Client,
    /// Its containers and volumes.
    pub docker: Docker,
    options: StackOptions,
    addresses: (SocketAddr, SocketAddr),
    started: usize,
    keep: bool,
}

/// Network and subnet of an installation: several of them share the suites' engine.
fn network(data: &Path) -> (String, String) {
    let place = blake3::hash(data.as_os_str().as_encoded_bytes());
    let [a, b, ..] = *place.as_bytes();
    (format!("sbxt-{}", &place.to_hex()[..12]), format!("10.{}.{b}.0/24", 100 + a % 100))
}

fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// The label that the workers of a data directory give to what they make.
fn label(data: &Path) -> String {
    let place = blake3::hash(data.as_os_str().as_encoded_bytes()).to_hex();
    format!("sandboxd.node=sandboxd-{}", &place[..12])
}

impl Stack {
    /// Starts an installation with two workers.
    ///
    /// # Errors
    /// If it isn't ready in time.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(StackOptions::default()).await
    }

    /// Starts an installation.
    ///
    /// # Errors
    /// If it isn't ready in time.
    pub async fn start_with(options: StackOptions) -> anyhow::Result<Self> {
        let mut stack = Self::prepare(options)?;
        stack.start_api()?;
        stack.start_gateway()?;
        for _ in 0..stack.options.workers {
            stack.start_worker(&[])?;
        }
        stack.ready().await?;
        Ok(stack)
    }

    /// An installation of which nothing runs yet.
    ///
    /// # Errors
    /// I/O.
    pub fn prepare(options: StackOptions) -> anyhow::Result<Self> {
        let mut settings = Settings::get();
        if let Some(bins) = &options.bins {
            settings.bins.clone_from(bins);
        }
        let data = match &options.data {
            Some(data) => data.clone(),
            None => {
                let name = ulid::Ulid::generate().to_string().to_lowercase();
                settings.scratch.join(format!("sbxt-{}", &name[16..]))
            }
        };
        fs::create_dir_all(data.join("logs"))?;
        if options.front_user.is_some() {
            chown(&data, options.front_user, options.front_user)?;
            // Where every user can reach it, whatever folder the suite is in.
            fs::copy(settings.bins.join(API), data.join("logs").join(API))?;
        }
        let addresses = (free_address()?, free_address()?);
        let client = Client::new(addresses.0, addresses.1, "alice-token-for-tests");
        let docker = Docker::new(&settings.docker, label(&data));
        Ok(Self {
            settings,
            data,
            api: None,
            gateway: None,
            workers: Vec::new(),
            client,
            docker,
            options,
            addresses,
            started: 0,
            keep: false,
        })
    }

    fn command(&self, binary: &str, arguments: &[&str]) -> Command {
        let engine = self.options.engine.as_ref().unwrap_or(&self.settings.docker);
        let binary = self.settings.bins.join(binary);
        let wrapper = match arguments {
            ["gateway"] => self.options.gateway_wrapper.as_slice(),
            _ if binary.ends_with("sandboxd-worker") => self.options.worker_wrapper.as_slice(),
            _ => &[],
        };
        let mut command = match wrapper {
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(binary);
                command
            }
            [] => self.front_command(binary),
        };
        let (network, subnet) = network(&self.data);
        command
            .args(arguments)
            .env("SANDBOXD_NETWORK", network)
            .env("SANDBOXD_SUBNET", subnet)
            .env("SANDBOXD_DATA_DIR", &self.data)
            .env("SANDBOXD_NODE", "test")
            .env("SANDBOXD_API_BIND", self.bind(self.addresses.0))
            .env("SANDBOXD_EDGE_BIND", self.bind(self.addresses.1))
            .env("HTTP_PORT", self.addresses.1.port().to_string())
            // Ports beside one that is free may be another installation's.
            .env("SANDBOXD_METRICS_BIND", "127.0.0.1:0")
            .env("SANDBOXD_API_TOKENS", TOKENS)
            .env("DOCKER_HOST", format!("unix://{}", engine.display()))
            .envs(self.options.env.iter().map(|(key, value)| (key, value)));
        command
    }

    fn front_command(&self, binary: PathBuf) -> Command {
        let Some(user) = self.options.front_user.filter(|_| binary.ends_with(API)) else {
            return Command::new(binary);
        };
        let mut command = Command::new("setpriv");
        command.args(["--clear-groups", "--no-new-privs"]);
        command.args([format!("--reuid={user}"), format!("--regid={user}")]);
        command.arg(self.data.join("logs").join(API));
        command
    }

    fn bind(&self, address: SocketAddr) -> String {
        let all = self.options.on_all_addresses;
        if all { format!("0.0.0.0:{}", address.port()) } else { address.to_string() }
    }

    /// The ports of API and gateway.
    #[must_use]
    pub fn ports(&self) -> (u16, u16) {
        (self.addresses.0.port(), self.addresses.1.port())
    }

    /// The name of the sandboxes' network.
    #[must_use]
    pub fn network(&self) -> String {
        network(&self.data).0
    }

    /// The first three numbers of the addresses on the sandboxes' network, such as `10.1.2`; its
    /// bridge has number 1.
    #[must_use]
    pub fn subnet(&self) -> String {
        network(&self.data).1.trim_end_matches(".0/24").to_owned()
    }

    /// Where the API is, for programs that are no client of ours.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("http://{}", self.addresses.0)
    }

    /// Starts the API.
    ///
    /// # Errors
    /// I/O.
    pub fn start_api(&mut self) -> anyhow::Result<()> {
        let mut command = self.command("sandboxd-api", &["serve"]);
        self.api = Some(Process::start("api", &mut command, &self.data.join("logs"))?);
        Ok(())
    }

    /// Starts the gateway.
    ///
    /// # Errors
    /// I/O.
    pub fn start_gateway(&mut self) -> anyhow::Result<()> {
        let mut command = self.command("sandboxd-api", &["gateway"]);
        self.gateway = Some(Process::start("gateway", &mut command, &self.data.join("logs"))?);
        Ok(())
    }

    /// Starts one more worker, with further environment.
    ///
    /// # Errors
    /// I/O.
    pub fn start_worker(&mut self, env: &[(&str, &str)]) -> anyhow::Result<usize> {
        let mut command = self.command("sandboxd-worker", &[]);
        command.envs(env.iter().copied());
        self.started += 1;
        let name = format!("worker-{}", self.started);
        self.workers.push(Process::start(&name, &mut command, &self.data.join("logs"))?);
        Ok(self.workers.len() - 1)
    }

    /// Waits until `readyz` says so.
    ///
    /// # Errors
    /// If it doesn't in time; with the processes' last words.
    pub async fn ready(&self) -> anyhow::Result<()> {
        let until = tokio::time::Instant::now() + READY_LIMIT;
        loop {
            let answer = self.client.get("/readyz").await;
            if answer.as_ref().is_ok_and(|answer| answer.status == StatusCode::OK) {
                return Ok(());
            }
            if tokio::time::Instant::now() >= until {
                let said = answer.map_or_else(|error| error.to_string(), |answer| answer.text());
                bail!("not ready: {said}\n{}", self.logs());
            }
            tokio::time::sleep(TICK).await;
        }
    }

    /// What all processes have written.
    #[must_use]
    pub fn logs(&self) -> String {
        let processes = self.api.iter().chain(&self.gateway).chain(&self.workers);
        processes.map(|process| format!("--- {}\n{}", process.name(), process.log())).collect()
    }

    /// The metrics of each process that serves them, by its name.
    ///
    /// # Errors
    /// If one doesn't answer.
    pub async fn metrics(&self) -> anyhow::Result<Vec<(String, String)>> {
        let mut pages = Vec::new();
        for process in self.api.iter().chain(&self.gateway).chain(&self.workers) {
            let log = process.log();
            let said = log.rsplit_once("serving metrics address=");
            let Some((_, said)) = said else { continue };
            let address = said.split_whitespace().next().unwrap_or_default().parse()?;
            let page = self.client.get_at(address, "/metrics").await?;
            pages.push((process.name().to_owned(), page.text()));
        }
        Ok(pages)
    }

    /// Waits for something to become true.
    ///
    /// # Errors
    /// If it doesn't within `limit`.
    pub async fn until(
        &self,
        what: &str,
        limit: Duration,
        mut check: impl AsyncFnMut(&Self) -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        let until = tokio::time::Instant::now() + limit;
        while !check(self).await? {
            if tokio::time::Instant::now() >= until {
                bail!("{what}: not within {limit:?}");
            }
            tokio::time::sleep(TICK).await;
        }
        Ok(())
    }

    /// What workspaces have left in the data directory: folders of generations, layers and trash.
    ///
    /// # Errors
    /// I/O.
    pub fn leftovers(&self) -> anyhow::Result<Vec<String>> {
        let mut left = Vec::new();
        for folder in ["w", "l", "trash", "tmp", "run/s"] {
            let Ok(entries) = fs::read_dir(self.data.join(folder)) else { continue };
            for entry in entries {
                let name = entry?.file_name().to_string_lossy().into_owned();
                if name != "empty" {
                    left.push(format!("{folder}/{name}"));
                }
            }
        }
        left.extend(self.docker.containers());
        left.extend(self.docker.volumes());
        Ok(left)
    }

    /// Keeps the data directory when dropped, for a look at it.
    pub fn keep(&mut self) {
        self.keep = true;
    }

    /// Where its gateway listens.
    #[must_use]
    pub fn gateway_address(&self) -> SocketAddr {
        self.addresses.1
    }

    /// The URL of a sandbox's main preview.
    ///
    /// # Errors
    /// If the sandbox can't be read.
    pub async fn preview_url(&self, sandbox: &str) -> anyhow::Result<String> {
        let found = self.client.get(&format!("/v1/sandboxes/{sandbox}")).await?.json();
        Ok(found["preview"]["url"].as_str().context("a sandbox has a preview URL")?.to_owned())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.workers.clear();
        self.gateway = None;
        self.api = None;
        if std::thread::panicking() {
            eprintln!("{}", self.logs());
        }
        self.docker.clean();
        // A test may have stopped in the middle of anything: what isn't there is no matter.
        let _ = self.docker.attempt(&["network", "rm", &network(&self.data).0]);
        let _ = self.command("sandboxd-worker", &["--remove-firewall"]).output();
        if !self.keep {
            let _ = fs::remove_dir_all(&self.data);
        }
    }
}
