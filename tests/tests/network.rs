//! What a sandbox reaches on the network, tried from inside one: nothing of the host or of others,
//! and of the internet (another namespace) what its app's policy says.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

use std::net::Ipv4Addr;
use std::process::Command;
use std::time::Duration;

use hyper::{Method, StatusCode};
use rustix::process::Signal;
use sandboxd_tests::{Internet, Stack, StackOptions, serve_dns, serve_tcp, serve_udp};
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(60);
/// A change of policy is there well before this.
const SOON: Duration = Duration::from_secs(10);
const ANY: Ipv4Addr = Ipv4Addr::UNSPECIFIED;

/// Tries `tcp host port`, `udp host port`, `ping host` or `name host` and prints what came, or
/// `no` with the reason. No single quotes in it.
const PROBE: &str = r#"
import socket, sys
def tcp(host, port):
    with socket.create_connection((host, int(port)), timeout=2) as s:
        s.settimeout(2)
        try: return "yes " + s.recv(99).decode()
        except TimeoutError: return "yes"
def udp(host, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2)
    s.connect((host, int(port))); s.send(b"x")
    return "yes " + s.recv(99).decode()
def ping(host):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP); s.settimeout(2)
    s.connect((host, 0)); s.send(bytes([8, 0, 0, 0, 0, 0, 0, 1]))
    while s.recv(99)[0] != 0: pass
    return "yes"
def name(host):
    return "yes " + socket.gethostbyname(host)
try: print(globals()[sys.argv[1]](*sys.argv[2:]))
except Exception as e: print("no", type(e).__name__)
"#;

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}

/// An app of this policy with a running sandbox; the ids of both.
async fn app(stack: &Stack, egress: &Value) -> (String, String) {
    let body = json!({ "name": "App", "egress": egress });
    let made = stack.client.post("/v1/apps", &body).await.unwrap();
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let app = text(&made.json(), "id");
    let path = format!("/v1/apps/{app}/sandbox");
    let body = json!({ "template": "static" });
    let made = stack.client.run(Method::POST, &path, Some(&body)).await.unwrap();
    (app, text(&made, "sandbox_id"))
}

async fn set_policy(stack: &Stack, app: &str, egress: &Value) {
    let (path, body) = (format!("/v1/apps/{app}"), json!({ "egress": egress }));
    let changed = stack.client.request(Method::PATCH, &path, &[], Some(&body)).await.unwrap();
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    assert_eq!(changed.json()["egress"]["policy"], egress["policy"]);
}

fn probe(stack: &Stack, sandbox: &str, what: &str) -> String {
    stack.docker.sh(sandbox, &format!("python3 -c '{PROBE}' {what}"))
}

#[track_caller]
fn reaches(stack: &Stack, sandbox: &str, what: &str, answer: &str) {
    assert_eq!(probe(stack, sandbox, what), answer, "{what}\n{}", rules());
}

#[track_caller]
fn does_not_reach(stack: &Stack, sandbox: &str, what: &str) {
    let came = probe(stack, sandbox, what);
    assert!(came.starts_with("no "), "{what}: {came}\n{}", rules());
}

async fn reaches_soon(stack: &Stack, sandbox: &str, what: &str, answer: &str) {
    stack
        .until(what, SOON, async |stack| Ok(probe(stack, sandbox, what) == answer))
        .await
        .unwrap_or_else(|error| panic!("{error}\n{}", rules()));
}

async fn loses_soon(stack: &Stack, sandbox: &str, what: &str) {
    stack
        .until(what, SOON, async |stack| Ok(probe(stack, sandbox, what).starts_with("no ")))
        .await
        .unwrap_or_else(|error| panic!("{error}\n{}", rules()));
}

fn run(program: &str, arguments: &[&str]) -> String {
    let out = Command::new(program).args(arguments).output().unwrap();
    assert!(out.status.success(), "{program} {arguments:?}: {out:?}");
    String::from_utf8(out.stdout).unwrap()
}

fn rules() -> String {
    run("iptables-save", &["-t", "filter"])
}

async fn preview_answers(stack: &Stack, sandbox: &str) {
    let url = stack.preview_url(sandbox).await.unwrap();
    let answer = stack.client.preview(&url).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK, "{url}: {}\n{}", answer.text(), stack.logs());
}

/// An installation that asks `internet` for names.
fn options(internet: &Internet) -> StackOptions {
    let dns = ("SANDBOXD_DNS".to_owned(), internet.address(2).to_string());
    StackOptions { env: vec![dns], ..StackOptions::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_reaches_nothing_of_the_host_and_of_others() {
    let internet = Internet::make(1).unwrap();
    let far = internet.address(2);
    let insecure = ("SANDBOXD_ALLOW_INSECURE".to_owned(), "true".to_owned());
    let mut options = StackOptions { on_all_addresses: true, ..options(&internet) };
    options.env.push(insecure);
    let stack = Stack::start_with(options).await.unwrap();
    let (_, sandbox) = app(&stack, &json!({ "policy": "open" })).await;
    let (_, other) = app(&stack, &json!({ "policy": "open" })).await;

    // The controls: what is open is reached, by the same means.
    let (tcp, udp) = internet
        .within(|| (serve_tcp((far, 0), "the internet"), serve_udp((far, 0), "the internet")))
        .unwrap();
    internet.within(|| serve_dns(far, far)).unwrap();
    reaches(&stack, &sandbox, &format!("tcp {far} {tcp}"), "yes the internet");
    reaches(&stack, &sandbox, &format!("udp {far} {udp}"), "yes the internet");
    reaches(&stack, &sandbox, &format!("ping {far}"), "yes");
    reaches(&stack, &sandbox, "name any.example.com", &format!("yes {far}"));
    preview_answers(&stack, &sandbox).await;

    // The host, by each of its addresses: a link-local one as of a metadata service, a private
    // one, the link's, and the bridge's own.
    let (metadata, lan) = (Ipv4Addr::new(169, 254, 77, 7), Ipv4Addr::new(192, 168, 77, 7));
    internet.add_here(metadata).unwrap();
    internet.add_here(lan).unwrap();
    let bridge: Ipv4Addr = format!("{}.1", stack.subnet()).parse().unwrap();
    let (tcp, udp) = (serve_tcp((ANY, 0), "the host"), serve_udp((ANY, 0), "the host"));
    let on_bridge = serve_tcp((bridge, 0), "the bridge");
    let (api, gateway) = stack.ports();
    for address in [metadata, lan, internet.address(1), bridge] {
        assert!(std::net::TcpStream::connect((address, tcp)).is_ok(), "{address} is served");
        for port in [tcp, api, gateway] {
            does_not_reach(&stack, &sandbox, &format!("tcp {address} {port}"));
        }
        does_not_reach(&stack, &sandbox, &format!("udp {address} {udp}"));
        does_not_reach(&stack, &sandbox, &format!("ping {address}"));
    }
    does_not_reach(&stack, &sandbox, &format!("tcp {bridge} {on_bridge}"));

    // Beyond the host: link-local, private and shared addresses that it has a route to.
    for address in ["169.254.88.8", "192.168.88.8", "10.88.88.8", "172.20.88.8", "100.100.88.8"] {
        let address: Ipv4Addr = address.parse().unwrap();
        internet.add(address).unwrap();
        let port = internet.within(|| serve_tcp((address, 0), "beyond")).unwrap();
        assert!(std::net::TcpStream::connect((address, port)).is_ok(), "{address} is served");
        does_not_reach(&stack, &sandbox, &format!("tcp {address} {port}"));
    }

    // Another sandbox, which the host does reach.
    let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    let name = format!("s-{}", other.to_lowercase());
    let address = stack.docker.run(&["inspect", "-f", format, &name]);
    preview_answers(&stack, &other).await;
    reaches(&stack, &other, "tcp 127.0.0.1 3000", "yes");
    does_not_reach(&stack, &sandbox, &format!("tcp {address} 3000"));
    does_not_reach(&stack, &sandbox, &format!("ping {address}"));

    // And no other way out: no IPv6, no raw sockets to borrow an address with.
    assert_eq!(stack.docker.sh(&sandbox, "cat /proc/net/if_inet6"), "");
    let raw = "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)";
    let line = format!("python3 -c 'import socket; {raw}' 2>&1 | tail -n 1");
    assert!(stack.docker.sh(&sandbox, &line).starts_with("PermissionError"));
}

/// A hosts file for the workers, in a mount namespace of their own.
fn with_hosts(file: &std::path::Path) -> Vec<String> {
    let script = "mount --bind \"$0\" /etc/hosts && exec \"$@\"";
    let words = ["unshare", "--mount", "--propagation", "slave", "--", "sh", "-c", script];
    words.iter().map(|word| (*word).to_owned()).chain([file.display().to_string()]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_says_what_is_reached_and_changes_at_once() {
    let internet = Internet::make(2).unwrap();
    let (far, listed, private) =
        (internet.address(2), internet.address(3), Ipv4Addr::new(192, 168, 99, 9));
    for address in [listed, private] {
        internet.add(address).unwrap();
    }
    let ports = internet
        .within(|| [far, listed, private].map(|address| serve_tcp((address, 0), "here")))
        .unwrap();
    internet.within(|| serve_dns(far, far)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let hosts = folder.path().join("hosts");
    let known = format!("{listed} pkg.example.com\n{private} rebound.example.com\n");
    std::fs::write(&hosts, known).unwrap();
    let options = StackOptions { worker_wrapper: with_hosts(&hosts), ..options(&internet) };
    let stack = Stack::start_with(options).await.unwrap();
    let [by_address, by_name, to_private] = [
        format!("tcp {far} {}", ports[0]),
        format!("tcp pkg.example.com {}", ports[1]),
        format!("tcp rebound.example.com {}", ports[2]),
    ];

    let (app_id, sandbox) = app(&stack, &json!({ "policy": "none" })).await;
    for what in [&by_address, &by_name, &format!("ping {far}"), "name any.example.com"] {
        does_not_reach(&stack, &sandbox, what);
    }
    preview_answers(&stack, &sandbox).await;

    set_policy(&stack, &app_id, &json!({ "policy": "open" })).await;
    reaches_soon(&stack, &sandbox, &by_address, "yes here").await;
    reaches(&stack, &sandbox, "name any.example.com", &format!("yes {far}"));
    open_connection_is_cut(&stack, &app_id, &sandbox, far, ports[0]).await;

    let list = json!({ "policy": "allowlist", "allow": [
        "pkg.example.com", "rebound.example.com", format!("{far}:{}", ports[0]), "nowhere.example.com",
    ]});
    set_policy(&stack, &app_id, &list).await;
    reaches_soon(&stack, &sandbox, &by_address, "yes here").await;
    reaches_soon(&stack, &sandbox, &by_name, "yes here").await;
    let other_port = internet.within(|| serve_tcp((far, 0), "there")).unwrap();
    does_not_reach(&stack, &sandbox, &format!("tcp {far} {other_port}"));
    does_not_reach(&stack, &sandbox, &format!("ping {far}"));
    does_not_reach(&stack, &sandbox, "name any.example.com");
    // A name of the tenant's that points into the operator's network.
    reaches(&stack, &sandbox, "name rebound.example.com", &format!("yes {private}"));
    does_not_reach(&stack, &sandbox, &to_private);

    // It holds from the first moment of a container, and for forks.
    stack.client.run(Method::POST, &format!("/v1/sandboxes/{sandbox}/stop"), None).await.unwrap();
    stack.client.run(Method::POST, &format!("/v1/sandboxes/{sandbox}/start"), None).await.unwrap();
    reaches(&stack, &sandbox, &by_name, "yes here");
    does_not_reach(&stack, &sandbox, &format!("tcp {far} {other_port}"));
    let body = json!({ "source_sandbox_id": sandbox, "name": "s", "live": true });
    let snapshot = stack.client.run(Method::POST, "/v1/snapshots", Some(&body)).await.unwrap();
    let body = json!({ "snapshot_id": snapshot["snapshot_id"] });
    let path = format!("/v1/apps/{app_id}/fork");
    let fork = stack.client.run(Method::POST, &path, Some(&body)).await.unwrap();
    let child = text(&fork["result"]["children"][0]["app"], "id");
    let child = stack.client.get(&format!("/v1/apps/{child}")).await.unwrap().json();
    let source = stack.client.get(&format!("/v1/apps/{app_id}")).await.unwrap().json();
    assert_eq!(child["egress"], source["egress"]);
    let child = text(&child, "current_sandbox_id");
    reaches(&stack, &child, &by_name, "yes here");
    does_not_reach(&stack, &child, &format!("tcp {far} {other_port}"));
}

/// A connection that is open ends with the policy that allowed it.
async fn open_connection_is_cut(stack: &Stack, app: &str, sandbox: &str, far: Ipv4Addr, port: u16) {
    let script = format!(
        "import socket, time\n\
         s = socket.create_connection((\"{far}\", {port}), timeout=2)\n\
         s.recv(99); open(\"/tmp/up\", \"w\")\n\
         try:\n while True: s.send(b\"x\"); s.recv(9) or 1 / 0; time.sleep(0.1)\n\
         except Exception: open(\"/tmp/cut\", \"w\")"
    );
    let name = format!("s-{}", sandbox.to_lowercase());
    let _ = stack.docker.run(&["exec", "-d", &name, "python3", "-c", &script]);
    let is_there = async |stack: &Stack, file: &str| {
        Ok(!stack.docker.sh(sandbox, &format!("ls /tmp/{file} 2>/dev/null || true")).is_empty())
    };
    stack.until("it is open", SOON, async |stack| is_there(stack, "up").await).await.unwrap();
    assert_eq!(stack.docker.sh(sandbox, "ls /tmp/cut 2>/dev/null || true"), "");
    set_policy(stack, app, &json!({ "policy": "none" })).await;
    loses_soon(stack, sandbox, &format!("tcp {far} {port}")).await;
    stack.until("it is cut", SOON, async |stack| is_there(stack, "cut").await).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_somebody_flushes_come_back_and_nothing_starts_without_them() {
    let internet = Internet::make(3).unwrap();
    let mut stack = Stack::start_with(options(&internet)).await.unwrap();
    let (_, sandbox) = app(&stack, &json!({ "policy": "none" })).await;
    let bridge = format!("{}.1", stack.subnet());
    let what = format!("tcp {bridge} {}", serve_tcp((ANY, 0), "the host"));
    does_not_reach(&stack, &sandbox, &what);
    let chain = |end: &str| {
        let all = rules();
        let found = all.lines().find_map(|line| {
            let to = line.strip_prefix("-A INPUT -i ")?.rsplit_once(" -j ")?;
            let sandboxes = run("ip", &["-4", "addr", "show", to.0]).contains(&bridge);
            sandboxes.then(|| to.1.replace("-IN", end))
        });
        found.unwrap_or_else(|| panic!("no rule leads to us:\n{all}"))
    };
    let (input, forward) = (chain("-IN"), chain("-FW"));
    // So that the worker doesn't mend it before it is seen broken.
    for worker in &mut stack.workers {
        worker.signal(Signal::STOP).unwrap();
    }
    for chain in [&input, &forward] {
        run("iptables", &["-w", "-F", chain]);
    }
    reaches(&stack, &sandbox, &what, "yes the host");
    for worker in &mut stack.workers {
        worker.signal(Signal::CONT).unwrap();
    }
    loses_soon(&stack, &sandbox, &what).await;

    // A start is not left to the next look.
    run("iptables", &["-w", "-F", &input]);
    let (_, next) = app(&stack, &json!({ "policy": "none" })).await;
    does_not_reach(&stack, &next, &what);

    // A network that nothing runs on is pruned, and its bridge goes with it.
    for id in [&sandbox, &next] {
        stack.client.run(Method::POST, &format!("/v1/sandboxes/{id}/stop"), None).await.unwrap();
    }
    let _ = stack.docker.run(&["network", "rm", &stack.network()]);
    stack.client.run(Method::POST, &format!("/v1/sandboxes/{next}/start"), None).await.unwrap();
    preview_answers(&stack, &next).await;
    does_not_reach(&stack, &next, &what);

    // Nothing stays when the installation is taken away.
    drop(stack);
    assert!(!rules().contains(&input), "{}", rules());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_may_not_set_rules_starts_nothing_and_says_so() {
    let without = ["setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin", "--"];
    let worker_wrapper = without.map(str::to_owned).to_vec();
    let mut stack =
        Stack::prepare(StackOptions { worker_wrapper, ..StackOptions::default() }).unwrap();
    stack.start_api().unwrap();
    stack.start_worker(&[]).unwrap();
    stack
        .until("readyz says so", LIMIT, async |stack| {
            let Ok(ready) = stack.client.get("/readyz").await else { return Ok(false) };
            let said = ready.text().contains("CAP_NET_ADMIN");
            Ok(said && ready.status == StatusCode::SERVICE_UNAVAILABLE)
        })
        .await
        .unwrap_or_else(|error| panic!("{error}\n{}", stack.logs()));
    let made = stack.client.post("/v1/apps", &json!({ "name": "App" })).await.unwrap().json();
    let path = format!("/v1/apps/{}/sandbox", text(&made, "id"));
    let body = json!({ "template": "static" });
    let operation = stack.client.begin(Method::POST, &path, Some(&body)).await.unwrap();
    let ended = stack.client.ended(&operation, LIMIT).await.unwrap();
    assert_eq!(ended["status"], "failed", "{ended:#}");
    assert_eq!(ended["error"]["code"], "capacity");
    assert!(text(&ended["error"], "message").contains("firewall"), "{ended:#}");
    assert_eq!(stack.docker.containers(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_firewall_that_is_off_is_said_aloud() {
    let internet = Internet::make(4).unwrap();
    let mut options = options(&internet);
    options.env.push(("SANDBOXD_FIREWALL".to_owned(), "off".to_owned()));
    let stack = Stack::start_with(options).await.unwrap();
    let (_, sandbox) = app(&stack, &json!({ "policy": "none" })).await;
    stack
        .until("readyz warns", SOON, async |stack| {
            let ready = stack.client.get("/readyz").await?;
            Ok(ready.status == StatusCode::OK && ready.text().contains("SANDBOXD_FIREWALL is off"))
        })
        .await
        .unwrap();
    assert!(stack.logs().contains("SANDBOXD_FIREWALL is off"));
    // The control of this whole suite: without rules the host is reached.
    let port = serve_tcp((ANY, 0), "the host");
    reaches(&stack, &sandbox, &format!("tcp {} {port}", internet.address(1)), "yes the host");
}
