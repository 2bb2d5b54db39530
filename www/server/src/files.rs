//! Static files: the example page at `/`, the package at `/mergefetch/`.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, ETAG, LOCATION, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::answer::Answer;
use crate::etag::{Conditions, Version};

const PACKAGE: &str = "/mergefetch/";
/// The sources of this server lie inside the page's folder, and are none of the page's business.
const NOT_SERVED: &str = "server";

/// The folders that are served; canonical paths.
pub(crate) struct Files {
    www: Option<PathBuf>,
    package: Option<PathBuf>,
}

impl Files {
    /// # Errors
    ///
    /// A sentence for the person who started the server, when one of them is no folder.
    pub(crate) fn open(www: Option<&Path>, package: Option<&Path>) -> Result<Self, String> {
        let folder = |path: &Path| match path.canonicalize() {
            Ok(folder) if folder.is_dir() => Ok(folder),
            Ok(_) => Err(format!("{} is not a folder", path.display())),
            Err(error) => Err(format!("cannot read the folder {}: {error}", path.display())),
        };
        Ok(Self { www: www.map(folder).transpose()?, package: package.map(folder).transpose()? })
    }

    fn root(&self, path: &str) -> Option<(&Path, String)> {
        let (root, rest) = match path.strip_prefix(PACKAGE) {
            Some(rest) => (&self.package, rest),
            None => (&self.www, path.strip_prefix('/')?),
        };
        Some((root.as_deref()?, rest.to_owned()))
    }

    fn find(&self, path: &str) -> Found {
        let Some((root, rest)) = self.root(path) else {
            return Found::Nothing;
        };
        let Some(relative) = decode(&rest) else {
            return Found::Nothing;
        };
        // Links are followed first, so that none leads out.
        let Ok(target) = root.join(&relative).canonicalize() else {
            return Found::Nothing;
        };
        let Ok(inside) = target.strip_prefix(root) else {
            return Found::Nothing;
        };
        let is_page = !path.starts_with(PACKAGE);
        if is_page && inside.components().next() == Some(Component::Normal(NOT_SERVED.as_ref())) {
            return Found::Nothing;
        }
        if !target.is_dir() {
            return if path.ends_with('/') { Found::Nothing } else { Found::File(target) };
        }
        let index = target.join("index.html");
        match (index.is_file(), path.ends_with('/')) {
            (false, _) => Found::Nothing,
            (true, true) => Found::File(index),
            (true, false) => Found::Folder,
        }
    }
}

enum Found {
    File(PathBuf),
    /// A folder asked for without the slash at the end.
    Folder,
    Nothing,
}

/// The relative path that the rest of a URL path names; `None` when it is not plainly below its root.
fn decode(rest: &str) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    for segment in rest.split('/').filter(|segment| !segment.is_empty()) {
        let segment = percent_decode(segment)?;
        // A leading dot: `..`, and files that are hidden for a reason. A colon or a backslash: another root on Windows.
        if segment.starts_with('.') || segment.contains(['/', '\\', ':', '\0']) {
            return None;
        }
        path.push(segment);
    }
    Some(path)
}

fn percent_decode(segment: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'%' => {
                let digit = |octet: u8| char::from(octet).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(high * 16 + low).ok()?
            }
            plain => plain,
        });
    }
    String::from_utf8(octets).ok()
}

/// Serves whatever no other route does.
pub(crate) async fn serve(State(files): State<Arc<Files>>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let refused = Answer::refusal(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "files are read-only");
        return refused.with(ALLOW, "GET, HEAD").into_response();
    }
    let (path, headers) = (request.uri().path().to_owned(), request.headers().clone());
    let answered = tokio::task::spawn_blocking(move || answer(&files, &path, &headers)).await;
    answered.unwrap_or_else(|_| Answer::empty(StatusCode::INTERNAL_SERVER_ERROR)).into_response()
}

fn answer(files: &Files, path: &str, headers: &HeaderMap) -> Answer {
    match files.find(path) {
        Found::Folder => Answer::empty(StatusCode::PERMANENT_REDIRECT).with(LOCATION, &format!("{path}/")),
        Found::File(file) => read(&file, headers).unwrap_or_else(|_| missing()),
        Found::Nothing => missing(),
    }
}

fn missing() -> Answer {
    Answer::empty(StatusCode::NOT_FOUND).with_body("text/plain; charset=utf-8", "There is no such file.\n")
}

fn read(file: &Path, headers: &HeaderMap) -> io::Result<Answer> {
    let octets = fs::read(file)?;
    let mut hasher = DefaultHasher::new();
    octets.hash(&mut hasher);
    let version = Version { etag: format!("\"{:x}-{:x}\"", octets.len(), hasher.finish()), modified_ms: 0 };
    let unchanged = Conditions::if_none_match(headers).not_modified(&version);
    let answer = Answer::empty(if unchanged { StatusCode::NOT_MODIFIED } else { StatusCode::OK })
        .with(ETAG, &version.etag)
        // Pages are edited and rebuilt while the server runs.
        .with(CACHE_CONTROL, "no-cache")
        .with(X_CONTENT_TYPE_OPTIONS, "nosniff");
    Ok(if unchanged { answer } else { answer.with_body(media_type(file), octets) })
}

fn media_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "md" | "ts" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leaves_its_root_or_names_a_hidden_file_is_nothing() {
        for bad in
            ["..", "a/../b", "%2e%2e/a", "a/%2E.", "..%2fa", "a%5cb", ".git/config", "a%00", "%", "%zz", "%ff", "c:a"]
        {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }

    #[test]
    fn escapes_and_empty_segments_are_resolved() {
        assert_eq!(decode("a//b%20c/"), Some(PathBuf::from("a/b c")));
        assert_eq!(decode(""), Some(PathBuf::new()));
    }
}
