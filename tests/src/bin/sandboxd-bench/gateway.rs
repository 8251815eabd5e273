//! The gateway beside nginx, each as a proxy on one core before the same application, in turns. The
//! other core has the application and the load.

use std::net::TcpListener;
use std::process::{Child, Command};
use std::time::Duration;

use anyhow::{Context, ensure};
use sandboxd_tests::Stack;
use serde_json::json;
use sqlx::AssertSqlSafe;
use ulid::Ulid;

use crate::asking::id;
use crate::bench::Bench;
use crate::database;
use crate::figures::Samples;

/// What the gateway is to reach of nginx's requests a second.
const SHARE: f64 = 0.9;
const PROXY_CORE: &str = "0";
const OTHER_CORE: &str = "1";
const CONNECTIONS: &str = "64";
const READY: Duration = Duration::from_secs(10);

/// An nginx of one process; ended when dropped.
struct Nginx {
    child: Child,
    folder: tempfile::TempDir,
}

impl Nginx {
    fn start(core: &str, server: &str, port: u16) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("nginx.conf");
        let place = folder.path().display();
        let configuration = format!(
            "daemon off; worker_processes 1; pid {place}/pid; error_log {place}/errors;\n\
             events {{ worker_connections 2048; }}\n\
             http {{ access_log off; keepalive_requests 1000000000; client_body_temp_path {place}/a;\n\
             proxy_temp_path {place}/b; fastcgi_temp_path {place}/c; uwsgi_temp_path {place}/d;\n\
             scgi_temp_path {place}/e;\n{server}\n}}\n"
        );
        std::fs::write(&file, configuration)?;
        let child = Command::new("taskset")
            .args(["-c", core, "nginx", "-c"])
            .arg(&file)
            .spawn()
            .context("scripts/bench installs nginx")?;
        let started = Self { child, folder };
        started.wait(port)?;
        Ok(started)
    }

    fn wait(&self, port: u16) -> anyhow::Result<()> {
        let until = std::time::Instant::now() + READY;
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            let errors = self.folder.path().join("errors");
            let said = || std::fs::read_to_string(&errors).unwrap_or_default();
            ensure!(std::time::Instant::now() < until, "nginx doesn't listen: {}", said());
            std::thread::yield_now();
        }
        Ok(())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its worker ends with it.
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let _ = self.child.wait();
    }
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// An application that answers at once with a kilobyte.
fn application(port: u16) -> anyhow::Result<Nginx> {
    let body = "x".repeat(1024);
    let server = format!(
        "server {{ listen 127.0.0.1:{port} reuseport; location / {{ return 200 \"{body}\"; }} }}"
    );
    Nginx::start(OTHER_CORE, &server, port)
}

fn proxy(port: u16, application: u16) -> anyhow::Result<Nginx> {
    let server = format!(
        "upstream app {{ server 127.0.0.1:{application}; keepalive 128; }}\n\
         server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://app; \
         proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_set_header Host $host; \
         proxy_set_header X-Forwarded-For $remote_addr; }} }}"
    );
    Nginx::start(PROXY_CORE, &server, port)
}

/// Requests a second.
fn load(port: u16, host: &str, seconds: u32) -> anyhow::Result<f64> {
    let out = Command::new("taskset")
        .args(["-c", OTHER_CORE, "wrk", "-t1", "-c", CONNECTIONS, "-d", &format!("{seconds}s")])
        .args(["-H", &format!("Host: {host}"), &format!("http://127.0.0.1:{port}/")])
        .output()
        .context("scripts/bench installs wrk")?;
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    ensure!(out.status.success() && !said.contains("Non-2xx"), "wrk: {said}");
    let rate = said.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    Ok(rate.context("wrk tells a rate")?.trim().parse()?)
}

/// A sandbox that is the application on loopback; no worker is there to doubt it. Its host name.
async fn sandbox(stack: &Stack, port: u16) -> anyhow::Result<String> {
    let made = stack.client.post("/v1/apps", &json!({ "name": "bench" })).await?;
    let (app, sandbox) = (id(&made.json(), "id")?, Ulid::generate().to_string());
    let sql = format!(
        "INSERT INTO sandboxes (id, owner, app_id, node, status, ports, visibility, idle_policy, \
         limits, image, generation, address, container_id, preview_status, created_at, updated_at, \
         last_active_at) VALUES ('{sandbox}', 'alice', '{app}', 'test', 'running', '[{port}]', \
         'public', 'sleep', '{{\"memory_bytes\":1,\"cpus\":1.0,\"pids\":1,\"disk_bytes\":1}}', 'none', \
         1, '127.0.0.1', 'none', 'ready', 1, 1, 1)"
    );
    sqlx::query(AssertSqlSafe(sql)).execute(&mut database::open(stack).await?).await?;
    Ok(format!("s-{}-{port}.preview.localhost", sandbox.to_lowercase()))
}

pub(crate) async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let mut options = Bench::options(0);
    options.gateway_wrapper = ["taskset", "-c", PROXY_CORE].map(str::to_owned).to_vec();
    let mut stack = Stack::prepare(options)?;
    stack.start_api()?;
    stack.start_gateway()?;
    let (app_port, nginx_port) = (free_port()?, free_port()?);
    let _application = application(app_port)?;
    let _nginx = proxy(nginx_port, app_port)?;
    let answering = async |stack: &Stack| Ok(stack.client.get("/healthz").await.is_ok());
    stack.until("the API answers", READY, answering).await?;
    let host = sandbox(&stack, app_port).await?;
    let through = async |stack: &Stack| {
        let answer = stack.client.preview(&format!("http://{host}/")).await;
        Ok(answer.is_ok_and(|answer| answer.status == 200))
    };
    stack.until("the gateway forwards", READY, through).await?;
    let port = stack.gateway_address().port();
    let (rounds, seconds) = bench.size.load;
    let (mut ours, mut theirs, mut shares) =
        (Samples::default(), Samples::default(), Samples::default());
    for _ in 0..rounds {
        let [gateway, nginx] = [load(port, &host, seconds)?, load(nginx_port, &host, seconds)?];
        ours.add_ms(gateway);
        theirs.add_ms(nginx);
        shares.add_ms(gateway / nginx);
    }
    let (share, low, high) =
        (shares.percentile(0.5), shares.percentile(0.0), shares.percentile(1.0));
    let figure = format!(
        "{share:.2} by median ({low:.2} to {high:.2}); {:.0}/s and {:.0}/s",
        ours.percentile(0.5),
        theirs.percentile(0.5)
    );
    let what = "gateway's requests/s as a share of nginx's, one core each";
    bench.report.value(what, share, figure, "≥ 0.9", Some(share >= SHARE));
    Ok(())
}
