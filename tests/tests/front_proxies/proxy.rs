//! A proxy as a process, with the example configuration of it.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use sandboxd_tests::{Process, Stack};
use tokio::net::TcpStream;

use super::certificate::Certificate;

/// What the examples say, and what the suite has in its place.
const EXAMPLE_DOMAIN: &str = "example.com";
pub(crate) const DOMAIN: &str = "sandboxd.test";
const START_LIMIT: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    Caddy,
    Traefik,
}

/// Ports of a proxy on loopback.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) http: u16,
    pub(crate) https: u16,
}

impl Ports {
    pub(crate) fn free() -> Self {
        let listeners = [0; 2].map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
        let [http, https] = listeners.map(|listener| listener.local_addr().unwrap().port());
        Self { http, https }
    }
}

/// A running proxy; ended when dropped.
#[derive(Debug)]
pub(crate) struct Proxy {
    _process: Process,
    pub(crate) ports: Ports,
}

/// Where `scripts/test` puts them.
fn program(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cache").join(path)
}

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/proxy").join(name);
    fs::read_to_string(path).unwrap()
}

/// Replaces what must be there: an example that says something else is not the one that is tested.
fn adapt(mut text: String, replacements: &[(&str, String)]) -> String {
    for (from, to) in replacements {
        assert!(text.contains(from), "the example has no {from:?}");
        text = text.replace(from, to);
    }
    text
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

impl Kind {
    /// The example's text with the installation's names, addresses and certificate.
    fn text(self, name: &str, stack: &Stack, certificate: &Certificate) -> String {
        let (api, gateway) = stack.ports();
        let dotted = (r"example\.com", DOMAIN.replace('.', r"\."));
        let mut replacements = vec![
            (EXAMPLE_DOMAIN, DOMAIN.to_owned()),
            ("127.0.0.1:19090", format!("127.0.0.1:{api}")),
            ("/etc/sandboxd/tls/fullchain.pem", certificate.chain.display().to_string()),
            ("/etc/sandboxd/tls/privkey.pem", certificate.key.display().to_string()),
        ];
        if self == Self::Traefik {
            replacements.push(dotted);
        }
        let text = adapt(example(name), &replacements);
        // Comments say what the port is by default, too.
        let (comments, rules): (Vec<_>, Vec<_>) =
            text.lines().partition(|line| line.trim_start().starts_with('#'));
        assert!(!comments.is_empty());
        adapt(rules.join("\n"), &[("127.0.0.1:18080", format!("127.0.0.1:{gateway}"))])
    }

    fn command(self, folder: &Path, stack: &Stack, at: &Certificate, ports: Ports) -> Command {
        match self {
            Self::Nginx => {
                let site = adapt(
                    self.text("nginx.conf", stack, at),
                    &[
                        ("listen 80;", format!("listen 127.0.0.1:{};", ports.http)),
                        ("listen 443 ssl", format!("listen 127.0.0.1:{} ssl", ports.https)),
                    ],
                );
                let at = folder.display();
                let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                    .map(|name| format!("{name}_temp_path {at}/{name};\n"))
                    .concat();
                let whole = format!(
                    "daemon off;\nmaster_process off;\npid {at}/nginx.pid;\nuser root;\n\
                     events {{ worker_connections 256; }}\n\
                     http {{\naccess_log off;\n{temporary}{site}\n}}\n"
                );
                let mut command = Command::new(program("nginx/usr/sbin/nginx"));
                command.args(["-e", "stderr", "-c"]).arg(write(folder, "nginx.conf", &whole));
                command
            }
            Self::Caddy => {
                let options = format!(
                    "{{\n\tadmin off\n\thttp_port {}\n\thttps_port {}\n",
                    ports.http, ports.https
                );
                let text = self.text("Caddyfile", stack, at).replacen("{\n", &options, 1);
                let mut command = Command::new(program("caddy/usr/bin/caddy"));
                command.args(["run", "--adapter", "caddyfile", "--config"]);
                command.arg(write(folder, "Caddyfile", &text));
                command.env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder);
                command
            }
            Self::Traefik => {
                let rules = self.text("traefik-sandboxd.yaml", stack, at);
                let rules = write(folder, "traefik-sandboxd.yaml", &rules);
                let text = adapt(
                    example("traefik.yaml"),
                    &[
                        (":80\"", format!("127.0.0.1:{}\"", ports.http)),
                        (":443\"", format!("127.0.0.1:{}\"", ports.https)),
                        ("/etc/traefik/traefik-sandboxd.yaml", rules.display().to_string()),
                    ],
                );
                let mut command = Command::new(program("traefik/bin/traefik"));
                command.arg("--configFile").arg(write(folder, "traefik.yaml", &text));
                command
            }
        }
    }
}

impl Proxy {
    /// Starts one, and waits until it listens.
    pub(crate) async fn start(
        kind: Kind,
        stack: &Stack,
        certificate: &Certificate,
        ports: Ports,
    ) -> Self {
        let logs = stack.data.join("logs");
        let folder = stack.data.join("logs/proxy");
        fs::create_dir_all(&folder).unwrap();
        let mut command = kind.command(&folder, stack, certificate, ports);
        let mut process = Process::start("proxy", &mut command, &logs).unwrap();
        let until = Instant::now() + START_LIMIT;
        while TcpStream::connect(("127.0.0.1", ports.https)).await.is_err() {
            assert!(process.ended().unwrap().is_none(), "{kind:?} ended: {}", process.log());
            assert!(Instant::now() < until, "{kind:?} doesn't listen: {}", process.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { _process: process, ports }
    }
}
