//! The real supervisor, over its socket. All that comes back is the sandbox's word: bounded in size
//! and time, parsed, and never passed on as text.

use std::io;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use sandboxd_shared::app_config::Environment;
use sandboxd_shared::domain::AgentEnd;
use sandboxd_shared::ids::TaskId;
use sandboxd_shared::node::frames::{self, Frame};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use zeroize::Zeroizing;

use super::supervisor::{
    Begun, Order, Program, Refusal, Said, Saying, Supervisor, SupervisorError, is_known,
};
use crate::sandbox::{connect, request_with};

/// How long an answer line may take. A live capture may have the sandbox frozen meanwhile.
const ANSWER_LIMIT: Duration = Duration::from_secs(15);
/// The longest answer line, bytes.
const LINE_MAX: u64 = 64 * 1024;
/// The most words that a build command may have, and bytes in each.
const COMMAND_MAX: (usize, usize) = (64, 4096);

/// The real one.
#[derive(Debug, Clone, Copy, Default)]
pub struct SocketSupervisor;

#[async_trait]
impl Supervisor for SocketSupervisor {
    async fn start(&self, run_dir: &Path, order: &Order<'_>) -> Result<Begun, SupervisorError> {
        let arguments = json!({
            "op": "task.start",
            "id": order.id,
            "argv": order.argv,
            "timeout_ms": millis(order.timeout),
            "output_limit": order.output_limit,
        });
        let (_, answer) = ask::<Started>(run_dir, arguments, Some(order.env)).await?;
        Ok(if answer.started { Begun::Now } else { Begun::Before })
    }

    async fn follow(
        &self,
        run_dir: &Path,
        id: TaskId,
        offset: u64,
    ) -> Result<Saying, SupervisorError> {
        let arguments = json!({ "op": "task.follow", "id": id, "offset": offset });
        let (stream, _) = ask::<Value>(run_dir, arguments, None).await?;
        Ok(listen(stream, |end: AgentEnd| end))
    }

    async fn cancel(&self, run_dir: &Path, id: TaskId) -> Result<(), SupervisorError> {
        let arguments = json!({ "op": "task.cancel", "id": id, "reason": "cancelled" });
        ask::<Value>(run_dir, arguments, None).await.map(|_| ())
    }

    async fn build_command(&self, run_dir: &Path) -> Result<Option<Vec<String>>, SupervisorError> {
        let (_, answer) = ask::<Built>(run_dir, json!({ "op": "build_command" }), None).await?;
        let (words, bytes) = COMMAND_MAX;
        let fits = |command: &Vec<String>| {
            (1..=words).contains(&command.len()) && command.iter().all(|word| word.len() <= bytes)
        };
        match answer.command {
            Some(command) if !fits(&command) => {
                Err(SupervisorError::Unreadable("a build command out of bounds".into()))
            }
            command => Ok(command),
        }
    }

    async fn run(&self, run_dir: &Path, program: &Program<'_>) -> Result<Saying, SupervisorError> {
        let arguments = json!({
            "op": "exec",
            "argv": program.argv,
            "timeout_ms": millis(program.timeout),
        });
        let (stream, _) = ask::<Value>(run_dir, arguments, Some(program.env)).await?;
        Ok(listen(stream, |end: ProgramEnd| {
            let cause = if end.timed_out { "timeout" } else { "exited" };
            AgentEnd { code: end.code, signal: end.signal, cause: cause.to_owned() }
        }))
    }
}

#[derive(Deserialize)]
struct Started {
    started: bool,
}

#[derive(Deserialize)]
struct Built {
    command: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct ProgramEnd {
    code: Option<i64>,
    signal: Option<i64>,
    #[serde(default)]
    timed_out: bool,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    error: Option<Refused>,
}

#[derive(Deserialize)]
struct Refused {
    code: String,
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1)
}

/// Asks, and reads the answer line. The stream goes on with frames where the operation has some.
async fn ask<T: DeserializeOwned>(
    run_dir: &Path,
    arguments: Value,
    env: Option<&Environment>,
) -> Result<(BufReader<UnixStream>, T), SupervisorError> {
    let line = request(arguments, env);
    let exchange = async {
        let mut stream = BufReader::new(connect(run_dir).await?);
        stream.write_all(&line).await?;
        let mut answer = Vec::new();
        (&mut stream).take(LINE_MAX).read_until(b'\n', &mut answer).await?;
        match answer.last() {
            Some(b'\n') => Ok((stream, answer)),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    };
    let (stream, answer) = tokio::time::timeout(ANSWER_LIMIT, exchange)
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        .map_err(SupervisorError::NoAnswer)?;
    Ok((stream, read(&answer)?))
}

/// The request line.
fn request(mut arguments: Value, env: Option<&Environment>) -> Zeroizing<Vec<u8>> {
    arguments["v"] = 1.into();
    let all = arguments.to_string();
    let Some(env) = env else { return Zeroizing::new(format!("{all}\n").into_bytes()) };
    let open = all.strip_suffix('}').expect("invariant: arguments are an object");
    request_with(format!("{open},\"env\":").as_bytes(), env)
}

/// An answer line, or the payload of a last frame.
fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, SupervisorError> {
    let unreadable = |error: serde_json::Error| SupervisorError::Unreadable(error.into());
    let value: Value = serde_json::from_slice(text).map_err(unreadable)?;
    let answer = Answer::deserialize(&value).map_err(unreadable)?;
    match answer.error {
        Some(Refused { code }) => Err(SupervisorError::Refused(refusal(&code))),
        None => T::deserialize(value).map_err(unreadable),
    }
}

fn refusal(code: &str) -> Refusal {
    match code {
        "not_found" => Refusal::NotFound,
        "task_running" => Refusal::TaskRunning,
        "unknown_op" | "unsupported_version" => Refusal::Unsupported,
        "busy" => Refusal::Busy,
        "invalid_request" | "too_large" => Refusal::Invalid,
        _ => Refusal::Other,
    }
}

/// The frames as what they say. It ends after the last one, or with an error.
fn listen<T: DeserializeOwned + 'static>(
    stream: BufReader<UnixStream>,
    end: impl Fn(T) -> AgentEnd + Send + Clone + 'static,
) -> Saying {
    futures::stream::unfold(Some(stream), move |stream| {
        let end = end.clone();
        async move {
            let mut stream = stream?;
            let said = match frames::read(&mut stream).await {
                Ok(Some(frame)) => said(frame, &end),
                Ok(None) => Err(SupervisorError::NoAnswer(io::ErrorKind::UnexpectedEof.into())),
                Err(error) => Err(SupervisorError::NoAnswer(error)),
            };
            let more = matches!(said, Ok(Said::Output(_)));
            Some((said, more.then_some(stream)))
        }
    })
    .boxed()
}

fn said<T: DeserializeOwned>(
    frame: Frame,
    end: impl Fn(T) -> AgentEnd,
) -> Result<Said, SupervisorError> {
    match frame.kind {
        frames::OUT | frames::ERR => Ok(Said::Output(frame.payload)),
        frames::END => {
            let end = end(read(&frame.payload)?);
            if is_known(&end) {
                Ok(Said::End(end))
            } else {
                Err(SupervisorError::Unreadable("an end for no known cause".into()))
            }
        }
        _ => Err(SupervisorError::Unreadable("a frame of no known type".into())),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::UnixListener;

    use super::*;

    /// A supervisor that answers one request with these bytes.
    async fn answer_with(
        bytes: Vec<u8>,
    ) -> (tempfile::TempDir, tokio::task::JoinHandle<serde_json::Value>) {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("init.sock")).unwrap();
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            let mut request = String::new();
            stream.read_line(&mut request).await.unwrap();
            let _ = stream.write_all(&bytes).await;
            serde_json::from_str(&request).unwrap()
        });
        (folder, server)
    }

    fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&[kind][..], &length, payload].concat()
    }

    #[tokio::test]
    async fn an_order_is_one_line_with_its_environment() {
        let answer = b"{\"v\":1,\"ok\":true,\"pid\":7,\"started\":true}\n".to_vec();
        let (folder, server) = answer_with(answer).await;
        let env: Environment = [("K".to_owned(), "q\"\n".into())].into();
        let id = TaskId::generate();
        let order = Order {
            id,
            argv: &["sh".to_owned()],
            env: &env,
            timeout: Duration::from_secs(2),
            output_limit: 70_000,
        };
        assert_eq!(SocketSupervisor.start(folder.path(), &order).await.unwrap(), Begun::Now);
        let wanted = json!({
            "v": 1, "op": "task.start", "id": id, "argv": ["sh"], "timeout_ms": 2000,
            "output_limit": 70_000, "env": { "K": "q\"\n" },
        });
        assert_eq!(server.await.unwrap(), wanted);
    }

    #[tokio::test]
    async fn output_comes_in_order_and_then_the_end() {
        let end =
            br#"{"code":null,"signal":9,"cause":"exited","output_bytes":4,"dropped_bytes":0}"#;
        let answer = b"{\"v\":1,\"ok\":true,\"state\":\"running\",\"offset\":0}\n".to_vec();
        let bytes = [answer, frame(1, b"a\n"), frame(1, b"b\n"), frame(3, end)].concat();
        let (folder, _server) = answer_with(bytes).await;
        let heard = SocketSupervisor.follow(folder.path(), TaskId::generate(), 0).await.unwrap();
        let heard: Vec<Said> = heard.map(|said| said.unwrap()).collect().await;
        let end = AgentEnd { code: None, signal: Some(9), cause: "exited".to_owned() };
        let output = |text: &[u8]| Said::Output(text.to_vec());
        assert_eq!(heard, [output(b"a\n"), output(b"b\n"), Said::End(end)]);
    }

    #[tokio::test]
    async fn what_breaks_off_or_lies_is_no_end() {
        let answer = b"{\"v\":1,\"ok\":true}\n".to_vec();
        let lie = br#"{"code":0,"signal":null,"cause":"<script>"}"#;
        for (rest, unreadable) in [
            (frame(1, b"a"), false),
            (frame(3, lie), true),
            (frame(9, b""), true),
            (vec![1, 0xff, 0xff, 0xff, 0xff], false),
        ] {
            let (folder, _server) = answer_with([answer.clone(), rest].concat()).await;
            let heard = SocketSupervisor.follow(folder.path(), TaskId::generate(), 0).await;
            let heard: Vec<_> = heard.unwrap().collect().await;
            let last = heard.last().unwrap();
            assert_eq!(matches!(last, Err(SupervisorError::Unreadable(_))), unreadable);
            assert!(last.is_err());
        }
    }

    #[tokio::test]
    async fn refusals_are_told_apart() {
        for (code, wanted) in [
            ("unknown_op", Refusal::Unsupported),
            ("unsupported_version", Refusal::Unsupported),
            ("not_found", Refusal::NotFound),
            ("task_running", Refusal::TaskRunning),
            ("too_large", Refusal::Invalid),
            ("no_space", Refusal::Other),
        ] {
            let answer = format!("{{\"v\":1,\"ok\":false,\"error\":{{\"code\":\"{code}\"}}}}\n");
            let (folder, _server) = answer_with(answer.into_bytes()).await;
            let refused = SocketSupervisor.cancel(folder.path(), TaskId::generate()).await;
            assert!(matches!(refused, Err(SupervisorError::Refused(found)) if found == wanted));
        }
    }
}
