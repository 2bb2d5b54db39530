//! A JSON Patch as it travels (RFC 6902 §3).

use super::Operation;
use super::scalar::quote_into;

/// The JSON text of a patch.
pub fn patch_text(operations: &[Operation]) -> String {
    let mut out = String::from("[");
    for (index, operation) in operations.iter().enumerate() {
        let (op, from, path, value) = match operation {
            Operation::Add { path, value } => ("add", None, path, Some(value)),
            Operation::Replace { path, value } => ("replace", None, path, Some(value)),
            Operation::Remove { path } => ("remove", None, path, None),
            Operation::Move { from, path } => ("move", Some(from), path, None),
            Operation::Copy { from, path } => ("copy", Some(from), path, None),
            Operation::Test { path, value } => ("test", None, path, Some(value)),
        };
        out.push_str(if index == 0 { "{\"op\":\"" } else { ",{\"op\":\"" });
        out.push_str(op);
        if let Some(from) = from {
            out.push_str("\",\"from\":");
            quote_into(from, false, &mut out);
            out.push_str(",\"path\":");
        } else {
            out.push_str("\",\"path\":");
        }
        quote_into(path, false, &mut out);
        if let Some(value) = value {
            out.push_str(",\"value\":");
            out.push_str(value);
        }
        out.push('}');
    }
    out.push(']');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::json::{Document, parse_patch};

    #[test]
    fn the_text_of_a_patch_reads_back_as_the_same_patch() {
        let path = String::from("/a~1b/\"\u{e9}\u{7}");
        let patch = [
            Operation::Test { path: path.clone(), value: "1.0".into() },
            Operation::Add { path: path.clone(), value: "{\"x\": [null]}".into() },
            Operation::Move { from: "/m".into(), path: path.clone() },
            Operation::Copy { from: "/m".into(), path: path.clone() },
            Operation::Replace { path: path.clone(), value: "\"s\"".into() },
            Operation::Remove { path },
        ];
        for length in 0..=patch.len() {
            let document = Document::parse(patch_text(&patch[..length])).unwrap();
            assert_eq!(parse_patch(&document).unwrap(), patch[..length]);
        }
    }
}
