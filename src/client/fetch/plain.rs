//! The write of a caller of `fetch` without the engine: the choice of its base.

use super::FetchedWrite;
use crate::client::plain_edit::is_plain_edit;
use crate::client::{Memory, Snapshot, Write, WriteOptions};
use crate::http::StoredResponse;

impl FetchedWrite {
    /// Whether the base of the body is clear without a comparison by a merge.
    pub(in crate::client) fn is_plain(
        &self,
        memory: &Memory,
        stored: Option<&StoredResponse>,
        handed_out: &[Snapshot],
        options: &WriteOptions,
    ) -> bool {
        let url = &self.call.url;
        let base = self.plain_base(memory, stored, handed_out, options);
        let mut known = handed_out.iter().chain(memory.handed_out_of(url)).peekable();
        let is_known_otherwise = memory.handed_out_to_others(url).next().is_some()
            || (known.peek().is_none() && memory.known_by_saves(url).next().is_some());
        let mut is_one = |base: &Snapshot| known.all(|one| one.equals(base)) && !memory.has_save_from(base);
        let is_plain = |base: &Snapshot| {
            self.document(Some(&base.document)).is_none_or(|mine| is_plain_edit(&base.document, &mine))
        };
        !is_known_otherwise && base.is_none_or(|base| is_plain(&base) && is_one(&base))
    }

    /// The only document that the body can be an edit of.
    fn plain_base(
        &self,
        memory: &Memory,
        stored: Option<&StoredResponse>,
        handed_out: &[Snapshot],
        options: &WriteOptions,
    ) -> Option<Snapshot> {
        let known = handed_out.first().or_else(|| memory.handed_out_of(&self.call.url).next()).cloned();
        known.or_else(|| self.stored_base(stored, options))
    }

    /// The machine of a write that [`is_plain`](Self::is_plain).
    pub(in crate::client) fn write_plainly(
        self,
        memory: &Memory,
        stored: Option<StoredResponse>,
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
