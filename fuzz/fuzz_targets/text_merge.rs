#![no_main]

mergefetch_fuzz::target!("text_merge");
