//! The server's words in a refusal, whatever their shape.
//!
//! Read are RFC 9457 problem details, `{code, message, details}`, the same inside `{error: …}`, Kubernetes' `Status`, CouchDB's
//! `{error, reason}`, and lists or maps of field errors as validators of web frameworks write them. Anything else is kept as it
//! came. Not read: `application/problem+xml` and HTML, whose text is only handed on.

use super::{Format, Response, retry_after_ms};
use crate::merge::json::{Document, Value, push_token};

/// A member of the document that the server complains of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// A JSON Pointer (RFC 6901) into the document that was sent.
    pub path: String,
    /// The value complained of, as a JSON text.
    pub value: Option<String>,
    /// What is wrong with it.
    pub detail: Option<String>,
}

/// What a refusal says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problem {
    /// The status code; `None` where no answer came.
    pub status: Option<u16>,
    /// RFC 9457 `type`.
    pub problem_type: Option<String>,
    /// The machine-readable code of APIs that have one.
    pub code: Option<String>,
    /// RFC 9457 `title`.
    pub title: Option<String>,
    /// RFC 9457 `detail`, or the message.
    pub detail: Option<String>,
    /// Members complained of.
    pub fields: Vec<Field>,
    /// The state that forbids it.
    pub current_state: Option<String>,
    /// The states that the server would accept.
    pub allowed_states: Vec<String>,
    /// How long the server asks to wait.
    pub retry_after_ms: Option<u64>,
    /// The server's own id of the exchange.
    pub request_id: Option<String>,
    /// The body as text, where it is text.
    pub body: Option<String>,
    /// Whether `body` is valid JSON.
    pub is_json: bool,
}

impl Problem {
    /// Where no answer came; `detail` says why in one sentence.
    pub fn without_answer(detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::default() }
    }

    /// Reads `response`. Never fails: what cannot be read stays in `body`.
    pub fn of(response: &Response, now_ms: f64) -> Self {
        let header = |name| response.headers.get(name).map(str::to_owned);
        let mut problem = Self {
            status: (response.status != 0).then_some(response.status),
            retry_after_ms: response.headers.get("retry-after").and_then(|value| retry_after_ms(value, now_ms)),
            request_id: header("x-request-id").or_else(|| header("request-id")).or_else(|| header("x-correlation-id")),
            ..Self::default()
        };
        let Ok(text) = std::str::from_utf8(response.body.as_deref().unwrap_or_default()) else {
            return problem;
        };
        if text.is_empty() {
            return problem;
        }
        problem.body = Some(text.to_owned());
        // Some servers send JSON as text/plain, so the text decides, not the type; but a text that is prose stays prose.
        match Document::parse(text) {
            Ok(document) => {
                problem.is_json = true;
                problem.read(document.root());
            }
            Err(_) if Format::of_content_type(response.headers.get("content-type")) == Format::Text => {
                problem.detail = prose(text);
            }
            Err(_) => {}
        }
        problem
    }

    fn read(&mut self, root: Value<'_>) {
        // The places where the words may stand, the most specific last: a found one wins over an earlier.
        let mut places = vec![root];
        places.extend(root.member("error").filter(|error| error.is_object()));
        places.extend(places.last().and_then(|place| place.member("details")).filter(|details| details.is_object()));
        for place in &places {
            let word = |names: &[&str]| names.iter().find_map(|name| place.member(name)?.as_str());
            set(&mut self.problem_type, word(&["type"]));
            set(&mut self.code, word(&["code", "error_code", "errorCode", "error"]));
            set(&mut self.title, word(&["title"]));
            set(&mut self.detail, word(&["detail", "message", "error_description", "reason"]));
            set(&mut self.current_state, word(&["current_state", "currentState", "current_status", "currentStatus"]));
            let states = ["allowed_states", "allowedStates", "allowed_transitions", "allowedTransitions"];
            if let Some(allowed) = states.iter().find_map(|name| place.member(name)) {
                self.allowed_states = allowed.elements().into_iter().filter_map(Value::as_str).collect();
            }
            self.fields.extend(field_of(*place));
            for list in ["errors", "invalid-params", "invalid_params", "violations", "fields"] {
                self.fields.extend(place.member(list).map(fields_of).unwrap_or_default());
            }
        }
    }

    /// All words that name the cause, for recognising it.
    pub(crate) fn words(&self) -> String {
        [&self.code, &self.problem_type, &self.title].into_iter().flatten().fold(String::new(), |mut words, one| {
            words.push_str(&one.to_ascii_lowercase());
            words.push(' ');
            words
        })
    }
}

fn set(slot: &mut Option<String>, found: Option<String>) {
    if found.is_some() {
        *slot = found;
    }
}

/// A short plain text is a message; a page of HTML is none.
fn prose(text: &str) -> Option<String> {
    const MAX_CHARS: usize = 500;
    let text = text.trim();
    (!text.starts_with('<') && text.chars().count() <= MAX_CHARS && !text.is_empty()).then(|| text.to_owned())
}

/// `{errors: [{pointer|field|…, detail|message|…}]}` or `{errors: {name: message or messages}}`.
fn fields_of(list: Value<'_>) -> Vec<Field> {
    if list.is_object() {
        let one = |(name, told): (String, Value<'_>)| Field {
            path: path_of(&name),
            value: None,
            detail: told.as_str().or_else(|| told.elements().first().and_then(|first| first.as_str())),
        };
        return list.members().into_iter().map(one).collect();
    }
    list.elements().into_iter().filter_map(field_of).collect()
}

fn field_of(place: Value<'_>) -> Option<Field> {
    let word = |names: &[&str]| names.iter().find_map(|name| place.member(name)?.as_str());
    let name = word(&["pointer", "field", "path", "name", "property", "propertyPath", "param"])?;
    Some(Field {
        path: path_of(&name),
        value: place.member("value").map(|value| value.source().to_owned()),
        detail: word(&["detail", "message", "reason", "description"]),
    })
}

/// A pointer stays one, also as a URI fragment (`#/a`); a bare name becomes one.
fn path_of(name: &str) -> String {
    let name = name.strip_prefix('#').unwrap_or(name);
    if name.is_empty() || name.starts_with('/') {
        return name.to_owned();
    }
    let mut path = String::new();
    push_token(&mut path, name);
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Headers;

    fn read(content_type: &str, body: &str) -> Problem {
        let headers = Headers::new().with("Content-Type", content_type);
        Problem::of(&Response { status: 409, url: String::new(), headers, body: Ok(body.as_bytes().to_vec()) }, 0.0)
    }

    #[test]
    fn code_message_and_details_are_read_also_inside_error() {
        let flat = r#"{"code":"DUPLICATE_EMAIL","message":"taken","details":{"field":"email","value":"a@b.example"}}"#;
        for body in [flat.to_owned(), format!("{{\"error\":{flat}}}")] {
            let problem = read("application/json", &body);
            assert_eq!(problem.code.as_deref(), Some("DUPLICATE_EMAIL"));
            assert_eq!(problem.detail.as_deref(), Some("taken"));
            let field = Field { path: "/email".into(), value: Some("\"a@b.example\"".into()), detail: None };
            assert_eq!(problem.fields, [field]);
        }
    }

    #[test]
    fn problem_details_of_rfc_9457_are_read_with_pointers_and_states() {
        let problem = read(
            "application/problem+json",
            r##"{"type":"https://e.example/state","title":"Forbidden state","status":409,"detail":"It was shipped.",
                "current_state":"shipped","allowed_states":["draft","placed"],
                "errors":[{"pointer":"#/items/0","detail":"too late"},{"field":"a/b"},{"other":1}]}"##,
        );
        assert_eq!(problem.problem_type.as_deref(), Some("https://e.example/state"));
        assert_eq!(problem.title.as_deref(), Some("Forbidden state"));
        assert_eq!(problem.current_state.as_deref(), Some("shipped"));
        assert_eq!(problem.allowed_states, ["draft", "placed"]);
        assert_eq!(problem.fields[0].path, "/items/0");
        assert_eq!(problem.fields[0].detail.as_deref(), Some("too late"));
        assert_eq!(problem.fields[1].path, "/a~1b");
        assert_eq!(problem.fields.len(), 2);
    }

    #[test]
    fn maps_of_messages_and_couchdbs_words_are_read() {
        let problem = read("application/json", r#"{"errors":{"email":["has been taken","is odd"],"name":"is short"}}"#);
        let told: Vec<_> = problem.fields.iter().map(|field| (field.path.as_str(), field.detail.as_deref())).collect();
        assert_eq!(told, [("/email", Some("has been taken")), ("/name", Some("is short"))]);
        let problem = read("text/plain", r#"{"error":"conflict","reason":"Document update conflict."}"#);
        assert_eq!(problem.code.as_deref(), Some("conflict"));
        assert_eq!(problem.detail.as_deref(), Some("Document update conflict."));
    }

    #[test]
    fn what_cannot_be_read_is_kept_as_it_came() {
        let html = read("text/html", "<h1>Conflict</h1>");
        assert_eq!((html.body.as_deref(), html.detail, html.is_json), (Some("<h1>Conflict</h1>"), None, false));
        let broken = read("application/json", "{\"code\": \"STA");
        assert_eq!((broken.body.as_deref(), broken.code), (Some("{\"code\": \"STA"), None));
        assert_eq!(read("text/plain", "Somebody was faster.").detail.as_deref(), Some("Somebody was faster."));
        assert_eq!(read("application/json", "").body, None);
        assert_eq!(read("application/json", "[1]").code, None);
    }
}
