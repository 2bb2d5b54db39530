//! The builds and tools that one run of xtask has already, for all its parts.

use std::cell::RefCell;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::package;
use crate::project::Project;
use crate::term::{self, Failure, Result, progress};
use crate::webkit::WebKit;

/// The state that all parts of a run share.
#[derive(Debug)]
pub struct Shared<'a> {
    project: &'a Project,
    /// Whether the build of the package succeeded; nothing before it was tried.
    built: Mutex<Option<bool>>,
    webkit: OnceLock<Option<WebKit>>,
    /// Whether the parts were named: a long part then does all of its work.
    is_named: bool,
}

impl<'a> Shared<'a> {
    pub fn new(project: &'a Project, is_named: bool) -> Self {
        Self { project, built: Mutex::new(None), webkit: OnceLock::new(), is_named }
    }
}

/// One part's view of the run.
#[derive(Debug)]
pub struct Session<'a> {
    shared: &'a Shared<'a>,
    /// For the table of parts: the steps that the part left out or repeated, and the reason.
    notes: RefCell<Vec<String>>,
}

impl<'a> Session<'a> {
    pub fn new(shared: &'a Shared<'a>) -> Self {
        Self { shared, notes: RefCell::default() }
    }

    pub fn project(&self) -> &'a Project {
        self.shared.project
    }

    pub fn is_named(&self) -> bool {
        self.shared.is_named
    }

    /// WebKit; none where it cannot be installed. The table of parts then says so.
    pub fn webkit(&self) -> Option<&'a WebKit> {
        let start = || WebKit::start(self.project()).inspect_err(term::error).ok();
        let found = self.shared.webkit.get_or_init(start).as_ref();
        if found.is_none() {
            self.skip("WebKit: install webkit2gtk-driver and xvfb");
        }
        found
    }

    /// Reports a step that is left out, with the reason, in the table of parts.
    pub fn skip(&self, what: &str) {
        self.note(&format!("skipped: {what}"));
    }

    /// Reports something in the table of parts.
    pub fn note(&self, what: &str) {
        progress(what);
        self.notes.borrow_mut().push(what.to_string());
    }

    /// Everything that the part reported.
    pub fn notes(&self) -> String {
        self.notes.borrow().join("; ")
    }

    /// Builds the package, once. Another part that needs it waits for the same build.
    ///
    /// # Errors
    /// When the build failed, for each part that needs it.
    pub fn package(&self) -> Result<()> {
        let mut built = self.shared.built.lock().unwrap_or_else(PoisonError::into_inner);
        match *built {
            Some(true) => Ok(()),
            Some(false) => Err(Failure::new("the package could not be built, see above")),
            None => {
                let result = package::build(self.project());
                *built = Some(result.is_ok());
                result
            }
        }
    }
}
