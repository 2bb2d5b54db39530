//! Facts about one origin, learnt from writes: which preconditions it enforces, and which form of its tags it accepts.

use crate::http::EtagForm;

/// How an origin treats a precondition that does not hold, as far as known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PreconditionSupport {
    /// It has refused no write so far.
    Unknown,
    /// It has refused no write so far, and has answered a write without the new version, as servers do that ignore versions.
    Suspect,
    /// It has refused a write because of its precondition.
    #[default]
    Enforced,
    /// It has accepted a stale write.
    Ignored,
}

/// How an origin answers a PUT that replaces a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UpdateStatus {
    /// No PUT has been answered so far.
    #[default]
    Unknown,
    /// With 200 or 204 (RFC 9110 §9.3.4), so that a 201 means that no document existed.
    Updated,
    /// With 201 always (Azure Blob Storage, rclone), so that a 201 says nothing.
    Created,
}

/// The facts about one origin.
///
/// The default is an origin that enforces every precondition; [`Origin::unknown`] is one that nobody has written to.
///
/// # Examples
///
/// ```
/// use mergefetch::client::{Origin, PreconditionSupport};
///
/// let origin = Origin::with(PreconditionSupport::Ignored);
/// assert_eq!(origin.removals, PreconditionSupport::Ignored);
/// assert_eq!(Origin::unknown().updates, PreconditionSupport::Unknown);
/// assert_eq!(Origin::decode(&origin.encode()), Some(origin));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Origin {
    /// The form of a tag that it accepted last.
    pub form: EtagForm,
    /// Whether it compares the version of a PUT or PATCH.
    pub updates: PreconditionSupport,
    /// Whether it compares the version of a DELETE: some servers compare only the version of a PUT.
    pub removals: PreconditionSupport,
    /// Whether it refuses `If-None-Match: *` for an existing document.
    pub creations: PreconditionSupport,
    /// How it answers an update.
    pub update_status: UpdateStatus,
    /// Whether a shared cache before it ignores the directives of requests (HTTP-RULES X7).
    pub has_stale_cache: bool,
}

/// The first octet of an encoded origin. A new layout gets a new number, so that old octets count as unknown.
const LAYOUT: u8 = 1;

impl Origin {
    /// An origin that nobody has written to.
    pub fn unknown() -> Self {
        Self::with(PreconditionSupport::Unknown)
    }

    /// An origin that treats the preconditions of all methods alike.
    pub fn with(support: PreconditionSupport) -> Self {
        Self { updates: support, removals: support, creations: support, ..Self::default() }
    }

    /// These facts with the changes from `before` to `after`.
    pub(super) fn with_changes(self, before: Self, after: Self) -> Self {
        fn changed<T: PartialEq>(now: T, before: &T, after: T) -> T {
            if *before == after { now } else { after }
        }
        // Another write may have found a fact meanwhile, which outweighs a suspicion.
        let learnt = |now, before: PreconditionSupport, after| match (now, after) {
            (PreconditionSupport::Enforced | PreconditionSupport::Ignored, PreconditionSupport::Suspect) => now,
            _ => changed(now, &before, after),
        };
        Self {
            form: changed(self.form, &before.form, after.form),
            updates: learnt(self.updates, before.updates, after.updates),
            removals: learnt(self.removals, before.removals, after.removals),
            creations: learnt(self.creations, before.creations, after.creations),
            update_status: changed(self.update_status, &before.update_status, after.update_status),
            has_stale_cache: self.has_stale_cache || after.has_stale_cache,
        }
    }

    /// Bytes for a store, so that the facts outlive the page.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::client::{Origin, PreconditionSupport};
    ///
    /// let origin = Origin { updates: PreconditionSupport::Ignored, ..Origin::unknown() };
    /// assert_eq!(Origin::decode(&origin.encode()), Some(origin));
    /// assert_eq!(Origin::decode(b"something else"), None);
    /// ```
    pub fn encode(&self) -> Vec<u8> {
        let support = [self.updates, self.removals, self.creations].map(|one| one as u8);
        let [updates, removals, creations] = support;
        let (form, status) = (self.form as u8, self.update_status as u8);
        vec![LAYOUT, form, updates, removals, creations, status, u8::from(self.has_stale_cache)]
    }

    /// The origin that [`Origin::encode`] wrote; `None` for anything else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        // In the order of the enum, whose numbers are stored.
        const FORMS: [EtagForm; 6] = [
            EtagForm::Verbatim,
            EtagForm::Stripped,
            EtagForm::Uncompressed,
            EtagForm::Date,
            EtagForm::Quoted,
            EtagForm::Dashed,
        ];
        const SUPPORT: [PreconditionSupport; 4] = [
            PreconditionSupport::Unknown,
            PreconditionSupport::Suspect,
            PreconditionSupport::Enforced,
            PreconditionSupport::Ignored,
        ];
        const STATUS: [UpdateStatus; 3] = [UpdateStatus::Unknown, UpdateStatus::Updated, UpdateStatus::Created];
        let &[LAYOUT, form, updates, removals, creations, status, has_stale_cache] = bytes else { return None };
        let support = |number: u8| SUPPORT.get(usize::from(number)).copied();
        Some(Self {
            form: FORMS.get(usize::from(form)).copied()?,
            updates: support(updates)?,
            removals: support(removals)?,
            creations: support(creations)?,
            update_status: STATUS.get(usize::from(status)).copied()?,
            has_stale_cache: has_stale_cache == 1,
        })
    }
}
