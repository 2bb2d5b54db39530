//! The npm package in `pkg/dist`: cargo → slim → split → wasm-bindgen → wasm-opt → a script with the module inside, and compressed files → tsc →
//! esbuild → terser.

mod glue;
mod modules;
mod scripts;

use crate::process::run;
use crate::project::Project;
use crate::term::{Failure, Result};
pub use scripts::documented;

pub const MODULE: &str = "pkg/dist/core/mergefetch_bg.wasm";

/// The module that is loaded when it is needed.
pub const ENGINE: &str = "pkg/dist/core/engine.wasm";

/// Builds one module instead of two, if it is `off`: for tools that cannot load a second one, and for measuring the effect of the split.
const SPLIT_VARIABLE: &str = "MERGEFETCH_SPLIT";

pub fn is_split() -> bool {
    std::env::var_os(SPLIT_VARIABLE).is_none_or(|value| value != "off")
}

/// The same module before wasm-opt, with the names of its functions; in the target folder.
pub const NAMED_MODULE: &str = "xtask-named.wasm";
/// As [`NAMED_MODULE`], of the engine.
pub const NAMED_ENGINE: &str = "xtask-named-engine.wasm";

/// Builds the whole package.
pub fn build(project: &Project) -> Result<()> {
    if !project.root("pkg/tsconfig.json").is_file() {
        return Err(Failure::new("the facade cannot be built without pkg/tsconfig.json"));
    }
    modules::build(project)?;
    scripts::build(project)
}

/// Checks the package as npm users get it: entry points, types, file names.
pub fn lint(project: &Project) -> Result<()> {
    run("check: publint", project.npm_tool("publint").args(["run", "pkg", "--strict", "--pack", "npm"]))
}
