//! `sandboxctl completions` and `sandboxctl man`: from the definition of the commands.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::client::Failure;

/// Print what makes a shell complete commands, such as `source <(sandboxctl completions bash)`
#[derive(Debug, Args)]
pub(crate) struct Completions {
    shell: Shell,
}

/// Print the manual page, or write those of all commands into a folder
#[derive(Debug, Args)]
pub(crate) struct Man {
    folder: Option<PathBuf>,
}

impl Completions {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "sandboxctl", &mut script);
        io::stdout().write_all(&script).map_err(Failure::io("standard output"))
    }
}

impl Man {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut command = Cli::command();
        command.build();
        match self.folder {
            None => {
                let rendered = clap_mangen::Man::new(command).render(&mut io::stdout());
                rendered.map_err(Failure::io("standard output"))
            }
            Some(folder) => {
                write_all(&command, &folder).map_err(Failure::io(folder.display().to_string()))
            }
        }
    }
}

fn write_all(command: &Command, folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(command.clone(), folder)
}
