//! Words and graphemes as the page's own `Intl.Segmenter` cuts them.

use wasm_bindgen::prelude::*;

use super::error::set;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Intl, js_name = Segmenter)]
    type IntlSegmenter;
    #[wasm_bindgen(constructor, catch, js_namespace = Intl, js_class = "Segmenter")]
    fn new(locale: &JsValue, options: &JsValue) -> Result<IntlSegmenter, JsValue>;
    #[wasm_bindgen(method)]
    fn segment(this: &IntlSegmenter, text: &str) -> JsValue;
    type Segment;
    #[wasm_bindgen(method, getter)]
    fn segment(this: &Segment) -> String;
}

/// The ends of the words of `text`; none where the page has no segmenter.
pub(super) fn words(text: &str) -> Vec<usize> {
    ends(text, "word")
}

/// The ends of the graphemes of `text`; none where the page has no segmenter.
pub(super) fn graphemes(text: &str) -> Vec<usize> {
    ends(text, "grapheme")
}

fn ends(text: &str, granularity: &str) -> Vec<usize> {
    let options = js_sys::Object::new();
    set(&options, "granularity", &granularity.into());
    let Ok(segmenter) = IntlSegmenter::new(&JsValue::UNDEFINED, &options) else { return Vec::new() };
    let Ok(Some(segments)) = js_sys::try_iter(&segmenter.segment(text)) else { return Vec::new() };
    let mut at = 0;
    segments
        .flatten()
        .map(|segment| {
            at += segment.unchecked_ref::<Segment>().segment().len();
            at
        })
        .collect()
}
