//! The wasm modules in `pkg/dist/core`: compiled, split into core and engine, bound, optimised, named and compressed.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use super::{ENGINE, MODULE, NAMED_ENGINE, NAMED_MODULE, glue, is_split};
use crate::process::{capture, run};
use crate::project::{Project, files_in, fresh_folder};
use crate::rename::Renames;
use crate::term::{Context, Failure, Result, progress};
use crate::tools;
use crate::tricks;
use slim::{Module, without_panic_words};

/// Size before speed, and at the end no section that only tools read. The features of wasm that rustc used (bulk memory,
/// multiple values, reference types …; every browser since 2022 has them) are named in such a section.
///
/// Loads that rustc writes never leave the memory, and a null pointer is never read through, not even with an offset.
const WASM_OPT: &[&str] = &[
    "--ignore-implicit-traps",
    "--low-memory-unused",
    "-Oz",
    "--converge",
    // A large function inlined into its one caller saves the call and costs more: many locals, and code that compresses less well.
    "--one-caller-inline-max-function-size=25",
    "--strip-producers",
];

/// Control flow laid out anew, then all of it once more; at the end locals are shared in the best of many orders. By itself, as
/// `--converge` would do it again and again.
const WASM_OPT_AGAIN: &[&str] = &[
    "--ignore-implicit-traps",
    "--low-memory-unused",
    "--flatten",
    "--rereloop",
    "-Oz",
    "--converge",
    "--one-caller-inline-max-function-size=25",
    "--coalesce-locals-learning",
    "--reorder-locals",
];

/// By itself, as `--converge` would do it again and again. The features go last: the first run reads them. A module that was written
/// and read again shares its locals once more, which saves 220 bytes.
const SHORT_NAMES: &[&str] = &["--coalesce-locals-learning", "--reorder-locals"];

/// Only for the core. The engine has no exports, and its imports cannot get short names.
const MINIFY: &str = "--minify-imports-and-exports-and-modules";

/// A module with nothing inside.
const EMPTY: &[u8] = b"\0asm\x01\0\0\0";

/// The module that the engine imports from; as long as a hash of the build, which takes its place.
const CORE_OF_ENGINE: &str = "__wasm_split";

/// Connects the engine to the core.
pub(super) const LINK_SCRIPT: &str = "core/link.js";

/// The wasm module and its glue in `pkg/dist/core`.
pub(super) fn build(project: &Project) -> Result<()> {
    tools::wasm_target(project)?;
    let version = tools::wasm_bindgen(project)?;
    tools::clean_up(project)?;
    tools::node_modules(project)?;
    let mut cargo = project.cargo(&["build", "--package", "mergefetch", "--lib", "--profile", "wasm"]);
    cargo.args(["--target", "wasm32-unknown-unknown"]);
    if is_split() {
        tools::wasm_split(project)?;
        cargo.args(["--features", "split"]);
        // For this target alone: the proc macros are not linked by wasm-ld.
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-Clink-args=--emit-relocs");
    }
    run("build: cargo build --profile wasm", &mut cargo)?;
    let compiled = project.target("wasm32-unknown-unknown/wasm/mergefetch.wasm");
    let stamp = project.target("xtask-core.stamp");
    let made_from = fingerprint(project, &compiled, &version)?;
    if fs::read_to_string(&stamp).is_ok_and(|made| made == format!("{made_from} {}", output(project))) {
        progress("build: the wasm module is up to date");
        return Ok(());
    }
    let folder = project.root("pkg/dist/core");
    fresh_folder(&folder)?;
    let bytes = fs::read(&compiled).context(|| format!("read {}", compiled.display()))?;
    let slim = slim_module(&bytes)?;
    let parts = project.target("xtask-parts");
    fresh_folder(&parts)?;
    let program = parts.join("program.wasm");
    fs::write(&program, slim).context(|| format!("write {}", program.display()))?;
    let main = if is_split() { split(project, &program, &parts)? } else { program };
    let mut wasm_bindgen = project.command(project.tool("wasm-bindgen"));
    if is_split() {
        // Among them the table of functions, through which core and engine call each other.
        wasm_bindgen.arg("--keep-lld-exports");
    }
    run(
        "build: wasm-bindgen",
        wasm_bindgen
            // The facade says where the module lies; a second address would be a second file in some bundles.
            .args(["--target", "web", "--omit-default-module-path", "--out-name", "mergefetch", "--out-dir"])
            .arg(&folder)
            .arg(&main),
    )?;
    glue::declare(project)?;
    fs::copy(project.root(MODULE), project.target(NAMED_MODULE)).context(|| format!("write {NAMED_MODULE}"))?;
    let core = optimise(project, MODULE, &[MINIFY])?;
    glue::shorten(project, &core)?;
    if is_split() {
        fs::copy(parts.join("split_engine.wasm"), project.root(ENGINE)).context(|| format!("write {ENGINE}"))?;
        fs::copy(project.root(ENGINE), project.target(NAMED_ENGINE)).context(|| format!("write {NAMED_ENGINE}"))?;
        // Builds without a trick measure the first download, which has no engine.
        if tricks::left_out().is_none() {
            optimise(project, ENGINE, &[])?;
        }
        link(project, &core)?;
    } else {
        // The file stays, as tools look for it by its address.
        fs::write(project.root(ENGINE), EMPTY).context(|| format!("write {ENGINE}"))?;
        let mut bytes = read_built(project, MODULE)?;
        let build = build_name(&bytes, &[]);
        mark(&mut bytes, &build);
        fs::write(project.root(MODULE), bytes).context(|| format!("write {MODULE}"))?;
        write_link(project, &build, "undefined")?;
    }
    inline(project)?;
    compress(project)?;
    fs::write(&stamp, format!("{made_from} {}", output(project))).context(|| format!("write {}", stamp.display()))
}

/// The module without the words of its panics.
fn slim_module(bytes: &[u8]) -> Result<Vec<u8>> {
    if tricks::is_without(&tricks::PANIC_WORDS) {
        return Ok(bytes.to_owned());
    }
    let slim = without_panic_words(bytes).map_err(|error| Failure::new(error.to_string()))?;
    if let Some(caller) = slim.formats {
        return Err(Failure::new(format!(
            "{caller} formats, which keeps 4 kB of `core::fmt` in the download: call `to_string` on a number, not on a reference"
        )));
    }
    if slim.unmatched.is_empty() {
        return Ok(slim.bytes);
    }
    let unmatched = slim.unmatched.join("\", \"");
    Err(Failure::new(format!(
        "the module has nothing of these entries of crates/slim, remove or correct them: \"{unmatched}\""
    )))
}

/// Splits the linked program at the point of `src/wasm/split.rs`, and returns the core.
fn split(project: &Project, program: &Path, parts: &Path) -> Result<PathBuf> {
    let mut command = project.command(project.tool("wasm-split-cli"));
    run("build: wasm-split-cli", command.arg(program).arg(parts))?;
    let mut modules = files_in(parts, |name| name.ends_with(".wasm") && name != "program.wasm")?;
    let expected = ["main.wasm", "split_engine.wasm"].map(|name| parts.join(name));
    if modules != expected {
        return Err(Failure::new(format!("expected a core and an engine, but found {} modules", modules.len())));
    }
    Ok(modules.swap_remove(0))
}

/// Names the build in both modules and in the engine's imports, so that no other core takes it, and writes which export of the core
/// satisfies which import.
fn link(project: &Project, core: &Renames) -> Result<()> {
    let mut main = read_built(project, MODULE)?;
    let mut bytes = read_built(project, ENGINE)?;
    let build = build_name(&main, &bytes);
    let wrong = || Failure::new("expected a core that exports what the engine imports");
    let imports = Module::parse(&bytes).map(|engine| engine.imports).ok().filter(|imports| !imports.is_empty());
    let mut pairs = Vec::new();
    for import in imports.ok_or_else(wrong)? {
        let place = bytes.get_mut(import.module).filter(|module| *module == CORE_OF_ENGINE.as_bytes());
        place.ok_or_else(wrong)?.copy_from_slice(build.as_bytes());
        pairs.push(format!("{}: core.{}", import.name, core.export(&import.name).ok_or_else(wrong)?));
    }
    for (file, bytes) in [(MODULE, &mut main), (ENGINE, &mut bytes)] {
        mark(bytes, &build);
        fs::write(project.root(file), bytes).context(|| format!("write {file}"))?;
    }
    write_link(project, &build, &format!("(core) => ({{ [build]: {{ {} }} }})", pairs.join(", ")))
}

fn read_built(project: &Project, file: &str) -> Result<Vec<u8>> {
    fs::read(project.root(file)).context(|| format!("read {file}"))
}

/// A hash of the two modules, as long as the name that it replaces.
fn build_name(core: &[u8], engine: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    (core, engine).hash(&mut hasher);
    let mut hash = format!("{:016x}", hasher.finish());
    hash.truncate(CORE_OF_ENGINE.len());
    hash
}

/// Appends an empty custom section with the name of the build. A module without it is refused before any of its code runs.
fn mark(module: &mut Vec<u8>, build: &str) {
    // The build's name is so short that each length is one byte of LEB128.
    let length = build.len() as u8;
    module.extend([0, length + 1, length]);
    module.extend_from_slice(build.as_bytes());
}

fn write_link(project: &Project, build: &str, imports: &str) -> Result<()> {
    let script = format!("export const build = \"{build}\";\nexport const engineImports = {imports};\n");
    let types = "/** The name of the build, which is the name of a custom section of each module. */\n\
        export declare const build: string;\n\
        /** What the engine imports, of the core's exports; undefined where the engine is in the core. */\n\
        export declare const engineImports: ((core: Record<string, WebAssembly.ExportValue>) => WebAssembly.Imports) | undefined;\n";
    for (name, text) in [(LINK_SCRIPT, script.as_str()), ("core/link.d.ts", types)] {
        fs::write(project.root("pkg/dist").join(name), text).context(|| format!("write {name}"))?;
    }
    Ok(())
}

/// The options without those of the trick that the build leaves out.
fn kept(options: &[&'static str]) -> Vec<&'static str> {
    let is_of = |option: &str| {
        (option.contains("traps") || option.contains("low-memory")) && tricks::is_without(&tricks::TRAPS)
            || option.contains("one-caller") && tricks::is_without(&tricks::ONE_CALLER)
            || option.contains("locals") && tricks::is_without(&tricks::LOCALS)
    };
    options.iter().copied().filter(|option| !is_of(option)).collect()
}

/// Makes a module smaller, and returns the names that it got.
fn optimise(project: &Project, module: &str, names: &[&str]) -> Result<Renames> {
    let wasm_opt = |options: &[&str]| {
        let mut command = project.npm_tool("wasm-opt");
        command.args(options).arg(project.root(module)).arg("-o").arg(project.root(module));
        command
    };
    run("build: wasm-opt -Oz", &mut wasm_opt(&kept(WASM_OPT)))?;
    if !tricks::is_without(&tricks::AGAIN) {
        run("build: wasm-opt -Oz, again", &mut wasm_opt(&kept(WASM_OPT_AGAIN)))?;
    }
    let renamed = capture("build: wasm-opt", wasm_opt(&kept(SHORT_NAMES)).args(names).arg("--strip-target-features"))?;
    Ok(Renames::parse(&renamed))
}

/// The modules as a script, for `mergefetch/inline`. Compressed first, as base64 of uncompressed data compresses badly.
const INLINE: &str = r#"
const { readFileSync, writeFileSync } = require('node:fs');
const { gzipSync } = require('node:zlib');
const [to, core, engine] = process.argv.slice(1);
const packed = (file) => (file === undefined ? '' : gzipSync(readFileSync(file), { level: 9 }).toString('base64'));
writeFileSync(`${to}.js`, `export const PACKED_MODULE = "${packed(core)}";\nexport const PACKED_ENGINE = "${packed(engine)}";\n`);
const types = ['PACKED_MODULE', 'PACKED_ENGINE'].map((name) => `export declare const ${name}: string;`).join('\n');
writeFileSync(`${to}.d.ts`, `/** The modules: base64 of gzip. */\n${types}\n`);
"#;

fn inline(project: &Project) -> Result<()> {
    let mut node = project.command("node");
    node.args(["--eval", INLINE, "--"]).arg(project.root("pkg/dist/core/inline")).arg(project.root(MODULE));
    if is_split() {
        node.arg(project.root(ENGINE));
    }
    run("build: the module inside of a script", &mut node)
}

/// Writes each module compressed beside itself, for servers that send such files.
const COMPRESS: &str = r#"
const { readFileSync, writeFileSync } = require('node:fs');
const { brotliCompressSync, gzipSync, constants: c } = require('node:zlib');
for (const file of process.argv.slice(1)) {
  const bytes = readFileSync(file);
  const params = { [c.BROTLI_PARAM_QUALITY]: 11, [c.BROTLI_PARAM_LGWIN]: 22, [c.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
}
"#;

fn compress(project: &Project) -> Result<()> {
    let mut node = project.command("node");
    node.args(["--eval", COMPRESS, "--"]).args([MODULE, ENGINE].map(|file| project.root(file)));
    run("build: the modules compressed", &mut node)
}

/// Changes with every input of wasm-bindgen and wasm-opt.
fn fingerprint(project: &Project, compiled: &Path, wasm_bindgen: &str) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    for file in [compiled, &project.root("package-lock.json")] {
        fs::read(file).context(|| format!("read {}", file.display()))?.hash(&mut hasher);
    }
    (wasm_bindgen, is_split(), tricks::left_out()).hash(&mut hasher);
    // Every file that decides about the build.
    let package = [
        include_str!("../package.rs"),
        include_str!("modules.rs"),
        include_str!("glue.rs"),
        include_str!("scripts.rs"),
    ];
    (package, include_str!("../../../crates/slim/src/lib.rs"), include_str!("../rename.rs")).hash(&mut hasher);
    Ok(hasher.finish())
}

/// Changes with every file in `pkg/dist/core`; 0 where it cannot be read, which no stamp has.
fn output(project: &Project) -> u64 {
    let mut hasher = DefaultHasher::new();
    let files = files_in(&project.root("pkg/dist/core"), |_| true).unwrap_or_default();
    for file in files {
        match fs::read(&file) {
            Ok(bytes) => (file, bytes).hash(&mut hasher),
            Err(_) => return 0,
        }
    }
    hasher.finish()
}
