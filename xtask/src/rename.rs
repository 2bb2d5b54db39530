//! Short names between the module and its glue. The names of wasm-bindgen contain hashes, which do not compress, and both files have them.

use std::collections::HashMap;

/// The name that wasm-opt gives to each imported module.
const MODULE: &str = "a";

/// The names that `wasm-opt --minify-imports-and-exports-and-modules` chose, as it prints them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Renames {
    modules: Vec<String>,
    imports: HashMap<String, String>,
    exports: HashMap<String, String>,
}

impl Renames {
    /// Reads lines such as `["./module.js", "name", "a"],` for imports and `["name", "b"],` for exports.
    pub fn parse(printed: &str) -> Self {
        let mut renames = Self::default();
        for line in printed.lines().filter(|line| line.trim_start().starts_with('[')) {
            let words: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
            match *words {
                [module, name, short] => {
                    if !renames.modules.iter().any(|known| known == module) {
                        renames.modules.push(module.to_owned());
                    }
                    renames.imports.insert(name.to_owned(), short.to_owned());
                }
                [name, short] => drop(renames.exports.insert(name.to_owned(), short.to_owned())),
                _ => {}
            }
        }
        renames
    }

    /// The short name of an export.
    pub fn export(&self, name: &str) -> Option<&str> {
        self.exports.get(name).map(String::as_str)
    }

    /// The glue with the short names; none where it does not define every import.
    pub fn apply(&self, glue: &str) -> Option<String> {
        let mut renamed = String::with_capacity(glue.len());
        let mut defined = 0;
        let mut rest = glue;
        while let Some(start) = rest.find(is_of_name) {
            let length = rest[start..].find(|c| !is_of_name(c)).unwrap_or(rest.len() - start);
            let (before, name, behind) = (&rest[..start], &rest[start..start + length], &rest[start + length..]);
            renamed.push_str(before);
            let short = match (self.imports.get(name), self.exports.get(name)) {
                (Some(short), _) if behind.starts_with(':') => {
                    defined += 1;
                    short
                }
                (_, Some(short)) if renamed.ends_with("wasm.") => short,
                _ => name,
            };
            renamed.push_str(short);
            rest = behind;
        }
        renamed.push_str(rest);
        for module in &self.modules {
            renamed = renamed.replace(&format!("\"{module}\""), &format!("\"{MODULE}\""));
        }
        (defined == self.imports.len()).then_some(renamed)
    }
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "{\n \"imports\": [\n  [\"./x_bg.js\", \"__wbg_a_1\", \"b\"],\n  [\"./x_bg.js\", \"__wbg_a_12\", \"$\"]\n ],\n\
        \"exports\": [\n  [\"merge\", \"c\"],\n  [\"memory\", \"d\"]\n ]\n}\n";

    #[test]
    fn imports_are_renamed_where_they_are_defined_and_exports_where_they_are_called() {
        let glue = "const merge = wasm.merge(wasm.memory);\nconst i = {\n  __wbg_a_1: function() {},\n  __wbg_a_12: f };\n\
            return { \"./x_bg.js\": i };";
        let short = "const merge = wasm.c(wasm.d);\nconst i = {\n  b: function() {},\n  $: f };\nreturn { \"a\": i };";
        assert_eq!(Renames::parse(PRINTED).apply(glue).as_deref(), Some(short));
        assert_eq!(Renames::parse(PRINTED).export("memory"), Some("d"));
    }

    #[test]
    fn glue_that_lacks_an_import_is_refused() {
        assert_eq!(Renames::parse(PRINTED).apply("{ __wbg_a_1: f }"), None);
    }

    #[test]
    fn without_names_nothing_changes() {
        assert_eq!(Renames::parse("").apply("wasm.merge").as_deref(), Some("wasm.merge"));
    }
}
