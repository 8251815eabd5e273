//! `environment`: what PID 1 is asked, and what it answers.

use std::time::Duration;

use sandboxd_shared::app_config::Environment;
use secrecy::ExposeSecret;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::InitError;

/// How long taking an environment may take: less than operations wait for a sandbox's lock.
pub(super) const LIMIT: Duration = Duration::from_millis(1500);

/// What PID 1 did with an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetEnvironment {
    /// It is another one than before.
    Changed,
    /// It is the one that was there.
    Same,
    /// This PID 1 is too old to know what that is.
    Unsupported,
}

#[derive(Deserialize)]
struct EnvironmentAnswer {
    ok: bool,
    #[serde(default)]
    changed: bool,
    error: Option<Refused>,
}

#[derive(Deserialize)]
struct Refused {
    code: String,
}

pub(super) fn request(values: &Environment) -> Zeroizing<Vec<u8>> {
    request_with(b"{\"v\":1,\"op\":\"environment\",\"values\":", values)
}

/// A request line that ends with values. Made at once in its full size, and wiped: growing would
/// leave copies of the values behind.
pub(crate) fn request_with(head: &[u8], values: &Environment) -> Zeroizing<Vec<u8>> {
    let longest = |text: &str| 6 * text.len() + 6;
    let size: usize =
        values.iter().map(|(name, value)| longest(name) + longest(value.expose_secret())).sum();
    let mut line = Zeroizing::new(Vec::with_capacity(head.len() + 24 + size));
    line.extend_from_slice(head);
    line.push(b'{');
    for (index, (name, value)) in values.iter().enumerate() {
        if index > 0 {
            line.push(b',');
        }
        for (text, after) in [(name.as_str(), &b":"[..]), (value.expose_secret(), &b""[..])] {
            serde_json::to_writer(&mut *line, text)
                .expect("invariant: a text is representable as JSON, and a Vec takes it");
            line.extend_from_slice(after);
        }
    }
    line.extend_from_slice(b"}}\n");
    line
}

pub(super) fn read_answer(line: &[u8]) -> Result<SetEnvironment, InitError> {
    let answer: EnvironmentAnswer =
        serde_json::from_slice(line).map_err(|error| InitError::Unreadable(error.into()))?;
    match answer.error.map(|error| error.code).as_deref() {
        None if answer.ok && answer.changed => Ok(SetEnvironment::Changed),
        None if answer.ok => Ok(SetEnvironment::Same),
        // One that is older still doesn't take so long a line for a question of any kind.
        Some("unknown_op" | "too_large") => Ok(SetEnvironment::Unsupported),
        code => Err(InitError::Refused { busy: code == Some("busy") }),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::UnixListener;

    use super::*;
    use crate::sandbox::{Init, SocketInit};

    fn environment(values: &[(&str, &str)]) -> Environment {
        values.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect()
    }

    #[tokio::test]
    async fn an_environment_is_one_line_of_json() {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("init.sock")).unwrap();
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            let mut request = String::new();
            stream.read_line(&mut request).await.unwrap();
            stream.write_all(b"{\"v\":1,\"ok\":true,\"changed\":true}\n").await.unwrap();
            request
        });
        let values = environment(&[("A", "1"), ("b.c", "q\"\\ \n\u{1}\u{e9}")]);
        let answer = SocketInit.set_environment(folder.path(), &values).await.unwrap();
        assert_eq!(answer, SetEnvironment::Changed);
        let request: serde_json::Value = serde_json::from_str(&server.await.unwrap()).unwrap();
        let wanted = serde_json::json!({
            "v": 1, "op": "environment", "values": { "A": "1", "b.c": "q\"\\ \n\u{1}\u{e9}" }
        });
        assert_eq!(request, wanted);
    }

    #[test]
    fn the_longest_environment_fits_into_a_request_and_is_never_copied() {
        let name = |number: usize| format!("{number:0>256}").replacen('0', "K", 1);
        // As JSON text 512 KiB: 8 values of 64 KiB with their quotes, or many short ones.
        let wide: Environment =
            (0..8).map(|n| (name(n), "x".repeat((64 << 10) - 2).into())).collect();
        let many: Environment = (0..200).map(|n| (name(n), "\n".repeat(1309).into())).collect();
        let controls: Environment = [("K".to_owned(), "\u{1}".repeat(64 << 10).into())].into();
        for values in [wide, many, controls, Environment::new()] {
            let request = request(&values);
            assert!(request.len() <= 1 << 20, "{}", request.len());
            let size: usize =
                values.iter().map(|(k, v)| 6 * (k.len() + v.expose_secret().len()) + 12).sum();
            assert!(request.len() <= size + 64, "it did not grow");
        }
    }

    #[test]
    fn an_old_or_busy_pid_1_is_told_from_one_that_took_it() {
        let read = |line: &str| read_answer(line.as_bytes());
        let old = r#"{"v":1,"ok":false,"error":{"code":"unknown_op","message":"known are …"}}"#;
        assert_eq!(read(old).unwrap(), SetEnvironment::Unsupported);
        assert_eq!(read(r#"{"v":1,"ok":true,"changed":false}"#).unwrap(), SetEnvironment::Same);
        let busy = r#"{"v":1,"ok":false,"error":{"code":"busy","message":"later"}}"#;
        assert!(matches!(read(busy), Err(InitError::Refused { busy: true })));
        assert!(matches!(read(r#"{"v":1,"ok":false}"#), Err(InitError::Refused { busy: false })));
        assert!(matches!(read("x"), Err(InitError::Unreadable(_))));
    }
}
