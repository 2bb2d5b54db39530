//! The example server. (to come)
fn main() {}
