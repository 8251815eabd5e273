//! The command line as a whole: what all commands take, which there are, and how the process ends.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};

use crate::client::{Client, Failure, is_loopback};
use crate::commands::{
    agents, apps, config, contexts, doctor, events, exec, files, operations, queues, quotas,
    sandboxes, shell, snapshots, tasks, webhooks, workers,
};
use crate::mcp;
use crate::output::Output;
use crate::session::Session;
use crate::settings::{Environment, File, Given, resolve};

const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 it failed; 2 wrong usage or value; 3 the API can't be reached; 4 no valid token;
5 no such thing; 6 the state forbids it or something is in the way; 7 no room or too often, try later;
130 interrupted. `exec` passes on its program's, and has 125 for failures of its own.

The token is read from SANDBOXCTL_TOKEN, a file (--token-file) or a context, never from an argument.";

/// Works with sandboxd: apps, their sandboxes, tasks of agents, snapshots
#[derive(Debug, Parser)]
#[command(name = "sandboxctl", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Global {
    /// The context to use instead of the current one [env: SANDBOXCTL_CONTEXT]
    #[arg(long, global = true, value_name = "NAME")]
    context: Option<String>,
    /// The API's address; http://127.0.0.1:9090 unless a context says otherwise [env: SANDBOXCTL_URL]
    #[arg(long, global = true)]
    url: Option<String>,
    /// A file that has the token [env: SANDBOXCTL_TOKEN_FILE]
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The file of contexts; ~/.config/sandboxctl/config.toml unless said [env: SANDBOXCTL_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print the API's JSON, unmodified
    #[arg(long, global = true)]
    json: bool,
    /// Print no progress and no notes
    #[arg(long, short, global = true)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Apps(apps::Apps),
    Sandboxes(sandboxes::Sandboxes),
    Tasks(tasks::Tasks),
    Snapshots(snapshots::Snapshots),
    Events(events::Events),
    Exec(exec::Exec),
    Terminal(exec::Terminal),
    Files(files::Files),
    Config(config::Config),
    Operations(operations::Operations),
    Agents(agents::Agents),
    Workers(workers::Workers),
    Queues(queues::Queues),
    Quotas(quotas::Quotas),
    Webhooks(webhooks::Webhooks),
    Doctor(doctor::Doctor),
    Contexts(contexts::Contexts),
    Mcp(mcp::Mcp),
    Completions(shell::Completions),
    Man(shell::Man),
}

/// Runs a command. Gives the exit code of the process, when all is said.
pub async fn run(cli: Cli, environment: Environment) -> u8 {
    let is_exec = matches!(cli.command, Command::Exec(_));
    let Err(failure) = carry_out(cli, &environment).await else { return 0 };
    if !matches!(failure, Failure::Exit(_)) {
        eprintln!("error: {}", crate::output::clean_block(&failure.to_string()));
        if let Some(hint) = failure.hint() {
            eprintln!("hint: {}", crate::output::clean_block(&hint));
        }
    }
    match failure {
        Failure::Exit(_) | Failure::Interrupted(_) => failure.exit_code(),
        _ if is_exec => crate::client::exit::EXEC,
        failure => failure.exit_code(),
    }
}

async fn carry_out(cli: Cli, environment: &Environment) -> Result<(), Failure> {
    let Cli { global, command } = cli;
    let config = global.config.clone().or_else(|| environment.config.clone());
    let given = Given { context: global.context, url: global.url, token_file: global.token_file };
    let out = Output { json: global.json, quiet: global.quiet, now: jiff::Timestamp::now() };
    match command {
        Command::Completions(command) => return command.run(),
        Command::Man(command) => return command.run(),
        Command::Contexts(command) => return command.run(&out, config.as_deref(), &given),
        _ => {}
    }
    let session = session(&given, environment, config.as_deref(), out)?;
    Box::pin(with(command, &session)).await
}

async fn with(command: Command, session: &Session) -> Result<(), Failure> {
    match command {
        Command::Apps(command) => command.run(session).await,
        Command::Sandboxes(command) => command.run(session).await,
        Command::Tasks(command) => command.run(session).await,
        Command::Snapshots(command) => command.run(session).await,
        Command::Events(command) => command.run(session).await,
        Command::Exec(command) => command.run(session).await,
        Command::Terminal(command) => command.run(session).await,
        Command::Files(command) => command.run(session).await,
        Command::Config(command) => command.run(session).await,
        Command::Operations(command) => command.run(session).await,
        Command::Agents(command) => command.run(session).await,
        Command::Workers(command) => command.run(session).await,
        Command::Queues(command) => command.run(session).await,
        Command::Quotas(command) => command.run(session).await,
        Command::Webhooks(command) => command.run(session).await,
        Command::Doctor(command) => command.run(session).await,
        Command::Mcp(command) => command.run(session).await,
        Command::Completions(_) | Command::Man(_) | Command::Contexts(_) => Ok(()),
    }
}

fn session(
    given: &Given,
    environment: &Environment,
    config: Option<&Path>,
    out: Output,
) -> Result<Session, Failure> {
    let file = config.map_or_else(|| Ok(File::default()), File::read)?;
    if let Some(path) = config.filter(|path| File::is_open(path)) {
        out.note(&format!("warning: others may read {}; chmod 600 it", path.display()));
    }
    let to = resolve(given, environment, &file)?;
    if to.token.is_some() && to.url.scheme() == "http" && !is_loopback(&to.url) {
        out.note("warning: the token is sent unencrypted; use https beyond this machine");
    }
    Ok(Session { client: Client::new(to)?, out })
}
