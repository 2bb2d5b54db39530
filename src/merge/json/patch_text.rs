//! Writes a JSON Patch as JSON text (RFC 6902 §3).

use super::Operation;
use super::scalar::quote_into;

/// The JSON text of a patch.
///
/// # Examples
///
/// ```
/// use mergefetch::merge::json::{Operation, patch_text};
///
/// let patch = [Operation::Add { path: "/tags/-".into(), value: r#""new""#.into() }];
/// assert_eq!(patch_text(&patch), r#"[{"op":"add","path":"/tags/-","value":"new"}]"#);
/// ```
///
/// # Specification
/// RFC 6902 §3.
pub fn patch_text(operations: &[Operation]) -> String {
    let mut out = String::from("[");
    for (index, operation) in operations.iter().enumerate() {
        out.push_str(if index == 0 { "{" } else { ",{" });
        for (name, member) in ["op", "from", "path", "value"].iter().zip(operation.members()) {
            let Some(member) = member else { continue };
            if !out.ends_with('{') {
                out.push(',');
            }
            quote_into(name, false, &mut out);
            out.push(':');
            if *name == "value" {
                out.push_str(member);
            } else {
                quote_into(member, false, &mut out);
            }
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
