//! Bodies that are not meant to be read to the end.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

const FIRST: &[u8] = b"[\n";
const LAST: &[u8] = b"0]\n";
const LINE: &[u8] = b"\"the same line again and again, until nobody wants to hear it any more\",\n";
const LINES_IN_A_CHUNK: usize = 512;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Stuck,
    /// Waits for its turn once before it fails: hyper sends what it has only then.
    Flush,
    Cut,
}

/// A JSON array of strings, made while it is sent.
#[derive(Debug)]
pub(crate) struct OddBody {
    lines_left: u64,
    first: bool,
    done: bool,
    /// What happens half-way, if anything.
    fault: Option<Fault>,
}

impl OddBody {
    /// Valid JSON of about `bytes` octets, at least that many.
    pub(crate) fn huge(bytes: u64) -> Self {
        Self { lines_left: bytes.div_ceil(LINE.len() as u64), first: true, done: false, fault: None }
    }

    /// Announces more than it sends, and never ends.
    pub(crate) fn stuck() -> Self {
        Self { lines_left: 4, first: true, done: false, fault: Some(Fault::Stuck) }
    }

    /// Announces more than it sends, and takes the connection down with it.
    pub(crate) fn cut() -> Self {
        Self { lines_left: 4, first: true, done: false, fault: Some(Fault::Flush) }
    }

    fn next_chunk(&mut self) -> Bytes {
        let wanted = if self.fault.is_some() { self.lines_left / 2 } else { LINES_IN_A_CHUNK as u64 };
        let lines = self.lines_left.min(wanted);
        self.lines_left -= lines;
        let mut chunk = Vec::with_capacity(FIRST.len() + LINES_IN_A_CHUNK * LINE.len() + LAST.len());
        if std::mem::take(&mut self.first) {
            chunk.extend_from_slice(FIRST);
        }
        for _ in 0..lines {
            chunk.extend_from_slice(LINE);
        }
        if self.lines_left == 0 {
            chunk.extend_from_slice(LAST);
            self.done = true;
        }
        chunk.into()
    }
}

impl Body for OddBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.fault {
            Some(Fault::Stuck) if !self.first => return Poll::Pending,
            Some(Fault::Flush) if !self.first => {
                self.fault = Some(Fault::Cut);
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Some(Fault::Cut) if !self.first => {
                return Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())));
            }
            _ => {}
        }
        if self.done {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(Ok(Frame::data(self.next_chunk()))))
    }

    fn size_hint(&self) -> SizeHint {
        let first = if self.first { FIRST.len() } else { 0 };
        let last = if self.done { 0 } else { LAST.len() };
        SizeHint::with_exact(self.lines_left * LINE.len() as u64 + (first + last) as u64)
    }
}

/// Octets that come in a few pieces, with a pause before each.
#[derive(Debug)]
pub(crate) struct SlowBody {
    left: Bytes,
    piece_bytes: usize,
    pause: Pin<Box<Sleep>>,
}

impl SlowBody {
    const PIECES: usize = 4;
    const PAUSE: Duration = Duration::from_millis(100);

    pub(crate) fn new(octets: Bytes) -> Self {
        let piece_bytes = octets.len().div_ceil(Self::PIECES);
        Self { left: octets, piece_bytes, pause: Box::pin(sleep(Self::PAUSE)) }
    }
}

impl Body for SlowBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        if self.pause.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.pause = Box::pin(sleep(Self::PAUSE));
        let length = self.piece_bytes.min(self.left.len());
        Poll::Ready(Some(Ok(Frame::data(self.left.split_to(length)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}
