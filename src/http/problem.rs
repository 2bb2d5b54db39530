//! Reads the error body of a refusal, in any known shape.
//!
//! The known shapes: RFC 9457 problem details, `{code, message, details}`, the same inside `{error: …}` (Google, OData, Stripe), JSON:API and
//! other lists or maps of errors, AWS' `__type`, Kubernetes' `Status`, CouchDB's `{error, reason}`, Kinto, FHIR's
//! `OperationOutcome`, GraphQL, MediaWiki, and XML: `application/problem+xml`, S3, WebDAV. HTML gives only its title, plain text a short message.
//! Any other body is kept unchanged.

mod markup;
#[cfg(test)]
mod servers;

use super::complaints::{
    Complaints, LISTS, ONLY_LISTS, columns_of, is_coded, is_listed, is_of_error, is_tree, path_of,
};
use super::{Format, Response, retry_after_ms};
use crate::gather::{Gather, chained};
use crate::merge::json::{Document, Value};

/// Response fields with the server's id of the exchange.
const REQUEST_IDS: [&str; 5] =
    ["x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid", "x-amz-request-id"];

/// Names under which a refusal without a list names its member. Other names differ in meaning: Spring's `path` is the URL.
const OWN_FIELD: [&str; 4] = ["pointer", "field", "param", "target"];

/// The text of a body, without a byte order mark; `None` without a text.
fn text_of(response: &Response) -> Option<&str> {
    let text = std::str::from_utf8(response.body.as_deref().unwrap_or_default()).ok()?;
    Some(text.strip_prefix('\u{feff}').unwrap_or(text)).filter(|text| !text.is_empty())
}

/// A complaint of the server about one member of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// A JSON Pointer (RFC 6901) into the document that was sent.
    pub path: String,
    /// The rejected value, as a JSON text.
    pub value: Option<String>,
    /// The message about the member.
    pub detail: Option<String>,
}

/// The content of a refusal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problem {
    /// The status code; `None` without an answer.
    pub status: Option<u16>,
    /// RFC 9457 `type`.
    pub problem_type: Option<String>,
    /// A machine-readable code, if the API has one.
    pub code: Option<String>,
    /// RFC 9457 `title`.
    pub title: Option<String>,
    /// RFC 9457 `detail`, or the message.
    pub detail: Option<String>,
    /// The complaints about members.
    pub fields: Vec<Field>,
    /// The state of the resource that forbids the write.
    pub current_state: Option<String>,
    /// The states that the server would accept.
    pub allowed_states: Vec<String>,
    /// The wait that the server asks for (`Retry-After`).
    pub retry_after_ms: Option<u64>,
    /// The server's own id of the exchange.
    pub request_id: Option<String>,
    /// The body, if it is a text.
    pub body: Option<String>,
    /// Whether `body` is valid JSON.
    pub is_json: bool,
}

impl Problem {
    /// The problem of a write without an answer. `detail` is the reason, in one sentence.
    pub fn without_answer(detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::default() }
    }

    /// Reads the refusal of a read: no complaints about members, as the request had no document.
    pub fn of_read(response: &Response, now_ms: f64) -> Self {
        let mut problem = Self::of_fields(response, now_ms);
        let Some(text) = text_of(response) else { return problem };
        problem.body = Some(text.to_owned());
        if let Ok(document) = Document::parse(text) {
            problem.is_json = true;
            let root = document.root();
            problem.read_at(root, 0);
            if let Some(inner) = root.member("error").filter(|inner| inner.is_object()) {
                problem.read_at(inner, 1);
            }
        }
        problem
    }

    /// Status and fields of `response`.
    fn of_fields(response: &Response, now_ms: f64) -> Self {
        Self {
            status: (response.status != 0).then_some(response.status),
            retry_after_ms: response.headers.get("retry-after").and_then(|value| retry_after_ms(value, now_ms)),
            request_id: REQUEST_IDS.iter().find_map(|name| response.headers.get(name)).map(str::to_owned),
            ..Self::default()
        }
    }

    /// Reads the refusal of a write. This never fails: an unknown shape is only kept in `body`.
    pub fn of(response: &Response, now_ms: f64) -> Self {
        let mut problem = Self::of_fields(response, now_ms);
        let Some(text) = text_of(response) else { return problem };
        problem.body = Some(text.to_owned());
        // Some servers send JSON as text/plain, so the content decides about JSON and markup. Only a text type is read as prose.
        match Document::parse(text) {
            Ok(document) => {
                problem.is_json = true;
                problem.read(document.root());
            }
            Err(_) if text.trim_start().starts_with('<') => problem.read_markup(text),
            Err(_) if Format::of_content_type(response.headers.get("content-type")) == Format::Text => {
                problem.detail = prose(text);
            }
            Err(_) => {}
        }
        problem
    }

    fn read(&mut self, root: Value<'_>) {
        let mut complaints = Complaints::default();
        // The body of a 409 or 412 may be the current record, which is not a complaint.
        let is_refused = !matches!(self.status, Some(409 | 412));
        let is_container = |name: &str| LISTS.contains(&name) || ONLY_LISTS.contains(&name);
        let is_contained = matches!(root.members().as_slice(), [(name, _)] if is_container(name));
        let is_map = is_refused && !is_contained && complaints.read_if_map(root, is_listed);
        if is_refused && !root.is_object() {
            complaints.read(root);
        } else if !is_map {
            self.read_places(root, &mut complaints);
        }
        // The message of a ZodError is the list of its complaints, as JSON.
        if let Some(detail) = self.detail.clone().filter(|detail| detail.starts_with('['))
            && let Ok(list) = Document::parse(detail)
        {
            complaints.read(list.root());
            // Without a complaint, it is a message in brackets.
            self.detail = self.detail.take().filter(|_| complaints.is_empty());
        }
        self.fields.append(&mut complaints.fields);
        for words in complaints.words {
            if !self.detail.iter().chain(&self.title).any(|said| has_line(said, &words)) {
                self.detail = Some(match self.detail.take() {
                    Some(said) => chained(&[&said, "\n", &words]),
                    None => words,
                });
            }
        }
        if self.title.is_none() && self.detail.is_none() {
            // A code with spaces is a sentence, and serves as the detail.
            let sentence = self.code.clone().filter(|code| code.contains(' ') && is_refused);
            self.detail = self.fields.iter().find_map(|field| field.detail.clone()).or(sentence);
        }
    }

    fn read_places(&mut self, root: Value<'_>, complaints: &mut Complaints) {
        // The objects that may contain the words, the most specific last: a later object overrides an earlier one.
        let mut places = vec![root];
        let first = |name: &&str| root.member(name)?.elements().into_iter().next();
        let listed = LISTS[..2].iter().find_map(first).filter(|one| one.is_object());
        places.extend(listed);
        places.extend(listed.and_then(|one| one.member("extensions")));
        let of_listed = places.len();
        let inner = ["error", "_error", "detail"].iter().filter_map(|name| root.member(name));
        places.extend(inner.filter(|inner| inner.is_object()));
        places.extend(places.last().and_then(|place| place.member("details")).filter(|details| details.is_object()));
        for (depth, place) in places.iter().enumerate() {
            // Title and detail of the whole refusal win over the first complaint.
            let is_in_list = (1..of_listed).contains(&depth);
            let said = is_in_list.then(|| (self.title.take(), self.detail.take()));
            self.read_at(*place, depth);
            if let Some((title, detail)) = said {
                set(&mut self.title, title);
                set(&mut self.detail, detail);
            }
            // The fields of an entry are read with its list.
            if is_in_list {
                continue;
            }
            self.fields.extend(own_field(*place));
            let is_list = |list: &Value<'_>| !list.elements().is_empty();
            let only_lists = ONLY_LISTS.iter().filter_map(|name| place.member(name)).filter(is_list);
            for list in LISTS.iter().filter_map(|name| place.member(name)).chain(only_lists) {
                complaints.read(list);
            }
            if place.member("_errors").is_some() {
                complaints.read(*place);
            }
            if is_tree(*place) && place.members().len() > 1 {
                complaints.read_tree(*place, "");
            }
            let maps = [("details", is_listed as fn(Value<'_>) -> bool), ("error", is_listed), ("data", is_coded)];
            for (name, is_complaint) in maps {
                if let Some(map) = place.member(name) {
                    complaints.read_if_map(map, is_complaint);
                }
            }
            // Some servers pass on the database's message, which names columns.
            for sentence in ["details", "detail", "message"].iter().filter_map(|name| place.member(name)?.as_str()) {
                self.fields.append(&mut columns_of(&sentence));
            }
        }
    }

    fn read_at(&mut self, place: Value<'_>, depth: usize) {
        let word = |names: &[&str]| names.iter().find_map(|name| place.member(name)?.as_str());
        set(&mut self.problem_type, word(&["type"]));
        let is_kubernetes = word(&["kind"]).is_some_and(|kind| kind == "Status");
        let named = if is_kubernetes {
            word(&["reason"])
        } else {
            word(&["code", "error_code", "errorCode", "errorKey", "error"])
        };
        // Frameworks of Node.js send the name of the exception.
        let named = named.or_else(|| word(&["name"]).filter(|name| is_of_error(name)));
        // Google has a word as `status`, inside `error`; AWS has a namespace before its type.
        let named = named.or_else(|| word(&["__type"]).map(|name| after(&name, '#').to_owned()));
        set(&mut self.code, named.or_else(|| word(&["status"]).filter(|_| depth > 0 && !is_digits(place))));
        set(&mut self.title, word(&["title"]));
        let within = |name: &str, text: &str| place.member(name)?.member(text)?.as_str();
        const DETAILS: [&str; 9] =
            ["detail", "message", "Message", "msg", "error_description", "diagnostics", "reason", "info", "text"];
        let detail = word(&DETAILS).or_else(|| place.member("messageTranslations")?.members().first()?.1.as_str());
        set(&mut self.detail, detail.or_else(|| within("message", "value")).or_else(|| within("details", "text")));
        set(&mut self.current_state, word(&["current_state", "currentState", "current_status", "currentStatus"]));
        let states = ["allowed_states", "allowedStates", "allowed_transitions", "allowedTransitions"];
        if let Some(allowed) = states.iter().find_map(|name| place.member(name)) {
            self.allowed_states = allowed.elements().into_iter().filter_map(Value::as_str).gather();
        }
    }

    /// Code, name of the type and title, by which the cause is recognised. The name of the type is the last segment of its URL.
    pub(crate) fn words(&self) -> String {
        let named = self.problem_type.as_deref().map(|url| url.rsplit(['/', '#']).next().unwrap_or(url));
        let words = [self.code.as_deref(), named, self.title.as_deref()].map(Option::unwrap_or_default);
        chained(&[words[0], " ", words[1], " ", words[2]])
    }
}

fn set(slot: &mut Option<String>, found: Option<String>) {
    if found.is_some() {
        *slot = found;
    }
}

/// `text`, if it is short enough for a message.
fn prose(text: &str) -> Option<String> {
    const MAX_CHARS: usize = 500;
    let text = text.trim();
    (text.chars().nth(MAX_CHARS).is_none() && !text.is_empty()).then(|| text.to_owned())
}

fn after(name: &str, mark: char) -> &str {
    name.rsplit(mark).next().unwrap_or(name)
}

/// Whether the status of an entry is a number in quotes, as in JSON:API.
fn is_digits(place: Value<'_>) -> bool {
    let status = place.member("status").and_then(Value::as_str).unwrap_or_default();
    status.bytes().all(|byte| byte.is_ascii_digit())
}

/// The member that a refusal without a list names.
fn own_field(place: Value<'_>) -> Option<Field> {
    let word = |names: &[&str]| names.iter().find_map(|name| place.member(name)?.as_str());
    // MediaWiki names the parameter in `name`, beside a `failureCode`.
    let parameter = || word(&["name"]).filter(|_| place.member("failureCode").is_some());
    Some(Field {
        path: path_of(&word(&OWN_FIELD).or_else(parameter)?),
        value: place.member("value").map(|value| value.source().to_owned()),
        detail: word(&["detail", "message", "reason", "description", "diagnostics"]),
    })
}

/// Whether `words` is one of the lines of `said`.
fn has_line(said: &str, words: &str) -> bool {
    said == words || said.split('\n').any(|line| line == words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Headers;

    pub(super) fn read(content_type: &str, body: &str) -> Problem {
        read_with(409, content_type, body)
    }

    pub(super) fn read_with(status: u16, content_type: &str, body: &str) -> Problem {
        let headers = Headers::new().with("Content-Type", content_type);
        Problem::of(
            &Response { status, url: String::new(), is_redirected: false, headers, body: Ok(body.as_bytes().to_vec()) },
            0.0,
        )
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
    fn the_words_about_the_whole_stand_before_those_about_one_member() {
        let body = r##"{"title":"Out of range","detail":"expected at least 100, but found 50",
            "errors":[{"pointer":"#/seats","title":"seats","detail":"at least 100","code":"min"}]}"##;
        let problem = read("application/problem+json", body);
        assert_eq!(problem.title.as_deref(), Some("Out of range"));
        assert_eq!(problem.detail.as_deref(), Some("expected at least 100, but found 50"));
        assert_eq!((problem.code.as_deref(), problem.fields[0].detail.as_deref()), (Some("min"), Some("at least 100")));
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
        for broken in ["<", "<>", "<a", "</error>", "<error>", "<title></title>", "<error><title"] {
            let problem = read("text/html", broken);
            assert_eq!((problem.body.as_deref(), problem.code, problem.title), (Some(broken), None, None));
        }
        let broken = read("application/json", "{\"code\": \"STA");
        assert_eq!((broken.body.as_deref(), broken.code), (Some("{\"code\": \"STA"), None));
        assert_eq!(read("text/plain", "Somebody was faster.").detail.as_deref(), Some("Somebody was faster."));
        assert_eq!(read("application/json", "").body, None);
        assert_eq!(read("application/json", "[1]").code, None);
    }
}
