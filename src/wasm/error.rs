//! The only place where an error of this library becomes one of JavaScript.

use crate::gather::Gather;
use js_sys::{Error as JsError, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::wire::{OF_MODULE, code, error as names};
use crate::client::Unreadable;
use crate::conflict::MAX_DOCUMENT_BYTES;
use crate::error::{Detail, Error, ErrorCode};
use crate::http::BodyFailure;

/// The answer to a call, or its error.
pub(super) type Returned = Result<JsValue, JsValue>;

/// A real `Error` with the own properties `code` and `details`; the facade recognises it by its name and turns it into a
/// `MergefetchError`.
pub(super) fn js_error(code: &str, message: &str, details: &[(&str, JsValue)]) -> JsValue {
    let error = JsError::new(message);
    let bag = Object::new();
    for (name, value) in details {
        set(&bag, name, value.clone());
    }
    set_text(&error, "name", OF_MODULE);
    set_text(&error, names::CODE, code);
    set(&error, names::DETAILS, bag.into());
    error.into()
}

/// Sets an own property of a plain object, which cannot fail.
pub(super) fn set(target: &JsValue, name: &str, value: JsValue) {
    let is_set = Reflect::set(target, &name.into(), &value).is_ok();
    debug_assert!(is_set, "a plain object takes every property");
}

/// Sets a property that is a text. This is the most frequent kind, so its conversion is here once.
pub(super) fn set_text(target: &JsValue, name: &str, text: &str) {
    set(target, name, text.into());
}

/// An error of the core.
pub(super) fn from_core(error: Error) -> JsValue {
    let details: Vec<_> = error
        .details()
        .into_iter()
        .map(|(name, detail)| {
            let value = match detail {
                Detail::Number(number) => JsValue::from_f64(number as f64),
                Detail::Text(text) => JsValue::from_str(&text),
            };
            (name, value)
        })
        .gather();
    js_error(error.code().as_str(), &error.message(), &details)
}

/// A success that could not be read as a document.
pub(super) fn from_unreadable(why: Unreadable, url: &str) -> JsValue {
    match why {
        Unreadable::Document(error) => {
            let error = from_core(error);
            if let Ok(details) = Reflect::get(&error, &names::DETAILS.into()) {
                set_text(&details, "url", url);
            }
            error
        }
        Unreadable::Body(BodyFailure::Cut) => {
            js_error(code::NETWORK, "the answer ended inside its body", &[("url", url.into())])
        }
        Unreadable::Body(BodyFailure::TooLarge { found_bytes }) => js_error(
            ErrorCode::TooLarge.as_str(),
            "the document is larger than the limit",
            &[
                ("url", url.into()),
                ("limitBytes", (MAX_DOCUMENT_BYTES as f64).into()),
                ("foundBytes", (found_bytes as f64).into()),
            ],
        ),
    }
}

/// The message of a thrown value; empty if the value is no `Error`.
pub(super) fn words_of(thrown: &JsValue) -> String {
    thrown.dyn_ref::<js_sys::Error>().map_or_else(String::new, |error| String::from(error.message()))
}
