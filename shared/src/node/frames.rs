//! Frames: 1 byte that says what it is, 4 bytes of length (big-endian), and the payload. The other
//! end may be a sandbox, so a length is believed up to [`FRAME_MAX`] only.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The longest payload, in bytes.
pub const FRAME_MAX: usize = 64 * 1024;

/// To the program: its input; an empty one is the end of it.
pub const STDIN: u8 = 0;
/// From the program or the file: bytes.
pub const OUT: u8 = 1;
/// From the program: what it says on standard error.
pub const ERR: u8 = 2;
/// The last frame: how it ended, as JSON.
pub const END: u8 = 3;
/// To the program: the size of its terminal, as JSON.
pub const RESIZE: u8 = 4;

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub kind: u8,
    /// At most [`FRAME_MAX`] bytes.
    pub payload: Vec<u8>,
}

/// Reads a frame; none if the stream ended before one. Not to be dropped half-way.
///
/// # Errors
/// I/O; `InvalidData` for one that is too long, `UnexpectedEof` for half a one.
pub async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Frame>> {
    let kind = match stream.read_u8().await {
        Ok(kind) => kind,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    };
    let length = usize::try_from(stream.read_u32().await?).unwrap_or(usize::MAX);
    if length > FRAME_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame is too long"));
    }
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).await?;
    Ok(Some(Frame { kind, payload }))
}

/// Writes bytes as frames of one kind; none at all as one empty frame.
///
/// # Errors
/// I/O.
pub async fn write(
    stream: &mut (impl AsyncWrite + Unpin),
    kind: u8,
    bytes: &[u8],
) -> io::Result<()> {
    if bytes.is_empty() {
        stream.write_all(&[kind, 0, 0, 0, 0]).await?;
    }
    for payload in bytes.chunks(FRAME_MAX) {
        let length = u32::try_from(payload.len()).expect("invariant: FRAME_MAX fits");
        let mut head = [kind, 0, 0, 0, 0];
        head[1..].copy_from_slice(&length.to_be_bytes());
        stream.write_all(&head).await?;
        stream.write_all(payload).await?;
    }
    stream.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_written_is_read() {
        let long = vec![7; FRAME_MAX + 1];
        let mut bytes = Vec::new();
        write(&mut bytes, OUT, &long).await.unwrap();
        write(&mut bytes, STDIN, b"").await.unwrap();
        let mut stream = &bytes[..];
        let first = read(&mut stream).await.unwrap().unwrap();
        assert_eq!((first.kind, first.payload.len()), (OUT, FRAME_MAX));
        assert_eq!(read(&mut stream).await.unwrap().unwrap().payload, [7]);
        let empty = read(&mut stream).await.unwrap().unwrap();
        assert_eq!(empty, Frame { kind: STDIN, payload: Vec::new() });
        assert_eq!(read(&mut stream).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_length_is_not_believed_and_half_a_frame_is_none() {
        let lie = [OUT, 0xff, 0xff, 0xff, 0xff, 1];
        let error = read(&mut &lie[..]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        for half in [&[OUT, 0, 0][..], &[OUT, 0, 0, 0, 2, 1]] {
            let error = read(&mut &half[..]).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{half:?}");
        }
    }
}
