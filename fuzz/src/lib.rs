//! The laws of the tests as targets of libFuzzer.

pub use libfuzzer_sys;

#[path = "../../tests/common/mod.rs"]
pub mod common;
#[path = "../../tests/laws/mod.rs"]
pub mod laws;

/// The body of the target of this name.
pub fn named(name: &str) -> laws::Target {
    laws::TARGETS.iter().find(|target| target.0 == name).expect("a target of tests/laws").1
}

/// Makes a binary of one target.
#[macro_export]
macro_rules! target {
    ($name:literal) => {
        $crate::libfuzzer_sys::fuzz_target!(|data: &[u8]| $crate::named($name)(data));
    };
}
