//! Real coding agents in the sandboxes' image, started as tasks start them and read as tasks read
//! them, with a fake model as all of their internet.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

use std::net::UdpSocket;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sandboxd_shared::app_config::Environment;
use sandboxd_shared::domain::{Agent, OutputKind};
use sandboxd_tests::model::{FakeModel, TOKENS};
use sandboxd_tests::{Docker, Internet, Settings};
use sandboxd_worker::agents::{Piece, Reader, Request, launch};
use secrecy::ExposeSecret;
use serde_json::Value;

/// One that waits for something it can't reach takes longer.
const QUICK: Duration = Duration::from_secs(60);
const KEY: &str = "sk-a-key-of-the-app";
const IMAGE: &str = concat!("sandboxd-base:", env!("CARGO_PKG_VERSION"));

/// A container as sandboxes are, which reaches a fake model and a name server that knows nothing.
struct Ground {
    docker: Docker,
    container: String,
    model: FakeModel,
    /// The questions that the name server was asked.
    asked: Arc<Mutex<Vec<String>>>,
    _internet: Internet,
}

/// What an agent did with a prompt.
struct Done {
    pieces: Vec<Piece>,
    out: Output,
}

impl Ground {
    fn new(number: u8) -> Self {
        let internet = Internet::make(number).unwrap();
        let model = FakeModel::start(&internet).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let server = internet.address(2);
        let socket = internet.within(|| UdpSocket::bind((server, 53))).unwrap().unwrap();
        let kept = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut query = [0; 512];
            while let Ok(length) = socket.recv(&mut query) {
                let name = String::from_utf8_lossy(&query[12.min(length)..length]).into_owned();
                kept.lock().unwrap().push(name);
            }
        });
        let docker = Docker::new(&Settings::get().docker, String::new());
        let container = format!("sbxt-agent-{number}");
        let _ = docker.attempt(&["rm", "-f", &container]);
        let home = "/home/sandbox:rw,exec,uid=1000,gid=1000,mode=755";
        let server = server.to_string();
        let arguments = ["run", "-d", "--name", &container, "--read-only", "--cap-drop=ALL"];
        let limits = ["--security-opt=no-new-privileges", "--memory=1g", "--pids-limit=1024"];
        let places = ["--dns", &server, "--tmpfs=/tmp", "--tmpfs", home, "--entrypoint=sleep"];
        let arguments = [&arguments[..], &limits, &places, &[IMAGE, "infinity"]].concat();
        let _ = docker.run(&arguments);
        let _ = docker.run(&["exec", &container, "mkdir", "/home/sandbox/app"]);
        Self { docker, container, model, asked, _internet: internet }
    }

    /// An app's config with this key of an agent's, and the fake model as where to use it.
    fn config(&self, key: &str) -> Environment {
        let (base, openai) = (self.model.base_url.clone(), self.model.openai_url());
        let place = match key {
            "OPENAI_API_KEY" => ("OPENAI_BASE_URL", openai.as_str()),
            "GEMINI_API_KEY" => ("GOOGLE_GEMINI_BASE_URL", base.as_str()),
            _ => ("ANTHROPIC_BASE_URL", base.as_str()),
        };
        let entries = [(key, KEY), place, ("GREETING", "good morning")];
        entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect()
    }

    fn run(&self, agent: Agent, prompt: &str, session: Option<&str>) -> Done {
        self.run_with(agent, agent.info().needs_any_of[0], prompt, session)
    }

    fn run_with(&self, agent: Agent, key: &str, prompt: &str, session: Option<&str>) -> Done {
        let config = self.config(key);
        let request = Request { prompt, model: None, command: None, session, environment: &config };
        let started = launch(agent, &request).unwrap();
        let engine = format!("unix://{}", Settings::get().docker.display());
        let mut command = Command::new("docker");
        command.args(["-H", &engine, "exec", "-w", "/home/sandbox/app"]);
        for (name, value) in &started.env {
            command.args(["-e", name]).env(name, value.expose_secret());
        }
        let before = Instant::now();
        command.args([&self.container, "timeout", &QUICK.as_secs().to_string()]);
        let out = command.args(&started.argv).output().unwrap();
        let took = before.elapsed();
        eprintln!("{agent}: {prompt:?} took {took:?}");
        assert!(took < QUICK, "{agent} took {took:?}: {out:?}");
        let mut reader = Reader::default();
        let lines =
            out.stdout.split(|byte| *byte == b'\n').chain(out.stderr.split(|b| *b == b'\n'));
        let mut pieces: Vec<Piece> = lines.flat_map(|line| reader.line(agent, line)).collect();
        pieces.extend(reader.finish(agent));
        Done { pieces, out }
    }

    fn sh(&self, line: &str) -> String {
        let folder = ["exec", "-w", "/home/sandbox/app", &self.container];
        self.docker.run(&[&folder[..], &["sh", "-ec", line]].concat())
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = self.docker.attempt(&["rm", "-f", &self.container]);
    }
}

impl Done {
    fn tools(&self) -> Vec<&Value> {
        let tools = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Event { kind: OutputKind::Tool, data } => Some(data),
            _ => None,
        });
        tools.collect()
    }

    fn find<T>(&self, what: impl FnMut(&Piece) -> Option<T>) -> Option<T> {
        self.pieces.iter().rev().find_map(what)
    }

    fn session(&self) -> String {
        let session = self.find(|piece| match piece {
            Piece::Session(session) => Some(session.clone()),
            _ => None,
        });
        session.unwrap_or_else(|| panic!("no session in {:#?}", self.pieces))
    }

    fn final_message(&self) -> String {
        let said = self.find(|piece| match piece {
            Piece::FinalMessage(said) => Some(said.clone()),
            _ => None,
        });
        said.unwrap_or_else(|| panic!("no last word in {:#?}\n{:?}", self.pieces, self.out))
    }

    fn failure(&self) -> Option<String> {
        self.find(|piece| match piece {
            Piece::Failed(reason) => Some(reason.clone()),
            _ => None,
        })
    }

    fn usage(&self) -> Value {
        let usage = self.find(|piece| match piece {
            Piece::Usage(usage) => Some(usage.clone()),
            _ => None,
        });
        usage.unwrap_or_else(|| panic!("no usage in {:#?}", self.pieces))
    }
}

/// What every agent of the image must do.
fn works(agent: Agent, number: u8) {
    let ground = Ground::new(number);
    let prompt = "Please write \"hello\".txt: it's \"here\", $HOME and all\nThank you";
    let done = ground.run(agent, prompt, None);
    assert_eq!(done.failure(), None, "{:#?}", done.pieces);
    assert!(done.out.status.success(), "{:?}", done.out);
    assert_eq!(ground.sh("cat '\"hello\".txt'"), "it's \"here\", $HOME and all");
    assert_eq!(done.final_message(), "I wrote \"hello\".txt.");
    let tool = done.tools().pop().unwrap();
    assert_eq!(tool["status"], "completed", "{tool}");
    assert!(done.tools()[0].to_string().contains("hello"), "{:?}", done.tools());

    // The model was asked by exactly this prompt, once, with the app's key, and nobody else was.
    assert_eq!(ground.model.sent(prompt), 1, "{:#?}", ground.model.log);
    let requests = ground.model.log.requests();
    assert!(requests.iter().all(|request| request.key == KEY), "{requests:#?}");
    let turns = requests.len() as u64;
    let (input, cached, output) = TOKENS;
    let used = done.usage();
    assert_eq!(used["input_tokens"], turns * (input - cached), "{used}");
    assert_eq!(used["cache_read_tokens"], turns * cached, "{used}");
    assert_eq!(used["output_tokens"], turns * output, "{used}");
    assert_eq!(*ground.asked.lock().unwrap(), Vec::<String>::new(), "names were looked up");

    // A second prompt goes on with the first one's session, and sees the app's config.
    let session = done.session();
    let again = ground.run(agent, "[print-env GREETING]", Some(&session));
    assert_eq!(again.session(), session);
    assert!(again.final_message().contains("good morning"), "{:#?}", again.pieces);
    assert_eq!(ground.model.sent("[print-env GREETING]"), 1);
    assert_eq!(ground.model.sent(prompt), 1, "the first prompt isn't sent again");

    // A model that refuses makes an agent say that it failed.
    let refused = ground.run(agent, "[error 400] do it", None);
    assert!(refused.failure().unwrap().contains("the fake model fails"), "{:#?}", refused.pieces);
    assert!(!refused.out.status.success());

    // opencode works with other providers too: any that speaks OpenAI's chat completions, and Google.
    if agent == Agent::Opencode {
        for (key, path) in
            [("OPENAI_API_KEY", "/v1/chat/completions"), ("GEMINI_API_KEY", "/v1beta/models/")]
        {
            let prompt = format!("write by-{key}.txt: yes");
            let done = ground.run_with(agent, key, &prompt, None);
            assert_eq!(done.final_message(), format!("I wrote by-{key}.txt."), "{:?}", done.out);
            let asked = ground.model.log.requests();
            let mut asked = asked.iter().filter(|request| request.prompt == prompt);
            assert!(asked.all(|request| request.path.starts_with(path)));
            assert_eq!(ground.sh(&format!("cat by-{key}.txt")), "yes");
        }
    }

    // Nothing of the key is left in the workspace.
    let found = ground.sh(&format!("grep -rl {KEY} /home/sandbox || true"));
    assert_eq!(found, "", "the key is in the workspace");
    assert_eq!(*ground.asked.lock().unwrap(), Vec::<String>::new(), "names were looked up");
}

/// The agents that the image says it has.
fn agents(docker: &Docker) -> Vec<Agent> {
    let label = "{{index .Config.Labels \"sandboxd.agents\"}}";
    let named = docker.run(&["image", "inspect", "-f", label, IMAGE]);
    named.split(',').map(|name| name.parse().unwrap()).collect()
}

#[test]
fn every_agent_of_the_image_works() {
    let agents = agents(&Docker::new(&Settings::get().docker, String::new()));
    assert!(agents.contains(&Agent::Opencode) && agents.contains(&Agent::ClaudeCode));
    for (agent, number) in agents.into_iter().zip(8..) {
        works(agent, number);
    }
}

#[test]
fn the_programs_of_agents_are_there_and_can_not_be_changed() {
    let docker = Docker::new(&Settings::get().docker, String::new());
    for agent in agents(&docker) {
        let program = agent.info().program.unwrap();
        let line =
            format!("command -v {program}; test ! -w $(readlink -f $(command -v {program}))");
        let run = ["run", "--rm", "--network=none", "--entrypoint=sh", IMAGE, "-ec", &line];
        assert_eq!(docker.run(&run), format!("/usr/local/bin/{program}"));
    }
}
