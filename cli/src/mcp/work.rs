//! Tools for working in a sandbox: programs and files.

use reqwest::Method;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::{tool, tool_router};
use serde_json::{Value, json};

use super::arguments::{DeleteFile, Exec, ListFiles, ReadFile, WriteFile};
use super::limits::{FILE_MAX, cut};
use super::{Told, Tools, told, why};
use crate::client::{Answer, Body, Failure, Route};

#[tool_router(router = work, vis = "pub(super)")]
impl Tools {
    #[tool(
        description = "Runs a line of shell in an app's sandbox, in the app folder, without input, and answers \
                       when it has ended with exit_code, stdout and stderr. The sandbox must run: start_sandbox.",
        annotations(
            title = "Run a command",
            destructive_hint = true,
            idempotent_hint = false,
            open_world_hint = true
        )
    )]
    async fn exec(&self, Parameters(wanted): Parameters<Exec>) -> Told {
        self.program(wanted).await.map_err(|failure| why(&failure))
    }

    #[tool(
        description = "Lists the files of an app's workspace. Works in a stopped sandbox, too.",
        annotations(title = "List files", read_only_hint = true, open_world_hint = false)
    )]
    async fn list_files(&self, Parameters(wanted): Parameters<ListFiles>) -> Told {
        told(self.files(wanted).await)
    }

    #[tool(
        description = "Reads a text file of an app's workspace, at most 256 KiB. Works in a stopped sandbox, too.",
        annotations(title = "Read a file", read_only_hint = true, open_world_hint = false)
    )]
    async fn read_file(&self, Parameters(wanted): Parameters<ReadFile>) -> Told {
        self.content(&wanted).await.map_err(|failure| why(&failure))
    }

    #[tool(
        description = "Writes a text file of an app's workspace; what was in it is replaced. Works in a stopped \
                       sandbox, too.",
        annotations(
            title = "Write a file",
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn write_file(&self, Parameters(wanted): Parameters<WriteFile>) -> Told {
        told(self.write(wanted).await)
    }

    #[tool(
        description = "Deletes a file of an app's workspace, or a folder with all that is in it.",
        annotations(
            title = "Delete a file",
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn delete_file(&self, Parameters(wanted): Parameters<DeleteFile>) -> Told {
        told(self.unlink(&wanted).await)
    }
}

impl Tools {
    async fn program(&self, wanted: Exec) -> Result<String, Failure> {
        let id = self.client.find_sandbox_id(&wanted.app).await?;
        let mut body = json!({ "cmd": wanted.command, "env": wanted.env });
        if let Some(cwd) = wanted.cwd {
            body["cwd"] = cwd.into();
        }
        if let Some(seconds) = wanted.timeout_seconds {
            body["timeout"] = format!("{seconds}s").into();
        }
        let limit = wanted.timeout_seconds.unwrap_or_default();
        let route = Route::v1(["sandboxes", &id, "exec"]);
        let mut ended = self.client.post_within(&route, body, limit).await?.json();
        for stream in ["stdout", "stderr"] {
            let said = ended[stream].as_str().map(cut);
            ended[stream] = said.map_or(Value::Null, Value::from);
        }
        Ok(ended.to_string())
    }

    async fn files(&self, wanted: ListFiles) -> Result<Answer, Failure> {
        let id = self.client.find_sandbox_id(&wanted.app).await?;
        let route = Route::v1(["sandboxes", &id, "files"]).with("path", wanted.path);
        self.client.get(&route.flag("recursive", wanted.recursive)).await
    }

    async fn content(&self, wanted: &ReadFile) -> Result<String, Failure> {
        let id = self.client.find_sandbox_id(&wanted.app).await?;
        let route =
            Route::v1(["sandboxes", &id, "files", "content"]).with("path", Some(&wanted.path));
        let mut stream = self.client.download(&route).await?;
        let mut content = Vec::new();
        while let Some(piece) = stream.next().await? {
            content.extend_from_slice(&piece);
            if content.len() > FILE_MAX {
                let message = "the file has more than 256 KiB; look at parts of it with exec";
                return Err(Failure::Failed(message.to_owned()));
            }
        }
        let no_text = |_| Failure::Failed("the file is no text; look at it with exec".into());
        String::from_utf8(content).map_err(no_text)
    }

    async fn write(&self, wanted: WriteFile) -> Result<Answer, Failure> {
        let id = self.client.find_sandbox_id(&wanted.app).await?;
        let route =
            Route::v1(["sandboxes", &id, "files", "content"]).with("path", Some(&wanted.path));
        self.client.send(Method::PUT, &route, Body::Bytes(wanted.content.into())).await
    }

    async fn unlink(&self, wanted: &DeleteFile) -> Result<Answer, Failure> {
        let id = self.client.find_sandbox_id(&wanted.app).await?;
        let route = Route::v1(["sandboxes", &id, "files"])
            .with("path", Some(&wanted.path))
            .flag("recursive", wanted.recursive);
        self.client.send(Method::DELETE, &route, Body::None).await
    }
}
