//! What a prompt asks the fake model for.
//!
//! | in the prompt | what happens |
//! |---|---|
//! | `write <path>: <text>` to the end of a line | the file is written; each such line is a step |
//! | `[steps 5]` | five files `step-1.txt` … are written, one a step |
//! | `[run <command>]` | the shell tool runs the command, as a step |
//! | `[print-env NAME]` | the shell tool prints a variable, and the last answer repeats it |
//! | `[say <text>]` | the last answer |
//! | `[stall]`, `[stall 2]` | no answer, from the first step on or after so many steps |
//! | `[slow 3s]` | each answer comes after so long |
//! | `[error 500]`, `[error 429 once]` | each request fails so, or only the first with this prompt |

use std::time::Duration;

/// The most steps of one prompt.
const STEPS_MAX: usize = 1000;

/// A use of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A file, below the working folder, with this text.
    Write(String, String),
    /// A line of shell.
    Run(String),
}

/// What a prompt asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// Tools to use, one a turn.
    pub steps: Vec<Step>,
    /// The last answer.
    pub say: Option<String>,
    /// The last answer repeats what the last tool said.
    pub repeat: bool,
    /// Nothing is answered after so many steps.
    pub stall: Option<usize>,
    /// How long each answer takes.
    pub slow: Duration,
    /// A status that is answered instead, and whether only once.
    pub error: Option<(u16, bool)>,
}

impl Script {
    /// Reads a prompt. Words that mean nothing here are passed over.
    #[must_use]
    pub fn of(prompt: &str) -> Self {
        let mut script = Self::default();
        for line in prompt.lines() {
            let write = line.find("write ").map(|at| &line[at + 6..]);
            match write.and_then(|rest| rest.split_once(": ")) {
                Some((path, text)) if !path.contains(' ') => {
                    script.steps.push(Step::Write(path.to_owned(), text.to_owned()));
                }
                _ => script.words(line),
            }
        }
        script.steps.truncate(STEPS_MAX);
        script
    }

    fn words(&mut self, line: &str) {
        let mut rest = line;
        while let Some((_, behind)) = rest.split_once('[') {
            let Some(end) = closing(behind) else { return };
            self.word(&behind[..end]);
            rest = &behind[end..];
        }
    }

    /// One `[word rest]`, without its brackets.
    fn word(&mut self, inner: &str) {
        let (word, rest) = inner.split_once(' ').unwrap_or((inner, ""));
        match word {
            "steps" => {
                let count = rest.parse().unwrap_or(1).min(STEPS_MAX);
                let step = |n| Step::Write(format!("step-{n}.txt"), format!("step {n}"));
                self.steps.extend((1..=count).map(step));
            }
            "run" => self.steps.push(Step::Run(rest.to_owned())),
            "print-env" => {
                self.steps.push(Step::Run(format!("printenv {rest}")));
                self.repeat = true;
            }
            "say" => self.say = Some(rest.to_owned()),
            "stall" => self.stall = Some(rest.parse().unwrap_or(0)),
            "slow" => self.slow = humantime::parse_duration(rest).unwrap_or_default(),
            "error" => {
                let status = rest.split(' ').next().and_then(|status| status.parse().ok());
                self.error = Some((status.unwrap_or(500), rest.ends_with(" once")));
            }
            _ => {}
        }
    }
}

/// Where the bracket ends that was opened before this text; those in it have their own ends.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '[' => depth += 1,
            ']' if depth == 0 => return Some(at),
            ']' => depth -= 1,
            _ => {}
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_prompts() {
        let script = Script::of("Please write a/b.txt: hi: there [x]\nwrite c: d\n[run ls [a-z]*]");
        let write = |path: &str, text: &str| Step::Write(path.to_owned(), text.to_owned());
        let run = Step::Run("ls [a-z]*".to_owned());
        assert_eq!(script.steps[..2], [write("a/b.txt", "hi: there [x]"), write("c", "d")]);
        assert_eq!(script.steps[2..], [run]);
        let script = Script::of("[steps 2] [slow 300ms] [error 429 once] [stall 1] [say done]");
        assert_eq!(script.steps[1], write("step-2.txt", "step 2"));
        assert_eq!(script.slow, Duration::from_millis(300));
        assert_eq!(script.error, Some((429, true)));
        assert_eq!(script.stall, Some(1));
        assert_eq!(script.say.as_deref(), Some("done"));
        assert_eq!(Script::of("[stall] and [nothing] write: x").stall, Some(0));
        assert_eq!(Script::of("fix the bug"), Script::default());
    }
}
