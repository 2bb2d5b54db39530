//! The table of the boundary (`src/wasm/wire.rs`) as TypeScript: `MERGEFETCH_WRITE=1 cargo test --test wire` writes the three files, and
//! without it the test fails if one of them differs.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, clippy::panic, reason = "a helper that fails is a test that fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use mergefetch::wasm::wire::{
    Call, ClientCall, ConflictCall, DocumentCall, EVENTS, LIMITS, ModuleCall, NUMBERS, OBJECTS, OF_MODULE, OutboxCall,
    PLACES, PRESETS, RefusedCall, WORDS, decision,
};

const WRITTEN: &str = "// Written from src/wasm/wire.rs by `MERGEFETCH_WRITE=1 cargo test --test wire`.\n";

/// The receivers of calls: the name of their type, their calls, and their documentation.
const RECEIVERS: [(&str, &[Call], &str); 6] = [
    ("ModuleCalls", ModuleCall::ALL, "The calls of the module itself, by number."),
    ("ClientCalls", ClientCall::ALL, "The calls of a client, by number."),
    ("RefusedCalls", RefusedCall::ALL, "The calls of a refusal that a caller of `fetch` got, by number."),
    ("ConflictCalls", ConflictCall::ALL, "The calls of a conflict, by number."),
    ("DocumentCalls", DocumentCall::ALL, "The calls of a document in a form, by number."),
    ("OutboxCalls", OutboxCall::ALL, "The calls of an outbox, by number."),
];

/// The calls of the module that the core carries out.
fn is_of_core(call: &Call) -> bool {
    [ModuleCall::Client as u32, ModuleCall::EngineIsLoaded as u32].contains(&call.number)
}

/// A comment in front of a declaration, indented by `indent`.
fn comment(docs: &[&str], indent: &str) -> String {
    match docs {
        [] => String::new(),
        [one] => format!("{indent}/**{one} */\n"),
        lines => {
            let lines: String = lines.iter().map(|line| format!("{indent} *{line}\n")).collect();
            format!("{indent}/**\n{lines}{indent} */\n")
        }
    }
}

fn parameters(call: &Call) -> String {
    let all: Vec<_> = call.arguments.iter().map(|(name, kind)| format!("{name}: {kind}")).collect();
    all.join(", ")
}

fn names(call: &Call) -> String {
    let all: Vec<_> = call.arguments.iter().map(|(name, _)| *name).collect();
    all.join(", ")
}

fn union(words: &[&str]) -> String {
    let mut seen = BTreeSet::new();
    let all: Vec<_> = words.iter().filter(|word| seen.insert(**word)).map(|word| format!("\"{word}\"")).collect();
    all.join(" | ")
}

/// The types before the words.
const HEAD: &str = r#"/** All that crosses into the module and back, as types. */
import type { Handle } from "../core/mergefetch.js";

/** A document at the boundary: JSON and text as they are written, anything else as bytes. */
export type Body = string | Uint8Array;

/** The `fetch` of a client, and its store: the module asks for no more of them. */
export type Fetch = (input: Request, init?: RequestInit) => Promise<Response>;
export interface KeyStore {
  get(key: string): Promise<Uint8Array | null>;
  set(key: string, value: Uint8Array): Promise<void>;
  delete(key: string): Promise<void>;
}
"#;

/// The types between the words and the objects.
const OTHER_TYPES: &str = r#"
/** The outcome of a write. */
export type ResultKind = SavedKind | RefusalKind | "conflict";

/** A preset of versions. */
export type Preset = PRESETS;

/** An array whose key was inferred: its path, the names of the key, and how sure the key is. */
export type RawInferred = readonly [path: string, key: readonly string[], sureness: number];

/** An operation: its name, its path, and the JSON text of its value, or the path of its origin. */
export type RawOperation =
  | readonly [op: "add" | "replace" | "test", path: string, value: string]
  | readonly [op: "move" | "copy", path: string, from: string]
  | readonly [op: "remove", path: string, none: null];
"#;

/// The types, and the constants that a page needs before the core.
fn types() -> String {
    let mut text = format!("{WRITTEN}{HEAD}");
    for words in WORDS {
        text += &format!("\n{}export type {} = {};\n", comment(words.docs, ""), words.name, union(words.words));
    }
    text += &OTHER_TYPES.replace("PRESETS", &union(PRESETS));
    for object in OBJECTS {
        text += &format!("\n{}export interface {} {{\n", comment(object.docs, ""), object.name);
        for member in object.members {
            let (readonly, mark) =
                (if member.is_set { "" } else { "readonly " }, if member.is_optional { "?" } else { "" });
            text += &comment(member.docs, "  ");
            text += &format!("  {readonly}{}{mark}: {};\n", member.name, member.kind);
        }
        text += "}\n";
    }
    text += "\n/** The outcome of a write. */\n";
    text += "export type RawResult = RawSaved | RawRemoved | RawCreated | RawMerged | RawUndecided | RawRefused;\n";
    text += "\n/** The events of the module, by name. */\nexport interface Events {\n";
    for (name, data) in EVENTS {
        text += &format!("  readonly {name}: {data};\n");
    }
    text += "}\n\n/** An event with its name. */\n";
    text += "export type Heard = { readonly [Name in keyof Events]: readonly [name: Name, event: Events[Name]] }[keyof Events];\n";
    text +=
        "\n/** The function that the module calls with each event. */\nexport type Emit = (...heard: Heard) => void;\n";
    for (name, calls, about) in RECEIVERS {
        text += &format!("\n/** {about} */\nexport interface {name} {{\n");
        for call in calls {
            text += &format!("  readonly {}: ({}) => {};\n", call.number, parameters(call), call.answer);
        }
        text += "}\n";
    }
    text += "\n/** The name of the errors that the module throws, and of errors that explain why an answer is useless. */\n";
    text += &format!("export const OF_MODULE = \"{OF_MODULE}\";\n");
    for (name, value, about) in LIMITS {
        text += &format!("\n/** {about} */\nexport const {name} = {value};\n");
    }
    text
}

/// A class around a handle.
fn class(name: &str, about: &str, of: &str, calls: &[Call], constructor: &str) -> String {
    let mut text =
        format!("\n/** {about} */\nexport class {name} {{\n  readonly #handle: Handle<{of}>;\n\n{constructor}");
    for call in calls {
        text += &format!(
            "\n{}  {}({}): {} {{\n    return this.#handle.call({}, [{}]);\n  }}\n",
            comment(call.docs, "  "),
            call.name,
            parameters(call),
            call.answer,
            call.number,
            names(call)
        );
    }
    text + "}\n"
}

fn function(call: &Call, through: &str) -> String {
    format!(
        "\n{}export function {}({}): {} {{\n  return {through}({}, [{}]);\n}}\n",
        comment(call.docs, ""),
        call.name,
        parameters(call),
        call.answer,
        call.number,
        names(call)
    )
}

/// `import type { … } from "../types/wire.js"` of the types that `text` uses.
fn imported(text: &str) -> String {
    let own = ["RawResult", "Body", "Fetch", "KeyStore", "ResultKind", "Preset", "RawInferred", "RawOperation", "Emit"];
    let all = own
        .into_iter()
        .chain(WORDS.iter().map(|words| words.name))
        .chain(OBJECTS.iter().filter_map(|object| object.name.split(' ').next()))
        .chain(RECEIVERS.map(|(name, ..)| name));
    let is_used = |name: &&str| {
        text.match_indices(name).any(|(at, _)| {
            let is_word = |one: Option<char>| one.is_some_and(|one| one.is_ascii_alphanumeric() || one == '_');
            !is_word(text[..at].chars().next_back()) && !is_word(text[at + name.len()..].chars().next())
        })
    };
    let used: BTreeSet<&str> = all.filter(is_used).collect();
    format!("import type {{ {} }} from \"../types/wire.js\";\n", used.into_iter().collect::<Vec<_>>().join(", "))
}

/// The calls that need the core alone.
fn of_core() -> String {
    let mut text = String::new();
    let [client] =
        ModuleCall::ALL.iter().filter(|call| call.number == ModuleCall::Client as u32).collect::<Vec<_>>()[..]
    else {
        panic!("expected one call that makes a client");
    };
    let constructor = format!(
        "{}  constructor({}) {{\n    this.#handle = call({}, [{}]);\n  }}\n",
        comment(client.docs, "  "),
        parameters(client),
        client.number,
        names(client)
    );
    text += &class("ClientCore", "A client of the core.", "ClientCalls", ClientCall::ALL, &constructor);
    for call in ModuleCall::ALL.iter().filter(|call| is_of_core(call) && call.number != client.number) {
        text += &function(call, "call");
    }
    for call in RefusedCall::ALL {
        let made = function(call, "refused.call");
        text += &made.replacen('(', "(refused: Handle<RefusedCalls>, ", 1);
    }
    let saved = WORDS.iter().find(|words| words.name == "SavedKind").expect("the words of saved writes");
    text += &format!(
        "\n/** The outcomes after which nobody has to keep the edit. */\nexport const SAVED: readonly SavedKind[] = [{}];\n",
        union(saved.words).replace(" | ", ", ")
    );
    let head =
        "/** The calls that need the core alone. */\nimport { type Handle, call } from \"../core/mergefetch.js\";\n";
    format!("{WRITTEN}{head}{}{text}", imported(&text))
}

/// A list whose places are numbers.
fn list(name: &str, words: &[(u32, &str)]) -> String {
    let length = words.iter().map(|(number, _)| number + 1).max().unwrap_or_default();
    let at = |place: u32| {
        let word = words.iter().find(|(number, _)| *number == place).map(|(_, word)| *word);
        word.map_or("undefined".to_owned(), |word| if word == "null" { word.to_owned() } else { format!("\"{word}\"") })
    };
    let all: Vec<_> = (0..length).map(at).collect();
    format!("export const {name} = [{}] as const;\n", all.join(", "))
}

/// The calls that need the engine, and the numbers in its answers.
fn of_engine() -> String {
    let mut text = String::new();
    for call in ModuleCall::ALL.iter().filter(|call| !is_of_core(call)) {
        text += &function(call, "coreCalls().call");
    }
    let constructor = |of: &str| format!("  constructor(handle: Handle<{of}>) {{\n    this.#handle = handle;\n  }}\n");
    for (name, about, of, calls) in [
        ("ConflictCore", "A conflict inside of the module.", "ConflictCalls", ConflictCall::ALL),
        ("DocumentCore", "A document in a form, inside of the module.", "DocumentCalls", DocumentCall::ALL),
        ("OutboxCore", "An outbox, inside of the module.", "OutboxCalls", OutboxCall::ALL),
    ] {
        text += &class(name, about, of, calls, &constructor(of));
    }
    text += "\n// The words of numbers, each at the place of its number.\n";
    for numbers in NUMBERS {
        if numbers.name == "CHOICES" {
            let mut decisions = numbers.words.to_vec();
            decisions.extend([(decision::WAITING, "null"), (decision::AUTO, "auto"), (decision::CUSTOM, "custom")]);
            text += &list("DECISIONS", &decisions);
        } else {
            text += &list(numbers.name, numbers.words);
        }
    }
    for (name, value, docs) in PLACES {
        text += &format!("\n{}export const {name} = {value};\n", comment(docs, ""));
    }
    let head = "/** The calls that need the engine, and the numbers in its answers. */\n\
        import type { Handle } from \"../core/mergefetch.js\";\nimport { coreCalls } from \"./core-calls.js\";\n";
    format!("{WRITTEN}{head}{}{text}", imported(&text))
}

#[test]
fn the_facade_has_the_types_and_numbers_of_the_table() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pkg/src");
    // The published crate has no facade.
    if !folder.is_dir() {
        return;
    }
    for (name, text) in
        [("types/wire.ts", types()), ("client/wire-core.ts", of_core()), ("engine/wire-engine.ts", of_engine())]
    {
        let file = folder.join(name);
        if std::env::var_os("MERGEFETCH_WRITE").is_some() {
            fs::write(&file, &text).expect("a file that can be written");
        }
        let found = fs::read_to_string(&file).unwrap_or_default();
        assert!(found == text, "pkg/src/{name} is not the table: MERGEFETCH_WRITE=1 cargo test --test wire");
    }
}

#[test]
fn each_number_means_one_call_of_its_receiver() {
    let mut seen = BTreeSet::new();
    for (_, calls, _) in RECEIVERS {
        assert!(calls.iter().all(|call| seen.insert(call.number)));
    }
    assert!(
        ModuleCall::ALL.iter().all(|call| ModuleCall::of(call.number).map(|found| found as u32) == Some(call.number))
    );
    assert!(
        ClientCall::ALL.iter().all(|call| ClientCall::of(call.number).map(|found| found as u32) == Some(call.number))
    );
    assert_eq!((ModuleCall::of(u32::MAX), ClientCall::of(0)), (None, None));
}

#[test]
fn the_parts_of_the_number_of_a_change_do_not_overlap() {
    let place = |name: &str| PLACES.iter().find(|(known, ..)| *known == name).expect("a place").1;
    let most = |name: &str| {
        let words = NUMBERS.iter().find(|numbers| numbers.name == name).expect("numbers").words;
        words.iter().map(|(number, _)| *number).max().unwrap_or_default()
    };
    let bits = |most: u32| u32::BITS - most.leading_zeros();
    assert!(bits(most("STATES")) <= place("CHANGE_OP"));
    assert!(place("CHANGE_OP") + bits(most("OPS")) <= place("CHANGE_CLASH"));
    assert!(place("CHANGE_CLASH") + bits(most("CLASHES")) <= place("CHANGE_AMBIGUOUS"));
    assert!(place("CHANGE_TEXTS") + 4 <= place("CHANGE_REGION"));
    assert!(place("CHANGE_DECISION") + bits(decision::CUSTOM) <= place("CHANGE_INTO"));
    assert!(bits(most("REGION_KINDS")) <= place("REGION_AMBIGUOUS"));
    assert!(bits(most("CHANGE_KINDS")) <= place("TEXT_CHANGE_IMPRECISE"));
}

/// Results of the API, whose values come out of the module. `T` is the type of a document.
const RESULTS: [&str; 8] =
    ["SaveResult", "Snapshot", "Conflict", "Change", "JsonOperation", "JsonMerge", "Problem", "T"];

/// Casts of values that do not come out of the module.
const OTHERS: [(&str, &str); 6] = [
    // The page's component names the type of its document.
    ("entries/react.ts", "found.used as unknown as Shown<T>"),
    ("entries/react.ts", "unknown as Shown<T>"),
    // The values of the page's form.
    ("entries/connected.ts", ")) as T"),
    ("entries/react-hook-form.ts", "draft as T"),
    ("entries/react-hook-form.ts", "base as T"),
    // The contract has no null here, and the value of a removal is null.
    ("client/conflict.ts", "this.mine as T"),
];

/// The targets of the casts in a line of TypeScript, with the word in front of each.
fn casts(line: &str) -> Vec<(String, String)> {
    let code = line.split("//").next().unwrap_or_default();
    if ["*", "/*", "import "].iter().any(|start| code.trim_start().starts_with(start)) {
        return Vec::new();
    }
    let target = |at: usize| {
        let after = &code[at + 4..];
        after[..after.find([';', ')', ',', '=', '?', ':']).unwrap_or(after.len())].to_owned()
    };
    let before = |at: usize| code[..at].rsplit([' ', '(']).next().unwrap_or_default().to_owned();
    code.match_indices(" as ").map(|(at, _)| (before(at), target(at))).collect()
}

/// The identifiers in a type.
fn identifiers(of: &str) -> impl Iterator<Item = &str> {
    of.split(|one: char| !(one.is_alphanumeric() || one == '_')).filter(|one| !one.is_empty())
}

#[test]
fn nothing_that_comes_out_of_the_module_is_cast() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pkg/src");
    let table = types();
    let raw = table.lines().filter_map(|line| {
        let rest = ["export type ", "export interface "].iter().find_map(|start| line.strip_prefix(start))?;
        identifiers(rest).next()
    });
    let forbidden: BTreeSet<&str> = raw.chain(RESULTS).collect();
    assert!(forbidden.contains("RawResult") && forbidden.contains("PackedChanges"), "{forbidden:?}");
    let mut found = Vec::new();
    for room in ["adapters", "client", "drafts", "engine", "entries", "stores", "types"] {
        let files = fs::read_dir(root.join(room)).expect("a room of the sources");
        for file in files.flatten() {
            let name = format!("{room}/{}", file.file_name().to_string_lossy());
            let source = fs::read_to_string(file.path()).expect("a source");
            for (value, target) in source.lines().flat_map(casts) {
                let is_known = OTHERS.contains(&(name.as_str(), format!("{value} as {target}").as_str()));
                if !is_known && identifiers(&target).any(|one| forbidden.contains(one)) {
                    found.push(format!("{name}: {value} as {target}"));
                }
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_search_for_casts_finds_each_form() {
    let targets = |line: &str| casts(line).into_iter().map(|(_, target)| target).collect::<Vec<_>>();
    assert_eq!(targets("return (raw as RawMerged).changes; // as Snapshot"), ["RawMerged"]);
    assert_eq!(targets("  return { ok } as SaveResult<T>;"), ["SaveResult<T>"]);
    assert_eq!(targets("const [a] = list.slice(0, 1) as [RawField];"), ["[RawField]"]);
    assert_eq!(targets(" * as Snapshot"), Vec::<String>::new());
    assert_eq!(targets("import { a as Snapshot } from \"b\";"), Vec::<String>::new());
}
