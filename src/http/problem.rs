//! The server's words in a refusal, whatever their shape.
//!
//! Read are RFC 9457 problem details, `{code, message, details}`, the same inside `{error: …}` (Google, OData, Stripe), JSON:API and
//! other lists or maps of errors, AWS' `__type`, Kubernetes' `Status`, CouchDB's `{error, reason}`, Kinto, FHIR's
//! `OperationOutcome`, and XML: `application/problem+xml`, S3, WebDAV. Of HTML only the title is read, of plain text a short message.
//! Anything else is kept as it came.

use super::{Format, Response, retry_after_ms};
use crate::gather::Gather;
use crate::merge::json::{Document, Value, push_token};

/// Fields in which servers name an exchange.
const REQUEST_IDS: [&str; 5] =
    ["x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid", "x-amz-request-id"];

/// How a refusal of one thing names what it complains of. Other words mean other things there: `path` of Spring is the URL.
const OWN_FIELD: [&str; 4] = ["pointer", "field", "param", "target"];

/// How an entry of a list names it.
const LISTED_FIELD: [&str; 8] = ["pointer", "field", "param", "target", "path", "name", "property", "propertyPath"];

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
            request_id: REQUEST_IDS.iter().find_map(|name| header(name)),
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
            Err(_) if text.trim_start().starts_with('<') => problem.read_markup(text),
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
        let lists = ["errors", "issue", "violations", "fields", "invalid-params", "invalid_params"];
        let first = |name: &&str| root.member(name)?.elements().into_iter().next();
        let listed = lists[..2].iter().find_map(first).filter(|one| one.is_object());
        places.extend(listed);
        places.extend(root.member("error").filter(|error| error.is_object()));
        places.extend(places.last().and_then(|place| place.member("details")).filter(|details| details.is_object()));
        for (depth, place) in places.iter().enumerate() {
            // The first of several complaints says nothing of the whole that the whole does not say better.
            let said = (depth == 1 && listed.is_some()).then(|| (self.title.take(), self.detail.take()));
            self.read_at(*place, depth);
            if let Some((title, detail)) = said {
                set(&mut self.title, title);
                set(&mut self.detail, detail);
            }
            // What stands in a list is read with that list.
            if (depth != 1 || listed.is_none())
                && let Some(field) = field_of(*place, &OWN_FIELD)
            {
                self.fields.push(field);
            }
            for name in lists.iter().chain(&["details", "causes"]) {
                // These two may be an object of another shape.
                let is_list = |list: &Value<'_>| lists.contains(name) || !list.is_object();
                if let Some(list) = place.member(name).filter(is_list) {
                    self.fields.append(&mut fields_of(list));
                }
            }
        }
    }

    fn read_at(&mut self, place: Value<'_>, depth: usize) {
        let word = |names: &[&str]| names.iter().find_map(|name| place.member(name)?.as_str());
        set(&mut self.problem_type, word(&["type"]));
        let is_kubernetes = word(&["kind"]).is_some_and(|kind| kind == "Status");
        let named = if is_kubernetes { word(&["reason"]) } else { word(&["code", "error_code", "errorCode", "error"]) };
        // The status of Google's errors is a word, and stands inside `error`; the type of AWS' has a namespace before it.
        let named = named.or_else(|| word(&["__type"]).map(|name| after(&name, '#').to_owned()));
        set(&mut self.code, named.or_else(|| word(&["status"]).filter(|_| depth > 0 && !is_digits(place))));
        set(&mut self.title, word(&["title"]));
        let within = |name: &str, text: &str| place.member(name)?.member(text)?.as_str();
        let detail = word(&["detail", "message", "Message", "error_description", "diagnostics", "reason"]);
        set(&mut self.detail, detail.or_else(|| within("message", "value")).or_else(|| within("details", "text")));
        set(&mut self.current_state, word(&["current_state", "currentState", "current_status", "currentStatus"]));
        let states = ["allowed_states", "allowedStates", "allowed_transitions", "allowedTransitions"];
        if let Some(allowed) = states.iter().find_map(|name| place.member(name)) {
            self.allowed_states = allowed.elements().into_iter().filter_map(Value::as_str).gather();
        }
    }

    /// Markup: problem details (RFC 9457, appendix B), S3's `Error`, WebDAV's `error` (RFC 4918 §14.5), and the title of a page.
    fn read_markup(&mut self, text: &str) {
        self.problem_type = element(text, "type");
        self.title = element(text, "title");
        self.detail = element(text, "detail").or_else(|| element(text, "Message"));
        // The precondition or postcondition code of WebDAV is an element, not a text.
        let condition = || Some(tags(text).skip_while(|tag| tag.name != "error").nth(1)?.name.to_owned());
        self.code = element(text, "Code").or_else(condition);
        self.request_id = self.request_id.take().or_else(|| element(text, "RequestId"));
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

/// A short plain text is a message.
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

/// `{errors: [{pointer|field|…, detail|message|…}]}` or `{errors: {name: message or messages}}`.
fn fields_of(list: Value<'_>) -> Vec<Field> {
    if list.is_object() {
        let told = |told: Value<'_>| told.as_str().or_else(|| told.elements().first().and_then(|first| first.as_str()));
        let one = |(name, value): (String, Value<'_>)| {
            told(value).map(|detail| Field { path: path_of(&name), value: None, detail: Some(detail) })
        };
        return list.members().into_iter().filter_map(one).gather();
    }
    list.elements().into_iter().filter_map(|one| field_of(one, &LISTED_FIELD)).gather()
}

fn field_of(place: Value<'_>, names: &[&str]) -> Option<Field> {
    let word = |names: &[&str]| names.iter().find_map(|name| place.member(name)?.as_str());
    // JSON:API has the pointer inside `source`, FHIR a list of paths.
    let elsewhere = || {
        let source = place.member("source").and_then(|source| source.member("pointer")?.as_str());
        source.or_else(|| place.member("expression")?.elements().first()?.as_str())
    };
    let name = word(names).or_else(elsewhere)?;
    Some(Field {
        path: path_of(&name),
        value: place.member("value").map(|value| value.source().to_owned()),
        detail: word(&["detail", "message", "reason", "description", "diagnostics"]),
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
        Problem::of(
            &Response {
                status: 409,
                url: String::new(),
                is_redirected: false,
                headers,
                body: Ok(body.as_bytes().to_vec()),
            },
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

    /// Media type, body; then code, title, detail and paths that are to be found in it.
    type Shape = (&'static str, &'static str, [Option<&'static str>; 3], &'static [&'static str]);

    /// As public documentation and recordings show them.
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
            &["/Patient.name"],
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
