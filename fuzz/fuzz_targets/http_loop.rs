#![no_main]

mergefetch_fuzz::target!("http_loop");
