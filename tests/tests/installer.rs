//! The installer's parts that need no host of their own: ports, names, settings, units, tarballs. A
//! whole installation is `scripts/clean-root-test`'s.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Runs lines of bash with parts of `scripts/lib`, as the scripts have them.
fn bash(parts: &str, folder: &Path, lines: &str) -> Output {
    let script = format!(
        "set -euo pipefail; for part in say {parts}; do . \"$root/scripts/lib/$part.sh\"; done\n{lines}"
    );
    Command::new("bash")
        .args(["-c", &script, "install.sh"])
        .current_dir(folder)
        .env("root", root())
        .env("settings", folder.join("etc/sandboxd.env"))
        .env("programs", folder)
        .env_remove("PUBLIC_IP")
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn refusal(output: &Output) -> String {
    assert!(!output.status.success(), "it went through");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_taken_port_is_named_with_who_has_it_and_what_changes_it() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let ask = |line: &str| bash("settings_file ports", folder.path(), line);
    let line = format!("need_free_port {port} previews HTTP_PORT");
    let said = refusal(&ask(&line));
    let own = std::process::id();
    assert!(said.contains(&format!("port {port}, for previews, is taken by")), "{said}");
    assert!(said.contains(&format!("(process {own})")) && said.contains("HTTP_PORT"), "{said}");
    // Of an earlier installation it is no obstacle.
    let programs = std::env::current_exe().unwrap().parent().unwrap().display().to_string();
    out(&ask(&format!("programs={programs}; {line}")));
    drop(listener);
    out(&ask(&line));
    for bad in ["0", "x", "65536", "080", ""] {
        let said = refusal(&ask(&format!("need_free_port '{bad}' previews HTTP_PORT")));
        assert!(said.contains("HTTP_PORT"), "{said}");
    }
}

#[test]
fn a_port_that_is_given_moves_what_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |line: &str| out(&bash("settings_file ports", folder.path(), line));
    let where_to = "http_port; edge_bind; api_bind";
    assert_eq!(ask(where_to), "18080\n0.0.0.0:18080\n127.0.0.1:19090");
    ask("keep_setting HTTP_PORT 18080; keep_setting SANDBOXD_EDGE_BIND 127.0.0.1:18080");
    assert_eq!(ask(where_to), "18080\n127.0.0.1:18080\n127.0.0.1:19090");
    assert_eq!(ask(&format!("HTTP_PORT=80; {where_to}")), "80\n127.0.0.1:80\n127.0.0.1:19090");
    let given = format!("SANDBOXD_EDGE_BIND=0.0.0.0:8000; {where_to}");
    assert_eq!(ask(&given), "8000\n0.0.0.0:8000\n127.0.0.1:19090");
}

#[test]
fn settings_stay_and_a_given_one_replaces_what_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    let keep = |line: &str| out(&bash("settings_file", folder.path(), line));
    keep("keep_setting A 1; keep_setting B two; keep_secret KEY; keep_setting A 3");
    let file = folder.path().join("etc/sandboxd.env");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let key = keep("setting KEY");
    assert!(key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
    let own = format!("{}MINE=left\n", fs::read_to_string(&file).unwrap());
    fs::write(&file, own).unwrap();
    keep("keep_secret KEY; keep_setting B \"$(choose B none)\"");
    assert_eq!(
        keep("setting A; setting B; setting KEY; setting MINE"),
        format!("3\ntwo\n{key}\nleft")
    );
    assert_eq!(keep("choose C else; C=; choose C else; B=given; choose B none"), "else\n\ngiven");
    for bad in ["a b", "$x", "a'b", "a#b"] {
        fs::write(folder.path().join("bad"), bad).unwrap();
        let said = refusal(&bash("settings_file", folder.path(), "keep_setting A \"$(cat bad)\""));
        assert!(said.contains("A:"), "{said}");
    }
}

/// What stands in for the outside: nothing, an answer, or nonsense.
fn domain(folder: &Path, curl: &str, ip: &str, before: &str) -> Output {
    let stand_ins = format!("curl() {{ {curl}; }}; ip() {{ {ip}; }}; {before}");
    bash("public_address", folder, &format!("{stand_ins} preview_domain"))
}

#[test]
fn previews_are_named_after_the_address_that_is_known_best() {
    let folder = tempfile::tempdir().unwrap();
    let route = "echo '1.1.1.1 via 10.0.0.1 dev eth0 src 10.0.0.7 uid 0'";
    let found = |curl: &str, ip: &str, before: &str| {
        let output = domain(folder.path(), curl, ip, before);
        (out(&output), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(found("echo 203.0.113.9", route, "").0, "203-0-113-9.sslip.io");
    assert_eq!(found("false", route, "PUBLIC_IP=198.51.100.4;").0, "198-51-100-4.sslip.io");
    for outside in ["false", "echo '<html>'", "echo 300.1.1.1", "echo 1.2.3"] {
        let (name, said) = found(outside, route, "");
        assert_eq!(name, "10-0-0-7.sslip.io", "{outside}");
        assert!(said.contains("PREVIEW_DOMAIN"), "{said}");
    }
    let (name, said) = found("false", "false", "");
    assert!(name == "localhost" && said.contains("PUBLIC_IP"), "{name}: {said}");
    let said = refusal(&domain(folder.path(), "false", route, "PUBLIC_IP=example.com;"));
    assert!(said.contains("example.com is no IPv4 address"), "{said}");
}

#[test]
fn packing_twice_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let release = folder.path().join("sandboxd-1");
    fs::create_dir_all(release.join("bin")).unwrap();
    for (name, mode) in [("bin/api", 0o755), ("bin/worker", 0o700), ("b", 0o644), ("a", 0o600)] {
        fs::write(release.join(name), name).unwrap();
        fs::set_permissions(release.join(name), PermissionsExt::from_mode(mode)).unwrap();
    }
    let lines =
        "export SOURCE_DATE_EPOCH=1700000000; sum_files sandboxd-1; pack sandboxd-1 one.tar.gz
        check_packing sandboxd-1 one.tar.gz; tar -tvzf one.tar.gz";
    let listed = out(&bash("version release_pack", folder.path(), lines));
    let names: Vec<&str> = listed.lines().filter_map(|line| line.split(' ').next_back()).collect();
    let wanted = ["", "a", "b", "bin/", "bin/api", "bin/worker", "SHA256SUMS"];
    let mut wanted: Vec<String> = wanted.iter().map(|name| format!("sandboxd-1/{name}")).collect();
    wanted.sort();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, wanted);
    for line in listed.lines() {
        assert!(line.contains(" 0/0 ") && line.contains("2023-11-14"), "{line}");
        assert!(
            line.starts_with("drwxr-xr-x")
                || line.starts_with("-rwxr-xr-x")
                || line.starts_with("-rw-r--r--"),
            "{line}"
        );
    }
}

#[test]
fn systemd_reads_the_units_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let units = root().join("deploy/systemd");
    let names = [
        "sandboxd.target",
        "sandboxd-api.service",
        "sandboxd-gateway.service",
        "sandboxd-worker@.service",
    ];
    for name in names {
        // The programs aren't on this host.
        let text = fs::read_to_string(units.join(name)).unwrap();
        let text = text.replace("/opt/sandboxd/bin/sandboxd-api", "/bin/true");
        let text = text.replace("/opt/sandboxd/bin/sandboxd-worker", "/bin/true");
        fs::write(folder.path().join(name), text).unwrap();
    }
    let instance = folder.path().join("sandboxd-worker@1.service");
    fs::copy(folder.path().join("sandboxd-worker@.service"), &instance).unwrap();
    let said = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .args([
            "sandboxd.target",
            "sandboxd-api.service",
            "sandboxd-gateway.service",
            "sandboxd-worker@1.service",
        ])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    let about_ours: Vec<&str> = said.lines().filter(|line| line.contains("sandboxd")).collect();
    assert_eq!(about_ours, Vec::<&str>::new());
}

/// As a number from 0 (safe) to 10, of which 2 is what a service that only serves can reach.
#[test]
fn api_and_gateway_are_confined() {
    for name in ["api", "gateway"] {
        let said = Command::new("systemd-analyze")
            .args(["security", "--offline=true", "--threshold=20", "--no-pager"])
            .arg(root().join(format!("deploy/systemd/sandboxd-{name}.service")))
            .output()
            .unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
    }
}
