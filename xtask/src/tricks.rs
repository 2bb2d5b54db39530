//! The steps of the build that only make the download smaller. Each can be left out, so that `cargo xtask size --tricks` measures its effect.

/// The build leaves out the trick with this name.
pub const VARIABLE: &str = "MERGEFETCH_WITHOUT";

/// A step of the build that makes the download smaller.
pub struct Trick {
    /// The value of [`VARIABLE`].
    pub name: &'static str,
    /// A sentence for docs/SIZE.md.
    pub about: &'static str,
    /// Whether it saves too little, and goes as soon as the core has room below its limit.
    pub is_leaving: bool,
}

impl Trick {
    const fn new(name: &'static str, about: &'static str) -> Self {
        Self { name, about, is_leaving: false }
    }

    const fn leaving(self) -> Self {
        Self { is_leaving: true, ..self }
    }
}

pub const PANIC_WORDS: Trick =
    Trick::new("panic-words", "panics trap without their words, and nothing formats (`crates/slim`)");
pub const TRAPS: Trick = Trick::new(
    "traps",
    "wasm-opt may assume that loads stay inside the memory (`--ignore-implicit-traps --low-memory-unused`)",
)
.leaving();
pub const ONE_CALLER: Trick = Trick::new(
    "one-caller",
    "large functions are not inlined into their one caller (`--one-caller-inline-max-function-size=25`)",
);
pub const AGAIN: Trick =
    Trick::new("again", "control flow is laid out anew and optimised again (`--flatten --rereloop -Oz`)");
pub const LOCALS: Trick = Trick::new(
    "locals",
    "locals are shared in the best of many orders (`--coalesce-locals-learning --reorder-locals`)",
)
.leaving();
pub const TERSER: Trick = Trick::new("terser", "terser after esbuild");

/// All of them, in the order of the build.
pub const TRICKS: &[Trick] = &[PANIC_WORDS, TRAPS, ONE_CALLER, AGAIN, LOCALS, TERSER];

/// The trick that the build leaves out.
pub fn left_out() -> Option<String> {
    std::env::var(VARIABLE).ok().filter(|name| !name.is_empty())
}

/// Whether the build leaves out `trick`.
pub fn is_without(trick: &Trick) -> bool {
    left_out().is_some_and(|name| name == trick.name)
}
