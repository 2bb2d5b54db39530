//! The one loop that waits: every call, every exchange and every copy is a task of it.
//!
//! A task is plain code between its waits. One `async` function with one `await` carries out all of them, as rustc writes a state machine of
//! kilobytes for each function that awaits in several places.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::AbortSignal;

use super::abort::Listener;
use super::error::Returned;
use super::time::Timer;

/// Work that waits for promises.
pub(super) trait Task {
    /// Goes on after a wait; `None` at the start.
    ///
    /// # Errors
    /// The error of the task, which has then ended.
    fn resume(&mut self, settled: Option<Settled>) -> Result<Next, JsValue>;
}

/// The next action of a task.
pub(super) enum Next {
    Wait(Wait),
    Done(JsValue),
}

/// A wait for a promise, which a timer or an abort may end.
pub(super) struct Wait {
    /// Any value: a page's own function may return no promise.
    pub(super) value: JsValue,
    pub(super) timer: Option<Rc<Timer>>,
    pub(super) signal: Option<AbortSignal>,
}

/// The end of a wait.
pub(super) enum Settled {
    Fulfilled(JsValue),
    /// Any value at all, also one that is no `Error`: the reason of an abort, too.
    Rejected(JsValue),
    TimedOut,
}

/// Carries out a task.
pub(super) fn run(task: Box<dyn Task>) -> Promise {
    // One type for all: a box keeps the machinery around it in the download once.
    let future: Pin<Box<dyn Future<Output = Returned>>> = Box::pin(carry_out(task));
    future_to_promise(future)
}

async fn carry_out(mut task: Box<dyn Task>) -> Returned {
    let mut settled = None;
    loop {
        let wait = match task.resume(settled.take())? {
            Next::Done(value) => return Ok(value),
            Next::Wait(wait) => wait,
        };
        let begun = wait.begin();
        let ended = match &begun {
            Ok((promise, _listener)) => JsFuture::from(promise.clone()).await,
            Err(thrown) => Err(thrown.clone()),
        };
        settled = Some(wait.settled(ended));
    }
}

impl Wait {
    /// The promise of the first end, and the listener that must live as long.
    fn begin(&self) -> Result<(Promise, Option<Listener>), JsValue> {
        let listener = self.signal.as_ref().map(Listener::new).transpose()?;
        // The race also runs after an abort, as an unhandled rejection of the value would end a Node.js process.
        let racing = Array::new();
        if let Some(listener) = &listener {
            racing.push(&listener.promise);
        }
        racing.push(&self.value);
        if let Some(timer) = &self.timer {
            racing.push(&timer.promise);
        }
        Ok((Promise::race(&racing), listener))
    }

    fn settled(&self, ended: Returned) -> Settled {
        match ended {
            Ok(value) if self.timer.as_ref().is_some_and(|timer| value == timer.end) => Settled::TimedOut,
            Ok(value) => Settled::Fulfilled(value),
            Err(reason) => Settled::Rejected(reason),
        }
    }
}
