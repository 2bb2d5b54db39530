//! Reads the error body of a refusal, in any known shape.
//!
//! The known shapes: RFC 9457 problem details, `{code, message, details}`, the same inside `{error: …}` (Google, OData, Stripe), JSON:API and
//! other lists or maps of errors, AWS' `__type`, Kubernetes' `Status`, CouchDB's `{error, reason}`, Kinto, FHIR's
//! `OperationOutcome`, GraphQL, MediaWiki, and XML: `application/problem+xml`, S3, WebDAV. HTML gives only its title, plain text a short message.
//! Any other body is kept unchanged.

use super::complaints::{
    Complaints, LISTS, ONLY_LISTS, columns_of, is_coded, is_listed, is_of_error, is_tree, path_of,
};
use super::{Format, Response, retry_after_ms};
use crate::gather::{Gather, chained};
use crate::merge::json::{Document, Value};

/// Response fields with the server's id of the exchange.
const REQUEST_IDS: [&str; 5] =
    ["x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid", "x-amz-request-id"];

/// Names under which a refusal without a list names its member. Others have another meaning: Spring's `path` is the URL.
const OWN_FIELD: [&str; 4] = ["pointer", "field", "param", "target"];

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

    /// Reads `response`. This never fails: an unknown shape is only kept in `body`.
    pub fn of(response: &Response, now_ms: f64) -> Self {
        let header = |name| response.headers.get(name).map(str::to_owned);
        let mut problem = Self {
            status: (response.status != 0).then_some(response.status),
            retry_after_ms: response.headers.get("retry-after").and_then(|value| retry_after_ms(value, now_ms)),
            request_id: REQUEST_IDS.iter().find_map(|name| header(name)),
            ..Self::default()
        };
        let Ok(text) = std::str::from_utf8(response.body.as_deref().unwrap_or_default()) else {
            return problem;
        };
        if text.is_empty() {
            return problem;
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
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
        // The body of a 409 or 412 may be the current record, which is no complaint.
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
        if let Some(list) = self.detail.take_if(|detail| detail.starts_with('['))
            && let Ok(list) = Document::parse(list)
        {
            complaints.read(list.root());
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
            // Title and detail of the whole refusal win over those of its first complaint.
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

    /// Reads markup: problem details (RFC 9457, appendix B), S3's `Error`, WebDAV's `error` (RFC 4918 §14.5), the title of an HTML page.
    fn read_markup(&mut self, text: &str) {
        self.problem_type = element(text, "type");
        self.title = element(text, "title");
        self.detail = element(text, "detail").or_else(|| element(text, "Message"));
        // The precondition or postcondition code of WebDAV is an element, not a text.
        let condition = || Some(tags(text).skip_while(|tag| tag.name != "error").nth(1)?.name.to_owned());
        self.code = element(text, "Code").or_else(condition);
        self.request_id = self.request_id.take().or_else(|| element(text, "RequestId"));
    }

    /// Code, type and title in lower case, by which the cause is recognised.
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

    fn read(content_type: &str, body: &str) -> Problem {
        read_with(409, content_type, body)
    }

    fn read_with(status: u16, content_type: &str, body: &str) -> Problem {
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

    /// Media type and body; then the expected code, title, detail and paths.
    type Shape = (&'static str, &'static str, [Option<&'static str>; 3], &'static [&'static str]);

    /// Bodies from public documentation and from recordings.
    const SHAPES: [Shape; 18] = [
        (
            "application/vnd.api+json",
            r#"{"errors":[{"status":"409","code":"taken","title":"Taken","detail":"The e-mail is taken.",
                "source":{"pointer":"/data/attributes/email"}}]}"#,
            [Some("taken"), Some("Taken"), Some("The e-mail is taken.")],
            &["/data/attributes/email"],
        ),
        (
            "application/x-amz-json-1.0",
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed"}"#,
            [Some("ConditionalCheckFailedException"), None, Some("The conditional request failed")],
            &[],
        ),
        (
            "application/json",
            r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"the object has been modified",
                "reason":"Conflict","details":{"name":"a","kind":"pods","causes":[{"reason":"FieldValueInvalid","message":"is immutable",
                "field":"spec"}]},"code":409}"#,
            [Some("Conflict"), None, Some("the object has been modified")],
            &["/spec"],
        ),
        (
            "application/json",
            r#"{"error":"conflict","reason":"Document update conflict."}"#,
            [Some("conflict"), None, Some("Document update conflict.")],
            &[],
        ),
        (
            "application/xml",
            "<?xml version=\"1.0\"?>\n<Error><Code>PreconditionFailed</Code><Message>At least one of the pre-conditions you \
             specified &quot;did not hold&quot;</Message><Condition>If-Match</Condition><RequestId>4442587FB7D0A2F9</RequestId></Error>",
            [
                Some("PreconditionFailed"),
                None,
                Some("At least one of the pre-conditions you specified \"did not hold\""),
            ],
            &[],
        ),
        (
            "application/xml",
            "<?xml version=\"1.0\"?><D:error xmlns:D=\"DAV:\"><D:lock-token-submitted><D:href>/doc</D:href>\
             </D:lock-token-submitted></D:error>",
            [Some("lock-token-submitted"), None, None],
            &[],
        ),
        (
            "application/problem+xml",
            "<problem xmlns=\"urn:ietf:rfc:7807\"><type>urn:example:stale</type><title>Stale</title><detail>Too late.</detail>\
             <status>409</status></problem>",
            [None, Some("Stale"), Some("Too late.")],
            &[],
        ),
        (
            "application/json",
            r#"{"code":412,"errno":114,"error":"Precondition Failed","message":"Resource was modified meanwhile",
                "details":{"existing":{"id":"1","last_modified":7}}}"#,
            [Some("Precondition Failed"), None, Some("Resource was modified meanwhile")],
            &[],
        ),
        (
            "application/json",
            r#"{"error":{"code":"ASSERT_UNIQUE","message":"Multiple errors","target":"Books","details":[{"code":"x","message":"exists",
                "target":"title"}]}}"#,
            [Some("ASSERT_UNIQUE"), None, Some("Multiple errors")],
            &["/Books", "/title"],
        ),
        (
            "application/json",
            r#"{"error":{"code":"SY/530","message":{"lang":"en","value":"Locked by user B."}}}"#,
            [Some("SY/530"), None, Some("Locked by user B.")],
            &[],
        ),
        (
            "application/fhir+json",
            r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"conflict","diagnostics":"not the newest","expression":["Patient.name"]}]}"#,
            [Some("conflict"), None, Some("not the newest")],
            &["/name"],
        ),
        (
            "application/json",
            r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"processing","details":{"text":"too late"}}]}"#,
            [Some("processing"), None, Some("too late")],
            &[],
        ),
        (
            "application/json",
            r#"{"error":{"code":409,"message":"The etag differs.","status":"ABORTED"}}"#,
            [Some("ABORTED"), None, Some("The etag differs.")],
            &[],
        ),
        (
            "application/json",
            r#"{"error":{"type":"idempotency_error","message":"Keys must be unique.","param":"amount"}}"#,
            [None, None, Some("Keys must be unique.")],
            &["/amount"],
        ),
        (
            "application/json",
            r#"{"timestamp":"2026-01-01T00:00:00Z","status":409,"error":"Conflict","path":"/api/orders/7"}"#,
            [Some("Conflict"), None, None],
            &[],
        ),
        (
            "application/json",
            r#"{"message":"Validation failed","errors":[{"resource":"Label","field":"name","code":"already_exists"}]}"#,
            [Some("already_exists"), None, Some("Validation failed")],
            &["/name"],
        ),
        ("text/plain", "Somebody was faster.\n", [None, None, Some("Somebody was faster.")], &[]),
        (
            "text/html",
            "<!doctype html>\n<html><head><title>409 Conflict</title></head><body><h1>Conflict</h1></body></html>",
            [None, Some("409 Conflict"), None],
            &[],
        ),
    ];

    #[test]
    fn the_words_are_found_in_the_shapes_that_real_servers_use() {
        for (content_type, body, words, paths) in SHAPES {
            let problem = read(content_type, body);
            let found = [problem.code.as_deref(), problem.title.as_deref(), problem.detail.as_deref()];
            assert_eq!(found, words, "{body}");
            let found: Vec<_> = problem.fields.iter().map(|field| field.path.as_str()).collect();
            assert_eq!(found, paths, "{body}");
            assert_eq!(problem.body.as_deref(), Some(body));
        }
        let s3 = read("application/xml", SHAPES[4].1);
        assert_eq!(s3.request_id.as_deref(), Some("4442587FB7D0A2F9"));
        let xml = read("application/problem+xml", SHAPES[6].1);
        assert_eq!(xml.problem_type.as_deref(), Some("urn:example:stale"));
    }

    /// Status and body; then the expected detail, and the expected path and detail of each member.
    type Refused = (u16, &'static str, &'static str, &'static [(&'static str, &'static str)]);

    /// Bodies from the sources, tests and manuals of frameworks and servers.
    const REFUSED: [Refused; 40] = [
        // Django REST framework.
        (
            400,
            r#"{"email":["user with this email already exists."],"profile":{"age":["A valid integer is required."]},
                "items":[{},{"qty":["Ensure this value is greater than 0.","No."]}]}"#,
            "user with this email already exists.",
            &[
                ("/email", "user with this email already exists."),
                ("/profile/age", "A valid integer is required."),
                ("/items/1/qty", "Ensure this value is greater than 0."),
            ],
        ),
        (
            400,
            r#"{"non_field_errors":["The fields a, b must make a unique set."]}"#,
            "The fields a, b must make a unique set.",
            &[],
        ),
        (
            400,
            r#"[{},{"name":["This field is required."]}]"#,
            "This field is required.",
            &[("/1/name", "This field is required.")],
        ),
        (
            400,
            r#"{"message":["May not be blank."],"detail":["Too long."]}"#,
            "May not be blank.",
            &[("/message", "May not be blank."), ("/detail", "Too long.")],
        ),
        (404, r#"{"detail":"Not found."}"#, "Not found.", &[]),
        // FastAPI.
        (
            422,
            r#"{"detail":[{"loc":["body","email"],"msg":"value is not a valid email address","type":"value_error.email"},
                {"type":"missing","loc":["body","items",0,"qty"],"msg":"Field required","input":{}}]}"#,
            "value is not a valid email address",
            &[("/email", "value is not a valid email address"), ("/items/0/qty", "Field required")],
        ),
        (422, r#"{"detail":[{"loc":["query","limit"],"msg":"too many","type":"x"}]}"#, "too many", &[]),
        (422, r#"{"detail":[{"loc":["body"],"msg":"Field required","type":"missing"}]}"#, "Field required", &[]),
        (
            422,
            r#"{"detail":[{"loc":["body","body"],"msg":"Field required"}]}"#,
            "Field required",
            &[("/body", "Field required")],
        ),
        (409, r#"{"detail":{"code":"SOLD","message":"It was sold."}}"#, "It was sold.", &[]),
        // flask-smorest.
        (
            422,
            r#"{"code":422,"errors":{"json":{"email":["Not a valid email address."],"at":{"lat":["Bad."]}}},
                "status":"Unprocessable Entity"}"#,
            "Not a valid email address.",
            &[("/email", "Not a valid email address."), ("/at/lat", "Bad.")],
        ),
        (
            422,
            r#"{"code":422,"errors":{"json":{"_schema":["Invalid input type."]}},"status":"x"}"#,
            "Invalid input type.",
            &[],
        ),
        (409, r#"{"code":409,"message":"Taken.","status":"Conflict"}"#, "Taken.", &[]),
        // Eve.
        (
            422,
            r#"{"_status":"ERR","_issues":{"name":"value 'a' is not unique","at":{"city":"required field"}},
                "_error":{"code":422,"message":"Insertion failure: 1 document(s) contain(s) error(s)"}}"#,
            "Insertion failure: 1 document(s) contain(s) error(s)",
            &[("/name", "value 'a' is not unique"), ("/at/city", "required field")],
        ),
        (
            412,
            r#"{"_status":"ERR","_error":{"code":412,"message":"Client and server etags don't match"}}"#,
            "Client and server etags don't match",
            &[],
        ),
        // NestJS.
        (
            400,
            r#"{"statusCode":400,"message":["email must be an email","name should not be empty"],"error":"Bad Request"}"#,
            "email must be an email\nname should not be empty",
            &[],
        ),
        (409, r#"{"statusCode":409,"message":"Email already exists","error":"Conflict"}"#, "Email already exists", &[]),
        (
            400,
            r#"{"statusCode":400,"message":[{"property":"at","children":[{"property":"city","constraints":{"isString":
                "city must be a string"}}]}],"error":"Bad Request"}"#,
            "city must be a string",
            &[("/at/city", "city must be a string")],
        ),
        // Zod: a ZodError as JSON, flattened, formatted as a tree, and as the message of the error.
        (
            400,
            r#"{"success":false,"error":{"issues":[{"code":"invalid_type","path":["items",0,"name"],"message":"Required"}],
                "name":"ZodError"}}"#,
            "Required",
            &[("/items/0/name", "Required")],
        ),
        (400, r#"{"formErrors":["Odd."],"fieldErrors":{"email":["Required"]}}"#, "Odd.", &[("/email", "Required")]),
        (400, r#"{"error":{"_errors":[],"email":{"_errors":["Required"]}}}"#, "Required", &[("/email", "Required")]),
        (400, r#"{"errors":{"_errors":[],"email":{"_errors":["Required"]}}}"#, "Required", &[("/email", "Required")]),
        (
            400,
            r#"{"success":false,"error":{"name":"ZodError","message":"[{\"path\":[\"email\"],\"message\":\"Required\"}]"}}"#,
            "Required",
            &[("/email", "Required")],
        ),
        (
            400,
            r#"{"errors":[],"properties":{"email":{"errors":["Required"]},"tags":{"errors":[],"items":[null,{"errors":["Odd"]}]}}}"#,
            "Required",
            &[("/email", "Required"), ("/tags/1", "Odd")],
        ),
        // Google, and other servers with entries inside entries.
        (
            400,
            r#"{"error":{"code":400,"message":"Invalid","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/x",
                "fieldViolations":[{"field":"a.b","description":"odd"}]}]}}"#,
            "Invalid",
            &[("/a/b", "odd")],
        ),
        (422, r#"{"errors":[{"field":"email","messages":["a","b"]}]}"#, "a", &[("/email", "a")]),
        // Directus.
        (
            400,
            r#"{"errors":[{"message":"Value for field \"slug\" in collection \"posts\" has to be unique.","extensions":{
                "collection":"posts","field":"slug","code":"RECORD_NOT_UNIQUE"}}]}"#,
            "Value for field \"slug\" in collection \"posts\" has to be unique.",
            &[("/slug", "Value for field \"slug\" in collection \"posts\" has to be unique.")],
        ),
        // Strapi 5.
        (
            400,
            r#"{"data":null,"error":{"status":400,"name":"ValidationError","message":"2 errors occurred","details":{"errors":[
                {"path":["slug"],"message":"This attribute must be unique","name":"ValidationError"},
                {"path":["blocks","0","title"],"message":"Too short","name":"ValidationError"}]}}}"#,
            "2 errors occurred",
            &[("/slug", "This attribute must be unique"), ("/blocks/0/title", "Too short")],
        ),
        // Payload.
        (
            400,
            r#"{"errors":[{"name":"ValidationError","message":"The following field is invalid: Title","data":{"collection":"posts",
                "errors":[{"label":"Title","path":"items.0.title","message":"Value must be unique"}]}}]}"#,
            "The following field is invalid: Title",
            &[("/items/0/title", "Value must be unique")],
        ),
        // PocketBase.
        (
            400,
            r#"{"status":400,"message":"Failed to create record.","data":{"title":{"code":"validation_required",
                "message":"Missing required value."}}}"#,
            "Failed to create record.",
            &[("/title", "Missing required value.")],
        ),
        (
            404,
            r#"{"status":404,"message":"The requested resource wasn't found.","data":{}}"#,
            "The requested resource wasn't found.",
            &[],
        ),
        // PostgREST.
        (
            409,
            r#"{"code":"23505","details":"Key (a, slug)=(1, s) already exists.","hint":null,
                "message":"duplicate key value violates unique constraint \"k\""}"#,
            "duplicate key value violates unique constraint \"k\"",
            &[("/a", "Key (a, slug)=(1, s) already exists."), ("/slug", "Key (a, slug)=(1, s) already exists.")],
        ),
        (
            400,
            r#"{"code":"23502","details":"Failing row contains (1, null).","hint":null,
                "message":"null value in column \"title\" of relation \"posts\" violates not-null constraint"}"#,
            "null value in column \"title\" of relation \"posts\" violates not-null constraint",
            &[("/title", "null value in column \"title\" of relation \"posts\" violates not-null constraint")],
        ),
        (
            409,
            r#"{"code":"23505","details":"Key (lower(email::text))=(a) already exists.","hint":null,"message":"duplicate"}"#,
            "duplicate",
            &[],
        ),
        // Rails.
        (
            422,
            r#"{"errors":["Slug has already been taken","Title can't be blank"]}"#,
            "Slug has already been taken\nTitle can't be blank",
            &[],
        ),
        (422, r#"["Slug has already been taken"]"#, "Slug has already been taken", &[]),
        (
            422,
            r#"{"slug":["has already been taken"]}"#,
            "has already been taken",
            &[("/slug", "has already been taken")],
        ),
        // Kinto.
        (
            400,
            r#"{"errno":107,"code":400,"error":"Invalid parameters","message":"data.name in body: Required","details":[
                {"location":"body","name":"data.name","description":"data.name in body: Required"},
                {"location":"querystring","name":"_limit","description":"odd"}]}"#,
            "data.name in body: Required\nodd",
            &[("/data/name", "data.name in body: Required")],
        ),
        // MediaWiki.
        (
            409,
            r#"{"errorKey":"rest-conflict","messageTranslations":{"de":"Bearbeitungskonflikt","en":"Edit conflict"},"httpCode":409,
                "httpReason":"Conflict"}"#,
            "Bearbeitungskonflikt",
            &[],
        ),
        (
            409,
            r#"{"error":{"code":"editconflict","info":"Edit conflict.","*":"See the manual"}}"#,
            "Edit conflict.",
            &[],
        ),
    ];

    #[test]
    fn detail_and_members_are_found_in_the_words_of_each_server() {
        for (status, body, detail, fields) in REFUSED {
            let problem = read_with(status, "application/json", body);
            assert_eq!(problem.detail.as_deref().unwrap_or_default(), detail, "{body}");
            let found: Vec<_> = problem
                .fields
                .iter()
                .map(|field| (field.path.as_str(), field.detail.as_deref().unwrap_or_default()))
                .collect();
            assert_eq!(found, fields, "{body}");
        }
        // The current record in the body of a 409 is no complaint.
        let record = read_with(409, "application/json", r#"{"tags":["a","b"]}"#);
        assert_eq!((record.detail, record.fields), (None, Vec::new()));
        let marked = read_with(400, "application/json", "\u{feff}{\"message\":\"No.\"}");
        assert_eq!((marked.detail.as_deref(), marked.is_json), (Some("No."), true));
    }

    #[test]
    fn names_with_dots_and_brackets_are_paths_and_pointers_stay() {
        for (name, path) in [
            ("a", "/a"),
            ("a.b[0].c", "/a/b/0/c"),
            ("$.a.b", "/a/b"),
            ("labels[a.b/c].d", "/labels/a.b~1c/d"),
            ("labels['a.b']", "/labels/a.b"),
            ("a[", "/a["),
            ("a..b", "/a..b"),
            ("a.", "/a."),
            ("/a.b", "/a.b"),
            ("#/a.b", "/a.b"),
            ("$", "/$"),
            ("a/b", "/a~1b"),
        ] {
            assert_eq!(path_of(name), path, "{name}");
        }
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
