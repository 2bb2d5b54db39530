//! The words of a refusal in XML or HTML.

use super::{Problem, after, prose};

impl Problem {
    /// Reads markup: problem details (RFC 9457, appendix B), S3's `Error`, WebDAV's `error` (RFC 4918 §14.5), the title of an HTML page.
    pub(super) fn read_markup(&mut self, text: &str) {
        self.problem_type = element(text, "type");
        self.title = element(text, "title");
        self.detail = element(text, "detail").or_else(|| element(text, "Message"));
        // The precondition or postcondition code of WebDAV is an element, not a text.
        let condition = || Some(tags(text).skip_while(|tag| tag.name != "error").nth(1)?.name.to_owned());
        self.code = element(text, "Code").or_else(condition);
        self.request_id = self.request_id.take().or_else(|| element(text, "RequestId"));
    }
}

/// A start tag: its name without prefix, and the text up to the next tag.
struct Tag<'a> {
    name: &'a str,
    text: &'a str,
}

fn tags(markup: &str) -> impl Iterator<Item = Tag<'_>> {
    markup.split('<').skip(1).filter_map(|part| {
        let (tag, text) = part.split_once('>')?;
        let name = tag.split(|c: char| c.is_ascii_whitespace() || c == '/').next()?;
        let is_start = name.starts_with(|c: char| c.is_ascii_alphabetic());
        is_start.then_some(Tag { name: after(name, ':'), text: text.trim() })
    })
}

fn element(markup: &str, name: &str) -> Option<String> {
    const ENTITIES: [(&str, char); 5] = [("lt;", '<'), ("gt;", '>'), ("quot;", '"'), ("apos;", '\''), ("amp;", '&')];
    let found = tags(markup).find(|tag| tag.name == name && !tag.text.is_empty())?;
    let mut parts = found.text.split('&');
    let mut plain = parts.next()?.to_owned();
    for part in parts {
        match ENTITIES.iter().find_map(|(name, character)| Some((character, part.strip_prefix(name)?))) {
            Some((character, rest)) => {
                plain.push(*character);
                plain.push_str(rest);
            }
            None => {
                plain.push('&');
                plain.push_str(part);
            }
        }
    }
    prose(&plain)
}
