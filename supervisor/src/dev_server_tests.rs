//! The dev server's life on fake processes and a clock that the tests move.

use super::*;

#[derive(Default)]
struct Fake {
    app: Option<AppCommand>,
    broken: Option<String>,
    missing: bool,
    listening: bool,
    started: Vec<String>,
    signals: Vec<(i32, Signal)>,
    notes: Vec<String>,
}

impl Processes for Fake {
    fn detect(&mut self) -> Result<Option<AppCommand>, String> {
        self.broken.clone().map_or_else(|| Ok(self.app.clone()), Err)
    }

    fn start(&mut self, command: &[String]) -> io::Result<Pid> {
        if self.missing {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.started.push(command.join(" "));
        Ok(pid(100 + i32::try_from(self.started.len()).unwrap()))
    }

    fn signal(&mut self, pid: Pid, signal: Signal) {
        self.signals.push((pid.as_raw_nonzero().get(), signal));
    }

    fn listening(&mut self) -> bool {
        self.listening
    }

    fn note(&mut self, text: &str) {
        self.notes.push(text.to_owned());
    }
}

struct Test {
    server: DevServer<Fake>,
    now: Instant,
}

impl Test {
    fn new(fake: Fake) -> Self {
        let mut server = DevServer::new(fake, false);
        let now = Instant::now();
        server.prepared(now);
        Self { server, now }
    }

    fn serving() -> Self {
        Self::new(Fake { app: app(None), ..Fake::default() })
    }

    fn state(&self) -> State {
        self.server.status().state
    }

    fn started(&self) -> &[String] {
        &self.server.processes.started
    }

    /// Time passes, and the loop wakes up.
    fn pass(&mut self, millis: u64) {
        self.now += Duration::from_millis(millis);
        self.server.tick(self.now);
    }

    fn exit(&mut self, raw: i32, code: i32) {
        self.server.exited(pid(raw), Exit { code: Some(code), signal: None }, self.now);
    }
}

fn pid(raw: i32) -> Pid {
    Pid::from_raw(raw).unwrap()
}

fn app(install: Option<&str>) -> Option<AppCommand> {
    let install = install.map(|command| vec![command.to_owned()]);
    Some(AppCommand { install, serve: vec!["serve".to_owned()] })
}

#[test]
fn runs_once_its_port_answers() {
    let mut test = Test::serving();
    test.pass(100);
    assert_eq!(test.state(), State::Starting);
    test.server.processes.listening = true;
    test.pass(100);
    let status = test.server.status();
    assert_eq!((status.state, status.pid, status.restarts), (State::Running, Some(101), 0));
}

#[test]
fn a_crash_is_waited_out_and_started_again() {
    let mut test = Test::serving();
    test.exit(101, 3);
    let status = test.server.status();
    assert_eq!((status.state, status.pid), (State::Backoff, None));
    assert_eq!(status.last_exit.unwrap().code, Some(3));
    assert_eq!(test.server.due_in(test.now), Duration::from_millis(200));
    test.pass(199);
    assert_eq!(test.started().len(), 1);
    test.pass(1);
    assert_eq!((test.state(), test.server.status().restarts), (State::Starting, 1));
}

#[test]
fn the_end_of_another_process_changes_nothing() {
    let mut test = Test::serving();
    test.exit(7, 0);
    assert_eq!((test.state(), test.server.status().last_exit), (State::Starting, None));
}

#[test]
fn installs_before_it_serves() {
    let mut test = Test::new(Fake { app: app(Some("install")), ..Fake::default() });
    assert_eq!(test.state(), State::Installing);
    test.exit(101, 0);
    assert_eq!(test.state(), State::Starting);
    assert_eq!(test.started(), ["install", "serve"]);
}

#[test]
fn gives_up_on_an_installation_until_told_otherwise() {
    let mut test = Test::new(Fake { app: app(Some("install")), ..Fake::default() });
    for n in 1..=5 {
        assert_eq!(test.state(), State::Installing, "attempt {n}");
        test.exit(100 + n, 1);
        test.pass(10_000);
    }
    assert_eq!(test.state(), State::Failed);
    assert!(test.server.status().error.unwrap().contains("code 1"));
    test.pass(60_000);
    assert_eq!(test.started().len(), 5);
    test.server.restart(test.now);
    assert_eq!(test.state(), State::Installing);
}

#[test]
fn an_installation_that_hangs_is_killed() {
    let mut test = Test::new(Fake { app: app(Some("install")), ..Fake::default() });
    test.pass(600_000);
    assert_eq!(test.server.processes.signals, [(101, Signal::KILL)]);
}

#[test]
fn restart_asks_then_kills() {
    let mut test = Test::serving();
    test.server.restart(test.now);
    test.server.restart(test.now);
    test.pass(2_999);
    assert_eq!(test.server.processes.signals, [(101, Signal::TERM)]);
    test.pass(1);
    assert_eq!(test.server.processes.signals[1..], [(101, Signal::KILL)]);
    test.exit(101, 0);
    assert_eq!((test.state(), test.started().len()), (State::Starting, 2));
}

#[test]
fn restart_does_not_wait_out_a_back_off() {
    let mut test = Test::serving();
    test.exit(101, 1);
    test.server.restart(test.now);
    assert_eq!(test.state(), State::Starting);
}

#[test]
fn an_app_that_says_nothing_is_looked_at_again() {
    let mut test = Test::new(Fake::default());
    assert_eq!(test.state(), State::None);
    test.pass(2_000);
    assert_eq!(test.state(), State::None);
    test.server.processes.app = app(None);
    test.pass(2_000);
    assert_eq!(test.state(), State::Starting);
}

#[test]
fn a_broken_description_fails_with_its_reason_and_recovers() {
    let mut test = Test::new(Fake { broken: Some("line 1".into()), ..Fake::default() });
    test.pass(2_000);
    let status = test.server.status();
    assert_eq!((status.state, status.error.as_deref()), (State::Failed, Some("line 1")));
    assert_eq!(test.server.processes.notes, ["line 1"], "said once, not at every look");
    test.server.processes.broken = None;
    test.server.processes.app = app(None);
    test.pass(2_000);
    let status = test.server.status();
    assert_eq!((status.state, status.error), (State::Starting, None));
}

#[test]
fn a_program_that_is_missing_is_a_failed_start() {
    let test = Test::new(Fake { app: app(None), missing: true, ..Fake::default() });
    let status = test.server.status();
    assert_eq!((status.state, status.last_exit.unwrap().code), (State::Backoff, Some(127)));
}

#[test]
fn a_workspace_that_cannot_be_prepared_is_a_failure() {
    let mut server = DevServer::new(Fake::default(), false);
    server.unprepared("no template".into());
    let status = server.status();
    assert_eq!((status.state, status.error.as_deref()), (State::Failed, Some("no template")));
    server.restart(Instant::now());
    assert_eq!(server.status().state, State::Seeding);
}

/// An app that waits for its environment.
fn awaiting() -> Test {
    let fake = Fake { app: app(Some("install")), ..Fake::default() };
    let mut server = DevServer::new(fake, true);
    let now = Instant::now();
    server.prepared(now);
    Test { server, now }
}

#[test]
fn nothing_is_started_before_the_environment_came() {
    let mut test = awaiting();
    test.server.restart(test.now);
    test.pass(59_999);
    assert_eq!((test.state(), test.started().len()), (State::Awaiting, 0));
    test.server.environment(false, test.now);
    assert_eq!(test.state(), State::Installing);
}

#[test]
fn it_starts_without_an_environment_that_never_comes() {
    let mut test = awaiting();
    test.pass(60_000);
    assert_eq!(test.state(), State::Installing);
    assert!(test.server.processes.notes[0].contains("no environment came in 60 s"));
}

#[test]
fn an_environment_that_is_there_before_the_workspace_is_not_waited_for() {
    let fake = Fake { app: app(None), ..Fake::default() };
    let mut server = DevServer::new(fake, true);
    let now = Instant::now();
    server.environment(true, now);
    assert_eq!(server.status().state, State::Seeding);
    server.prepared(now);
    assert_eq!(server.status().state, State::Starting);
}

#[test]
fn another_environment_restarts_and_an_equal_one_does_not() {
    let mut test = Test::serving();
    test.server.environment(false, test.now);
    assert_eq!(test.server.processes.signals, []);
    test.server.environment(true, test.now);
    assert_eq!(test.server.processes.signals, [(101, Signal::TERM)]);
    test.exit(101, 0);
    assert_eq!((test.state(), test.started().len()), (State::Starting, 2));
}
