//! Server-sent events (WHATWG HTML, 9.2.6) from the bytes that they come in.

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sse {
    /// Its id: what to resume after.
    pub id: String,
    /// Its data.
    pub data: String,
}

/// The most that one event may have: the API's have less than 1 MiB.
const EVENT_MAX: usize = 8 << 20;

/// Cuts a stream of bytes into events. A character may be cut by the pieces that come.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    rest: Vec<u8>,
}

impl Parser {
    /// The events that are whole now. An error if one is too long.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<Vec<Sse>, &'static str> {
        self.rest.extend_from_slice(bytes);
        let mut events = Vec::new();
        while let Some(end) = self.rest.windows(2).position(|pair| pair == b"\n\n") {
            let block: Vec<u8> = self.rest.drain(..end + 2).collect();
            events.extend(parse(&String::from_utf8_lossy(&block)));
        }
        if self.rest.len() > EVENT_MAX {
            return Err("an event of the stream is too long");
        }
        Ok(events)
    }
}

/// None for a comment.
fn parse(block: &str) -> Option<Sse> {
    let mut event = Sse::default();
    let mut data: Vec<&str> = Vec::new();
    for line in block.lines() {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "id" => value.clone_into(&mut event.id),
            "data" => data.push(value),
            _ => {}
        }
    }
    event.data = data.join("\n");
    (!data.is_empty()).then_some(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_whole_however_they_come() {
        let stream = ": alive\n\nid: 7\nevent: message\ndata: {\"text\":\"Käse\"}\n\nid: 8\ndata: a\ndata: b\n\nid: 9\nda";
        for size in [1, 2, 3, 7, stream.len()] {
            let mut parser = Parser::default();
            let mut events = Vec::new();
            for piece in stream.as_bytes().chunks(size) {
                events.extend(parser.take(piece).unwrap());
            }
            let wanted = [("7", "{\"text\":\"Käse\"}"), ("8", "a\nb")];
            let found: Vec<_> =
                events.iter().map(|event| (event.id.as_str(), event.data.as_str())).collect();
            assert_eq!(found, wanted, "in pieces of {size}");
        }
    }

    #[test]
    fn an_event_without_end_is_refused() {
        let mut parser = Parser::default();
        assert!(parser.take(&vec![b'x'; EVENT_MAX + 1]).is_err());
    }
}
