//! The error bodies of servers and frameworks, and the problems that are read from them.

use super::tests::{read, read_with};

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
        [Some("PreconditionFailed"), None, Some("At least one of the pre-conditions you specified \"did not hold\"")],
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
    (422, r#"{"slug":["has already been taken"]}"#, "has already been taken", &[("/slug", "has already been taken")]),
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
    (409, r#"{"error":{"code":"editconflict","info":"Edit conflict.","*":"See the manual"}}"#, "Edit conflict.", &[]),
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
