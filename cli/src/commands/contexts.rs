//! `sandboxctl contexts`

use std::path::Path;

use clap::{Args, Subcommand};

use super::secret;
use crate::client::Failure;
use crate::output::{Output, Table};
use crate::settings::{Context, File, Given, parse_url};

/// Contexts: installations by name, with the tokens for them
#[derive(Debug, Args)]
#[command(alias = "context")]
pub(crate) struct Contexts {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List contexts; * is the current one
    #[command(alias = "ls")]
    List,
    /// Use a context from now on
    Use { name: String },
    /// Add or change a context: with --url and --token-file, or with a token that is kept in it. The
    /// first one becomes the current one
    Set {
        name: String,
        /// Ask for the token, or read it from standard input; it is kept in the file of contexts
        #[arg(long, conflicts_with = "token_file")]
        token_stdin: bool,
    },
    /// Forget a context
    #[command(alias = "rm")]
    Delete { name: String },
}

impl Contexts {
    pub(crate) fn run(
        self,
        out: &Output,
        config: Option<&Path>,
        given: &Given,
    ) -> Result<(), Failure> {
        let none = || Failure::Usage("there is no HOME; say where the file is: --config".into());
        let path = config.ok_or_else(none)?;
        let mut file = File::read(path)?;
        match self.verb {
            Verb::List => {
                list(out, &file);
                return Ok(());
            }
            Verb::Use { name } => {
                known(&file, &name)?;
                file.current = Some(name);
            }
            Verb::Set { name, token_stdin } => {
                change(file.contexts.entry(name.clone()).or_default(), given, token_stdin)?;
                file.current.get_or_insert(name);
            }
            Verb::Delete { name } => {
                known(&file, &name)?;
                file.contexts.remove(&name);
                file.current = file.current.filter(|current| *current != name);
            }
        }
        file.write(path)
    }
}

fn known(file: &File, name: &str) -> Result<(), Failure> {
    let missing = || Failure::Missing(format!("there is no context {name}"));
    file.contexts.get(name).map(|_| ()).ok_or_else(missing)
}

fn change(context: &mut Context, given: &Given, token_stdin: bool) -> Result<(), Failure> {
    match &given.url {
        Some(url) => {
            let to = parse_url(url)?;
            // A token is for the address that it was given with.
            if parse_url(&context.url).ok().is_none_or(|was| was != to) {
                *context = Context::default();
            }
            context.url.clone_from(url);
        }
        None if context.url.is_empty() => {
            return Err(Failure::Usage("say where it is: --url URL".into()));
        }
        None => {}
    }
    if token_stdin {
        let token = secret::read("token")?.trim().to_owned();
        if token.is_empty() {
            return Err(Failure::Usage("the token is empty".into()));
        }
        (context.token, context.token_file) = (Some(token), None);
    }
    if let Some(path) = &given.token_file {
        let path = std::path::absolute(path).map_err(Failure::io("the token's file"))?;
        (context.token, context.token_file) = (None, Some(path));
    }
    Ok(())
}

fn list(out: &Output, file: &File) {
    if out.json {
        // Without tokens.
        let contexts = file.contexts.iter().map(|(name, context)| {
            let is_current = file.current.as_ref() == Some(name);
            serde_json::json!({ "name": name, "url": context.url, "current": is_current })
        });
        let all: Vec<_> = contexts.collect();
        return out.raw(serde_json::json!({ "contexts": all }).to_string().as_bytes());
    }
    let mut table = Table::new(&["", "NAME", "TOKEN", "URL"]);
    for (name, context) in &file.contexts {
        let token = match (&context.token, &context.token_file) {
            (Some(_), _) => "here".to_owned(),
            (None, Some(path)) => path.display().to_string(),
            (None, None) => "none".to_owned(),
        };
        let sign = if file.current.as_ref() == Some(name) { "*" } else { "" };
        table.row(vec![sign.to_owned(), name.clone(), token, context.url.clone()]);
    }
    out.print(&table.to_string());
}
