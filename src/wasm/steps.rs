//! A call under way: the steps of its machine, one wait after another.

use std::rc::Rc;

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;

use super::driver::{Driver, request_event};
use super::dto::document;
use super::engine::engine;
use super::error::{Returned, from_core};
use super::fetch::{Exchange, Failure, Progress};
use super::input::edit;
use super::task::{Next, Settled, Task, Wait, run};
use super::time::{Timer, moment};
use super::wire::code;
use crate::client::{Event, Machine, Objection, Step, next_step};
use crate::error::Error;
use crate::http::{Field, Format, Request};

/// How long a write of a caller of `fetch` waits for the bodies of earlier answers. A body that never ends cannot be the base of an edit.
const COPIES_MS: f64 = 2_000.0;

/// A machine with the way from its outcome to the answer of the call.
trait Work {
    fn machine(&mut self) -> &mut dyn Machine;
    fn finish(self: Box<Self>, driver: &Driver) -> Returned;
}

struct Job<M> {
    machine: M,
    finish: fn(M, &Driver) -> Returned,
}

impl<M: Machine> Work for Job<M> {
    fn machine(&mut self) -> &mut dyn Machine {
        &mut self.machine
    }

    fn finish(self: Box<Self>, driver: &Driver) -> Returned {
        (self.finish)(self.machine, driver)
    }
}

/// Carries out a machine to its end; `finish` makes the answer of its outcome.
pub(super) fn begin<M: Machine + 'static>(
    made: Result<(Driver, M), JsValue>,
    finish: fn(M, &Driver) -> Returned,
) -> Promise {
    begin_after(made, finish, Array::new())
}

/// As [`begin`], after the `earlier` promises are settled or [`COPIES_MS`] are over.
pub(super) fn begin_after<M: Machine + 'static>(
    made: Result<(Driver, M), JsValue>,
    finish: fn(M, &Driver) -> Returned,
    earlier: Array,
) -> Promise {
    match made {
        Ok((driver, machine)) => carry_out(driver, Box::new(Job { machine, finish }), earlier),
        Err(error) => Promise::reject(&error),
    }
}

fn carry_out(driver: Driver, work: Box<dyn Work>, earlier: Array) -> Promise {
    run(Box::new(Steps { driver, work: Some(work), waiting: Waiting::Beginning(earlier) }))
}

/// A call under way.
struct Steps {
    driver: Driver,
    /// Taken at the end.
    work: Option<Box<dyn Work>>,
    waiting: Waiting,
}

/// The wait of a call.
enum Waiting {
    /// These promises, before the first step.
    Beginning(Array),
    Turn,
    /// The page, before this key is loaded.
    Ready(String),
    Loaded,
    Engine,
    Kept,
    /// The deletion of a key; these are left.
    Forgotten(Vec<String>),
    Changed(Format),
    Validated,
    Time,
    Answer(Box<Exchange>, f64),
}

/// How a call goes on.
enum Going {
    On(Event),
    Waiting(Waiting, Wait),
}

impl Task for Steps {
    fn resume(&mut self, settled: Option<Settled>) -> Result<Next, JsValue> {
        let next = self.advance(settled);
        if matches!(next, Ok(Next::Wait(_))) {
            return next;
        }
        if let Some(mut work) = self.work.take() {
            let machine = work.machine();
            if next.is_err() {
                self.driver.abandon(machine);
            }
            self.driver.refresh_browser_cache(&machine.named());
            if next.is_ok() {
                return work.finish(&self.driver).map(Next::Done);
            }
        }
        next
    }
}

impl Steps {
    /// All steps up to the next wait; `Done` at the end of the machine.
    fn advance(&mut self, settled: Option<Settled>) -> Result<Next, JsValue> {
        let Some(mut work) = self.work.take() else { return Err(from_core(Error::internal("a call that has ended"))) };
        let next = self.steps(work.machine(), settled);
        self.work = Some(work);
        next
    }

    fn steps(&mut self, machine: &mut dyn Machine, settled: Option<Settled>) -> Result<Next, JsValue> {
        let mut going = match settled {
            Some(settled) => self.arrived(settled, machine)?,
            None => self.first(),
        };
        loop {
            let event = match going {
                Going::On(event) => event,
                Going::Waiting(waiting, wait) => {
                    self.waiting = waiting;
                    return Ok(Next::Wait(wait));
                }
            };
            let step = next_step(machine, &mut self.driver.memory(), event, moment());
            for event in machine.take_events() {
                self.driver.notify(event);
            }
            if self.driver.client.memory.borrow_mut().take_moved() {
                self.driver.client.wake();
            }
            let Some(next) = self.step(step.map_err(from_core)?, machine)? else {
                return Ok(Next::Done(JsValue::UNDEFINED));
            };
            going = next;
        }
    }

    fn first(&mut self) -> Going {
        match std::mem::replace(&mut self.waiting, Waiting::Time) {
            Waiting::Beginning(earlier) if earlier.length() > 0 => {
                let timer = Some(Rc::new(Timer::new(COPIES_MS)));
                let value = Promise::all_settled(&earlier).into();
                Going::Waiting(Waiting::Beginning(Array::new()), Wait { timer, ..self.driver.wait(value) })
            }
            _ => Going::On(Event::Started),
        }
    }

    /// Begins a step; `None` at the end.
    fn step(&self, step: Step<()>, machine: &mut dyn Machine) -> Result<Option<Going>, JsValue> {
        let driver = &self.driver;
        Ok(Some(match step {
            Step::Done(()) => return Ok(None),
            Step::Turn => {
                let woken = Promise::new(&mut |resolve, _| driver.client.waiting.borrow_mut().push(resolve));
                Going::Waiting(Waiting::Turn, driver.patient_wait(woken.into()))
            }
            Step::Load(key) => match driver.ready.take() {
                Some(ready) => {
                    let called = ready.call0(&JsValue::UNDEFINED)?;
                    Going::Waiting(Waiting::Ready(key), driver.patient_wait(called))
                }
                None => self.load(&key)?,
            },
            Step::LoadEngine => match driver.client.load_engine.call0(&JsValue::UNDEFINED) {
                Ok(called) => Going::Waiting(Waiting::Engine, driver.patient_wait(called)),
                Err(thrown) => self.without_engine(thrown, machine)?,
            },
            Step::Keep(key, bytes) => match driver.client.store.keep(&key, &bytes) {
                Ok(value) => Going::Waiting(Waiting::Kept, driver.wait(value)),
                Err(_) => Going::On(driver.unless_aborted(Event::Stored)?),
            },
            Step::Forget(mut keys) => {
                keys.reverse();
                self.forget(keys)?
            }
            Step::Change(base) => match &driver.change {
                Some(change) => {
                    let format = base.format();
                    let called = change.call2(&JsValue::UNDEFINED, &document(&base), &format.as_str().into())?;
                    Going::Waiting(Waiting::Changed(format), driver.patient_wait(called))
                }
                None => Going::On(Event::Changed(base)),
            },
            Step::Validate(merged) => match &driver.validate {
                Some(validate) => {
                    let called = validate.call1(&JsValue::UNDEFINED, &document(&merged))?;
                    Going::Waiting(Waiting::Validated, driver.patient_wait(called))
                }
                None => Going::On(Event::Validated(None)),
            },
            Step::Send(request) => self.send(request, machine)?,
            Step::Wait { ms } => {
                let timer = Rc::new(Timer::new(f64::from(ms)));
                let wait = driver.wait(timer.promise.clone().into());
                // The timer lives as long as the wait. Its end is no delay of the call.
                Going::Waiting(Waiting::Time, Wait { timer: Some(timer), ..wait })
            }
        }))
    }

    /// Goes on after a wait.
    fn arrived(&mut self, settled: Settled, machine: &mut dyn Machine) -> Result<Going, JsValue> {
        let driver = &self.driver;
        let waited = |settled, late| driver.awaited(settled, code::NETWORK, late);
        Ok(match std::mem::replace(&mut self.waiting, Waiting::Time) {
            Waiting::Beginning(_) => match settled {
                Settled::Rejected(reason) => return Err(reason),
                _ => Going::On(Event::Started),
            },
            Waiting::Turn => {
                waited(settled, "another write of this document did not end in time")?;
                Going::On(Event::Turn)
            }
            Waiting::Ready(key) => {
                waited(settled, "another tab did not end its write of this document in time")?;
                self.load(&key)?
            }
            Waiting::Loaded => {
                let found = match settled {
                    Settled::Fulfilled(value) => value.dyn_into::<js_sys::Uint8Array>().ok(),
                    _ => None,
                };
                Going::On(driver.unless_aborted(Event::Loaded(found.map(|bytes| bytes.to_vec())))?)
            }
            Waiting::Engine => {
                let late = "the merge engine did not arrive in time";
                let loaded = driver.awaited(settled, code::NOT_STARTED, late);
                match loaded.and_then(|_| engine()) {
                    Ok(engine) => Going::On(Event::EngineLoaded(engine)),
                    Err(error) => self.without_engine(error, machine)?,
                }
            }
            Waiting::Kept => Going::On(driver.unless_aborted(Event::Stored)?),
            Waiting::Forgotten(keys) => {
                driver.unless_aborted(())?;
                self.forget(keys)?
            }
            Waiting::Changed(format) => {
                let made = waited(settled, "the function that changes the document did not settle in time")?;
                Going::On(Event::Changed(edit(&made, format)?))
            }
            Waiting::Validated => {
                let told = waited(settled, "`validate` did not settle in time")?;
                Going::On(Event::Validated(told.dyn_ref::<Array>().map(objection)))
            }
            Waiting::Time => match settled {
                Settled::Rejected(reason) => return Err(reason),
                _ => Going::On(Event::Waited),
            },
            Waiting::Answer(mut exchange, started_ms) => {
                let progress = exchange.resume(settled, &driver.extras);
                self.exchanged(exchange, started_ms, progress, machine)?
            }
        })
    }

    fn load(&self, key: &str) -> Result<Going, JsValue> {
        Ok(match self.driver.client.store.load(key) {
            Ok(value) => Going::Waiting(Waiting::Loaded, self.driver.wait(value)),
            Err(_) => Going::On(self.driver.unless_aborted(Event::Loaded(None))?),
        })
    }

    /// Deletes the keys, the last one first.
    fn forget(&self, mut keys: Vec<String>) -> Result<Going, JsValue> {
        while let Some(key) = keys.pop() {
            if let Ok(value) = self.driver.client.store.forget(&key) {
                return Ok(Going::Waiting(Waiting::Forgotten(keys), self.driver.wait(value)));
            }
            self.driver.unless_aborted(())?;
        }
        Ok(Going::On(Event::Stored))
    }

    /// The engine cannot be had. Some machines end without it.
    fn without_engine(&self, error: JsValue, machine: &mut dyn Machine) -> Result<Going, JsValue> {
        let has_end = machine.ends_without_engine() && !self.driver.is_aborted();
        if has_end { Ok(Going::On(Event::NoEngine)) } else { Err(error) }
    }

    fn send(&self, request: Request, machine: &mut dyn Machine) -> Result<Going, JsValue> {
        let driver = &self.driver;
        driver.check(&request)?;
        let started_ms = js_sys::Date::now();
        // The server named another URL, perhaps after it had created the document, so an invalid URL must not fail the call.
        let is_named_by_server = !request.url.starts_with(&driver.call.url);
        let (url, method) = (request.url.clone(), request.method);
        match Exchange::start(request, &driver.extras) {
            Ok((exchange, progress)) => self.exchanged(Box::new(exchange), started_ms, progress, machine),
            Err(_) if is_named_by_server => {
                request_event(&driver.client.emit, (&url, method.as_str()), None, started_ms, 0);
                Ok(Going::On(Event::NoAnswer(String::new())))
            }
            Err(error) => Err(error),
        }
    }

    fn exchanged(
        &self,
        exchange: Box<Exchange>,
        started_ms: f64,
        progress: Progress,
        machine: &mut dyn Machine,
    ) -> Result<Going, JsValue> {
        let answered = match progress {
            Progress::Wait(wait) => return Ok(Going::Waiting(Waiting::Answer(exchange, started_ms), wait)),
            Progress::Ended(answered) => answered,
        };
        let (driver, request) = (&self.driver, &exchange.request);
        let status = answered.as_ref().ok().map(|(answer, _)| answer.status);
        let bytes_saved = if status == Some(304) { machine.saved_bytes() } else { 0 };
        request_event(&driver.client.emit, (&request.url, request.method.as_str()), status, started_ms, bytes_saved);
        Ok(Going::On(match answered {
            Ok((answer, response)) => {
                driver.answers.borrow_mut().add(request, &answer, response);
                Event::Answered(answer)
            }
            Err(Failure::NoAnswer(why, thrown)) => {
                driver.answers.borrow_mut().fail(request, thrown);
                Event::NoAnswer(why)
            }
            Err(Failure::Aborted(reason)) => return Err(reason),
        }))
    }
}

/// Reads the texts from the facade: the message, then a path and its detail for each member.
fn objection(told: &Array) -> Objection {
    let text = |at: u32| told.get(at).as_string().unwrap_or_default();
    let mut fields = Vec::new();
    for at in (1..told.length()).step_by(2) {
        fields.push(Field { path: text(at), value: None, detail: Some(text(at + 1)) });
    }
    Objection { words: text(0), fields }
}
