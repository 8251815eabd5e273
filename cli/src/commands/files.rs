//! `sandboxctl files`

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use reqwest::Method;

use crate::client::{Body, Failure, Route, Stream};
use crate::output::{bytes, confirm, text_of};
use crate::session::Session;

/// The most that a file may have to be written, as the API takes it.
const FILE_MAX: u64 = 25 << 20;
/// Standard input or output.
const DASH: &str = "-";

/// Files of a sandbox, whether it runs or is stopped; paths are from the app folder
#[derive(Debug, Args)]
#[command(alias = "file")]
pub(crate) struct Files {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List a folder
    #[command(alias = "list")]
    Ls {
        #[command(flatten)]
        which: Which,
        /// The folder; the app folder unless said
        path: Option<String>,
        /// With all that is below it
        #[arg(long, short)]
        recursive: bool,
    },
    /// Read a file: to standard output, or into a file of this machine
    #[command(alias = "cat")]
    Get {
        #[command(flatten)]
        which: Which,
        path: String,
        /// Where to put it; - is standard output
        #[arg(default_value = DASH)]
        to: PathBuf,
    },
    /// Write a file, from a file of this machine or from standard input (-)
    Put {
        #[command(flatten)]
        which: Which,
        /// What to put there
        from: PathBuf,
        /// Where; a path that ends in / is a folder
        path: String,
        /// Its mode in octal, such as 755
        #[arg(long)]
        mode: Option<String>,
    },
    /// Delete a file, or a folder with --recursive
    #[command(alias = "delete")]
    Rm {
        #[command(flatten)]
        which: Which,
        path: String,
        /// With all that is below it
        #[arg(long, short)]
        recursive: bool,
        /// Don't ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Download all files as a zip
    Export {
        #[command(flatten)]
        which: Which,
        /// Where to put it; - is standard output
        to: PathBuf,
    },
}

#[derive(Debug, Args)]
struct Which {
    /// The app's id or name, or its sandbox's id
    #[arg(value_name = "APP|SANDBOX")]
    sandbox: String,
}

impl Files {
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let client = &session.client;
        match self.verb {
            Verb::Ls { which, path, recursive } => list(session, &which, path, recursive).await,
            Verb::Get { which, path, to } => {
                let id = client.find_sandbox_id(&which.sandbox).await?;
                let route =
                    Route::v1(["sandboxes", &id, "files", "content"]).with("path", Some(path));
                save(client.download(&route).await?, &to).await
            }
            Verb::Put { which, from, path, mode } => {
                let path = target(&path, &from)?;
                let content = read(&from)?;
                let id = client.find_sandbox_id(&which.sandbox).await?;
                let route = Route::v1(["sandboxes", &id, "files", "content"])
                    .with("path", Some(path))
                    .with("mode", mode);
                let answer = client.send(Method::PUT, &route, Body::Bytes(content.into())).await?;
                session.out.show(&answer, |written| {
                    format!("{}  {}", bytes(written["size"].as_u64()), text_of(written, "path"))
                });
                Ok(())
            }
            Verb::Rm { which, path, recursive, yes } => {
                let id = client.find_sandbox_id(&which.sandbox).await?;
                if recursive {
                    confirm(&format!("delete {path} with all that is in it"), yes)?;
                }
                let route = Route::v1(["sandboxes", &id, "files"]).with("path", Some(path));
                let route = route.flag("recursive", recursive);
                client.send(Method::DELETE, &route, Body::None).await.map(|_| ())
            }
            Verb::Export { which, to } => {
                let id = client.find_sandbox_id(&which.sandbox).await?;
                let route = Route::v1(["sandboxes", &id, "export"]);
                save(client.download(&route).await?, &to).await
            }
        }
    }
}

async fn list(
    session: &Session,
    which: &Which,
    path: Option<String>,
    recursive: bool,
) -> Result<(), Failure> {
    let id = session.client.find_sandbox_id(&which.sandbox).await?;
    let route = Route::v1(["sandboxes", &id, "files"]).with("path", path);
    let answer = session.client.get(&route.flag("recursive", recursive)).await?;
    session.out.list(&answer, "entries", &["MODE", "SIZE", "MODIFIED", "PATH"], |entry| {
        let is_folder = entry["type"] == "directory";
        let path = text_of(entry, "path");
        vec![
            text_of(entry, "mode"),
            if is_folder { String::new() } else { bytes(entry["size"].as_u64()) },
            text_of(entry, "modified_at"),
            if is_folder { format!("{path}/") } else { path },
        ]
    });
    if answer.json()["truncated"] == true {
        session.out.note("there are more than 10,000; list a folder of it");
    }
    Ok(())
}

/// The path to write to: in a folder the file keeps its name.
fn target(path: &str, from: &Path) -> Result<String, Failure> {
    let Some(folder) = path.strip_suffix('/') else { return Ok(path.to_owned()) };
    let name = from.file_name().and_then(|name| name.to_str());
    let name = name.filter(|_| from.as_os_str() != DASH);
    let name = name.ok_or_else(|| Failure::Usage(format!("say the file's name in {path}")))?;
    Ok(if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") })
}

fn read(from: &Path) -> Result<Vec<u8>, Failure> {
    let mut content = Vec::new();
    let what = from.display().to_string();
    let read = if from.as_os_str() == DASH {
        io::stdin().lock().take(FILE_MAX + 1).read_to_end(&mut content)
    } else {
        fs::File::open(from).and_then(|file| file.take(FILE_MAX + 1).read_to_end(&mut content))
    };
    read.map_err(Failure::io(what.clone()))?;
    if content.len() as u64 > FILE_MAX {
        return Err(Failure::Usage(format!("{what} has more than 25 MiB")));
    }
    Ok(content)
}

/// Puts a download where it belongs; into a file whole or not at all.
async fn save(mut stream: Stream, to: &Path) -> Result<(), Failure> {
    if to.as_os_str() == DASH {
        let mut out = io::stdout();
        while let Some(piece) = stream.next().await? {
            out.write_all(&piece).map_err(Failure::io("standard output"))?;
        }
        return out.flush().map_err(Failure::io("standard output"));
    }
    let what = to.display().to_string();
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // As any new file: what the umask leaves.
    let mut file = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .map_err(Failure::io(what.clone()))?;
    while let Some(piece) = stream.next().await? {
        file.write_all(&piece).map_err(Failure::io(what.clone()))?;
    }
    file.persist(to).map_err(|error| Failure::Io { what, source: error.error })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_folder_a_file_keeps_its_name() {
        let to = |path: &str, from: &str| target(path, Path::new(from));
        assert_eq!(to("a/b.txt", "x/y.txt").unwrap(), "a/b.txt");
        assert_eq!(to("a/", "x/y.txt").unwrap(), "a/y.txt");
        assert_eq!(to("/", "y.txt").unwrap(), "y.txt");
        assert_eq!(to("a/", "-").unwrap_err().exit_code(), 2);
    }
}
