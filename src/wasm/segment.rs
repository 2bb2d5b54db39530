//! Words and graphemes as the page's own `Intl.Segmenter` cuts them.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;

use super::error::set_text;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Intl, js_name = Segmenter)]
    #[derive(Clone)]
    type IntlSegmenter;
    #[wasm_bindgen(constructor, catch, js_namespace = Intl, js_class = "Segmenter")]
    fn new(locale: &JsValue, options: &JsValue) -> Result<IntlSegmenter, JsValue>;
    #[wasm_bindgen(method)]
    fn segment(this: &IntlSegmenter, text: &str) -> JsValue;
    type Segment;
    /// Where it starts, in UTF-16 code units.
    #[wasm_bindgen(method, getter)]
    fn index(this: &Segment) -> usize;
}

thread_local! {
    /// Those for words and for graphemes: a merge asks for every conflict, and to make one takes longer than a short text.
    static MADE: RefCell<[Option<IntlSegmenter>; 2]> = const { RefCell::new([None, None]) };
}

/// The ends of the words of `text`; empty if the page has no segmenter.
pub(super) fn words(text: &str) -> Vec<usize> {
    ends(text, 0)
}

/// The ends of the graphemes of `text`; empty if the page has no segmenter.
pub(super) fn graphemes(text: &str) -> Vec<usize> {
    ends(text, 1)
}

fn segmenter(kind: usize) -> Option<IntlSegmenter> {
    MADE.with_borrow_mut(|made| {
        let slot = made.get_mut(kind)?;
        if slot.is_none() {
            let options = js_sys::Object::new();
            set_text(&options, "granularity", ["word", "grapheme"][kind]);
            *slot = IntlSegmenter::new(&JsValue::UNDEFINED, &options).ok();
        }
        slot.clone()
    })
}

fn ends(text: &str, kind: usize) -> Vec<usize> {
    let mut ends = Vec::new();
    let Some(segmenter) = segmenter(kind) else { return ends };
    let segments = js_sys::Array::from(&segmenter.segment(text));
    let mut characters = text.char_indices();
    let (mut at, mut units) = (0, 0);
    for segment in segments {
        let start = segment.unchecked_ref::<Segment>().index();
        while units < start {
            let Some((_, character)) = characters.next() else { break };
            units += character.len_utf16();
            at += character.len_utf8();
        }
        if at > 0 {
            ends.push(at);
        }
    }
    if !text.is_empty() {
        ends.push(text.len());
    }
    ends
}
