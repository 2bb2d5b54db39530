//! The requests of a call: requests of the loop, and the caller's own request of `fetch`.
//!
//! This file makes them, as the builder of `gloo-net` parses each URL twice and brings the formatter into the download.

use gloo_net::http::Headers as GlooHeaders;
use js_sys::{Function, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::error::{js_error, set, set_text, words_of};
use crate::client::CONDITIONS;
use crate::error::ErrorCode;
use crate::http::{CacheMode, Request, RequestSource};

/// The caller's additions to every request of one call.
#[derive(Clone)]
pub(super) struct Extras {
    pub(super) fetch: Function,
    /// The caller's own fields.
    pub(super) headers: web_sys::Headers,
    /// The rest of the caller's `RequestInit`, without method, headers, body and signal.
    pub(super) init: JsValue,
    pub(super) signal: Option<AbortSignal>,
    pub(super) timeout_ms: f64,
    /// The request of a caller of `fetch`.
    pub(super) template: Option<web_sys::Request>,
}

/// A request of the loop.
///
/// # Errors
/// A request that cannot be made at all, such as a URL with a password.
pub(super) fn build(request: &Request, extras: &Extras, signal: &AbortSignal) -> Result<web_sys::Request, JsValue> {
    let own =
        if request.is_foreign { web_sys::Headers::new() } else { web_sys::Headers::new_with_headers(&extras.headers) };
    let headers = GlooHeaders::from_raw(own?);
    if request.body.is_none() {
        headers.delete("content-type");
    }
    if extras.template.is_some() {
        // The caller's condition belongs only to the caller's request.
        for name in CONDITIONS {
            headers.delete(name);
        }
    }
    for (name, value) in request.headers.iter() {
        headers.set(name, value);
    }
    // Plain objects: a setter of its own for each member would be a function in the module and one in the glue.
    let init: JsValue = Object::new().into();
    set_text(&init, "method", request.method.as_str());
    set(&init, "headers", headers.into_raw().into());
    set(&init, "signal", signal.into());
    match request.cache {
        CacheMode::Default => {}
        CacheMode::NoCache => set_text(&init, "cache", "no-cache"),
        CacheMode::Reload => set_text(&init, "cache", "reload"),
        CacheMode::NoStore => set_text(&init, "cache", "no-store"),
    }
    if let Some(body) = &request.body {
        set(&init, "body", Uint8Array::from(body.as_slice()).into());
    }
    web_sys::Request::new_with_str_and_init(&request.url, init.unchecked_ref()).map_err(|thrown| {
        js_error(ErrorCode::InvalidArgument.as_str(), &words_of(&thrown), &[("url", request.url.as_str().into())])
    })
}

/// The caller's own request, with the fields that the loop adds.
pub(super) fn build_own(extras: &Extras, request: &Request) -> Result<web_sys::Request, JsValue> {
    let Some(template) = &extras.template else {
        return Err(js_error(ErrorCode::Internal.as_str(), "expected the caller's request", &[]));
    };
    let init: JsValue = Object::new().into();
    let cache = match request.cache {
        CacheMode::Default => None,
        CacheMode::NoStore => Some("no-store"),
        CacheMode::NoCache => Some("no-cache"),
        CacheMode::Reload => Some("reload"),
    };
    let copy = match cache {
        None => template.clone()?,
        Some(cache) => {
            set_text(&init, "cache", cache);
            web_sys::Request::new_with_request_and_init(&template.clone()?, init.unchecked_ref())?
        }
    };
    let headers = copy.headers();
    if request.source == RequestSource::CallerUnconditional {
        for name in CONDITIONS {
            headers.delete(name)?;
        }
    }
    for (name, value) in request.headers.iter() {
        headers.set(name, value)?;
    }
    if request.url == copy.url() {
        return Ok(copy);
    }
    set(&init, "headers", headers.into());
    // The version is in the query.
    for name in ["credentials", "mode", "signal", "redirect"] {
        set(&init, name, Reflect::get(template, &name.into())?);
    }
    set_text(&init, "method", request.method.as_str());
    if let Some(body) = &request.body {
        set(&init, "body", Uint8Array::from(body.as_slice()).into());
    }
    web_sys::Request::new_with_str_and_init(&request.url, init.unchecked_ref())
}
