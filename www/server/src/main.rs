//! Starts the example server; `--help` says how.

use std::io::Write;
use std::process::ExitCode;

use example_server::{Config, Server, USAGE};

fn main() -> ExitCode {
    let config = match Config::parse(std::env::args_os().skip(1)) {
        Ok(Some(config)) => config,
        Ok(None) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprint!("example-server: {message}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match serve(&config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("example-server: {message}");
            ExitCode::FAILURE
        }
    }
}

fn serve(config: &Config) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start the threads: {error}"))?;
    let result = runtime.block_on(async {
        let server = Server::bind(config).await?;
        // Who started us may have stopped reading; the server is of use all the same.
        let _ = writeln!(std::io::stdout(), "listening on http://{}", server.address());
        server.run(asked_to_end()).await
    });
    // Requests that hang for ever, on purpose, must not hold up the end.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    result
}

#[cfg(unix)]
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return interrupted().await;
    };
    tokio::select! {
        () = interrupted() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn asked_to_end() {
    interrupted().await;
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
