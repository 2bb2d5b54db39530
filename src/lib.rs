//! `fetch` with ETag caching, conflict detection and three-way merges of text and JSON.
//!
//! The npm package `mergefetch` is the library for web pages. This crate is its core, which runs natively, too: servers, tools and tests
//! can merge with the same rules. Everything here is pure: no I/O, no clock, no randomness. Only the `wasm` module knows JavaScript. It
//! exists on `wasm32` alone, but for its table `wire`.
//!
//! # Three sides
//!
//! A merge has three sides. *Base* is the document that an edit started from. *Mine* is the edit. *Theirs* is the newest version of the
//! server. An edit of one side is taken; two different edits of one place are a conflict, which a person decides.
//!
//! # Texts
//!
//! [`merge::text`] merges by lines as Git does. Offsets are UTF-8 bytes.
//!
//! ```
//! use mergefetch::merge::text::{Options, Texts, merge};
//!
//! let base = "Bring cake.\nBring tea.\nCome at three.\n";
//! let mine = "Bring cakes.\nBring tea.\nCome at three.\n";
//! let theirs = "Bring cake.\nBring tea.\nCome at four.\n";
//! let texts = Texts { base: Some(base), mine, theirs };
//! let merged = merge(texts, &Options::default())?;
//! assert!(merged.is_clean());
//! assert_eq!(merged.text(texts), "Bring cakes.\nBring tea.\nCome at four.\n");
//! # Ok::<(), mergefetch::error::Error>(())
//! ```
//!
//! # JSON
//!
//! [`merge::json`] merges members by name, and records of arrays by their identity. Every number keeps its digits, and the layout of
//! mine stays.
//!
//! ```
//! use mergefetch::merge::json::{Document, Documents, Options, merge};
//! use mergefetch::merge::{Change, Pick};
//!
//! let base = Document::parse(r#"{"title":"Fair","place":"Garden","guests":40}"#)?;
//! let mine = Document::parse(r#"{"title":"Summer fair","place":"Garden","guests":50}"#)?;
//! let theirs = Document::parse(r#"{"title":"Fair","place":"Hall","guests":60}"#)?;
//! let documents = Documents { base: Some(&base), mine: &mine, theirs: &theirs };
//! let merged = merge(documents, &Options::default())?;
//! assert_eq!(merged.conflicts(), 1);
//!
//! // A person decides about the conflict; every other change stays as merged.
//! let pick = |change: &Change| if change.clash.is_some() { Pick::Theirs } else { Pick::Auto };
//! let picks: Vec<Pick> = merged.changes().iter().map(pick).collect();
//! let text = merged.compose(documents, &picks)?;
//! assert_eq!(text, r#"{"title":"Summer fair","place":"Hall","guests":60}"#);
//! # Ok::<(), mergefetch::error::Error>(())
//! ```
//!
//! # Clients
//!
//! [`client`] has a state machine for each call of the package: read, save, create, remove, update. A machine returns the next step,
//! such as a request to send; the caller carries it out and passes the event back. [`http`] knows ETags, preconditions (RFC 9110 §13)
//! and stored responses (RFC 9111). [`conflict`] holds the decisions of a person.
//!
//! ```
//! use mergefetch::client::{Event, Get, Machine, Memory, Moment, ReadOutcome, Step, WriteOptions};
//! use mergefetch::http::{Headers, Response};
//!
//! let url = "https://example.org/notes/7";
//! let headers = Headers::new().with("content-type", "application/json").with("etag", "\"v1\"");
//! let answer = Response { status: 200, url: url.into(), is_redirected: false, headers, body: Ok(br#"{"title":"Fair"}"#.to_vec()) };
//!
//! let moment = Moment { now_ms: 0.0, random: 0.5 };
//! let (mut memory, mut event) = (Memory::default(), Event::Started);
//! let mut get = Get::new(url, None, Headers::new(), WriteOptions::default());
//! let outcome = loop {
//!     event = match get.step(&mut memory, event, moment)? {
//!         Step::Load(_) => Event::Loaded(None), // nothing is stored
//!         Step::Send(request) => {
//!             assert_eq!(request.url, url);
//!             Event::Answered(answer.clone())
//!         }
//!         Step::Keep(..) | Step::Forget(_) => Event::Stored,
//!         Step::Done(()) => break get.into_outcome(),
//!         other => unreachable!("a first read asks for no {other:?}"),
//!     };
//! };
//! let Some(ReadOutcome::Read(snapshot, _)) = outcome else { panic!("expected the document") };
//! assert_eq!(snapshot.version.as_ref().map(|version| version.as_str()), Some("\"v1\""));
//! # Ok::<(), mergefetch::error::Error>(())
//! ```
//!
//! # Documents in a form
//!
//! [`document`] holds a document while a person types in it: what arrives from others enters the draft, and typed text stays.
//!
//! Arrows between modules go one way: `wasm` → `client`, `document`, `outbox` → `conflict`, `http` → `merge` → `error`.

#[forbid(unsafe_code)]
pub mod client;
#[forbid(unsafe_code)]
pub mod conflict;
#[forbid(unsafe_code)]
pub mod document;
#[forbid(unsafe_code)]
pub mod error;
#[forbid(unsafe_code)]
mod gather;
#[forbid(unsafe_code)]
pub mod http;
#[forbid(unsafe_code)]
pub mod merge;
#[forbid(unsafe_code)]
pub mod outbox;

#[cfg(target_arch = "wasm32")]
pub mod wasm;
/// The boundary to JavaScript, as far as it is plain data.
#[cfg(not(target_arch = "wasm32"))]
pub mod wasm {
    pub mod wire;
}
