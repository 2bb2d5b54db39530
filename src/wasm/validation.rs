//! A validating read after a conditional write, which replaces the copy in the browser's cache.

use js_sys::Object;
use wasm_bindgen::prelude::*;

use super::error::from_core;
use super::fetch::{Answered, Exchange, Progress};
use super::request::Extras;
use super::state::Client;
use super::task::{Next, Settled, Task};
use crate::error::Error;
use crate::http::Request;

/// A validating read for the browser's cache, for which no call waits.
pub(super) struct Validation {
    client: Client,
    extras: Extras,
    url: String,
    request: Option<Request>,
    exchange: Option<Exchange>,
}

impl Validation {
    pub(super) fn new(client: &Client, extras: &Extras, url: String, request: Request) -> Self {
        Self { client: client.clone(), extras: extras.clone(), url, request: Some(request), exchange: None }
    }

    fn progress(&mut self, settled: Option<Settled>) -> Result<Progress, JsValue> {
        if let (Some(exchange), Some(settled)) = (&mut self.exchange, settled) {
            return Ok(exchange.resume(settled, &self.extras));
        }
        let request = self.request.take().ok_or_else(|| from_core(Error::internal("a request that was sent")))?;
        let (exchange, progress) = Exchange::start(request, &self.extras)?;
        self.exchange = Some(exchange);
        Ok(progress)
    }
}

impl Task for Validation {
    fn resume(&mut self, settled: Option<Settled>) -> Result<Next, JsValue> {
        // An error of this read is not reported.
        let ended: Answered = match self.progress(settled) {
            Ok(Progress::Wait(wait)) => return Ok(Next::Wait(wait)),
            Ok(Progress::Ended(ended)) => ended,
            Err(_) => return Ok(Next::Done(JsValue::UNDEFINED)),
        };
        if ended.is_ok_and(|(answer, _)| answer.status == 200) {
            self.client.memory.borrow_mut().is_fresh(&self.url);
        }
        Ok(Next::Done(Object::new().into()))
    }
}
