//! Classifies a refused or doubtful write: the table of HTTP-RULES 4.7.
//!
//! The functions here are pure: they take the facts about the write, the read, and the reason for the read, and return a verdict. The
//! write collects the facts and carries out the verdict. The read decides, never the status alone.

#[cfg(test)]
mod tests;

use super::write::{Cause, Intent};
use super::{Origin, PreconditionSupport, Warning, WhenClean};
use crate::conflict::{
    RefusalKind, asks_again, named_rule, quotes_database_on_duplicate, refused_creation, says_nothing,
    speaks_of_versions,
};
use crate::http::{EtagForm, Problem, Protection};

/// The facts about a write that do not depend on the read.
#[derive(Debug, Clone)]
pub(super) struct Known<'a> {
    pub(super) intent: Intent,
    /// Why the server's document was read.
    pub(super) cause: Cause,
    /// The words of the last refusal.
    pub(super) problem: &'a Problem,
    /// Whether a write of this call, or an earlier one from the same base, may have been carried out.
    pub(super) is_in_doubt: bool,
    /// Whether an equal document proves nothing, as each person's change counts.
    pub(super) counts: bool,
    /// Whether the caller repeats its change on the newest document instead of merging it.
    pub(super) is_replaying: bool,
    /// Whether the write named a version.
    pub(super) names_version: bool,
    /// Whether people have decided the conflict, or a merge was sent.
    pub(super) has_conflict: bool,
    /// Whether the request of `fetch` holds a patch, or no document: nothing can be merged.
    pub(super) has_no_document: bool,
    /// Whether a caller of `fetch` made the request.
    pub(super) is_fetch: bool,
    /// Whether the client may repeat a write whose answer was lost.
    pub(super) may_repeat: bool,
    /// Whether only reads may be sent.
    pub(super) is_only_reading: bool,
    /// Whether the rounds of the loop are not used up.
    pub(super) has_rounds: bool,
    /// Whether another write may be sent now: rounds are left, and no lasting failure forbids it.
    pub(super) may_send_again: bool,
    /// Whether the read was repeated already.
    pub(super) has_reread: bool,
    /// Whether a read of this write was older than an earlier write of this client.
    pub(super) has_lagged: bool,
    /// Whether a read past shared caches is allowed and untried.
    pub(super) may_read_uniquely: bool,
    /// Whether the first request with this `Idempotency-Key` may still be in progress.
    pub(super) may_be_in_progress: bool,
    /// Whether the protocol answers a stale version with 409.
    pub(super) is_stale_by_protocol: bool,
}

/// The document that a read returned, compared with the documents and versions that the write knows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Read {
    /// Whether its value is the sent one, or mine.
    pub(super) has_mine: bool,
    /// Whether it has a version.
    pub(super) has_version: bool,
    /// Whether it has the version that the write named.
    pub(super) has_named_version: bool,
    /// Whether it has a version that the server has refused.
    pub(super) has_refused_version: bool,
    /// Whether it has the value of the document under the last write.
    pub(super) is_unmoved: bool,
    /// Whether it has the version of base, although the decisions belong to a later version.
    pub(super) is_back_at_base: bool,
    /// Whether it equals an edit of this client whose answer was lost.
    pub(super) is_doubted_edit: bool,
}

/// How the document that was read relates to the write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// It has the version of base, although the decisions belong to a later version: the read lags, or somebody has restored base.
    BackAtBase,
    /// It holds the edit, and this write may have stored it.
    Mine,
    /// It exists, and the write was refused for another reason than the version.
    Unrelated,
    /// It exists, although the write was to create it.
    Occupied,
    /// It has the version that was refused.
    SameVersion,
    /// It has a version that was refused before: the read lags.
    RefusedBefore,
    /// It has the value of the base of the write, but another version.
    SameValue,
    /// Its value is another one.
    Changed,
}

/// The next step of a refused or doubtful write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The server holds the edit.
    AlreadySaved,
    /// The document that was to be removed is gone.
    Removed,
    /// Send the write again, unchanged.
    SendAgain,
    /// Send the write again with the version that was read.
    NameNewVersion,
    /// The version that was read was refused: see [`classify_validator`].
    Validator,
    /// Read once more after a pause.
    ReadAgain,
    /// Read once more, past shared caches.
    ReadUniquely,
    /// Wait as long as the server asks, then send the write again.
    Wait,
    /// Merge: see [`may_send_merge`].
    Merge,
    /// The caller repeats its change on the document that was read.
    Replay,
    /// People decide.
    Conflict,
    /// The write ends.
    Refused(RefusalKind),
}

/// The relation of the document that was read to the write.
pub(super) fn relate(known: &Known<'_>, read: &Read) -> Relation {
    // After a certain refusal, an equal edit is somebody else's. A counter then adds both.
    let is_mine = read.has_mine && !(is_certain(known) && known.counts);
    if read.is_back_at_base && !known.has_reread {
        Relation::BackAtBase
    } else if is_mine {
        Relation::Mine
    } else if matches!(known.cause, Cause::Locked | Cause::Gone) {
        Relation::Unrelated
    } else if known.intent == Intent::Create {
        Relation::Occupied
    } else if read.has_named_version && known.cause != Cause::Moved {
        Relation::SameVersion
    } else if read.has_refused_version {
        Relation::RefusedBefore
    } else if read.is_unmoved {
        Relation::SameValue
    } else {
        Relation::Changed
    }
}

/// Whether the write was certainly not carried out: the refusal answered the first sending, or a pre-write check found the document
/// changed.
fn is_certain(known: &Known<'_>) -> bool {
    !known.is_in_doubt && !matches!(known.cause, Cause::Doubt | Cause::Gone)
}

/// The verdict on a write, by the document that was read.
pub(super) fn classify(known: &Known<'_>, read: &Read) -> Verdict {
    let verdict = match relate(known, read) {
        Relation::BackAtBase => Verdict::ReadAgain,
        Relation::Mine if !known.may_repeat || known.counts => Verdict::Refused(RefusalKind::Unknown),
        Relation::Mine if may_be_old(known) => Verdict::ReadAgain,
        Relation::Mine => Verdict::AlreadySaved,
        Relation::Unrelated if known.cause == Cause::Locked => Verdict::Refused(RefusalKind::Locked),
        // The write got a 404, but the document exists: a rule about this method or this user, not about the version.
        Relation::Unrelated => Verdict::Refused(rule(known)),
        // Never merged automatically: the caller of a creation does not expect to edit another person's document.
        Relation::Occupied => Verdict::Conflict,
        Relation::SameVersion => classify_same_version(known),
        // The read comes from a replica that lags behind the one that refused this version (HTTP-RULES K8, R1).
        Relation::RefusedBefore => stale(known),
        Relation::SameValue => classify_same_value(known, read),
        Relation::Changed => classify_changed(known, read),
    };
    match verdict {
        Verdict::Merge | Verdict::Conflict if known.has_no_document => Verdict::Refused(RefusalKind::Constraint),
        verdict => verdict,
    }
}

/// The verdict on a write of a document that does not exist any more.
pub(super) fn classify_gone(known: &Known<'_>) -> Verdict {
    match (known.intent, known.cause) {
        (Intent::Remove, _) => Verdict::Removed,
        (Intent::Update, _) if known.has_no_document => Verdict::Refused(RefusalKind::Constraint),
        (Intent::Update, _) => Verdict::Conflict,
        // The creation was not carried out so far; `If-None-Match: *` makes a repeat safe.
        (Intent::Create, Cause::Doubt) => send_again(known),
        (Intent::Create, Cause::Conflict) if asks_again(known.problem) => Verdict::Wait,
        // The creation was refused although no document exists: a rule of the server.
        (Intent::CreateBelow, Cause::Doubt) => Verdict::Refused(RefusalKind::Unknown),
        (Intent::Create | Intent::CreateBelow, Cause::Conflict) => Verdict::Refused(refused_creation(known.problem)),
        (Intent::Create | Intent::CreateBelow, _) => Verdict::Refused(rule(known)),
    }
}

/// The refused version is still the newest.
fn classify_same_version(known: &Known<'_>) -> Verdict {
    let named = named_rule(known.problem);
    let is_about_version = || named.is_none() && (known.is_stale_by_protocol || speaks_of_versions(known.problem));
    match known.cause {
        Cause::Conflict if known.may_be_in_progress || asks_again(known.problem) => Verdict::Wait,
        // The reads lag behind the server that refused the version, as after a 412 (HTTP-RULES K7).
        Cause::Conflict if is_about_version() => Verdict::Validator,
        // The refusal gives no reason: one more read, as the first may have lagged.
        Cause::Conflict if says_nothing(known.problem) && !known.has_reread && !known.is_fetch => Verdict::ReadAgain,
        // Nobody else wrote, so it is no edit conflict: without this rule the loop would never end (HTTP-RULES K4).
        Cause::Conflict | Cause::Locked | Cause::Gone => Verdict::Refused(rule(known)),
        // Another condition failed, such as a lease, not the version (HTTP-RULES X13).
        Cause::PreconditionFailed if named == Some(RefusalKind::Locked) => Verdict::Refused(RefusalKind::Locked),
        Cause::PreconditionFailed => Verdict::Validator,
        Cause::PreconditionRequired => Verdict::Refused(RefusalKind::VersionRequired),
        // The write was not carried out so far; the precondition makes a repeat safe (RFC 9110 §13.1.1).
        Cause::Doubt => send_again(known),
        Cause::Moved => Verdict::SendAgain,
    }
}

/// Another version, or the first known version, of the document under the last write.
fn classify_same_value(known: &Known<'_>, read: &Read) -> Verdict {
    if is_restored(known, read) {
        return classify_restored(known);
    }
    if !read.has_version {
        let kind = match known.cause {
            Cause::PreconditionFailed | Cause::PreconditionRequired => RefusalKind::VersionRequired,
            Cause::Doubt => RefusalKind::Unknown,
            _ => rule(known),
        };
        return Verdict::Refused(kind);
    }
    if known.is_only_reading {
        Verdict::Conflict
    } else if known.has_rounds {
        Verdict::NameNewVersion
    } else {
        Verdict::Refused(RefusalKind::Busy)
    }
}

/// Whether the document under the write, which this write may have replaced, has another version now: somebody has restored its value.
pub(super) fn is_restored(known: &Known<'_>, read: &Read) -> bool {
    known.is_in_doubt && known.names_version && read.has_version && !read.has_named_version
}

/// The write may have been carried out, although the server holds base again: people decide whether they make the edit again.
pub(super) fn classify_restored(known: &Known<'_>) -> Verdict {
    match (known.counts, known.has_no_document) {
        // Somebody else's decrement looks the same. The increment was then counted, and a submit would count it twice.
        (true, _) => Verdict::Refused(RefusalKind::Unknown),
        (false, true) => Verdict::Refused(RefusalKind::Constraint),
        (false, false) => Verdict::Conflict,
    }
}

/// Somebody else has written.
fn classify_changed(known: &Known<'_>, read: &Read) -> Verdict {
    if known.is_in_doubt && known.counts {
        // The document may contain the change: making it again could count it twice.
        return Verdict::Refused(RefusalKind::Unknown);
    }
    if known.intent == Intent::Remove && !known.has_conflict {
        // The page removes its own edit, whose answer was lost.
        let is_own = read.is_doubted_edit && !known.is_only_reading && known.has_rounds;
        return if is_own { Verdict::NameNewVersion } else { Verdict::Conflict };
    }
    if known.is_replaying { Verdict::Replay } else { Verdict::Merge }
}

/// Whether a second read must agree before a save ends without a write: no write would detect an old answer.
pub(super) fn may_be_old(known: &Known<'_>) -> bool {
    (known.cause == Cause::Moved || known.has_lagged) && !known.has_reread
}

/// The rule that the words of the server name.
fn rule(known: &Known<'_>) -> RefusalKind {
    named_rule(known.problem).unwrap_or(RefusalKind::Constraint)
}

fn send_again(known: &Known<'_>) -> Verdict {
    // With 408 the server asked for a later repeat.
    let is_asked = known.problem.status == Some(408);
    match known.may_send_again {
        true => Verdict::SendAgain,
        false => Verdict::Refused(if is_asked { RefusalKind::Busy } else { RefusalKind::Unknown }),
    }
}

/// The server, or a cache before it, keeps returning a version that was refused.
fn stale(known: &Known<'_>) -> Verdict {
    if !known.has_reread {
        Verdict::ReadAgain
    } else if known.may_read_uniquely {
        Verdict::ReadUniquely
    } else {
        Verdict::Refused(RefusalKind::StaleRead)
    }
}

/// The facts about the answer to a write, apart from the words of the server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Whether a redirect was followed, so that the status may belong to a read (HTTP-RULES F7).
    pub(super) is_of_redirect: bool,
    /// Whether the server asks for a wait that is short enough.
    pub(super) may_wait: bool,
    /// Whether the version was a `test` of a JSON Patch.
    pub(super) is_tested_by_patch: bool,
    /// Whether an `Idempotency-Key` lets the server recognise a repeat.
    pub(super) has_key: bool,
}

/// The next step after an answer that is no success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnswerVerdict {
    /// A read decides; it has this reason.
    Read(Cause),
    /// A read decides about a write that may have been carried out although the server asked for a repeat.
    Doubt,
    /// Wait as long as the server asks, then send the write again.
    Wait,
    /// The same, and the write may have been carried out.
    WaitInDoubt,
    /// Send the creation again with its `Idempotency-Key`.
    Repeat,
    /// The document that was to be removed is gone.
    Removed,
    /// The write ends.
    Refused(RefusalKind),
}

/// The verdict on an answer to a write of a known URL.
pub(super) fn classify_answer(known: &Known<'_>, answer: &Answer) -> AnswerVerdict {
    match answer.status {
        // Some servers use this status for 428.
        400 if !known.names_version && speaks_of_versions(known.problem) => {
            AnswerVerdict::Read(Cause::PreconditionRequired)
        }
        401 | 403 => AnswerVerdict::Refused(RefusalKind::Forbidden),
        404 | 410 if known.intent == Intent::Remove => AnswerVerdict::Removed,
        // 425 says that nothing was carried out (RFC 8470 §5.2).
        425 | 429 => AnswerVerdict::Wait,
        // A proxy may have sent this 503 after the write was carried out (HTTP-RULES R4).
        503 if known.problem.retry_after_ms.is_some() => match known.counts && answer.may_wait {
            true => AnswerVerdict::Doubt,
            false => AnswerVerdict::WaitInDoubt,
        },
        423 if answer.may_wait => AnswerVerdict::Wait,
        // The write may have been carried out, and its condition then met the new version (HTTP-RULES F7).
        409 | 412 | 423 | 428 if answer.is_of_redirect => AnswerVerdict::Read(Cause::Doubt),
        // A failed test of a patch has no status of its own (Kubernetes).
        422 if answer.is_tested_by_patch => AnswerVerdict::Read(Cause::Conflict),
        // A proxy may have sent this 408 after the write was carried out.
        408 => AnswerVerdict::Read(Cause::Doubt),
        status => match cause_of(status) {
            Some(cause) => AnswerVerdict::Read(cause),
            None if (400..500).contains(&status) => AnswerVerdict::Refused(rule(known)),
            // 202, 207, 3xx and 5xx leave the fate of the write open.
            None => AnswerVerdict::Read(Cause::Doubt),
        },
    }
}

/// The verdict on an answer to a creation below a collection. A read of the collection says nothing about one member, so the words of the
/// server decide.
pub(super) fn classify_creation_below(known: &Known<'_>, answer: &Answer) -> AnswerVerdict {
    match answer.status {
        425 | 429 => AnswerVerdict::Wait,
        408 if answer.has_key => AnswerVerdict::Repeat,
        401 | 403 => AnswerVerdict::Refused(RefusalKind::Forbidden),
        503 if known.problem.retry_after_ms.is_some() && !answer.has_key => AnswerVerdict::Refused(RefusalKind::Busy),
        // The first request with this key is still in progress.
        409 if known.may_be_in_progress => AnswerVerdict::Wait,
        400..500 => AnswerVerdict::Refused(refused_creation(known.problem)),
        // Some servers report a violated database constraint as 5xx (SAP CAP).
        _ if quotes_database_on_duplicate(known.problem) => AnswerVerdict::Refused(RefusalKind::Duplicate),
        500.. => AnswerVerdict::Repeat,
        _ => AnswerVerdict::Refused(RefusalKind::Unknown),
    }
}

/// Why a write with this answer is followed by a read.
pub(super) fn cause_of(status: u16) -> Option<Cause> {
    match status {
        409 => Some(Cause::Conflict),
        412 => Some(Cause::PreconditionFailed),
        423 => Some(Cause::Locked),
        428 => Some(Cause::PreconditionRequired),
        404 | 410 => Some(Cause::Gone),
        _ => None,
    }
}

/// The verdict if the read after a refusal or a lost answer returned no document; `status` is the status of its answer, if it got one.
pub(super) fn classify_unread(known: &Known<'_>, status: Option<u16>) -> Verdict {
    Verdict::Refused(match status {
        Some(401 | 403) => RefusalKind::Forbidden,
        _ if known.cause == Cause::Doubt => RefusalKind::Unknown,
        _ => named_rule(known.problem).unwrap_or(RefusalKind::Unknown),
    })
}

/// How the origin treats preconditions, by the status of the answer to a probe, which names a version that no document has.
pub(super) fn classify_probe(status: u16) -> Option<PreconditionSupport> {
    match status {
        200..300 => Some(PreconditionSupport::Ignored),
        409 | 412 | 428 => Some(PreconditionSupport::Enforced),
        _ => None,
    }
}

/// Why nothing protects a write of the client from overwriting an unseen edit; `None` if something does.
pub(super) fn unprotected(intent: Intent, names_version: bool, origin: &Origin) -> Option<Warning> {
    let is_ignored = origin.updates == PreconditionSupport::Ignored;
    match intent {
        Intent::CreateBelow => None,
        Intent::Create if origin.creations == PreconditionSupport::Enforced => None,
        Intent::Update | Intent::Remove if !names_version => Some(Warning::Unprotected),
        Intent::Create | Intent::Update | Intent::Remove => is_ignored.then_some(Warning::VersionIgnored),
    }
}

/// A refused version that a read returned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Validator {
    pub(super) protection: Protection,
    /// Whether its spelling differs from the version that the write named.
    pub(super) is_respelt: bool,
    /// Whether the document was written a moment ago: a tag may be weak for so long (HTTP-RULES X3).
    pub(super) is_fresh: bool,
    /// The form to try next.
    pub(super) next_form: Option<EtagForm>,
}

/// How a refused version is named again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValidatorVerdict {
    /// In the spelling of the read.
    Respelt,
    /// In another form.
    Form(EtagForm),
    /// The reads may be old.
    Read(Verdict),
}

/// The verdict on a 412 for the version that the read returned: a weak tag never matches, or the read lags behind the writes.
/// `version` is `None` if the read returned no version.
pub(super) fn classify_validator(known: &Known<'_>, version: Option<Validator>) -> ValidatorVerdict {
    let may_send = !known.is_only_reading && known.has_rounds;
    let Some(version) = version.filter(|_| may_send) else { return ValidatorVerdict::Read(stale(known)) };
    // A date protects less than a tag.
    let is_last = version.next_form.is_none_or(|form| form == EtagForm::Date);
    if version.is_respelt {
        // Such as the strong tag one second after a write (Apache).
        return ValidatorVerdict::Respelt;
    }
    if !known.has_reread && (version.is_fresh || is_last) {
        return ValidatorVerdict::Read(Verdict::ReadAgain);
    }
    if is_last && known.may_read_uniquely {
        return ValidatorVerdict::Read(Verdict::ReadUniquely);
    }
    match version.next_form {
        // If reads return a strong tag that writes refuse, a cache answers the reads: its date protects nothing (HTTP-RULES X7).
        Some(form) if form != EtagForm::Date || version.protection == Protection::Weak => ValidatorVerdict::Form(form),
        _ => ValidatorVerdict::Read(stale(known)),
    }
}

/// A merge of mine and theirs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Merge {
    /// How many changes wait for a decision.
    pub(super) unresolved: usize,
    /// Whether decisions were dropped, as theirs has moved.
    pub(super) has_reopened: bool,
    /// Whether another alignment would have given another result.
    pub(super) is_ambiguous: bool,
    /// Whether others have changed only members that the server manages.
    pub(super) is_only_ignored: bool,
    /// Whether theirs is an edit of this client.
    pub(super) is_own: bool,
    /// Whether theirs has a version, or the server shows none.
    pub(super) has_version: bool,
}

/// Whether a merge is sent without a question; otherwise people decide.
pub(super) fn may_send_merge(merge: &Merge, when_clean: WhenClean, has_rounds: bool) -> bool {
    let is_wanted = match when_clean {
        WhenClean::Merge => true,
        _ if merge.is_only_ignored || merge.is_own => true,
        WhenClean::AskIfAmbiguous => !merge.is_ambiguous,
        WhenClean::Ask => false,
    };
    // People make a dropped decision again, even if a merge without it would succeed.
    is_wanted && merge.unresolved == 0 && !merge.has_reopened && merge.has_version && has_rounds
}
