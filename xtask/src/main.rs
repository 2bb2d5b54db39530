//! Builds, tests and shows mergefetch. (to come)
fn main() {}
