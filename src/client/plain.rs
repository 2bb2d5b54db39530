//! Which steps need no engine: a save that nobody refuses sends what the page has made, and compares only equal documents.

use super::accept::Recreation;
use super::memory::Memory;
use super::save::Task;
use super::write::{Intent, Phase, Write};
use super::{Event, FetchedWrite, Moment, Outcome, SavedKind, Snapshot, Step, UpdateMethod, WriteOptions};
use crate::conflict::Document;
use crate::error::Error;
use crate::http::{Record, Response};

/// The digits of a number that JavaScript certainly keeps: any decimal of so many comes back from a double.
const SAFE_DIGITS: usize = 15;

impl WriteOptions {
    /// Whether a save of an edit of `base` needs the engine before anybody refuses it.
    pub fn needs_engine_for(&self, base: &Document) -> bool {
        self.needs_engine() || !is_plain_edit(base, base)
    }

    /// Whether each write with these options merges, whatever the server says: into the members that the server manages, or for a patch.
    pub(super) fn needs_engine(&self) -> bool {
        !self.merge.json.rules.is_empty()
            || !self.read_only.is_empty()
            || !self.versioning.managed().is_empty()
            || !self.versioning.kept_back().is_empty()
            || self.versioning.carried_member().is_some()
            || self.update != UpdateMethod::Put
    }
}

/// Whether an edit of `base` is sent as the page writes it. A document in lines, or with numbers that JavaScript writes in another way,
/// keeps its layout and its numbers instead.
pub(super) fn is_plain_edit(base: &Document, mine: &Document) -> bool {
    match (base, mine) {
        (Document::Json(base), Document::Json(_)) => is_plain(base.text()),
        _ => true,
    }
}

/// Whether a JSON text is one line, perhaps with a line end, of which JavaScript keeps every number.
fn is_plain(text: &str) -> bool {
    let bytes = text.strip_suffix('\n').unwrap_or(text).as_bytes();
    let is_of_number = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
    let (mut at, mut is_in_string) = (0, false);
    while let Some(&byte) = bytes.get(at) {
        let mut next = at + 1;
        match byte {
            b'\\' if is_in_string => next += 1,
            b'"' => is_in_string = !is_in_string,
            _ if is_in_string => {}
            b'\n' | b'\r' | 0xEF => return false,
            b'-' | b'0'..=b'9' => {
                while bytes.get(next).is_some_and(|byte| is_of_number(*byte)) {
                    next += 1;
                }
                if !is_plain_number(&bytes[at..next]) {
                    return false;
                }
            }
            _ => {}
        }
        at = next;
    }
    true
}

/// Whether JavaScript writes a number as it stands here.
fn is_plain_number(number: &[u8]) -> bool {
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    let point = digits.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = digits.split_at(point.unwrap_or(digits.len()));
    let is_zero = whole == b"0";
    let count = digits.len() - usize::from(point.is_some());
    // Below a millionth, JavaScript writes an exponent.
    let is_tiny = is_zero && fraction.starts_with(b".000000");
    digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
        && count <= SAFE_DIGITS
        && !matches!(fraction, [.., b'0'] | [b'.'])
        && !is_tiny
        && !(is_zero && fraction.is_empty() && number.len() > 1)
}

impl Task {
    /// Whether the write of this task merges nothing before its first request.
    pub(super) fn is_plain(&self, memory: &Memory, stored: Option<&Record>, options: &WriteOptions) -> bool {
        match self {
            Self::Update { base, mine, .. } => !memory.has_led_on(base) && is_plain_edit(&base.document, mine),
            Self::Create { .. } => true,
            Self::Remove { base } => !memory.has_led_on(base),
            Self::Fetch(call, handed_out) => call.is_plain(memory, stored, handed_out, options),
            // A copy is compared with what was read.
            Self::OfCopy { .. } | Self::Submit(..) | Self::Overwrite(_) | Self::Made(_) => false,
        }
    }
}

impl FetchedWrite {
    /// Whether the base of the body is clear without a comparison by a merge.
    fn is_plain(
        &self,
        memory: &Memory,
        stored: Option<&Record>,
        handed_out: &[Snapshot],
        options: &WriteOptions,
    ) -> bool {
        let url = &self.call.url;
        let base = self.plain_base(memory, stored, handed_out, options);
        let mut known = handed_out.iter().chain(memory.handed_out_of(url)).peekable();
        let is_known_otherwise = memory.handed_out_to_others(url).next().is_some()
            || (known.peek().is_none() && memory.known_by_saves(url).next().is_some());
        let mut is_one = |base: &Snapshot| known.all(|one| one.equals(base)) && !memory.has_led_on(base);
        let is_plain = |base: &Snapshot| {
            self.document(Some(&base.document)).is_none_or(|mine| is_plain_edit(&base.document, &mine))
        };
        !is_known_otherwise && base.is_none_or(|base| is_plain(&base) && is_one(&base))
    }

    /// The only document that the body can be an edit of.
    fn plain_base(
        &self,
        memory: &Memory,
        stored: Option<&Record>,
        handed_out: &[Snapshot],
        options: &WriteOptions,
    ) -> Option<Snapshot> {
        let known = handed_out.first().or_else(|| memory.handed_out_of(&self.call.url).next()).cloned();
        known.or_else(|| self.stored_base(stored, options))
    }

    /// The machine of a write that [`is_plain`](Self::is_plain).
    pub(super) fn write_plainly(
        self,
        memory: &Memory,
        stored: Option<Record>,
        handed_out: &[Snapshot],
        options: WriteOptions,
    ) -> Write {
        let base = self.plain_base(memory, stored.as_ref(), handed_out, &options);
        let mine = self.document(base.as_ref().map(|base| &base.document));
        let base = self.with_own_condition(base);
        let url = &self.call.url;
        let states_condition = self.call.states_condition();
        let version = memory.version_of(url).or_else(|| memory.version_for_others(url)).cloned();
        let version = version.filter(|_| base.is_none() && !states_condition);
        Write::fetch(url, self.method, base, mine, states_condition, options).naming(version)
    }
}

impl Write {
    /// The first request.
    pub(super) fn begin_plainly(&mut self, moment: Moment) -> Result<Step<Outcome>, Error> {
        self.choose_reads(moment);
        self.begin()
    }

    /// Whether a write with this answer is done, and nobody has to decide on it.
    pub(super) fn is_done_by(&self, response: &Response) -> bool {
        let is_done = response.is_success() && !matches!(response.status, 202 | 207);
        let is_placed = self.intent != Intent::CreateBelow || response.headers.get("location").is_some();
        self.is_sending()
            && is_done
            && is_placed
            && !self.is_of_redirect(response)
            && self.recreation_in(response) == Recreation::No
    }

    /// The step after an answer that [`is_done_by`](Self::is_done_by) accepts.
    pub(super) fn accepted_plainly(&mut self, response: &Response, moment: Moment) -> Result<Step<Outcome>, Error> {
        self.is_unanswered = false;
        self.note_failure(false, moment);
        self.learn(response);
        self.accepted(response)
    }

    /// Whether `event` ends a pause, or is the answer to a read that finds the expected document.
    pub(super) fn reads_plainly(&self, memory: &Memory, event: &Event) -> bool {
        let response = match (self.phase, event) {
            // The server has reported a success: without the read, the sent document is returned without a version.
            (Phase::WaitingToWrite, Event::Waited) | (Phase::Confirming, Event::NoAnswer(_)) => return true,
            (_, Event::Answered(response)) => response,
            _ => return false,
        };
        match (self.phase, response.status) {
            (Phase::Looking, 200) if !self.is_copy && !self.is_in_doubt => self.snapshot(response).is_ok_and(|found| {
                let is_known = |known: &Snapshot| known.document.equals(&found.document);
                self.intent != Intent::Create && self.stood_on().is_some_and(is_known) && !memory.compares(&found)
            }),
            (Phase::Looking, 404) => self.intent == Intent::Create,
            (Phase::Confirming, 200) => {
                let is_sent = |found: Snapshot| {
                    self.intent != Intent::Remove && (self.is_outgoing(&found) || self.is_answered_version(&found))
                };
                self.snapshot(response).is_ok_and(is_sent)
            }
            (Phase::Confirming, 404 | 410) => self.intent == Intent::Remove,
            _ => false,
        }
    }

    /// Whether the answer to the write named the version of `found`.
    fn is_answered_version(&self, found: &Snapshot) -> bool {
        let named = self.answered_version.as_ref().zip(found.version.as_ref());
        named.is_some_and(|(named, now)| named.is_same(now))
    }

    fn is_outgoing(&self, found: &Snapshot) -> bool {
        self.outgoing.as_ref().is_some_and(|sent| sent.equals(&found.document))
    }

    /// The step after an event that [`reads_plainly`](Self::reads_plainly) accepts.
    pub(super) fn read_plainly(&mut self, event: &Event, moment: Moment) -> Result<Step<Outcome>, Error> {
        let found = match event {
            Event::Answered(response) if response.status == 200 => {
                self.snapshot(response).ok().map(|found| (found, response))
            }
            _ => None,
        };
        match (self.phase, found) {
            (Phase::WaitingToWrite, _) => self.look_or_send(),
            (Phase::Looking, Some((found, response))) => {
                self.has_looked = true;
                self.unmoved(found, response, moment)
            }
            (Phase::Looking, None) => self.send(),
            (Phase::Confirming, None) if matches!(event, Event::NoAnswer(_)) => self.succeeded(None),
            (_, Some((found, _))) => self.succeeded(Some(found)),
            (_, None) => Ok(Step::Done(Outcome::Saved(SavedKind::Removed, None))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_javascript_writes_alike_are_plain() {
        for number in ["0", "7", "-7", "0.5", "-0.25", "123456789012345", "1234567.12345678", "0.000001"] {
            assert!(is_plain_number(number.as_bytes()), "{number}");
        }
        for number in ["-0", "1.0", "0.0", "1e3", "1E3", "1234567890123456", "0.0000001", "12345678.12345678", "1.50"] {
            assert!(!is_plain_number(number.as_bytes()), "{number}");
        }
    }

    #[test]
    fn a_document_in_lines_is_not_plain() {
        for text in [r#"{"a":1}"#, "{\"a\": [1, \"1.0\\\"\\n\"]}\n", r#""\\""#, r#"["é"]"#] {
            assert!(is_plain(text), "{text}");
        }
        for text in ["{\n\"a\":1}", "[1,\r2]", "[1.0]", "\u{FEFF}[1]", r#"["\\",1.0]"#, r#"["\"",1.0]"#] {
            assert!(!is_plain(text), "{text}");
        }
    }
}
