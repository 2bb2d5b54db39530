//! No two modules of a crate import each other, directly or through others. A module and those inside of it are one house: they may.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails is a test that fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Module = Vec<String>;

/// The sources of each crate.
const CRATES: [&str; 6] =
    ["src", "crates/json-tree/src", "crates/text-diff/src", "crates/slim/src", "xtask/src", "www/server/src"];

fn files_in(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_in(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// `a/b.rs` and `a/b/mod.rs` are the module `a::b`.
fn module_of(root: &Path, file: &Path) -> Module {
    let path = file.strip_prefix(root).unwrap().with_extension("");
    let mut module: Module = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        module.pop();
    }
    module
}

/// The source without comments, texts and tests.
fn code_of(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    let (mut code, mut is_inside) = (String::new(), false);
    for line in lines {
        let mut before = ' ';
        for character in line.chars() {
            if character == '"' && before != '\\' && before != '\'' {
                is_inside = !is_inside;
            } else if !is_inside {
                code.push(character);
            }
            before = character;
        }
        code.push('\n');
    }
    code
}

/// The paths of a tree of imports: `a::{b, c::{self, d}}` is `a::b`, `a::c::self` and `a::c::d`.
fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((head, inside)) = tree.split_once('{') else {
        paths.push(prefix.to_owned() + tree.split(" as ").next().unwrap_or_default());
        return;
    };
    let inside = inside.rsplit_once('}').map_or(inside, |(inside, _)| inside);
    let (mut depth, mut start) = (0, 0);
    for (at, character) in inside.char_indices().chain([(inside.len(), ',')]) {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inside[start..at].trim().is_empty() {
                    expand(&format!("{prefix}{}", head.trim()), &inside[start..at], paths);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// All paths in a source that start in its crate: imports, and names in the code.
fn paths_of(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for import in code.split(';') {
        let Some((before, tree)) = import.rsplit_once("use ") else { continue };
        if before.chars().next_back().is_none_or(|last| !(last.is_alphanumeric() || last == '_')) {
            expand("", tree, &mut paths);
        }
    }
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let end =
                code[at..].find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(code.len() - at);
            paths.push(code[at..at + end].to_owned());
        }
    }
    paths
}

/// The module of `modules` that a path from `module` leads to.
fn target(module: &Module, path: &str, modules: &BTreeMap<Module, String>) -> Option<Module> {
    let mut names: Vec<&str> = path.split("::").map(str::trim).collect();
    let mut at = match names.first()? {
        &"crate" => Module::new(),
        &"super" | &"self" => module.clone(),
        first => {
            let inside = [module.as_slice(), &[(*first).to_owned()]].concat();
            modules.contains_key(&inside).then(|| module.clone())?
        }
    };
    while let Some(first) = names.first().copied().filter(|name| ["crate", "self", "super"].contains(name)) {
        if first == "super" {
            at.pop()?;
        }
        names.remove(0);
    }
    for name in names {
        let inside = [at.as_slice(), &[name.to_owned()]].concat();
        if !modules.contains_key(&inside) {
            break;
        }
        at = inside;
    }
    modules.contains_key(&at).then_some(at)
}

/// For each module, the modules that it imports, but for those that it is inside of and those inside of it.
fn graph_of(modules: &BTreeMap<Module, String>) -> BTreeMap<Module, BTreeSet<Module>> {
    let imports = |(module, code): (&Module, &String)| {
        let targets = paths_of(code).into_iter().filter_map(|path| target(module, &path, modules));
        let others = targets.filter(|other| !other.starts_with(module) && !module.starts_with(other)).collect();
        (module.clone(), others)
    };
    modules.iter().map(imports).collect()
}

/// The modules that lead back to themselves.
fn on_cycles(graph: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<String> {
    let leads_back = |start: &&Module| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![*start]);
        while let Some(module) = open.pop() {
            for next in &graph[module] {
                if next == *start {
                    return true;
                }
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        false
    };
    graph.keys().filter(leads_back).map(|module| module.join("/")).collect()
}

#[test]
fn no_two_modules_import_each_other() {
    for folder in CRATES {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut files = Vec::new();
        files_in(&root, &mut files);
        // The published crate has no tools and no server.
        let modules: BTreeMap<Module, String> =
            files.iter().map(|file| (module_of(&root, file), code_of(&fs::read_to_string(file).unwrap()))).collect();
        let found = on_cycles(&graph_of(&modules));
        assert_eq!(found, Vec::<String>::new(), "{folder}");
    }
}

#[test]
fn the_search_finds_imports_of_every_form() {
    let module = |path: &str| path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Module>();
    let sources = [
        ("", "mod a; mod b; mod c;"),
        ("a", "use crate::b::{self, deep::{X as Y, Z}};\nuse std::fmt;"),
        ("b", "mod deep; // use crate::c;\nfn f() { super::c::g(\"crate::a\") }"),
        ("b/deep", "use super::super::c;"),
        ("c", "fn g() { let x = crate::a::Thing; }\n#[cfg(test)]\nmod tests { use crate::b::deep; }"),
        ("d", "use super::a;"),
    ];
    let modules = sources.map(|(path, text)| (module(path), code_of(text))).into_iter().collect();
    let graph = graph_of(&modules);
    let of = |path: &str| graph[&module(path)].iter().map(|module| module.join("/")).collect::<Vec<_>>();
    assert_eq!(of("a"), ["b", "b/deep"]);
    assert_eq!(of("b"), ["c"]);
    assert_eq!(of("b/deep"), ["c"]);
    assert_eq!(of("c"), ["a"]);
    assert_eq!(on_cycles(&graph), ["a", "b", "b/deep", "c"]);
}
