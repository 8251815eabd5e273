//! An agent's output as rows: what it said so far, how far that is, and what is remembered for the
//! next bytes, whoever reads them.

use sandboxd_shared::domain::{Agent, OutputKind, Task};
use sandboxd_shared::store::tasks::Heard;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::lines::{Line, Lines};
use crate::agents::{Piece, Reader};

/// The most rows that an agent's output may have.
pub(super) const ROWS_MAX: u32 = 20_000;
/// The most bytes in all of them.
pub(super) const BYTES_MAX: u64 = 8 << 20;
/// The most bytes of plain text in a row.
const PLAIN_MAX: usize = 16 * 1024;
/// The most characters of what an agent says of its failure.
pub(super) const WORDS_MAX: usize = 2_000;
/// Bytes of last words that are gathered before they are cut to that.
const WORDS_SLACK: usize = 64 * 1024;
/// The most characters of what it says at its end.
const FINAL_MAX: usize = 64 * 1024;
/// The most characters that a session's name may have.
const SESSION_MAX: usize = 200;
/// The most bytes that what it tells of its use may have.
const USAGE_MAX: usize = 4 * 1024;
const CUT: &str = "[sandboxd: the rest of the output is left out]\n";

/// What is kept in the task's row between two writes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Memory {
    agent: Reader,
    rows: u32,
    bytes: u64,
    /// Whether it was said that no more is kept.
    full: bool,
    /// What the agent said of its failure.
    failed: Option<String>,
    /// The end of what it printed that was no message of its protocol.
    last_words: String,
}

/// An agent's output as it is heard.
#[derive(Debug)]
pub(super) struct Transcript {
    agent: Agent,
    memory: Memory,
    lines: Lines,
    /// Bytes of the supervisor's file that were read as lines.
    offset: u64,
    fresh: Fresh,
}

/// What isn't written down yet.
#[derive(Debug, Default)]
struct Fresh {
    /// Bytes that were read as lines.
    bytes: usize,
    rows: Vec<(OutputKind, Value)>,
    /// Plain text that may be joined by more.
    plain: String,
    session: Option<String>,
    final_message: Option<String>,
    usage: Option<Value>,
}

impl Transcript {
    /// Goes on where the task's row is.
    ///
    /// # Errors
    /// If what the row remembers is of another version.
    pub(super) fn resume(task: &Task) -> serde_json::Result<Self> {
        let memory = match &task.reader {
            Some(memory) => Memory::deserialize(memory)?,
            None => Memory::default(),
        };
        let offset = u64::try_from(task.output_offset).unwrap_or(0);
        Ok(Self {
            agent: task.agent,
            memory,
            lines: Lines::default(),
            offset,
            fresh: Fresh::default(),
        })
    }

    /// The byte of the supervisor's file that is to be heard next.
    pub(super) fn position(&self) -> u64 {
        self.offset + self.lines.waiting() as u64
    }

    /// Bytes that were read and aren't written down.
    pub(super) fn unwritten(&self) -> usize {
        self.fresh.bytes
    }

    /// What the agent itself said of its failure.
    pub(super) fn failure(&self) -> Option<&str> {
        self.memory.failed.as_deref()
    }

    /// The end of what it printed besides.
    pub(super) fn last_words(&self) -> &str {
        self.memory.last_words.trim()
    }

    /// Hears more.
    pub(super) fn hear(&mut self, bytes: &[u8]) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.push(bytes, |line| self.line(line));
        self.lines = lines;
    }

    /// Nothing more will come.
    pub(super) fn finish(&mut self) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.finish(|line| self.line(line));
        for piece in self.memory.agent.finish(self.agent) {
            self.piece(piece);
        }
    }

    /// What is to be written down, all of it in one transaction.
    pub(super) fn take(&mut self) -> (Vec<(OutputKind, Value)>, Heard) {
        self.end_plain();
        self.memory.last_words = end(&self.memory.last_words, WORDS_MAX);
        let Fresh { rows, session, final_message, usage, .. } = std::mem::take(&mut self.fresh);
        let heard = Heard {
            offset: i64::try_from(self.offset).unwrap_or(i64::MAX),
            reader: serde_json::to_value(&self.memory)
                .expect("invariant: what is remembered is representable as JSON"),
            session,
            final_message,
            usage,
        };
        (rows, heard)
    }

    fn line(&mut self, line: Line<'_>) {
        self.offset += line.taken() as u64;
        self.fresh.bytes += line.taken();
        for piece in self.memory.agent.line(self.agent, line.bytes) {
            match piece {
                // As it came, with its newline: in the rows no byte is missing.
                Piece::Event { kind: OutputKind::Message, data } if data["raw"] == true => {
                    self.plain(&String::from_utf8_lossy(line.bytes));
                    self.plain(if line.ended { "\n" } else { "" });
                }
                piece => self.piece(piece),
            }
        }
    }

    fn piece(&mut self, piece: Piece) {
        match piece {
            Piece::Event { kind, data } => {
                self.end_plain();
                self.row(kind, data);
            }
            Piece::Session(name) if is_session(&name) => self.fresh.session = Some(name),
            Piece::FinalMessage(text) => self.fresh.final_message = Some(start(&text, FINAL_MAX)),
            Piece::Usage(usage) if usage.to_string().len() <= USAGE_MAX => {
                self.fresh.usage = Some(usage);
            }
            Piece::Session(_) | Piece::Usage(_) => {}
            Piece::Failed(text) => self.memory.failed = Some(start(&text, WORDS_MAX)),
        }
    }

    /// Joins plain text as far as a row may have it. All of it is in the rows, newlines too.
    fn plain(&mut self, mut text: &str) {
        self.remember(text);
        while !text.is_empty() {
            let room = PLAIN_MAX - self.fresh.plain.len();
            let (fits, rest) = text.split_at(text.floor_char_boundary(room));
            self.fresh.plain.push_str(fits);
            if !rest.is_empty() {
                self.end_plain();
            }
            text = rest;
        }
    }

    fn remember(&mut self, text: &str) {
        let words = &mut self.memory.last_words;
        words.push_str(text);
        if words.len() > WORDS_SLACK {
            *words = end(words, WORDS_MAX);
        }
    }

    fn end_plain(&mut self) {
        if !self.fresh.plain.is_empty() {
            let text = std::mem::take(&mut self.fresh.plain);
            self.row(OutputKind::Message, json!({ "text": text, "raw": true }));
        }
    }

    fn row(&mut self, kind: OutputKind, data: Value) {
        if self.memory.full {
            return;
        }
        let size = data.to_string().len() as u64;
        if self.memory.rows >= ROWS_MAX || self.memory.bytes + size > BYTES_MAX {
            self.memory.full = true;
            let cut = json!({ "text": CUT, "raw": true, "truncated": true });
            self.fresh.rows.push((OutputKind::Message, cut));
            return;
        }
        self.memory.rows += 1;
        self.memory.bytes += size;
        self.fresh.rows.push((kind, data));
    }
}

/// It becomes an argument of the same agent's next run.
fn is_session(name: &str) -> bool {
    (1..=SESSION_MAX).contains(&name.chars().count())
        && !name.starts_with('-')
        && name.chars().all(|c| !c.is_control())
}

/// The first characters of a text.
fn start(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}

/// The last characters of a text.
pub(super) fn end(text: &str, limit: usize) -> String {
    let skipped = text.chars().count().saturating_sub(limit);
    text.chars().skip(skipped).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use sandboxd_shared::clock::Timestamp;
    use sandboxd_shared::domain::TaskStatus;
    use sandboxd_shared::ids::{AppId, OperationId, SandboxId, TaskId};

    use super::*;

    pub(in crate::tasks) fn task() -> Task {
        Task {
            id: TaskId::generate(),
            owner: "o".to_owned(),
            sandbox_id: SandboxId::generate(),
            app_id: AppId::generate(),
            operation_id: OperationId::generate(),
            agent: Agent::Command,
            model: None,
            prompt: "p".to_owned(),
            command: None,
            continue_task_id: None,
            timeout_ms: 1,
            checkpoint: false,
            status: TaskStatus::Running,
            failure_reason: None,
            error_message: None,
            files_changed: None,
            agent_message_final: None,
            build_ok: None,
            build_error_message: None,
            preview_status_after: None,
            checkpoint_before: None,
            checkpoint_after: None,
            usage: None,
            duration_ms: None,
            created_at: Timestamp(0),
            started_at: None,
            finished_at: None,
            session: None,
            handed_over_to: None,
            begun: false,
            ends_by: None,
            ended: None,
            output_offset: 0,
            reader: None,
        }
    }

    fn text(rows: &[(OutputKind, Value)]) -> String {
        rows.iter().map(|(_, data)| data["text"].as_str().unwrap()).collect()
    }

    /// Hears `bytes` by workers that die: each is given some, and writes down what it has.
    fn takeovers(bytes: &[u8], mut step: impl FnMut() -> (usize, bool)) -> (Task, String) {
        let mut task = task();
        let mut said = String::new();
        loop {
            let mut transcript = Transcript::resume(&task).unwrap();
            let mut from = usize::try_from(transcript.position()).unwrap();
            loop {
                let (length, dies) = step();
                let piece = &bytes[from..(from + length).min(bytes.len())];
                transcript.hear(piece);
                from += piece.len();
                assert_eq!(transcript.position(), from as u64);
                if from == bytes.len() {
                    transcript.finish();
                }
                if dies {
                    break;
                }
                let (rows, heard) = transcript.take();
                said += &text(&rows);
                (task.output_offset, task.reader) = (heard.offset, Some(heard.reader));
                if from == bytes.len() {
                    return (task, said);
                }
            }
        }
    }

    #[test]
    fn every_byte_is_told_once_whatever_dies() {
        let mut state = 0x5EED_u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap()
        };
        for _ in 0..200 {
            let lines = 1 + random() % 40;
            let all: String =
                (0..lines).map(|n| format!("{n}{}\n", "\u{e4}b".repeat(random() % 300))).collect();
            let all = if random() % 2 == 0 { all } else { all.trim_end().to_owned() };
            let (task, said) =
                takeovers(all.as_bytes(), || (1 + random() % 900, random() % 4 == 0));
            assert_eq!(said, all);
            assert_eq!(task.output_offset, i64::try_from(all.len()).unwrap());
        }
    }

    #[test]
    fn tiny_lines_become_few_rows() {
        let mut transcript = Transcript::resume(&task()).unwrap();
        let bytes = b"x\n".repeat(1_000_000);
        let (mut rows, mut said) = (0, 0);
        for piece in bytes.chunks(64 * 1024) {
            transcript.hear(piece);
            let (fresh, heard) = transcript.take();
            rows += fresh.len();
            said += text(&fresh).len();
            assert!(heard.reader.to_string().len() < 10_000);
        }
        assert_eq!(said, bytes.len());
        assert!(rows < 200, "{rows}");
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_end_is_still_heard() {
        let mut transcript = Transcript::resume(&task()).unwrap();
        let mut rows = Vec::new();
        for _ in 0..200 {
            transcript.hear(&[b'x'; 64 * 1024]);
            rows.extend(transcript.take().0);
        }
        transcript.hear(b"\nthe end");
        transcript.finish();
        rows.extend(transcript.take().0);
        let size: usize = rows.iter().map(|(_, data)| data.to_string().len()).sum();
        assert!(size < (8 << 20) + 1000, "{size}");
        let cuts = rows.iter().filter(|(_, data)| data["truncated"] == true).count();
        assert_eq!((cuts, rows.last().unwrap().1["truncated"] == true), (1, true));
        assert!(transcript.last_words().ends_with("the end"));
        assert_eq!(transcript.position(), 200 * 64 * 1024 + 8);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        let mut transcript = Transcript::resume(&task()).unwrap();
        transcript.hear(b"a\xff\0b\n");
        assert_eq!(text(&transcript.take().0), "a\u{fffd}\0b\n");
    }

    #[test]
    fn a_session_is_a_plain_name() {
        assert!(is_session("ses_1") && is_session("01J-x"));
        assert!(!is_session("") && !is_session("-x") && !is_session("a\nb"));
        assert!(!is_session(&"x".repeat(201)));
    }
}
