#![no_main]

mergefetch_fuzz::target!("json_merge");
