//! What is left in the run directory of a task whose container is gone. The sandbox owns that
//! directory and can have put anything there: only regular files beneath it are read, bounded, and
//! no link is followed.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags};
use sandboxd_shared::domain::AgentEnd;
use sandboxd_shared::ids::TaskId;

use super::supervisor::is_known;

/// The most of a result that is read, bytes.
const RESULT_MAX: u64 = 4096;

/// What a task has left.
#[derive(Debug, Default)]
pub(super) struct Leftover {
    /// Its output from the byte on that was asked for.
    pub(super) output: Vec<u8>,
    /// How it ended, if it had ended before its container did.
    pub(super) end: Option<AgentEnd>,
}

/// Reads what there is. Nothing, if something else stands there.
pub(super) async fn read(run_dir: PathBuf, id: TaskId, from: u64, limit: u64) -> Leftover {
    let read = move || {
        let output = read_file(&run_dir, &format!("tasks/{id}/output"), from, limit);
        let result = read_file(&run_dir, &format!("tasks/{id}/result.json"), 0, RESULT_MAX);
        let end = result.ok().and_then(|text| serde_json::from_slice(&text).ok()).filter(is_known);
        Leftover { output: output.unwrap_or_default(), end }
    };
    tokio::task::spawn_blocking(read).await.unwrap_or_default()
}

fn read_file(run_dir: &Path, name: &str, from: u64, limit: u64) -> io::Result<Vec<u8>> {
    let folder_flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::openat(CWD, run_dir, folder_flags, Mode::empty())?;
    // A FIFO would be waited for.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
    let file = rustix::fs::openat2(&folder, name, flags, Mode::empty(), beneath)?;
    if FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) != FileType::RegularFile {
        return Err(io::Error::other("not a regular file"));
    }
    let mut file = File::from(file);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[tokio::test]
    async fn what_was_left_is_read_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (run, id) = (folder.path().join("run"), TaskId::generate());
        let task = run.join(format!("tasks/{id}"));
        std::fs::create_dir_all(&task).unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "host").unwrap();
        let left = read(run.clone(), id, 0, 100).await;
        assert_eq!((left.output.len(), left.end.is_none()), (0, true));

        std::fs::write(task.join("output"), "one two").unwrap();
        let end = r#"{"code":3,"signal":null,"cause":"exited","output_bytes":7}"#;
        std::fs::write(task.join("result.json"), end).unwrap();
        let left = read(run.clone(), id, 4, 2).await;
        assert_eq!((&left.output[..], left.end.unwrap().code), (&b"tw"[..], Some(3)));

        std::fs::remove_file(task.join("output")).unwrap();
        symlink(&secret, task.join("output")).unwrap();
        assert!(read(run.clone(), id, 0, 100).await.output.is_empty());
        std::fs::remove_file(task.join("output")).unwrap();
        rustix::fs::mknodat(
            CWD,
            task.join("output"),
            FileType::Fifo,
            Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        assert!(read(run.clone(), id, 0, 100).await.output.is_empty());
        std::fs::remove_dir_all(&task).unwrap();
        symlink(folder.path(), &task).unwrap();
        std::fs::write(folder.path().join("output"), "host").unwrap();
        assert!(read(run, id, 0, 100).await.output.is_empty());
    }
}
