//! Header fields of one message.

/// A list of fields; names compare without case (RFC 9110 §5.1). Several fields of one name are kept joined by `, `,
/// as `fetch` returns them. Fields are sorted by name, so that ten thousand fields do not take quadratic time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// No fields.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The index of `name`, or the index at which it would be inserted.
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| {
            let [known, name] = [known, name].map(|name| name.bytes().map(|byte| byte.to_ascii_lowercase()));
            known.cmp(name)
        })
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        Some(self.0[self.place(name).ok()?].1.as_str())
    }

    /// The `Content-Length`, in octets; 0 without the field.
    pub fn content_length(&self) -> u64 {
        self.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)
    }

    /// Replaces the value of `name`.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let field = (name.to_owned(), value.into());
        match self.place(name) {
            Ok(at) => self.0[at] = field,
            Err(at) => self.0.insert(at, field),
        }
    }

    /// The same with one more field; for literals.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    /// Removes `name`.
    pub fn remove(&mut self, name: &str) {
        if let Ok(at) = self.place(name) {
            self.0.remove(at);
        }
    }

    /// All fields, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Whether a field can contain `value` without changing the message (RFC 9110 §5.5): no control characters but tab, nothing
/// beyond Latin-1, which is all that a browser's `Headers` takes.
pub(super) fn is_field_value(value: &str) -> bool {
    value.chars().all(|c| c == '\t' || (' '..='~').contains(&c) || ('\u{80}'..='\u{ff}').contains(&c))
}
