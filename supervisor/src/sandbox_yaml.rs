//! `sandbox.yaml`: the strict subset of YAML in which an app says how it is started and built.
//!
//! Two keys, `command` and `build`, each as a plain or quoted string, as a flow list, or as a block
//! list:
//!
//! ```yaml
//! command: npm run dev            # given to sh
//! command: [node, server.js]      # run as it is
//! command:
//!   - node
//!   - "server.js"
//! build: npm run build
//! ```
//! Everything else is an error with its line, since a file that says something else than its
//! author meant is worse than one that is refused.

use thiserror::Error;

/// Most arguments a command may have.
const MAX_ARGUMENTS: usize = 64;

/// Why the file was refused; lines count from 1.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum YamlError {
    #[error("line {0}: unknown key, only `command` and `build` are known")]
    UnknownKey(usize),
    #[error("line {0}: this key is given twice")]
    Twice(usize),
    #[error("line {0}: expected `command: …`, `build: …` or `  - argument`")]
    Syntax(usize),
    #[error("line {0}: a quote or bracket isn't closed")]
    Unclosed(usize),
    #[error("line {0}: quote this value, it has a meaning in YAML")]
    NeedsQuotes(usize),
    #[error("`command` or `build` is empty, or neither is there")]
    Empty,
    #[error("a command has more than 64 arguments")]
    TooMany,
}

/// What the file says, as argument vectors: a string becomes `sh -c <string>`. One of them is
/// there.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Commands {
    /// Starts the dev server.
    pub(crate) command: Option<Vec<String>>,
    pub(crate) build: Option<Vec<String>>,
}

impl Commands {
    fn of(&mut self, key: &str) -> Option<&mut Option<Vec<String>>> {
        match key {
            "command" => Some(&mut self.command),
            "build" => Some(&mut self.build),
            _ => None,
        }
    }
}

/// The commands that the file gives.
pub(crate) fn parse(text: &str) -> Result<Commands, YamlError> {
    let mut commands = Commands::default();
    // The key whose block list may go on.
    let mut list_of: Option<&str> = None;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') || (number == 1 && content == "---") {
            continue;
        }
        if let Some(item) = content.strip_prefix("- ") {
            let list = list_of.and_then(|key| commands.of(key)?.as_mut());
            list.ok_or(YamlError::Syntax(number))?.push(scalar(item, number)?);
            continue;
        }
        let (key, value) = content.split_once(':').ok_or(YamlError::Syntax(number))?;
        if line.starts_with([' ', '\t']) || !(value.is_empty() || value.starts_with(' ')) {
            return Err(YamlError::Syntax(number));
        }
        let command = commands.of(key).ok_or(YamlError::UnknownKey(number))?;
        if command.is_some() {
            return Err(YamlError::Twice(number));
        }
        let value = value.trim();
        let is_list = value.is_empty() || value.starts_with('#');
        *command = Some(if is_list { Vec::new() } else { inline(value, number)? });
        list_of = is_list.then_some(key);
    }
    check(&commands)?;
    Ok(commands)
}

fn check(commands: &Commands) -> Result<(), YamlError> {
    let mut given = [&commands.command, &commands.build].into_iter().flatten().peekable();
    if given.peek().is_none() {
        return Err(YamlError::Empty);
    }
    for list in given {
        if list.first().is_none_or(String::is_empty) {
            return Err(YamlError::Empty);
        }
        if list.len() > MAX_ARGUMENTS {
            return Err(YamlError::TooMany);
        }
    }
    Ok(())
}

/// A value on the line of its key.
fn inline(value: &str, line: usize) -> Result<Vec<String>, YamlError> {
    if let Some(list) = value.strip_prefix('[') {
        return flow_list(list, line);
    }
    let shell = scalar(value, line)?;
    if shell.is_empty() {
        return Err(YamlError::Empty);
    }
    Ok(vec!["sh".to_owned(), "-c".to_owned(), shell])
}

/// The items of `[a, "b, c"]` after its opening bracket.
fn flow_list(text: &str, line: usize) -> Result<Vec<String>, YamlError> {
    let mut items = Vec::new();
    let mut rest = text.trim_start();
    loop {
        if let Some(tail) = rest.strip_prefix(']') {
            return end_of_value(tail, line).map(|()| items);
        }
        let (item, tail) = match rest.chars().next() {
            None => return Err(YamlError::Unclosed(line)),
            Some(quote @ ('"' | '\'')) => quoted(&rest[1..], quote, line)?,
            Some(_) => {
                let end = rest.find([',', ']']).ok_or(YamlError::Unclosed(line))?;
                (plain(rest[..end].trim_end(), line)?, &rest[end..])
            }
        };
        items.push(item);
        let tail = tail.trim_start();
        rest = match tail.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if tail.starts_with(']') => tail,
            None => return Err(YamlError::Unclosed(line)),
        };
    }
}

/// One plain or quoted value with perhaps a comment behind it.
fn scalar(text: &str, line: usize) -> Result<String, YamlError> {
    let text = text.trim();
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let (value, tail) = quoted(&text[1..], quote, line)?;
            end_of_value(tail, line).map(|()| value)
        }
        _ => plain(text.split(" #").next().unwrap_or_default().trim_end(), line),
    }
}

/// A value without quotes, as long as YAML would read it as the same text.
fn plain(text: &str, line: usize) -> Result<String, YamlError> {
    let special = text.starts_with(['[', ']', '{', '}', '&', '*', '!', '|', '>', '%', '@', '`'])
        || text.starts_with(['#', '"', '\''])
        || text.contains(": ")
        || text.ends_with(':');
    if special { Err(YamlError::NeedsQuotes(line)) } else { Ok(text.to_owned()) }
}

/// The value up to its closing quote, and what follows that.
fn quoted(text: &str, quote: char, line: usize) -> Result<(String, &str), YamlError> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if quote == '"' => match chars.next() {
                Some((_, c @ ('"' | '\\'))) => value.push(c),
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                _ => return Err(YamlError::Syntax(line)),
            },
            '\'' if quote == '\'' && text[at + 1..].starts_with('\'') => {
                chars.next();
                value.push('\'');
            }
            c if c == quote => return Ok((value, &text[at + 1..])),
            c => value.push(c),
        }
    }
    Err(YamlError::Unclosed(line))
}

/// Only white space and a comment may follow a value.
fn end_of_value(tail: &str, line: usize) -> Result<(), YamlError> {
    let tail = tail.trim();
    if tail.is_empty() || tail.starts_with('#') { Ok(()) } else { Err(YamlError::Syntax(line)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(text: &str) -> Vec<String> {
        parse(text).unwrap().command.unwrap()
    }

    #[test]
    fn a_string_goes_to_the_shell() {
        assert_eq!(ok("command: npm run dev  # fast\n"), ["sh", "-c", "npm run dev"]);
        assert_eq!(ok("---\n\ncommand: 'it''s # here'"), ["sh", "-c", "it's # here"]);
        assert_eq!(ok(r#"command: "echo \"a: b\"" # c"#), ["sh", "-c", r#"echo "a: b""#]);
    }

    #[test]
    fn both_kinds_of_list_are_argument_vectors() {
        assert_eq!(ok("command: [node, \"a, b.js\", 'x']"), ["node", "a, b.js", "x"]);
        assert_eq!(ok("command:\n  - node\n# why\n  - 'a b'\n"), ["node", "a b"]);
        assert_eq!(ok("command:\n- node\n"), ["node"]);
    }

    #[test]
    fn a_build_stands_beside_the_command_or_alone() {
        let both = parse("build:\n  - make\n  - all\ncommand: run\n").unwrap();
        assert_eq!(both.build.unwrap(), ["make", "all"]);
        assert_eq!(both.command.unwrap(), ["sh", "-c", "run"]);
        let alone = parse("build: [make]").unwrap();
        assert_eq!((alone.command, alone.build.unwrap()), (None, vec!["make".to_owned()]));
    }

    #[test]
    fn what_could_be_misread_is_refused_with_its_line() {
        use YamlError::*;
        let cases = [
            ("", Empty),
            ("command:", Empty),
            ("command: ''", Empty),
            ("command: []", Empty),
            ("\nport: 3", UnknownKey(2)),
            ("command: a\ncommand: b", Twice(2)),
            ("command: a\n  - b", Syntax(2)),
            ("command:\n  - a\nbuild: b\n  - c", Syntax(4)),
            ("command: a\nbuild:", Empty),
            ("build: a\nbuild: b", Twice(2)),
            (" command: a", Syntax(1)),
            ("command:a", Syntax(1)),
            ("run it", Syntax(1)),
            ("command: \"a", Unclosed(1)),
            ("command: [a, b", Unclosed(1)),
            ("command: [a 'b'", Unclosed(1)),
            ("command: &x a", NeedsQuotes(1)),
            ("command: |", NeedsQuotes(1)),
            ("command: a: b", NeedsQuotes(1)),
            ("command: 'a' b", Syntax(1)),
        ];
        for (text, error) in cases {
            assert_eq!(parse(text), Err(error), "{text:?}");
        }
        let many = format!("command: [{}]", vec!["a"; 65].join(","));
        assert_eq!(parse(&many), Err(TooMany));
    }
}
