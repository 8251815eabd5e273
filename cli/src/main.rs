//! `sandboxctl`: the command line of sandboxd.

use std::process::exit;

use clap::Parser;
use sandboxd_cli::{Cli, Environment, run};

fn main() {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let code = runtime
        .expect("invariant: a process may have threads")
        .block_on(run(cli, Environment::read()));
    // Not by returning: a thread that waits for standard input would be waited for.
    exit(i32::from(code));
}
