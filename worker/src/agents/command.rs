//! Any program: it finds the prompt in `SANDBOXD_PROMPT`, and every line it writes is a message.

use super::piece::{Piece, raw};
use super::reader::Reader;
use super::{Launch, NotReady, Request};

/// Where the program finds the prompt.
const PROMPT: &str = "SANDBOXD_PROMPT";

pub(super) fn launch(request: &Request<'_>) -> Result<Launch, NotReady> {
    let argv = request.command.unwrap_or_default();
    if argv.first().is_none_or(String::is_empty) {
        return Err(NotReady::NoCommand);
    }
    let mut launch = request.launch(argv.to_vec(), &[]);
    launch.env.insert(PROMPT.to_owned(), request.prompt.into());
    Ok(launch)
}

pub(super) fn read(reader: &mut Reader, line: &[u8]) -> Vec<Piece> {
    let text = String::from_utf8_lossy(line);
    if !text.trim().is_empty() {
        reader.say(&text);
    }
    vec![raw(&text)]
}

#[cfg(test)]
mod tests {
    use crate::agents::launch::tests::{config, request, value};
    use crate::agents::{NotReady, Request, launch};
    use sandboxd_shared::domain::Agent;

    #[test]
    fn the_program_gets_the_prompt_by_its_environment() {
        let environment = config(&[("TOKEN", "t")]);
        let argv = ["make".to_owned(), "all".to_owned()];
        let wanted = Request { command: Some(&argv), ..request("do it", &environment) };
        let launched = launch(Agent::Command, &wanted).unwrap();
        assert_eq!(launched.argv, argv);
        assert_eq!(value(&launched, "SANDBOXD_PROMPT"), "do it");
        assert_eq!(value(&launched, "TOKEN"), "t");
    }

    #[test]
    fn a_command_of_nothing_is_refused() {
        let environment = config(&[]);
        for argv in [None, Some(&[][..]), Some(&[String::new()][..])] {
            let wanted = Request { command: argv, ..request("do it", &environment) };
            assert_eq!(launch(Agent::Command, &wanted).unwrap_err(), NotReady::NoCommand);
        }
    }
}
