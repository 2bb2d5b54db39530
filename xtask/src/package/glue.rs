//! The glue of wasm-bindgen: its declarations, the short names of imports and exports, and the code that the facade never reaches.

use std::fs;

use crate::project::Project;
use crate::rename::Renames;
use crate::term::{Context, Failure, Result};

/// The glue that wasm-bindgen makes; folded into the entry points.
const GLUE: &str = "pkg/dist/core/mergefetch.js";

/// The declarations of the glue. `src/wasm/boundary.rs` has the declarations of the exports.
const DECLARATIONS: &str = "pkg/dist/core/mergefetch.d.ts";
const RAW_DECLARATIONS: &str = "pkg/dist/core/mergefetch_bg.wasm.d.ts";

/// The exports of the module as wasm-bindgen declares them, with `any` for every object of JavaScript; and the declaration in its place.
const RAW_EXPORTS: &str = "export interface InitOutput {";
const EXPORTS: &str = "export type InitOutput = Record<string, WebAssembly.ExportValue>;";

/// The warnings of the glue about deprecated calls, which the facade never makes.
const OLD_CALL: &str =
    "console.warn('using deprecated parameters for the initialization function; pass a single object instead')";

/// The warning of the glue about the media type of the module, and its replacement.
const WRONG_TYPE: &str = "`WebAssembly.instantiateStreaming` failed because your server does not serve Wasm with \
    `application/wasm` MIME type. Falling back to `WebAssembly.instantiate` which is slower. Original error:\\n";
const WRONG_TYPE_SHORT: &str = "mergefetch.wasm starts faster as application/wasm:";

/// Substitutes in the glue for parts of the platform that every browser with these features of wasm has.
const NO_FINALIZERS: &str =
    "(typeof FinalizationRegistry === 'undefined')\n    ? { register: () => {}, unregister: () => {} }\n    : ";
const NO_ENCODER: &str = "\
if (!('encodeInto' in cachedTextEncoder)) {
    cachedTextEncoder.encodeInto = function (arg, view) {
        const buf = cachedTextEncoder.encode(arg);
        view.set(buf);
        return {
            read: arg.length,
            written: buf.length
        };
    };
}
";

/// Pairs of a text in the glue and its replacement.
const GLUE_CUTS: [(&str, &str); 4] =
    [(OLD_CALL, ""), (WRONG_TYPE, WRONG_TYPE_SHORT), (NO_FINALIZERS, ""), (NO_ENCODER, "")];

/// The other name of `free`, which nothing calls either: the garbage collector does it.
const DISPOSE: &str = "if (Symbol.dispose) ";

/// Declares the exports of the module for TypeScript.
///
/// # Errors
/// When something that crosses has no type.
pub(super) fn declare(project: &Project) -> Result<()> {
    let file = project.root(DECLARATIONS);
    let text = fs::read_to_string(&file).context(|| format!("read {}", file.display()))?;
    let typed = typed(&text).map_err(Failure::new)?;
    fs::write(&file, typed).context(|| format!("write {}", file.display()))?;
    // Exports as the linker knows them, for nobody who imports the package.
    let raw = project.root(RAW_DECLARATIONS);
    fs::remove_file(&raw).context(|| format!("remove {}", raw.display()))
}

fn typed(declarations: &str) -> std::result::Result<String, String> {
    let expected = || "expected declarations as wasm-bindgen writes them, but found others".to_owned();
    let (before, rest) = declarations.split_once(RAW_EXPORTS).ok_or_else(expected)?;
    let (_, after) = rest.split_once("\n}\n").ok_or_else(expected)?;
    let typed = format!("{before}{EXPORTS}\n{after}");
    let is_untyped = |line: &&str| line.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == "any");
    // A comment may use the word.
    let mut code = typed.lines().filter(|line| !line.trim_start().starts_with(['*', '/']));
    match code.find(is_untyped) {
        Some(line) => Err(format!("expected a type for all that crosses (src/wasm/wire.rs), but found {line:?}")),
        None => Ok(typed),
    }
}

pub(super) fn shorten(project: &Project, names: &Renames) -> Result<()> {
    let glue = project.root(GLUE);
    let text = fs::read_to_string(&glue).context(|| format!("read {}", glue.display()))?;
    let short = names
        .apply(&text)
        .ok_or_else(|| Failure::new("expected glue that defines every import of the module, but found another"))?;
    fs::write(&glue, short).context(|| format!("write {}", glue.display()))
}

/// The glue without code that the facade never reaches, and with shorter messages. `None` if the glue has other code than expected.
pub(super) fn without_unused(glue: &str) -> Option<String> {
    let mut slim = glue.to_owned();
    for (found, instead) in GLUE_CUTS {
        if !slim.contains(found) {
            return None;
        }
        slim = slim.replace(found, instead);
    }
    let kept: Vec<&str> = slim.lines().filter(|line| !line.starts_with(DISPOSE)).collect();
    (kept.len() < slim.lines().count()).then(|| kept.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::typed;

    const RAW: &str = "export interface InitOutput {\n    readonly call: (a: number, b: any) => any;\n}\n";

    #[test]
    fn the_declarations_have_types_without_any() {
        let found =
            typed(&format!("/** any */\nexport function call(number: number): string;\n{RAW}export default f;\n"));
        let expected = "/** any */\nexport function call(number: number): string;\n\
            export type InitOutput = Record<string, WebAssembly.ExportValue>;\nexport default f;\n";
        assert_eq!(found.as_deref(), Ok(expected));
    }

    #[test]
    fn an_export_without_a_type_fails_the_build() {
        let found = typed(&format!("export function call(many: number): any;\n{RAW}"));
        assert!(found.is_err_and(|why| why.contains("call(many")));
        assert!(typed("export function call(): void;\n").is_err());
    }
}
