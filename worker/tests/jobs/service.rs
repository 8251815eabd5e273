//! Asking a worker's node service as the API does, and what a sandbox's user leaves behind.

use std::os::unix::fs::{MetadataExt, chown};
use std::path::PathBuf;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::node::NearSocket;
use sandboxd_worker::sandbox::OWNER as USER;
use serde_json::Value;
use tokio::net::UnixStream;

use crate::node::TestNode;
use crate::worker::TestWorker;

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The code of an error.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl TestNode {
    /// The answer of a worker's node service, its body still to come.
    pub(crate) async fn open(
        &self,
        worker: &TestWorker,
        method: &str,
        target: &str,
        body: Vec<u8>,
    ) -> Response<Incoming> {
        let socket = NearSocket::of_worker(&self.options.node_sockets(), &worker.name).unwrap();
        let stream = UnixStream::connect(socket.path()).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = Request::builder().method(method).uri(target).header("host", "node");
        sender.send_request(request.body(Full::new(Bytes::from(body))).unwrap()).await.unwrap()
    }

    pub(crate) async fn ask(
        &self,
        worker: &TestWorker,
        method: &str,
        target: &str,
        body: impl Into<Vec<u8>>,
    ) -> Reply {
        let (head, body) = self.open(worker, method, target, body.into()).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Reply { status: head.status.as_u16(), body }
    }

    /// The app folder of a sandbox that runs, owned by its user.
    pub(crate) async fn app_folder(&self, sandbox: SandboxId) -> PathBuf {
        let folder = self.upper(&self.generation(sandbox).await).join("app");
        if !folder.exists() {
            std::fs::create_dir(&folder).unwrap();
            chown(&folder, Some(USER.0), Some(USER.1)).unwrap();
        }
        assert_eq!(std::fs::metadata(&folder).unwrap().uid(), USER.0);
        folder
    }
}

/// The processes that serve files below a data directory.
pub(crate) fn sessions(node: &TestNode) -> Vec<i32> {
    let ours = |pid: &i32| {
        let Ok(line) = std::fs::read(format!("/proc/{pid}/cmdline")) else { return false };
        let Ok(open) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
        line.split(|byte| *byte == 0).nth(1) == Some(b"files")
            && open.flatten().any(|fd| {
                std::fs::read_link(fd.path()).is_ok_and(|target| target.starts_with(node.data()))
            })
    };
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(ours).collect()
}
