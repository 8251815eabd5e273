//! Programs that a caller runs: what they read and print, how they end, what is left of them.

use std::fs;
use std::io::Write;
use std::net::Shutdown;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::caller::{Caller, running};
use crate::harness::{Connection, Init, Rest, alive, until};

fn start(init: &Init, request: &Value) -> Connection {
    let mut request = request.clone();
    request["v"] = json!(1);
    request["op"] = json!("exec");
    let (answer, connection) = init.stream(&request);
    assert!(answer["pid"].is_u64(), "{answer}");
    connection
}

fn shell(init: &Init, script: &str) -> Rest {
    start(init, &json!({"argv": ["sh", "-c", script]})).rest()
}

fn ended(code: i32) -> Value {
    json!({"code": code, "signal": null, "timed_out": false})
}

#[test]
fn output_errors_and_the_code_come_back() {
    let (workspace, init) = running();
    let rest = shell(&init, "pwd; echo wrong >&2; exit 3");
    assert_eq!(rest.text().trim(), workspace.app().to_str().unwrap());
    assert_eq!(rest.errors, b"wrong\n");
    assert_eq!(rest.end, ended(3));
    let killed = shell(&init, "kill -9 $$").end;
    assert_eq!(killed, json!({"code": null, "signal": 9, "timed_out": false}));
}

#[test]
fn input_goes_in_and_ends() {
    let (_workspace, init) = running();
    let mut cat = start(&init, &json!({"argv": ["cat"]}));
    cat.send(0, b"one ");
    assert_eq!(cat.output_with("one "), "one ");
    cat.send(0, b"two");
    cat.send(0, b"");
    let rest = cat.rest();
    assert_eq!((rest.text().as_str(), rest.end), ("two", ended(0)));
    let mut cat = start(&init, &json!({"argv": ["cat"]}));
    cat.send(0, b"half");
    cat.stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(cat.rest().text(), "half", "closing one side ends the input");
}

#[test]
fn it_runs_where_and_with_what_it_is_told() {
    let (workspace, init) = running();
    fs::create_dir(workspace.app().join("sub")).unwrap();
    let argv = json!(["sh", "-c", "pwd; echo $GIVEN $PORT $HOME; env | grep -c SANDBOXD_"]);
    let request = json!({"argv": argv, "cwd": "sub", "env": {"GIVEN": "x=y z"}});
    let text = start(&init, &request).rest().text();
    let home = workspace.home();
    let home = home.display();
    assert_eq!(text, format!("{home}/app/sub\nx=y z 3000 {home}\n0\n"));
}

#[test]
fn what_cannot_be_run_is_an_error_not_an_exit_code() {
    let (workspace, init) = running();
    fs::write(workspace.app().join("text"), "x").unwrap();
    std::os::unix::fs::symlink("/etc", workspace.app().join("out")).unwrap();
    let files = Caller::of(&init);
    let many: Vec<_> = (0..257).map(|_| "x").collect();
    for (request, code) in [
        (json!({"argv": ["no-such-program"]}), "not_found"),
        (json!({"argv": ["./missing"]}), "not_found"),
        (json!({"argv": ["./text"]}), "invalid_request"),
        (json!({"argv": ["true"], "cwd": "nowhere"}), "not_found"),
        (json!({"argv": ["true"], "cwd": "text"}), "not_a_directory"),
        (json!({"argv": ["true"], "cwd": "out"}), "outside"),
        (json!({"argv": ["true"], "cwd": ".."}), "outside"),
        (json!({"argv": []}), "invalid_request"),
        (json!({"argv": [""]}), "invalid_request"),
        (json!({"argv": many}), "invalid_request"),
        (json!({"argv": ["true", "a\0b"]}), "invalid_request"),
        (json!({"argv": ["true", "x".repeat(200_000)]}), "invalid_request"),
        (json!({"argv": ["true"], "env": {"": "x"}}), "invalid_request"),
        (json!({"argv": ["true"], "env": {"A=B": "x"}}), "invalid_request"),
        (json!({"argv": ["true"], "timeout_ms": 0}), "invalid_request"),
        (json!({"argv": ["true"], "pty": {"cols": 0, "rows": 1}}), "invalid_request"),
        (json!({"argv": ["true"], "shell": true}), "invalid_request"),
    ] {
        let mut whole = request.clone();
        whole["v"] = json!(1);
        whole["op"] = json!("exec");
        assert_eq!(files.code(&whole), code, "{}", request.to_string().get(..80).unwrap_or(""));
    }
}

#[test]
fn a_long_script_is_taken() {
    let (_workspace, init) = running();
    let script = format!("{}echo done", "#".repeat(100_000) + "\n");
    assert_eq!(shell(&init, &script).text(), "done\n");
}

#[test]
fn a_timeout_asks_then_kills() {
    let (_workspace, init) = running();
    let before = Instant::now();
    let sleep = json!({"argv": ["sleep", "1000"], "timeout_ms": 100});
    let end = start(&init, &sleep).rest().end;
    assert_eq!(end, json!({"code": null, "signal": 15, "timed_out": true}));
    assert!(before.elapsed() < Duration::from_secs(2));
    let script = "trap '' TERM; sleep 1000 & echo $!; while :; do wait; done";
    let request = json!({"argv": ["sh", "-c", script], "timeout_ms": 100});
    let rest = start(&init, &request).rest();
    assert_eq!(rest.end, json!({"code": null, "signal": 9, "timed_out": true}));
    assert!(before.elapsed() >= Duration::from_secs(3), "it is given its time");
    let child: i64 = rest.text().trim().parse().unwrap();
    until("the end of its child", || (!alive(child)).then_some(()));
}

#[test]
fn a_timeout_ends_children_that_outlive_the_leader() {
    let (_workspace, init) = running();
    let script = "(trap '' TERM; while :; do sleep 1; done) & echo $!; sleep 1000";
    let request = json!({"argv": ["sh", "-c", script], "timeout_ms": 100});
    let rest = start(&init, &request).rest();
    assert_eq!(rest.end["timed_out"], true);
    let child: i64 = rest.text().trim().parse().unwrap();
    until("the end of its child", || (!alive(child)).then_some(()));
}

#[test]
fn a_caller_who_goes_takes_the_program_along() {
    let (_workspace, init) = running();
    let script = "trap 'echo asked >asked; exit' TERM; sleep 1000 & echo $$ $!.; wait";
    let mut connection = start(&init, &json!({"argv": ["sh", "-c", script]}));
    let pids = connection.output_with(".\n");
    drop(connection);
    for pid in pids.trim().trim_end_matches('.').split(' ') {
        until("its end", || (!alive(pid.parse().unwrap())).then_some(()));
    }
    assert_eq!(Caller::of(&init).read("asked").unwrap(), b"asked\n");
}

#[test]
fn a_caller_who_goes_while_much_is_printed_takes_the_program_along() {
    let (_workspace, init) = running();
    let (answer, connection) =
        init.stream(&json!({"v": 1, "op": "exec", "argv": ["sh", "-c", "exec yes"]}));
    let pid = answer["pid"].as_i64().unwrap();
    // Nobody reads: it is held up, and only a few buffers full are on their way.
    until("it to wait", || {
        let wchan = fs::read_to_string(format!("/proc/{pid}/wchan")).ok()?;
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        (wchan.contains("pipe") || stat.contains(") S ")).then_some(())
    });
    drop(connection);
    until("its end", || (!alive(pid)).then_some(()));
}

#[test]
fn signals_are_passed_on_even_to_one_that_does_not_read() {
    let (_workspace, init) = running();
    let script = "trap 'echo usr1; exit 5' USR1; echo ready; while :; do sleep 0.05; done";
    let mut connection = start(&init, &json!({"argv": ["sh", "-c", script]}));
    connection.output_with("ready\n");
    for _ in 0..3 {
        connection.send(0, &[b'x'; 60_000]);
    }
    connection.send(5, b"{\"signal\":10}");
    let rest = connection.rest();
    assert_eq!((rest.text().as_str(), rest.end), ("usr1\n", ended(5)));
}

#[test]
fn a_frame_that_makes_no_sense_ends_it() {
    let (_workspace, init) = running();
    for (kind, payload) in [(9, "x"), (4, "{\"cols\":0,\"rows\":1}"), (5, "{\"signal\":99}")] {
        let (answer, mut connection) =
            init.stream(&json!({"v": 1, "op": "exec", "argv": ["sleep", "1000"]}));
        connection.send(kind, payload.as_bytes());
        assert_eq!(connection.frame(), None, "{payload}");
        until("its end", || (!alive(answer["pid"].as_i64().unwrap())).then_some(()));
    }
    let (answer, mut connection) =
        init.stream(&json!({"v": 1, "op": "exec", "argv": ["sleep", "1000"]}));
    connection.stream.write_all(&[0, 255, 255, 255, 255]).unwrap();
    assert_eq!(connection.frame(), None);
    until("its end", || (!alive(answer["pid"].as_i64().unwrap())).then_some(()));
}

#[test]
fn all_output_arrives_however_slowly_it_is_read() {
    let (_workspace, init) = running();
    // Sizes around what the buffers take: some programs end with output still in their pipe.
    let sizes: Vec<usize> = (0..16).map(|n| 100_000 + n * 20_000).chain([3_000_000]).collect();
    let open = |size: &usize| {
        // The child in the background keeps the pipe open, so that only the rule closes it.
        let script = format!("head -c {size} /dev/zero; sleep 20 &");
        start(&init, &json!({"argv": ["sh", "-c", script]}))
    };
    let mut open: Vec<_> = sizes.iter().map(open).collect();
    let before = Instant::now();
    // Longer than others are listened to after a program's end.
    until("three seconds", || (before.elapsed() > Duration::from_secs(3)).then_some(()));
    for (connection, size) in open.iter_mut().zip(sizes) {
        assert_eq!(connection.rest().output.len(), size);
    }
}

#[test]
fn large_input_is_passed_through() {
    let (_workspace, init) = running();
    let mut connection = start(&init, &json!({"argv": ["wc", "-c"]}));
    for _ in 0..100 {
        connection.send(0, &[b'x'; 60_000]);
    }
    connection.send(0, b"");
    assert_eq!(connection.rest().text().trim(), "6000000");
}

#[test]
fn a_background_child_keeps_neither_the_stream_open_nor_dies_of_its_end() {
    let (_workspace, init) = running();
    let before = Instant::now();
    let rest = shell(&init, "sleep 1000 & echo $!");
    assert_eq!(rest.end, ended(0));
    let took = before.elapsed();
    assert!(took >= Duration::from_secs(2) && took < Duration::from_secs(4), "{took:?}");
    let child: i64 = rest.text().trim().parse().unwrap();
    assert!(alive(child));
    shell(&init, &format!("kill {child}"));
}

#[test]
fn a_terminal_has_a_size_and_a_type() {
    let (_workspace, init) = running();
    let script = "stty size; tty; echo $TERM; read line; stty size; exit 4";
    let pty = json!({"argv": ["sh", "-c", script], "pty": {"cols": 80, "rows": 24}});
    let mut connection = start(&init, &pty);
    let text = connection.output_with("xterm-256color");
    assert!(text.starts_with("24 80\r\n/dev/pts/"), "{text:?}");
    connection.send(4, b"{\"cols\":132,\"rows\":50}");
    connection.send(0, b"\n");
    let rest = connection.rest();
    assert!(rest.text().contains("50 132\r\n"), "{:?}", rest.text());
    assert_eq!((rest.errors.as_slice(), rest.end), (&b""[..], ended(4)));
}

#[test]
fn a_terminal_knows_its_keys() {
    let (_workspace, init) = running();
    let pty = |argv: Value| json!({"argv": argv, "pty": {"cols": 80, "rows": 24}});
    let mut sleep = start(&init, &pty(json!(["sh", "-c", "echo ready; exec sleep 1000"])));
    sleep.output_with("ready");
    sleep.send(0, b"\x03");
    assert_eq!(sleep.rest().end["signal"], 2, "^C interrupts");
    let mut cat = start(&init, &pty(json!(["cat"])));
    cat.send(0, b"line\n");
    cat.output_with("line\r\nline\r\n");
    cat.send(0, b"");
    assert_eq!(cat.rest().end, ended(0), "an empty frame is ^D");
}

#[test]
fn a_terminal_that_is_closed_hangs_its_session_up() {
    let (_workspace, init) = running();
    let pty = json!({"argv": ["sh", "-c", "sleep 1000 & echo $! $$.; wait"], "pty": {"cols": 80, "rows": 24}});
    let mut connection = start(&init, &pty);
    let pids = connection.output_with(".\r\n");
    drop(connection);
    for pid in pids.trim().trim_end_matches('.').split(' ') {
        until("its end", || (!alive(pid.parse().unwrap())).then_some(()));
    }
}

#[test]
fn programs_end_with_the_sandbox() {
    let (_workspace, mut init) = running();
    let mut connection = start(&init, &json!({"argv": ["sleep", "1000"]}));
    assert_eq!(init.terminate().code(), Some(0));
    // The end frame may or may not have made it before the process was gone.
    while connection.frame().is_some() {}
}
