//! docs/cli.md: each of its commands is one that there is, and each command that there is, is in it.

use std::collections::BTreeSet;
use std::path::Path;

use clap::{Command, CommandFactory};
use sandboxd_cli::Cli;

fn guide() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cli.md");
    std::fs::read_to_string(path).unwrap()
}

/// The words of each line of the guide's shell blocks that runs `sandboxctl`.
fn examples(guide: &str) -> Vec<Vec<String>> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in guide.lines() {
        if line.starts_with("```") {
            inside = line == "```sh";
            continue;
        }
        if let Some((_, command)) = line.split_once("sandboxctl ").filter(|_| inside) {
            found.push(words(&format!("sandboxctl {command}")));
        }
    }
    found
}

/// A line as the shell takes it apart, as far as the guide needs it: quotes, comments, pipes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for char in line.chars() {
        match (quote, char) {
            (None, '\'' | '"') => quote = Some(char),
            (Some(open), _) if open == char => quote = None,
            (None, '#' | '|' | '>' | '<' | ')') => break,
            (None, ' ') => words.push(String::new()),
            _ => words.last_mut().unwrap().push(char),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The names of the commands that do something, such as `snapshots fork`.
fn commands(command: &Command, before: &str, found: &mut BTreeSet<String>) {
    for one in command.get_subcommands().filter(|one| one.get_name() != "help") {
        let name = format!("{before} {}", one.get_name()).trim().to_owned();
        if one.has_subcommands() {
            commands(one, &name, found);
        } else {
            found.insert(name);
        }
    }
}

#[test]
fn every_example_is_a_command_that_there_is_and_every_command_has_one() {
    let mut wanted = BTreeSet::new();
    commands(&Cli::command(), "", &mut wanted);
    let mut shown = BTreeSet::new();
    for example in examples(&guide()) {
        let parsed = Cli::command().try_get_matches_from(&example);
        let parsed = parsed.unwrap_or_else(|error| panic!("{example:?}: {error}"));
        let mut name = Vec::new();
        let mut at = &parsed;
        while let Some((verb, below)) = at.subcommand() {
            name.push(verb.to_owned());
            at = below;
        }
        shown.insert(name.join(" "));
    }
    let missing: Vec<&String> = wanted.difference(&shown).collect();
    assert!(missing.is_empty(), "docs/cli.md: add an example of {missing:?}");
}

#[test]
fn the_definition_of_the_commands_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn the_guide_has_the_exit_codes_and_the_tools_that_there_are() {
    let guide = guide();
    for code in [0, 1, 2, 3, 4, 5, 6, 7, 125, 130] {
        assert!(guide.contains(&format!("| {code} |")), "docs/cli.md: exit code {code}");
    }
}
