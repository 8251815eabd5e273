//! A body on its way into a sandbox, kept in a file without a name: it goes with the process.

use std::io::SeekFrom;
use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use futures::StreamExt;
use hyper::HeaderMap;
use hyper::header::CONTENT_LENGTH;
use sandboxd_shared::node::UPLOAD_MAX;
use sandboxd_shared::node::frames::FRAME_MAX;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::failure::NodeError;

/// How long the next piece of a body may take, and all of it.
const PIECE_LIMIT: Duration = Duration::from_secs(30);
const BODY_LIMIT: Duration = Duration::from_mins(10);

/// What was uploaded.
#[derive(Debug)]
pub(super) struct Upload {
    file: File,
    length: u64,
}

impl Upload {
    /// Takes a body in.
    pub(super) async fn receive(
        folder: &Path,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Self, NodeError> {
        let too_large = || NodeError::too_large("a file may have at most 25 MiB");
        let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        if announced
            .and_then(|text| text.parse().ok())
            .is_some_and(|length: u64| length > UPLOAD_MAX)
        {
            return Err(too_large());
        }
        let mut file = File::from_std(tempfile::tempfile_in(folder).map_err(NodeError::failed)?);
        let mut length = 0;
        let mut pieces = body.into_data_stream();
        let until = Instant::now() + BODY_LIMIT;
        loop {
            let late = || NodeError::field("body", "did not arrive in time");
            let next = timeout_at(until.min(Instant::now() + PIECE_LIMIT), pieces.next());
            let next = next.await.map_err(|_| late())?;
            let Some(piece) = next else { break };
            let piece = piece.map_err(|_| NodeError::field("body", "broke off"))?;
            length += u64::try_from(piece.len()).unwrap_or(u64::MAX);
            if length > UPLOAD_MAX {
                return Err(too_large());
            }
            file.write_all(&piece).await.map_err(NodeError::failed)?;
        }
        file.flush().await.map_err(NodeError::failed)?;
        file.seek(SeekFrom::Start(0)).await.map_err(NodeError::failed)?;
        Ok(Self { file, length })
    }

    /// In bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The next piece; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, NodeError> {
        let mut piece = vec![0; FRAME_MAX];
        let length = self.file.read(&mut piece).await.map_err(NodeError::failed)?;
        piece.truncate(length);
        Ok((length > 0).then_some(piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_is_kept_whole_and_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let bytes: Vec<u8> = (0..200_000u32).map(|n| n.to_le_bytes()[0]).collect();
        let body = Body::from(bytes.clone());
        let mut upload = Upload::receive(folder.path(), &HeaderMap::new(), body).await.unwrap();
        let mut read = Vec::new();
        while let Some(piece) = upload.next().await.unwrap() {
            read.extend(piece);
        }
        assert!(read == bytes);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn one_byte_too_many_is_refused_announced_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let most = usize::try_from(UPLOAD_MAX).unwrap();
        let receive = async |length: usize| {
            Upload::receive(folder.path(), &HeaderMap::new(), Body::from(vec![0; length])).await
        };
        assert!(receive(most).await.is_ok());
        assert!(matches!(receive(most + 1).await, Err(NodeError::TooLarge(_))));
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_LENGTH, (UPLOAD_MAX + 1).into());
        let announced = Upload::receive(folder.path(), &headers, Body::empty()).await;
        assert!(matches!(announced, Err(NodeError::TooLarge(_))));
    }
}
