//! The phases of a write, with the data that only one phase needs.

use crate::client::Snapshot;
use crate::conflict::Document;

/// The phase of a write.
#[derive(Debug)]
pub(in crate::client) enum Phase {
    /// Nothing has been sent.
    Start,
    /// Nothing has been sent, and a read has to find the base.
    StartOfCopy(Box<Copied>),
    /// The read for the base is under way.
    CheckingCopy(Box<Copied>),
    /// A pause before the next read for the base.
    WaitingToCheckCopy(Box<Copied>),
    /// The pre-write check is under way.
    Checking,
    /// The probe is under way; the server held this document before.
    Probing(Box<Snapshot>),
    /// The write is under way.
    Writing,
    /// A pause before the next write.
    WaitingToWrite,
    /// The read after a refusal or a lost answer is under way.
    Rereading,
    /// A pause before the read after a refusal or a lost answer.
    WaitingToRead,
    /// The read after a success is under way, as the answer did not contain the document.
    Confirming,
    /// A pause before the next read after a success.
    WaitingToConfirm,
    /// An update was answered 201 and is under way again, as its second answer shows the meaning of 201. The server holds this document.
    Repeating(Option<Box<Snapshot>>),
    /// The step that left this stage is running, or has ended the write.
    Left(Stage),
}

/// The purpose of the request under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::client) enum Stage {
    /// A read before a success, or no request.
    Reading,
    Probing,
    Sending,
    /// A read after a success.
    Confirming,
}

/// A copied snapshot: its URL and version are known, its document is unknown.
#[derive(Debug)]
pub(in crate::client) struct Copied {
    /// The value of the copy, if nobody edited it.
    pub(in crate::client) value: Option<Document>,
}

impl Phase {
    pub(in crate::client) fn stage(&self) -> Stage {
        match self {
            Self::Writing | Self::Repeating(_) => Stage::Sending,
            Self::Probing(_) => Stage::Probing,
            Self::Confirming | Self::WaitingToConfirm => Stage::Confirming,
            Self::Left(stage) => *stage,
            _ => Stage::Reading,
        }
    }

    /// The phase with its data; only its stage stays.
    pub(in crate::client) fn leave(&mut self) -> Self {
        let left = Self::Left(self.stage());
        std::mem::replace(self, left)
    }

    /// Whether the base is still unknown.
    pub(in crate::client) fn is_of_copy(&self) -> bool {
        matches!(self, Self::StartOfCopy(_) | Self::CheckingCopy(_) | Self::WaitingToCheckCopy(_))
    }
}
