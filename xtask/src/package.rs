//! The npm package in `pkg/dist`: cargo → slim → split → wasm-bindgen → wasm-opt → a script with the module inside, and compressed files → tsc →
//! esbuild → terser.

use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{capture, run};
use crate::project::{Project, files_in, fresh_folder, make_folder};
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

pub const MODULE: &str = "pkg/dist/core/mergefetch_bg.wasm";

/// The module that is loaded when it is needed.
pub const ENGINE: &str = "pkg/dist/core/engine.wasm";

/// A module with nothing inside.
const EMPTY: &[u8] = b"\0asm\x01\0\0\0";

/// Builds one module instead of two, if it is `off`: for tools that cannot load a second one, and for measuring the effect of the split.
const SPLIT_VARIABLE: &str = "MERGEFETCH_SPLIT";

/// The module that the engine imports from; as long as a hash of the build, which takes its place.
const CORE_OF_ENGINE: &str = "__wasm_split";

pub fn is_split() -> bool {
    std::env::var_os(SPLIT_VARIABLE).is_none_or(|value| value != "off")
}

/// The glue that wasm-bindgen makes; folded into the entry points.
const GLUE: &str = "pkg/dist/core/mergefetch.js";

/// The declarations of the glue. `src/wasm/boundary.rs` has the declarations of the exports.
const DECLARATIONS: &str = "pkg/dist/core/mergefetch.d.ts";
const RAW_DECLARATIONS: &str = "pkg/dist/core/mergefetch_bg.wasm.d.ts";

/// The exports of the module as wasm-bindgen declares them, with `any` for every object of JavaScript; and the declaration in its place.
const RAW_EXPORTS: &str = "export interface InitOutput {";
const EXPORTS: &str = "export type InitOutput = Record<string, WebAssembly.ExportValue>;";

/// The scripts that a page imports, or loads later. All others are folded into these. The code that a page needs before its first document is in
/// one script, which each of them imports.
const ENTRIES: &[&str] = &["index.js", "api.js", "helpers.js", "document.js", "watch.js", "node.js", "worker.js"];

/// The scripts that `index.js` loads when they are needed: the glue of the modules, and its callers.
const LATER: &[&str] = &["with-core.js", "with-engine.js", "own-adapter.js", "database.js"];

/// Scripts that load nothing later. Each is folded by itself: an import that one script needs at once, and another one later, would be a script
/// of its own.
const AT_ONCE: &[&str] = &["inline.js", "worker-thread.js"];

/// Entry points for frameworks. Folded by themselves, without the frameworks: a page has those, and needs none of these before its first document.
pub const FRAMEWORKS: &[&str] = &["react.js", "vue.js", "svelte.js", "react-hook-form.js", "tanstack-form.js"];

/// The entry points that people import by name; the other entry points are copies of these for some tool, or parts of them.
const NAMED: &[&str] = &["index.js", "document.js", "helpers.js", "watch.js", "inline.js", "worker.js", ELEMENT];

const GLUE_SCRIPT: &str = "core/mergefetch.js";

/// Connects the engine to the core.
const LINK_SCRIPT: &str = "core/link.js";

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

/// Folded by itself, with an import of `api.js` for the code that it shares with the others: as one entry among them it would cut their common
/// script in two, which costs every page 430 bytes in brotli.
const ELEMENT: &str = "element.js";

/// The script that the elements load when a conflict is first shown. Folded by itself: it imports shared code from the script of the elements.
const ELEMENT_LATER: &str = "element-later.js";

/// The sources of the entry points that people import by name.
pub fn documented(project: &Project) -> Vec<PathBuf> {
    let sources = NAMED.iter().chain(FRAMEWORKS).map(|entry| project.root(&format!("pkg/src/entries/{}", entry.replace(".js", ".ts"))));
    sources.filter(|source| source.is_file()).collect()
}

/// The modules as text. By itself: some entry points load it with themselves, others only when they need it.
const MODULE_TEXT: &str = "module-text.js";

/// The entry points that share the state of the modules: in development all of them come as they are, or none.
const FOR_DEVELOPMENT: [&str; 7] =
    ["index.js", ELEMENT, "document.js", "helpers.js", "watch.js", "inline.js", "worker.js"];

/// Before they serve a page, development servers bundle the packages that it imports. Vite 5 to 7 forget about files beside a package:
/// the addresses of modules and worker then lead nowhere. They do not bundle a path that ends like a file that is no script, also in its query,
/// which browsers and other tools ignore.
const AS_IT_IS: &str = "?as-it-is.webmanifest";

/// No function here is called with `new`, or looked at for its `prototype`: any may be an arrow or a method.
const TERSER: &str = "passes=3,hoist_funs,unsafe_arrows,unsafe_methods";

/// The same module before wasm-opt, with the names of its functions; in the target folder.
pub const NAMED_MODULE: &str = "xtask-named.wasm";
/// As [`NAMED_MODULE`], of the engine.
pub const NAMED_ENGINE: &str = "xtask-named-engine.wasm";

/// Builds the whole package.
pub fn build(project: &Project) -> Result<()> {
    if !project.root("pkg/tsconfig.json").is_file() {
        return Err(Failure::new("the facade cannot be built without pkg/tsconfig.json"));
    }
    core(project)?;
    facade(project)
}

/// The wasm module and its glue in `pkg/dist/core`.
fn core(project: &Project) -> Result<()> {
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
    declare(project)?;
    fs::copy(project.root(MODULE), project.target(NAMED_MODULE)).context(|| format!("write {NAMED_MODULE}"))?;
    let core = optimise(project, MODULE, &[MINIFY])?;
    shorten_glue(project, &core)?;
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

/// Declares the exports of the module for TypeScript.
///
/// # Errors
/// When something that crosses has no type.
fn declare(project: &Project) -> Result<()> {
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

fn shorten_glue(project: &Project, names: &Renames) -> Result<()> {
    let glue = project.root(GLUE);
    let text = fs::read_to_string(&glue).context(|| format!("read {}", glue.display()))?;
    let short = names
        .apply(&text)
        .ok_or_else(|| Failure::new("expected glue that defines every import of the module, but found another"))?;
    fs::write(&glue, short).context(|| format!("write {}", glue.display()))
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
    (include_str!("package.rs"), include_str!("../../crates/slim/src/lib.rs"), include_str!("rename.rs"))
        .hash(&mut hasher);
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

/// The TypeScript facade in `pkg/dist`.
fn facade(project: &Project) -> Result<()> {
    let folder = project.root("pkg/dist");
    make_folder(&folder)?;
    // tsc leaves the output of removed sources.
    for file in files_in(&folder, |_| true)? {
        fs::remove_file(&file).context(|| format!("remove {}", file.display()))?;
    }
    for room in rooms(project)? {
        fresh_folder(&folder.join(room))?;
    }
    let scripts = project.target("xtask-facade");
    fresh_folder(&scripts)?;
    let tsc = |label: &str, options: &[&str], into: &Path| {
        let mut command = project.npm_tool("tsc");
        run(label, command.args(["--project", "pkg/tsconfig.json"]).args(options).arg("--outDir").arg(into))
    };
    tsc("build: tsc, declarations", &["--emitDeclarationOnly"], &folder)?;
    tsc("build: tsc, scripts", &["--declaration", "false"], &scripts)?;
    fold(project, &scripts)?;
    for_development(&folder.join("development"))
}

/// The folders of `pkg/src`. The package has their declarations; scripts lie beside each other.
fn rooms(project: &Project) -> Result<Vec<OsString>> {
    let sources = project.root("pkg/src");
    let entries = fs::read_dir(&sources).context(|| format!("read {}", sources.display()))?;
    Ok(entries.filter_map(|entry| Some(entry.ok()?.file_name())).filter(|name| sources.join(name).is_dir()).collect())
}

/// Writes the entry points of the condition `development`.
fn for_development(folder: &Path) -> Result<()> {
    fresh_folder(folder)?;
    for entry in FOR_DEVELOPMENT.iter().chain(FRAMEWORKS) {
        fs::write(folder.join(entry), format!("export * from \"../{entry}{AS_IT_IS}\";\n"))
            .context(|| format!("write development/{entry}"))?;
    }
    Ok(())
}

/// Folds modules and glue into the entry points, without comments and long names: those are for the declarations.
fn fold(project: &Project, scripts: &Path) -> Result<()> {
    make_folder(&scripts.join("core"))?;
    for script in [GLUE_SCRIPT, LINK_SCRIPT, "core/inline.js"] {
        let made = project.root("pkg/dist").join(script);
        let mut text = fs::read_to_string(&made).context(|| format!("read {}", made.display()))?;
        if script == GLUE_SCRIPT {
            text = without_unused(&text)
                .ok_or_else(|| Failure::new("expected glue as wasm-bindgen writes it, but found another"))?;
        }
        fs::write(scripts.join(script), text).context(|| format!("write {script}"))?;
    }
    let entries = |names: &[&str]| names.iter().map(|name| entry(scripts, name)).collect::<Vec<OsString>>();
    let texts = files_in(&scripts.join("element/texts"), |name| name.ends_with(".js"))?;
    let elements = entries(&[ELEMENT]).into_iter().chain(texts.into_iter().map(PathBuf::into_os_string));
    run(
        "build: esbuild",
        esbuild(project, &mut project.npm_tool("esbuild"), scripts)
            .args(entries(ENTRIES))
            .args(entries(LATER))
            .args(["--splitting", "--external:*/module-text.js"]),
    )?;
    let shared = LATER.iter().chain(&["api.js", MODULE_TEXT]).map(|script| format!("--external:*/{script}"));
    run(
        "build: esbuild, what loads nothing later",
        esbuild(project, &mut project.npm_tool("esbuild"), scripts).args(entries(AT_ONCE)).args(shared),
    )?;
    run(
        "build: esbuild, the modules as text",
        esbuild(project, &mut project.npm_tool("esbuild"), scripts).args(entries(&[MODULE_TEXT])),
    )?;
    run(
        "build: esbuild, the elements",
        esbuild(project, &mut project.npm_tool("esbuild"), scripts)
            .args(elements)
            .arg("--external:*/api.js")
            .arg(format!("--external:*/{ELEMENT_LATER}")),
    )?;
    run(
        "build: esbuild, for frameworks",
        esbuild(project, &mut project.npm_tool("esbuild"), scripts)
            .args(entries(FRAMEWORKS))
            .args(["--external:*/api.js", "--external:*/document.js", "--external:react", "--external:vue"]),
    )?;
    run(
        "build: esbuild, what the elements load later",
        esbuild(project, &mut project.npm_tool("esbuild"), scripts)
            .args(entries(&[ELEMENT_LATER]))
            .arg("--external:*/api.js")
            .arg(format!("--external:*/{ELEMENT}")),
    )?;
    if tricks::is_without(&tricks::TERSER) {
        return Ok(());
    }
    // terser makes the output of esbuild 3 % smaller, as it simplifies an expression more than once.
    for folder in ["pkg/dist", "pkg/dist/element/texts"] {
        for script in files_in(&project.root(folder), |name| name.ends_with(".js"))? {
            let mut terser = project.npm_tool("terser");
            terser.arg(&script).args(["--module", "--ecma", "2020", "--mangle", "--compress", TERSER, "--output"]);
            run("build: terser", terser.arg(&script))?;
        }
    }
    Ok(())
}

/// The glue without code that the facade never reaches, and with shorter messages. `None` if the glue has other code than expected.
fn without_unused(glue: &str) -> Option<String> {
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

/// An entry point as esbuild takes it, with the name of the script that it makes.
fn entry(scripts: &Path, name: &str) -> OsString {
    let mut made_of = OsString::from(name.strip_suffix(".js").unwrap_or(name));
    made_of.push("=");
    made_of.push(scripts.join("entries").join(name));
    made_of
}

fn esbuild<'a>(project: &Project, command: &'a mut Command, scripts: &Path) -> &'a mut Command {
    let [mut outdir, mut outbase] = ["--outdir=", "--outbase="].map(OsString::from);
    outdir.push(project.root("pkg/dist"));
    outbase.push(scripts);
    command
        .args(["--bundle", "--format=esm", "--target=es2022", "--minify"])
        .args(["--legal-comments=none", "--log-level=warning", "--external:node:*"])
        .args([outdir, outbase])
}

/// Checks the package as npm users get it: entry points, types, file names.
pub fn lint(project: &Project) -> Result<()> {
    run("check: publint", project.npm_tool("publint").args(["run", "pkg", "--strict", "--pack", "npm"]))
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
