//! One workspace, and the supervisor that is started over it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longest that anything awaited here may take.
const LIMIT: Duration = Duration::from_secs(20);
/// Who a sandbox's processes are.
const USER: u32 = 1000;
const TICK: Duration = Duration::from_millis(10);

/// Folders as in a sandbox, with an empty template `t`.
pub(crate) struct Workspace {
    dir: Arc<TempDir>,
    variables: Vec<(String, String)>,
    user: Option<u32>,
    descriptors: Option<u32>,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        for name in ["home", "run", "templates/t", "bin"] {
            fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        Self { dir, variables: Vec::new(), user: None, descriptors: None }
            .with("SANDBOXD_TEMPLATE", "t")
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The supervisor runs without root's privileges, as in a sandbox.
    pub(crate) fn unprivileged(mut self) -> Self {
        if rustix::process::geteuid().is_root() {
            for name in ["", "home", "run"] {
                chown(self.dir.path().join(name), Some(USER), Some(USER)).unwrap();
            }
            self.user = Some(USER);
        }
        self
    }

    /// The supervisor can have no more files open.
    pub(crate) fn with_descriptors(mut self, most: u32) -> Self {
        self.descriptors = Some(most);
        self
    }

    /// Gives what the test made in the app folder to the supervisor's user.
    pub(crate) fn give(&self) {
        self.give_all(&self.app());
    }

    /// The same of any of its folders.
    pub(crate) fn give_all(&self, folder: &Path) {
        if self.user.is_some() {
            let owner = format!("{USER}:{USER}");
            let status = Command::new("chown").args(["-Rh", &owner]).arg(folder).status();
            assert!(status.unwrap().success());
        }
    }

    /// A file of the template's.
    pub(crate) fn template(self, name: &str, text: &str) -> Self {
        write(&self.dir.path().join("templates/t").join(name), text);
        self
    }

    /// A file of an app that is there before the supervisor is.
    pub(crate) fn app_file(self, name: &str, text: &str) -> Self {
        write(&self.app().join(name), text);
        self
    }

    /// A program that is found first.
    pub(crate) fn program(self, name: &str, script: &str) -> Self {
        let path = self.dir.path().join("bin").join(name);
        write(&path, &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    pub(crate) fn app(&self) -> PathBuf {
        self.home().join("app")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    pub(crate) fn run(&self) -> PathBuf {
        self.dir.path().join("run")
    }

    pub(crate) fn start(&self) -> Init {
        // Another one's socket must not be taken for the new one's.
        let _ = fs::remove_file(self.run().join("init.sock"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let bin = self.dir.path().join("bin");
        let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path)));
        let mut command = match self.descriptors {
            None => Command::new(env!("CARGO_BIN_EXE_sandbox-init")),
            Some(most) => {
                let mut command = Command::new("sh");
                let script = format!("ulimit -n {most}; exec \"$0\" \"$@\"");
                command.args(["-c", &script, env!("CARGO_BIN_EXE_sandbox-init")]);
                command
            }
        };
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        let child = command
            .arg("--home")
            .arg(self.home())
            .arg("--run")
            .arg(self.run())
            .arg("--templates")
            .arg(self.dir.path().join("templates"))
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("PATH", path.unwrap())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        Init { child, socket: self.run().join("init.sock"), _dir: Arc::clone(&self.dir) }
    }

    /// What git says in the app folder.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "safe.directory=*", "-c", "user.name=u", "-c", "user.email=u@localhost"])
            .args(arguments)
            .current_dir(self.app())
            .output()
            .unwrap();
        assert!(output.status.success(), "git {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

/// A running supervisor; killed, with its sandbox, when dropped.
pub(crate) struct Init {
    child: Child,
    _dir: Arc<TempDir>,
    socket: PathBuf,
}

impl Init {
    pub(crate) fn connect(&self) -> Connection {
        Connection::new(until("the socket", || UnixStream::connect(&self.socket).ok()))
    }

    /// Asks for a stream: its answer, and the connection.
    pub(crate) fn stream(&self, request: &Value) -> (Value, Connection) {
        let mut connection = self.connect();
        (connection.ask(&request.to_string()), connection)
    }

    pub(crate) fn ask(&self, request: &Value) -> Value {
        self.connect().ask(&request.to_string())
    }

    pub(crate) fn status(&self) -> Value {
        self.ask(&json!({"v": 1, "op": "status"}))
    }

    /// The first status that fits.
    pub(crate) fn status_when(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let deadline = Instant::now() + LIMIT;
        while Instant::now() < deadline {
            last = self.status();
            if fits(&last) {
                return last;
            }
            std::thread::park_timeout(TICK);
        }
        panic!("timed out waiting for {what}; the last status is {last}")
    }

    pub(crate) fn state(&self, state: &str) -> Value {
        self.status_when(state, |status| status["state"] == state)
    }

    pub(crate) fn log(&self) -> String {
        let answer = self.ask(&json!({"v": 1, "op": "logs"}));
        answer["text"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    pub(crate) fn log_with(&self, text: &str) -> String {
        until(text, || Some(self.log()).filter(|log| log.contains(text)))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGTERM, and how it ends.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        until("the end", || self.child.try_wait().unwrap())
    }

    /// SIGKILL to it and to what it started, which is what the end of a PID 1 means.
    pub(crate) fn kill(&mut self) {
        kill_process(Pid::from_child(&self.child), Signal::STOP).unwrap();
        let children = self.children();
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        for child in children {
            let _ = kill_process_group(Pid::from_raw(child).unwrap(), Signal::KILL);
            until("a child's end", || (!alive(child.into())).then_some(()));
        }
    }

    /// What runs as its child, whichever of its threads started it.
    pub(crate) fn children(&self) -> Vec<i32> {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let lists = threads
            .filter_map(|thread| fs::read_to_string(thread.unwrap().path().join("children")).ok());
        lists.flat_map(|list| numbers(&list)).collect()
    }
}

impl Drop for Init {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            self.terminate();
        }
    }
}

pub(crate) struct Connection {
    pub(crate) stream: UnixStream,
    lines: BufReader<UnixStream>,
}

impl Connection {
    pub(crate) fn new(stream: UnixStream) -> Self {
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        Self { lines: BufReader::new(stream.try_clone().unwrap()), stream }
    }

    pub(crate) fn send(&mut self, kind: u8, payload: &[u8]) {
        let mut frame = vec![kind];
        frame.extend(u32::try_from(payload.len()).unwrap().to_be_bytes());
        frame.extend(payload);
        self.stream.write_all(&frame).unwrap();
    }

    /// The next frame; `None` once the other side closed.
    pub(crate) fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut header = [0; 5];
        self.lines.read_exact(&mut header).ok()?;
        let length = u32::from_be_bytes(header[1..].try_into().unwrap());
        let mut payload = vec![0; length as usize];
        self.lines.read_exact(&mut payload).unwrap();
        Some((header[0], payload))
    }

    /// All output up to the end, standard error apart, and what the end says.
    pub(crate) fn rest(&mut self) -> Rest {
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        loop {
            match self.frame().expect("an end frame") {
                (1, bytes) => output.extend(bytes),
                (2, bytes) => errors.extend(bytes),
                (3, end) => {
                    assert_eq!(self.frame(), None, "the connection closes behind the end");
                    return Rest { output, errors, end: serde_json::from_slice(&end).unwrap() };
                }
                other => panic!("an unexpected frame of type {}", other.0),
            }
        }
    }

    /// Output up to a text.
    pub(crate) fn output_with(&mut self, text: &str) -> String {
        let mut output = String::new();
        while !output.contains(text) {
            match self.frame() {
                Some((1, bytes)) => output.push_str(&String::from_utf8_lossy(&bytes)),
                other => panic!("no {text:?} in {output:?} before {other:?}"),
            }
        }
        output
    }

    pub(crate) fn ask(&mut self, line: &str) -> Value {
        self.stream.write_all(line.as_bytes()).unwrap();
        self.stream.write_all(b"\n").unwrap();
        self.answer().expect("an answer")
    }

    /// The next answer; `None` once the other side closed.
    pub(crate) fn answer(&mut self) -> Option<Value> {
        let mut line = String::new();
        let length = self.lines.read_line(&mut line).unwrap_or_default();
        (length > 0).then(|| serde_json::from_str(&line).unwrap())
    }
}

/// What a stream sent.
pub(crate) struct Rest {
    pub(crate) output: Vec<u8>,
    pub(crate) errors: Vec<u8>,
    pub(crate) end: Value,
}

impl Rest {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }
}

/// Whether a process runs (a zombie doesn't).
pub(crate) fn alive(pid: i64) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().starts_with(" Z"))
}

/// Waits for a condition; fails the test if it takes too long.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "timed out waiting for {what}");
        std::thread::park_timeout(TICK);
    }
}

fn numbers(list: &str) -> Vec<i32> {
    list.split_whitespace().map(|number| number.parse().unwrap()).collect()
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
