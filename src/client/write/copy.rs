//! A write of a copied snapshot, whose document only a read shows.

use super::{Copied, Phase, Write, is_known_of_copy};
use crate::client::{Moment, Outcome, Snapshot, Step};
use crate::conflict::{Document, RefusalKind};
use crate::error::Error;
use crate::http::{CacheMode, Problem, Protection, Response};

impl Write {
    pub(super) fn start_of_copy(&mut self, copied: Box<Copied>, moment: Moment) -> Step<Outcome> {
        self.choose_reads(moment);
        self.check_copy(copied)
    }

    /// Reads the newest document, which may be the base.
    pub(super) fn check_copy(&mut self, copied: Box<Copied>) -> Step<Outcome> {
        self.phase = Phase::CheckingCopy(copied);
        Step::Send(self.read_of(CacheMode::Reload))
    }

    pub(super) fn copy_checked(
        &mut self,
        copied: Box<Copied>,
        response: &Response,
        moment: Moment,
    ) -> Result<Step<Outcome>, Error> {
        match response.status {
            200 => {
                let known =
                    self.base.as_ref().map(|base| &base.document).or(self.edit.mine.as_ref()).map(Document::format);
                match self.snapshot_as(response, known.filter(is_known_of_copy)) {
                    Ok(theirs) => self.find_base(*copied, theirs, moment),
                    Err(_) => {
                        let problem = Problem::without_answer("the newest version cannot be read");
                        Ok(self.check_copy_again(copied, problem, moment))
                    }
                }
            }
            404 | 410 => self.check_found_nothing(response, moment),
            _ => Ok(self.check_copy_again(copied, Problem::of(response, moment.now_ms), moment)),
        }
    }

    pub(super) fn check_copy_again(&mut self, copied: Box<Copied>, problem: Problem, moment: Moment) -> Step<Outcome> {
        match self.pause_before_check_ms(problem, moment) {
            Some(ms) => {
                self.phase = Phase::WaitingToCheckCopy(copied);
                Step::Wait { ms }
            }
            None => self.refuse(RefusalKind::Unknown),
        }
    }

    /// The newest document is the base of a copied snapshot if it has the version of the copy, or its value.
    fn find_base(&mut self, copied: Copied, theirs: Snapshot, moment: Moment) -> Result<Step<Outcome>, Error> {
        // The page knew neither the format of a text nor numbers that JavaScript cannot represent.
        let known = theirs.document.clone();
        let copied = copied.value.map(|copied| copied.clone().read_as(&known).unwrap_or(copied));
        let is_copied = || copied.as_ref().is_some_and(|copied| copied.equals(&known));
        let is_base = match (&theirs.version, &self.version) {
            // Two edits within one second have the same date.
            (Some(now), Some(version)) if now.protection() == Protection::Date => now.is_same(version) && is_copied(),
            (Some(now), Some(version)) => now.is_same(version),
            _ => is_copied(),
        };
        let edited = copied.as_ref().filter(|_| !is_base).unwrap_or(&known);
        self.edit.mine = self.edit.mine.take().map(|mine| mine.read_as(edited)).transpose()?;
        self.edit.own.clone_from(&self.edit.mine);
        self.outgoing.clone_from(&self.edit.mine);
        if !is_base {
            let url = theirs.url.clone();
            self.base =
                copied.map(|document| Snapshot { document, url, version: self.version.clone(), ..theirs.clone() });
            self.found_moved("the document has another version than the copied snapshot");
            return self.classify_read(theirs, moment);
        }
        if let Some(mine) = &self.edit.mine {
            self.outgoing = Some(self.in_layout_of(&theirs.document, mine).unwrap_or_else(|| mine.clone()));
        }
        self.base = Some(theirs);
        self.check.has_found = true;
        self.rebase_on_earlier()?;
        self.begin()
    }
}
