//! Prints, for modules of rustc, the unmatched entries of the lists, and each call of a function that formats:
//! `cargo run --package slim --example entries -- FILE`.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    for file in std::env::args().skip(1) {
        let bytes = std::fs::read(&file)?;
        println!("{file}: unmatched: {:#?}", slim::without_panic_words(&bytes)?.unmatched);
        for (caller, callee) in slim::formatting(&slim::Module::parse(&bytes)?) {
            println!("{caller} calls {callee}");
        }
    }
    Ok(())
}
