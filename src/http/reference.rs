//! URLs, and references to them in fields (RFC 3986 §5), as browsers resolve them.

use crate::gather::chained;

/// The parts of a URL or a reference without a fragment.
struct Parts<'a> {
    scheme: Option<&'a str>,
    /// The user, the host and the port.
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Self {
        let (url, _) = url.split_once('#').unwrap_or((url, ""));
        let (before, query) = url.split_once('?').map_or((url, None), |(before, query)| (before, Some(query)));
        let (scheme, rest) = match before.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
            _ => (None, before),
        };
        let Some(rest) = rest.strip_prefix("//") else {
            return Self { scheme, authority: None, path: rest, query };
        };
        let (authority, path) = rest.split_at(rest.find(['/', '\\']).unwrap_or(rest.len()));
        Self { scheme, authority: Some(authority), path, query }
    }
}

fn is_scheme(text: &str) -> bool {
    let is_allowed = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.');
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(is_allowed)
}

/// The origin of an absolute URL: scheme, host and port in one spelling, without a user. Empty for a reference without a host.
pub fn origin(url: &str) -> String {
    let Parts { scheme, authority, .. } = Parts::of(url);
    site(scheme.unwrap_or_default(), authority.unwrap_or_default())
}

/// `scheme://host:port`, in lower case, without a user and a default port.
fn site(scheme: &str, authority: &str) -> String {
    let scheme = scheme.to_ascii_lowercase();
    let host = host_of(authority).to_ascii_lowercase();
    let default = match scheme.as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => ":",
    };
    let host = host.strip_suffix(default).or_else(|| host.strip_suffix(':')).unwrap_or(&host);
    if host.is_empty() { String::new() } else { chained(&[&scheme, "://", host]) }
}

/// The host and the port. A user may contain an `@`, too.
fn host_of(authority: &str) -> &str {
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// Whether a request may go to this host and port. The platform checks the rest, such as whether an address is complete.
fn is_host(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (host, ""),
    };
    let is_address = name.starts_with('[');
    // Browsers refuse these signs, or decode them.
    let is_allowed = |octet: u8| match octet {
        b'%' | b'<' | b'>' | b'^' | b'|' => false,
        b'[' | b']' | b':' => is_address,
        _ => octet.is_ascii_graphic(),
    };
    let is_number = port.bytes().all(|octet| octet.is_ascii_digit());
    is_number && is_address == name.ends_with(']') && !name.is_empty() && name.bytes().all(is_allowed)
}

/// A URL reference in a field, resolved against an absolute base, in the spelling of `URL.href`. There is no user and no fragment, as a
/// request has neither. `None` if no request can go there.
pub(crate) fn resolve(base: &str, reference: &str) -> Option<String> {
    let reference = spelled(reference);
    let (base, mut named) = (Parts::of(base), Parts::of(&reference));
    let own = base.scheme?;
    let is_own = |scheme: &str| scheme.eq_ignore_ascii_case(own);
    if named.authority.is_none() {
        // RFC 3986 §5.2.2 allows this for `http:path`, and browsers do it.
        named.scheme = named.scheme.filter(|scheme| !is_own(scheme));
    }
    if let Some(scheme) = named.scheme {
        let is_known = is_own(scheme) || ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
        named.authority.filter(|_| is_known)?;
    }
    if named.authority.is_some_and(|authority| !is_host(host_of(authority))) {
        return None;
    }
    let site = site(named.scheme.unwrap_or(own), named.authority.or(base.authority)?);
    let is_whole = named.authority.is_some() || named.path.starts_with('/');
    let folder = match base.path.rfind('/') {
        Some(slash) if !is_whole => base.path.get(..=slash).unwrap_or_default(),
        _ => "",
    };
    let (folder, path, query) = if !is_whole && named.path.is_empty() {
        ("", base.path, named.query.or(base.query))
    } else {
        (folder, named.path, named.query)
    };
    let path = without_dots(&chained(&[folder, path]));
    Some(chained(&[&site, &path, if query.is_some() { "?" } else { "" }, query.unwrap_or_default()]))
}

/// The reference without its fragment, with the signs escaped that browsers escape.
fn spelled(reference: &str) -> String {
    let mut spelled = String::with_capacity(reference.len());
    let mut is_query = false;
    for octet in reference.trim_ascii().bytes() {
        is_query |= octet == b'?';
        match octet {
            b'#' => break,
            b'\t' | b'\n' | b'\r' => {}
            b'\\' if !is_query => spelled.push('/'),
            b'`' | b'{' | b'}' if is_query => spelled.push(octet.into()),
            b'\'' if !is_query => spelled.push('\''),
            b'"' | b'<' | b'>' | b'`' | b'{' | b'}' | b'\'' | ..=b' ' | 0x7f.. => {
                let digit = |half: u8| char::from(b"0123456789ABCDEF"[usize::from(half & 15)]);
                for sign in ['%', digit(octet >> 4), digit(octet)] {
                    spelled.push(sign);
                }
            }
            _ => spelled.push(octet.into()),
        }
    }
    spelled
}

/// RFC 3986 §5.2.4. The result begins with a slash.
fn without_dots(path: &str) -> String {
    let mut kept = Vec::new();
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(segment) = segments.next() {
        let dots = dots(segment);
        if dots == 2 {
            kept.pop();
        }
        if dots == 0 {
            kept.push(segment);
        } else if segments.peek().is_none() {
            kept.push("");
        }
    }
    let mut path = String::new();
    for segment in kept {
        path.push('/');
        path.push_str(segment);
    }
    path
}

/// 1 or 2 for a segment that consists of one or two dots, each perhaps percent-encoded; otherwise 0.
fn dots(segment: &str) -> usize {
    let (mut rest, mut count) = (segment, 0);
    while let Some(after) = ["%2e", "%2E", "."].iter().find_map(|dot| rest.strip_prefix(dot)) {
        (rest, count) = (after, count + 1);
    }
    if rest.is_empty() && count <= 2 { count } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::{origin, resolve};

    /// RFC 3986 §5.4. A request has no fragment, and goes to no other scheme.
    #[test]
    fn references_resolve_as_in_rfc_3986() {
        for (reference, expected) in [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g/"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q"),
            ("g#s", "http://a/b/c/g"),
            ("g?y#s", "http://a/b/c/g?y"),
            (";x", "http://a/b/c/;x"),
            ("g;x", "http://a/b/c/g;x"),
            ("g;x?y#s", "http://a/b/c/g;x?y"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("./", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../", "http://a/"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("../../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            (".g", "http://a/b/c/.g"),
            ("g..", "http://a/b/c/g.."),
            ("..g", "http://a/b/c/..g"),
            ("./../g", "http://a/b/g"),
            ("./g/.", "http://a/b/c/g/"),
            ("g/./h", "http://a/b/c/g/h"),
            ("g/../h", "http://a/b/c/h"),
            ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/./x", "http://a/b/c/g?y/./x"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
            ("g#s/../x", "http://a/b/c/g"),
            ("http:g", "http://a/b/c/g"),
        ] {
            assert_eq!(resolve("http://a/b/c/d;p?q", reference).as_deref(), Some(expected), "{reference}");
        }
    }

    #[test]
    fn a_reference_that_no_request_can_follow_resolves_to_nothing() {
        for reference in [
            "g:h",
            "urn:a:b",
            "ws://a/n",
            "http://",
            "https:",
            "https:g",
            "https:/g",
            "///",
            "//",
            "http://[bad",
            "http://a]/",
            "http://[::1",
            "http://a:b/",
            "http://a:+1/",
            "http://a%2eb/",
            "http://a b/",
            "http://\u{e9}/",
        ] {
            assert_eq!(resolve("http://x.test/c/n", reference), None, "{reference}");
        }
        assert_eq!(resolve("no URL", "/n"), None);
    }

    #[test]
    fn a_url_has_one_spelling() {
        for (reference, expected) in [
            ("HTTP://X.Test:80", "http://x.test/"),
            ("https://X.test:443/N", "https://x.test/N"),
            ("http://x.test:/n", "http://x.test/n"),
            ("http://x.test:443/n", "http://x.test:443/n"),
            ("http://u:p@ss@x.test/n#f", "http://x.test/n"),
            ("http://x.test@evil.test\\@x.test/n", "http://evil.test/@x.test/n"),
            ("\\\\evil.test\\n", "http://evil.test/n"),
            (" \t/n/%2E%2e/a b\u{e9}'\"{?a b'{", "http://x.test/a%20b%C3%A9'%22%7B?a%20b%27{"),
            ("/n/7?return=https://y.test/list", "http://x.test/n/7?return=https://y.test/list"),
            ("//[::1]:8080/n", "http://[::1]:8080/n"),
        ] {
            assert_eq!(resolve("http://x.test/c/n", reference).as_deref(), Some(expected), "{reference}");
        }
        // Pages in native apps have such URLs.
        assert_eq!(resolve("capacitor://localhost/c/n", "7").as_deref(), Some("capacitor://localhost/c/7"));
    }

    #[test]
    fn an_origin_has_one_spelling_and_no_secret() {
        for url in [
            "http://x.test/n",
            "http://x.test",
            "HTTP://X.test:80/",
            "http://u:p@x.test",
            "http://x.test?token=1",
            "http://x.test#token=1",
            "http://u:p@o@x.test\\@y.test",
        ] {
            assert_eq!(origin(url), "http://x.test", "{url}");
        }
        assert_eq!(origin("https://x.test:443/"), "https://x.test");
        assert_eq!(origin("https://x.test:80/"), "https://x.test:80");
        for reference in ["/n", "", "7", "urn:a", "http://"] {
            assert_eq!(origin(reference), "", "{reference}");
        }
    }
}
