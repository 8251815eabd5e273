//! Running a command in a container and keeping a bounded part of what it says.

use std::time::Duration;

use bollard::container::LogOutput;
use bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};
use futures::stream::{Stream, StreamExt};

use super::body::USER;
use super::client::{DockerRuntime, within};
use super::failure;
use crate::runtime::{ContainerName, ExecOutput, Result, RuntimeError, check};

/// The output can end a little before the engine notes the exit code.
const EXIT_POLL: Duration = Duration::from_millis(10);

impl DockerRuntime {
    pub(super) async fn run_in(
        &self,
        name: &ContainerName,
        argv: &[String],
        timeout: Duration,
    ) -> Result<ExecOutput> {
        check::argv(argv)?;
        let operation = format!("exec in {name}");
        if self.owned(name).await?.is_none() {
            return Err(RuntimeError::not_found(operation, "no container"));
        }
        within(&operation, timeout, async {
            let options = CreateExecOptions {
                attach_stdout: Some(true),
                attach_stderr: Some(true),
                user: Some(USER.to_owned()),
                cmd: Some(argv.to_vec()),
                ..CreateExecOptions::default()
            };
            let call = self.client()?.create_exec(name.as_str(), options);
            let exec = self.call(&operation, timeout, call).await?;
            let start = self.client()?.start_exec(&exec.id, None::<StartExecOptions>);
            let started = self.call(&operation, timeout, start).await?;
            let StartExecResults::Attached { output, input: _input } = started else {
                return Err(RuntimeError::conflict(operation.as_str(), "it was detached"));
            };
            let (output, truncated) = collect(&operation, timeout, output).await?;
            let code = self.exec_code(&operation, &exec.id).await?;
            Ok(ExecOutput { code, output, truncated })
        })
        .await
    }

    /// Ends when the caller's time does, at the latest.
    async fn exec_code(&self, operation: &str, id: &str) -> Result<i64> {
        loop {
            let call = self.client()?.inspect_exec(id);
            let exec = self.call(operation, self.config.call_limits.look_up, call).await?;
            match exec.exit_code {
                Some(code) if exec.running != Some(true) => return Ok(code),
                _ => tokio::time::sleep(EXIT_POLL).await,
            }
        }
    }
}

/// Reads a stream to its end and keeps the first [`ExecOutput::MAX_BYTES`]. Reading on is what
/// lets the writer end.
pub(super) async fn collect(
    operation: &str,
    limit: Duration,
    mut output: impl Stream<Item = Result<LogOutput, bollard::errors::Error>> + Unpin,
) -> Result<(Vec<u8>, bool)> {
    let mut kept = Vec::new();
    let mut truncated = false;
    while let Some(chunk) = output.next().await {
        let chunk = chunk.map_err(|error| failure::translate(operation, error, limit))?;
        let bytes = chunk.into_bytes();
        let room = ExecOutput::MAX_BYTES - kept.len();
        kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        truncated |= bytes.len() > room;
    }
    Ok((kept, truncated))
}
