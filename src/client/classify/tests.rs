//! The table of HTTP-RULES 4.7, row by row.

use super::*;

const RULES: &str = include_str!("../../../docs/HTTP-RULES.md");

/// One case of a row, and its verdict.
struct Case {
    class: &'static str,
    evidence: &'static str,
    found: Found,
    expected: Found,
}

#[derive(Debug, PartialEq)]
enum Found {
    Verdict(Verdict),
    Validator(ValidatorVerdict),
    Answer(AnswerVerdict),
    /// Whether a merge is sent without a question.
    IsSent(bool),
    /// The facts about an origin that a probe, or a write without protection, shows.
    Support(Option<PreconditionSupport>),
    Warning(Option<Warning>),
}

/// The first sending of an update that names a version, and was refused for this reason.
fn refused(cause: Cause, problem: &Problem) -> Known<'_> {
    Known {
        intent: Intent::Update,
        cause,
        problem,
        is_in_doubt: cause == Cause::Doubt,
        counts: false,
        is_replaying: false,
        names_version: true,
        has_conflict: false,
        has_no_document: false,
        is_fetch: false,
        may_repeat: true,
        is_only_reading: false,
        has_rounds: true,
        may_send_again: true,
        has_reread: false,
        has_lagged: false,
        may_read_uniquely: false,
        may_be_in_progress: false,
        is_stale_by_protocol: false,
    }
}

/// Somebody else's document, under a version of its own.
const THEIRS: Read = Read {
    has_mine: false,
    has_version: true,
    has_named_version: false,
    has_refused_version: false,
    is_unmoved: false,
    is_back_at_base: false,
    is_doubted_edit: false,
};
const MINE: Read = Read { has_mine: true, ..THEIRS };
const SAME_VALUE: Read = Read { is_unmoved: true, ..THEIRS };
const SAME_VERSION: Read = Read { has_named_version: true, has_refused_version: true, ..SAME_VALUE };

/// A merge without overlap.
const CLEAN: Merge = Merge {
    unresolved: 0,
    has_reopened: false,
    is_ambiguous: false,
    is_only_ignored: false,
    is_own: false,
    has_version: true,
};

const WEAK: Validator =
    Validator { protection: Protection::Weak, is_respelt: false, is_fresh: false, next_form: Some(EtagForm::Stripped) };

fn by_read(class: &'static str, evidence: &'static str, known: &Known<'_>, read: Read, expected: Verdict) -> Case {
    let found = Found::Verdict(classify(known, &read));
    Case { class, evidence, found, expected: Found::Verdict(expected) }
}

fn by_removal(class: &'static str, evidence: &'static str, known: &Known<'_>, expected: Verdict) -> Case {
    Case { class, evidence, found: Found::Verdict(classify_gone(known)), expected: Found::Verdict(expected) }
}

fn by_merge(class: &'static str, evidence: &'static str, merge: Merge, when: WhenClean, expected: bool) -> Case {
    let found = Found::IsSent(may_send_merge(&merge, when, true));
    Case { class, evidence, found, expected: Found::IsSent(expected) }
}

fn by_validator(
    class: &'static str,
    evidence: &'static str,
    known: &Known<'_>,
    version: Validator,
    expected: ValidatorVerdict,
) -> Case {
    let found = Found::Validator(classify_validator(known, Some(version)));
    Case { class, evidence, found, expected: Found::Validator(expected) }
}

fn by_answer(
    class: &'static str,
    evidence: &'static str,
    known: &Known<'_>,
    status: u16,
    expected: AnswerVerdict,
) -> Case {
    let answer = Answer { status, is_of_redirect: false, may_wait: false, is_tested_by_patch: false, has_key: false };
    let found = Found::Answer(classify_answer(known, &answer));
    Case { class, evidence, found, expected: Found::Answer(expected) }
}

fn problem(status: u16, words: &str) -> Problem {
    Problem { status: Some(status), ..Problem::without_answer(words) }
}

fn merges() -> Vec<Case> {
    let nothing = Problem::default();
    let stale = refused(Cause::PreconditionFailed, &nothing);
    let moved = refused(Cause::Moved, &nothing);
    let doubt = refused(Cause::Doubt, &nothing);
    let update = Known { is_replaying: true, ..stale.clone() };
    let overlap = Merge { unresolved: 1, ..CLEAN };
    let ask = WhenClean::AskIfAmbiguous;
    vec![
        by_read("edit-edit", "412, another value", &stale, THEIRS, Verdict::Merge),
        by_read("edit-edit", "a pre-write check found another value", &moved, THEIRS, Verdict::Merge),
        by_merge("edit-edit", "an overlap", overlap, WhenClean::Merge, false),
        by_merge("edit-edit", "a dropped decision", Merge { has_reopened: true, ..CLEAN }, WhenClean::Merge, false),
        by_read(
            "edit-edit",
            "a counter, and a write that may have been counted",
            &Known { counts: true, ..doubt.clone() },
            THEIRS,
            Verdict::Refused(RefusalKind::Unknown),
        ),
        by_read("mergeable", "412, another value", &stale, THEIRS, Verdict::Merge),
        by_read("mergeable", "a lost answer, another value", &doubt, THEIRS, Verdict::Merge),
        by_read("mergeable", "the caller repeats its change", &update, THEIRS, Verdict::Replay),
        by_merge("mergeable", "no overlap", CLEAN, WhenClean::Merge, true),
        by_merge("mergeable", "no overlap, but the page asks", CLEAN, WhenClean::Ask, false),
        by_merge("mergeable", "ambiguous", Merge { is_ambiguous: true, ..CLEAN }, ask, false),
        by_merge("mergeable", "no version to name", Merge { has_version: false, ..CLEAN }, WhenClean::Merge, false),
        by_read(
            "mergeable",
            "a patch of fetch",
            &Known { has_no_document: true, ..stale.clone() },
            THEIRS,
            Verdict::Refused(RefusalKind::Constraint),
        ),
        by_read("self-other-tab", "the edit of another tab", &stale, THEIRS, Verdict::Merge),
        by_merge("self-other-tab", "an edit of this client", Merge { is_own: true, ..CLEAN }, WhenClean::Ask, true),
        by_read("spurious-metadata", "412, another value", &stale, THEIRS, Verdict::Merge),
        by_merge(
            "spurious-metadata",
            "only members that the server manages",
            Merge { is_only_ignored: true, ..CLEAN },
            WhenClean::Ask,
            true,
        ),
    ]
}

fn own_edits() -> Vec<Case> {
    let nothing = Problem::default();
    let stale = refused(Cause::PreconditionFailed, &nothing);
    let doubt = refused(Cause::Doubt, &nothing);
    let moved = refused(Cause::Moved, &nothing);
    vec![
        by_read("same-edit", "412, theirs equals mine", &stale, MINE, Verdict::AlreadySaved),
        by_read("same-edit", "theirs equals mine, before any write", &moved, MINE, Verdict::ReadAgain),
        by_read(
            "same-edit",
            "the same, read twice",
            &Known { has_reread: true, ..moved.clone() },
            MINE,
            Verdict::AlreadySaved,
        ),
        by_read(
            "same-edit",
            "412, an equal change by update is somebody else's",
            &Known { counts: true, is_replaying: true, ..stale.clone() },
            MINE,
            Verdict::Replay,
        ),
        by_read(
            "same-edit",
            "412, an equal counter is somebody else's",
            &Known { counts: true, ..stale.clone() },
            MINE,
            Verdict::Merge,
        ),
        by_read("already-applied", "a lost answer, theirs equals mine", &doubt, MINE, Verdict::AlreadySaved),
        by_read(
            "already-applied",
            "the same, after a read that lagged",
            &Known { has_lagged: true, ..doubt.clone() },
            MINE,
            Verdict::ReadAgain,
        ),
        by_read(
            "already-applied",
            "a lost answer to an increment",
            &Known { counts: true, ..doubt.clone() },
            MINE,
            Verdict::Refused(RefusalKind::Unknown),
        ),
        by_read(
            "already-applied",
            "a lost answer where equal documents of several writers compete",
            &Known { may_repeat: false, ..doubt.clone() },
            MINE,
            Verdict::Refused(RefusalKind::Unknown),
        ),
        by_read("already-applied", "the write never arrived", &doubt, SAME_VERSION, Verdict::SendAgain),
        by_read(
            "already-applied",
            "the write never arrived, and no repeat is left",
            &Known { may_send_again: false, ..doubt.clone() },
            SAME_VERSION,
            Verdict::Refused(RefusalKind::Unknown),
        ),
        by_read("already-applied", "base under another version", &doubt, SAME_VALUE, Verdict::Conflict),
    ]
}

fn validators() -> Vec<Case> {
    let nothing = Problem::default();
    let stale = refused(Cause::PreconditionFailed, &nothing);
    let reread = Known { has_reread: true, ..stale.clone() };
    let dates = Validator { next_form: Some(EtagForm::Date), ..WEAK };
    let strong = Validator { protection: Protection::Strong, ..dates };
    let row = "spurious-validator";
    vec![
        by_read(row, "412, base under another tag", &stale, SAME_VALUE, Verdict::NameNewVersion),
        by_read(row, "412, the refused tag", &stale, SAME_VERSION, Verdict::Validator),
        by_validator(row, "a weak tag", &stale, WEAK, ValidatorVerdict::Form(EtagForm::Stripped)),
        by_validator(
            row,
            "another spelling",
            &stale,
            Validator { is_respelt: true, ..WEAK },
            ValidatorVerdict::Respelt,
        ),
        by_validator(
            row,
            "written a moment ago",
            &stale,
            Validator { is_fresh: true, ..WEAK },
            ValidatorVerdict::Read(Verdict::ReadAgain),
        ),
        by_validator(row, "only a date is left", &stale, dates, ValidatorVerdict::Read(Verdict::ReadAgain)),
        by_validator(row, "only a date is left, read twice", &reread, dates, ValidatorVerdict::Form(EtagForm::Date)),
        by_validator(
            row,
            "a strong tag, read twice",
            &reread,
            strong,
            ValidatorVerdict::Read(Verdict::Refused(RefusalKind::StaleRead)),
        ),
        by_validator(
            row,
            "a strong tag, where unique reads are allowed",
            &Known { may_read_uniquely: true, ..reread.clone() },
            strong,
            ValidatorVerdict::Read(Verdict::ReadUniquely),
        ),
        by_read(
            row,
            "a version that was refused before",
            &reread,
            Read { has_refused_version: true, ..THEIRS },
            Verdict::Refused(RefusalKind::StaleRead),
        ),
    ]
}

fn existence() -> Vec<Case> {
    let nothing = Problem::default();
    let stale = refused(Cause::PreconditionFailed, &nothing);
    let removal = Known { intent: Intent::Remove, ..stale.clone() };
    let creation = Known { intent: Intent::Create, ..stale.clone() };
    let (exists, again) =
        (problem(409, "already exists"), Problem { code: Some("OperationAborted".into()), ..problem(409, "") });
    let refused_creation = Known { intent: Intent::Create, ..refused(Cause::Conflict, &exists) };
    vec![
        by_removal("edit-delete", "412 or 404, and nothing is there", &stale, Verdict::Conflict),
        by_removal(
            "edit-delete",
            "the same for a patch of fetch",
            &Known { has_no_document: true, ..stale.clone() },
            Verdict::Refused(RefusalKind::Constraint),
        ),
        by_read("delete-edit", "412, another value", &removal, THEIRS, Verdict::Conflict),
        by_read(
            "delete-edit",
            "the own edit, whose answer was lost",
            &removal,
            Read { is_doubted_edit: true, ..THEIRS },
            Verdict::NameNewVersion,
        ),
        by_removal("delete-edit", "nothing is there", &removal, Verdict::Removed),
        by_read("create-create", "412, a document is there", &creation, THEIRS, Verdict::Conflict),
        by_read("create-create", "409, a document is there", &refused_creation, THEIRS, Verdict::Conflict),
        by_read("create-create", "412, mine is there", &creation, MINE, Verdict::AlreadySaved),
        by_removal(
            "create-create",
            "409, nothing is there",
            &refused_creation,
            Verdict::Refused(crate::conflict::refused_creation(&exists)),
        ),
        by_removal(
            "create-create",
            "409 that asks to try again, nothing is there",
            &Known { intent: Intent::Create, ..refused(Cause::Conflict, &again) },
            Verdict::Wait,
        ),
        by_removal(
            "create-create",
            "a lost answer, nothing is there",
            &Known { intent: Intent::Create, ..refused(Cause::Doubt, &nothing) },
            Verdict::SendAgain,
        ),
    ]
}

fn others() -> Vec<Case> {
    let nothing = Problem::default();
    // The status after a redirect may belong to a read: the fate of the write is unknown (HTTP-RULES F7).
    let redirected = refused(Cause::Doubt, &nothing);
    let required = refused(Cause::PreconditionRequired, &nothing);
    let unnamed = Known { names_version: false, ..required.clone() };
    let without_version = Read { has_version: false, ..SAME_VALUE };
    let stale = problem(409, "the version is stale");
    let spoken = Known { names_version: false, ..refused(Cause::Doubt, &stale) };
    let locked = refused(Cause::Locked, &nothing);
    let needs_version = Verdict::Refused(RefusalKind::VersionRequired);
    let precondition_failed = refused(Cause::PreconditionFailed, &nothing);
    let row = "precondition-required";
    let redirect =
        Answer { status: 412, is_of_redirect: true, may_wait: false, is_tested_by_patch: false, has_key: false };
    vec![
        Case {
            class: "moved",
            evidence: "412 after a redirect",
            found: Found::Answer(classify_answer(&redirected, &redirect)),
            expected: Found::Answer(AnswerVerdict::Read(Cause::Doubt)),
        },
        by_read("moved", "redirected, and carried out", &redirected, MINE, Verdict::AlreadySaved),
        by_read("moved", "redirected, and not carried out", &redirected, SAME_VERSION, Verdict::SendAgain),
        by_read("moved", "redirected, another value", &redirected, THEIRS, Verdict::Merge),
        by_answer(row, "428", &unnamed, 428, AnswerVerdict::Read(Cause::PreconditionRequired)),
        by_answer(row, "400 about versions", &spoken, 400, AnswerVerdict::Read(Cause::PreconditionRequired)),
        by_read(row, "428, a version to name", &unnamed, SAME_VALUE, Verdict::NameNewVersion),
        by_read(row, "428, no version to name", &unnamed, without_version, needs_version),
        by_read(row, "428 although the newest version was named", &required, SAME_VERSION, needs_version),
        by_answer("locked", "423", &locked, 423, AnswerVerdict::Read(Cause::Locked)),
        by_read("locked", "423, another value", &locked, THEIRS, Verdict::Refused(RefusalKind::Locked)),
        by_read("locked", "423, mine is there", &locked, MINE, Verdict::AlreadySaved),
        by_read(
            "stale-read",
            "409 about the version, unmoved",
            &refused(Cause::Conflict, &stale),
            SAME_VERSION,
            Verdict::Validator,
        ),
        by_read(
            "stale-read",
            "a version that was refused before, read twice",
            &Known { has_reread: true, ..precondition_failed.clone() },
            Read { has_refused_version: true, ..THEIRS },
            Verdict::Refused(RefusalKind::StaleRead),
        ),
        by_read(
            "stale-read",
            "the same, where unique reads are allowed",
            &Known { has_reread: true, may_read_uniquely: true, ..precondition_failed.clone() },
            Read { has_refused_version: true, ..THEIRS },
            Verdict::ReadUniquely,
        ),
        by_read(
            "stale-read",
            "base, although the decisions are about a later version",
            &precondition_failed,
            Read { is_back_at_base: true, ..THEIRS },
            Verdict::ReadAgain,
        ),
    ]
}

fn rules_of_the_server() -> Vec<Case> {
    let nothing = Problem::default();
    let (taken, words) = (
        Problem { code: Some("already_exists".into()), ..problem(409, "") },
        Problem { code: Some("invalid_state".into()), ..problem(409, "an order that was sent cannot change") },
    );
    let doubt = refused(Cause::Doubt, &nothing);
    let (conflict, silent) = (refused(Cause::Conflict, &words), refused(Cause::Conflict, &nothing));
    let (in_flight, reused) = ("idempotency-in-flight", "idempotency-reused");
    let keyed = Known { may_be_in_progress: true, ..silent.clone() };
    let create_below = |known: &Known<'_>, has_key, status| {
        let known = Known { intent: Intent::CreateBelow, ..known.clone() };
        let answer = Answer { status, is_of_redirect: false, may_wait: false, is_tested_by_patch: false, has_key };
        Found::Answer(classify_creation_below(&known, &answer))
    };
    let constraint = AnswerVerdict::Refused(RefusalKind::Constraint);
    let rule = "rule-violation";
    vec![
        by_read(in_flight, "409 with a key, the version unmoved", &keyed, SAME_VERSION, Verdict::Wait),
        Case {
            class: in_flight,
            evidence: "409 with a key, to a POST",
            found: create_below(&keyed, true, 409),
            expected: Found::Answer(AnswerVerdict::Wait),
        },
        by_answer(reused, "422 with a key", &keyed, 422, constraint),
        Case {
            class: reused,
            evidence: "422 with a key, to a POST",
            found: create_below(&refused(Cause::Conflict, &words), true, 422),
            expected: Found::Answer(AnswerVerdict::Refused(refused_creation(&words))),
        },
        by_read(
            rule,
            "409 with a reason, the version unmoved",
            &conflict,
            SAME_VERSION,
            Verdict::Refused(named_rule(&words).unwrap_or(RefusalKind::Constraint)),
        ),
        by_read(rule, "409 without a reason, the version unmoved", &silent, SAME_VERSION, Verdict::ReadAgain),
        by_read(
            rule,
            "the same, read twice",
            &Known { has_reread: true, ..silent.clone() },
            SAME_VERSION,
            Verdict::Refused(RefusalKind::Constraint),
        ),
        by_read(rule, "409 with a reason, but another value", &conflict, THEIRS, Verdict::Merge),
        Case {
            class: rule,
            evidence: "409 to a POST",
            found: create_below(&refused(Cause::Conflict, &taken), false, 409),
            expected: Found::Answer(AnswerVerdict::Refused(RefusalKind::Duplicate)),
        },
        by_read(
            rule,
            "404, but the document is there",
            &refused(Cause::Gone, &nothing),
            THEIRS,
            Verdict::Refused(RefusalKind::Constraint),
        ),
        by_answer(rule, "another status", &doubt, 418, constraint),
    ]
}

fn origins() -> Vec<Case> {
    let nothing = Problem::default();
    let stale = refused(Cause::PreconditionFailed, &nothing);
    let unread = |known: &Known<'_>, status| Found::Verdict(classify_unread(known, status));
    let probed = |status| Found::Support(classify_probe(status));
    let warned = |intent, names_version, origin| Found::Warning(unprotected(intent, names_version, &origin));
    let (ignored, enforced) = (Origin::with(PreconditionSupport::Ignored), Origin::with(PreconditionSupport::Enforced));
    let unprotected = |evidence, found, expected| Case { class: "unprotected", evidence, found, expected };
    let unknown = |evidence, found, kind| {
        let expected = Found::Verdict(Verdict::Refused(kind));
        Case { class: "unknown", evidence, found, expected }
    };
    let (none, ignores) = (Found::Warning(None), Found::Warning(Some(Warning::VersionIgnored)));
    let busy = problem(408, "too slow");
    vec![
        unprotected("a probe was accepted", probed(204), Found::Support(Some(PreconditionSupport::Ignored))),
        unprotected("a probe was refused", probed(412), Found::Support(Some(PreconditionSupport::Enforced))),
        unprotected("a probe was not answered", probed(503), Found::Support(None)),
        unprotected("no version", warned(Intent::Update, false, enforced), Found::Warning(Some(Warning::Unprotected))),
        unprotected("a version that is ignored", warned(Intent::Remove, true, ignored), ignores),
        unprotected("a version that is compared", warned(Intent::Update, true, enforced), none),
        unknown("412, and the read fails", unread(&stale, None), RefusalKind::Unknown),
        unknown(
            "a lost answer, and the read fails",
            unread(&refused(Cause::Doubt, &nothing), Some(500)),
            RefusalKind::Unknown,
        ),
        unknown("412, and nobody may read", unread(&stale, Some(403)), RefusalKind::Forbidden),
        by_answer("unknown", "500", &refused(Cause::Doubt, &nothing), 500, AnswerVerdict::Read(Cause::Doubt)),
        by_read(
            "unknown",
            "408, not carried out, and no repeat is left",
            &Known { may_send_again: false, ..refused(Cause::Doubt, &busy) },
            SAME_VERSION,
            Verdict::Refused(RefusalKind::Busy),
        ),
    ]
}

fn cases() -> Vec<Case> {
    [merges(), own_edits(), validators(), existence(), others(), rules_of_the_server(), origins()]
        .into_iter()
        .flatten()
        .collect()
}

/// The classes of the table in the document.
fn classes() -> Vec<&'static str> {
    let section = RULES.split("### 4.7").nth(1).and_then(|after| after.split("### 4.8").next()).unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|row| row.split(" |").next());
    rows.flat_map(|cell| cell.split('`').step_by(2)).collect()
}

#[test]
fn each_case_has_its_verdict() {
    for Case { class, evidence, found, expected } in cases() {
        assert_eq!(found, expected, "{class}: {evidence}");
    }
}

#[test]
fn each_row_of_the_document_has_a_case_and_each_case_a_row() {
    let (classes, cases) = (classes(), cases());
    assert_eq!(classes.len(), 19, "{classes:?}");
    for class in &classes {
        assert!(cases.iter().any(|case| case.class == *class), "no case for {class}");
    }
    for case in &cases {
        assert!(classes.contains(&case.class), "no row for {}", case.class);
    }
}
