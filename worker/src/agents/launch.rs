//! What starts an agent: argv and environment.

use std::collections::BTreeMap;

use sandboxd_shared::app_config::Environment;
use sandboxd_shared::domain::Agent;
use secrecy::{ExposeSecret, SecretString};

use super::{claude_code, codex, command, gemini, opencode, session};

/// What an agent is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What it is to do.
    pub prompt: &'a str,
    /// The model, as the agent itself names it; the agent's usual one otherwise.
    pub model: Option<&'a str>,
    /// For [`Agent::Command`]: the program and its arguments.
    pub command: Option<&'a [String]>,
    /// A session of the agent's own, to go on with.
    pub session: Option<&'a str>,
    /// The app's config as its agents get it.
    pub environment: &'a Environment,
}

/// A process to start in the app folder, with nothing on its standard input.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The program, found by `PATH`, and its arguments. No value of the app's config is in it.
    pub argv: Vec<String>,
    /// Its environment, the app's config included.
    pub env: BTreeMap<String, SecretString>,
}

/// Why an agent can't be started, in words for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// None of the keys that it could work with.
    #[error("{agent} needs {} in the app's config, with access for agents", keys.join(" or "))]
    NoKey {
        /// Which agent.
        agent: Agent,
        /// Any of these would do.
        keys: Vec<&'static str>,
    },
    /// A command of nothing.
    #[error("the agent \"command\" needs a command: a program and its arguments")]
    NoCommand,
    /// A session's name that no agent gives.
    #[error("{0} has no session of this name")]
    NoSession(Agent),
}

/// How to start an agent for a request. What the app's config says wins over the settings here.
///
/// # Errors
/// [`NotReady`]
pub fn launch(agent: Agent, request: &Request<'_>) -> Result<Launch, NotReady> {
    if request.session.is_some_and(|session| !session::is_sound(session)) {
        return Err(NotReady::NoSession(agent));
    }
    match agent {
        Agent::Opencode => opencode::launch(request),
        Agent::ClaudeCode => claude_code::launch(request),
        Agent::Codex => codex::launch(request),
        Agent::Gemini => gemini::launch(request),
        Agent::Command => command::launch(request),
    }
}

impl Request<'_> {
    /// Whether the app's config has this key, with something in it.
    pub(super) fn has(&self, key: &str) -> bool {
        self.environment.get(key).is_some_and(|value| !value.expose_secret().is_empty())
    }

    /// The first of an agent's keys that the app's config has.
    pub(super) fn key(&self, agent: Agent) -> Result<&'static str, NotReady> {
        let keys = agent.info().needs_any_of;
        let missing = || NotReady::NoKey { agent, keys: keys.to_vec() };
        keys.iter().copied().find(|key| self.has(key)).ok_or_else(missing)
    }

    /// A launch with the app's config, and with settings for what it doesn't say.
    pub(super) fn launch(&self, argv: Vec<String>, settings: &[(&str, &str)]) -> Launch {
        let mut env = self.environment.clone();
        for (name, value) in settings {
            env.entry((*name).to_owned()).or_insert_with(|| (*value).into());
        }
        Launch { argv, env }
    }
}

pub(super) fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// An argv whose program gets the prompt on its standard input: `script` is a line of shell that
/// has the prompt in `$prompt` and `arguments` in `$@`. For agents that take a prompt apart which
/// they find among their arguments.
pub(super) fn with_prompt(prompt: &str, script: &str, arguments: Vec<String>) -> Vec<String> {
    let script = format!(r#"prompt=$1; shift; printf %s "$prompt" | {script}"#);
    let mut argv = words(&["sh", "-c", &script, "sh", prompt]);
    argv.extend(arguments);
    argv
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::agents) fn config(entries: &[(&str, &str)]) -> Environment {
        entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect()
    }

    pub(in crate::agents) fn request<'a>(
        prompt: &'a str,
        environment: &'a Environment,
    ) -> Request<'a> {
        Request { prompt, model: None, command: None, session: None, environment }
    }

    pub(in crate::agents) fn value<'a>(launch: &'a Launch, name: &str) -> &'a str {
        launch.env.get(name).map_or("", |value| value.expose_secret())
    }

    /// An app that has every key of every agent.
    fn everything() -> Environment {
        let keys = Agent::ALL.iter().flat_map(|agent| agent.info().needs_any_of);
        let bases = ["ANTHROPIC_BASE_URL", "OPENAI_BASE_URL", "GOOGLE_GEMINI_BASE_URL"];
        keys.chain(&bases).map(|name| ((*name).to_owned(), "a-secret-value".into())).collect()
    }

    #[test]
    fn no_value_of_the_config_is_in_argv_and_all_are_in_the_environment() {
        let environment = everything();
        let command = words(&["make"]);
        for agent in Agent::ALL {
            let mut request = request("do it", &environment);
            request.command = Some(&command);
            let launch = launch(*agent, &request).unwrap();
            assert!(!launch.argv.join(" ").contains("a-secret-value"), "{agent}");
            for name in environment.keys() {
                assert_eq!(value(&launch, name), "a-secret-value", "{agent} {name}");
            }
        }
    }

    #[test]
    fn only_the_environment_holds_values_of_the_config() {
        let environment = everything();
        for agent in [Agent::Opencode, Agent::ClaudeCode, Agent::Codex, Agent::Gemini] {
            let launch = launch(agent, &request("do it", &environment)).unwrap();
            for (name, value) in &launch.env {
                let own = !environment.contains_key(name);
                assert!(!own || !value.expose_secret().contains("a-secret-value"), "{name}");
            }
        }
    }

    #[test]
    fn a_missing_key_is_named() {
        let environment = config(&[("OPENAI_API_KEY", "")]);
        for agent in [Agent::Opencode, Agent::ClaudeCode, Agent::Codex, Agent::Gemini] {
            let refused = launch(agent, &request("do it", &environment)).unwrap_err().to_string();
            let first = agent.info().needs_any_of[0];
            assert!(refused.starts_with(&format!("{agent} needs {first}")), "{refused}");
            assert!(refused.ends_with("in the app's config, with access for agents"), "{refused}");
        }
    }

    #[test]
    fn what_the_app_says_wins_over_settings() {
        let environment = config(&[("ANTHROPIC_API_KEY", "k"), ("DISABLE_TELEMETRY", "0")]);
        let launch = launch(Agent::ClaudeCode, &request("do it", &environment)).unwrap();
        assert_eq!(value(&launch, "DISABLE_TELEMETRY"), "0");
        assert_eq!(value(&launch, "DISABLE_AUTOUPDATER"), "1");
    }

    #[test]
    fn a_session_can_not_pass_for_an_option() {
        let environment = everything();
        for agent in Agent::ALL {
            for session in ["", "--share", "a b", "a\nb", &"x".repeat(300)] {
                let request = Request { session: Some(session), ..request("do it", &environment) };
                let refused = launch(*agent, &request).unwrap_err();
                assert_eq!(refused, NotReady::NoSession(*agent), "{session:?}");
            }
        }
    }

    /// Runs an argv with programs of our own in place of agents, and gives what they were given.
    fn run(argv: &[String], programs: &std::path::Path) -> String {
        let out = std::process::Command::new(&argv[0])
            .args(&argv[1..])
            .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
            .output()
            .unwrap();
        assert!(out.status.success(), "{out:?}");
        String::from_utf8(out.stdout).unwrap()
    }

    #[test]
    fn any_prompt_arrives_as_it_is() {
        use std::os::unix::fs::PermissionsExt;
        let programs = tempfile::tempdir().unwrap();
        for program in ["opencode", "codex"] {
            let path = programs.path().join(program);
            std::fs::write(&path, "#!/bin/sh\ncat\n").unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        }
        let environment = everything();
        let long = "é".repeat(50_000);
        for prompt in ["-", "42", "--help", "  a \"b\" 'c' $HOME `id` \\n\n%s\n", &long] {
            for agent in [Agent::Opencode, Agent::Codex] {
                let launch = launch(agent, &request(prompt, &environment)).unwrap();
                assert_eq!(run(&launch.argv, programs.path()), prompt, "{agent}");
            }
            let launch = launch(Agent::ClaudeCode, &request(prompt, &environment)).unwrap();
            assert_eq!(&launch.argv[launch.argv.len() - 2..], ["--", prompt]);
            let launch = super::launch(Agent::Gemini, &request(prompt, &environment)).unwrap();
            assert!(launch.argv.contains(&format!("--prompt={prompt}")));
        }
    }
}
