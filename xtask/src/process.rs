//! Child processes: streamed, with a sign of life when they are silent, bounded in time, and never left behind.
//!
//! Each runs in a process group of its own, so that processes it started (drivers, browsers) end with it.

use std::io::{self, IsTerminal, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::term::{self, Context, Failure, Result};

/// Silence for longer makes people think that it hangs.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// No step needs as long on two cores; a longer one hangs.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// The time in which a group may end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(2);

static GROUPS: Mutex<Vec<u32>> = Mutex::new(Vec::new());

fn groups() -> MutexGuard<'static, Vec<u32>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes Ctrl-C, a termination and a closed terminal end all children first.
pub fn end_children_on_signals() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context(|| "listen for Ctrl-C".to_string())?;
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            // Held to the end, so that nothing new starts meanwhile.
            let running = groups();
            end_groups(&running);
            std::process::exit(128 + signal);
        }
    });
    Ok(())
}

/// Asks the groups to end, and kills after a moment those that did not.
fn end_groups(leaders: &[u32]) {
    if leaders.is_empty() {
        return;
    }
    signal_groups("TERM", leaders);
    let rounds = 20;
    for _ in 0..rounds {
        if !signal_groups("0", leaders) {
            return;
        }
        thread::sleep(GRACE / rounds);
    }
    signal_groups("KILL", leaders);
}

/// Sends a signal through the shell's own `kill`, which every system has. Returns whether any group received it.
fn signal_groups(signal: &str, leaders: &[u32]) -> bool {
    let mut any = false;
    for leader in leaders {
        any |= Command::new("sh")
            .args(["-c", &format!("kill -s {signal} -- -{leader}")])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
    }
    any
}

/// A running child that is ended, with all that it started, when dropped.
#[derive(Debug)]
pub struct Group {
    child: Child,
}

impl Group {
    /// Starts `command` in a process group of its own, without input.
    pub fn start(name: &str, command: &mut Command) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        command.stdin(Stdio::null()).process_group(0);
        // The lock spans the start, so that a signal cannot come between the start and the entry.
        let mut groups = groups();
        let child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Failure::new(format!("{name}: the program {program} was not found")),
            _ => Failure::new(format!("{name}: cannot start {program}: {error}")),
        })?;
        groups.push(child.id());
        Ok(Self { child })
    }

    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }
}

impl Group {
    /// Ends the child and its descendants; harmless when called again.
    pub fn end(&mut self) {
        let leader = self.child.id();
        if !groups().contains(&leader) {
            return;
        }
        if !self.has_ended() {
            signal_groups("TERM", &[leader]);
            for _ in 0..40 {
                if self.has_ended() {
                    break;
                }
                thread::sleep(GRACE / 40);
            }
        }
        // Also after the end of the child, as its descendants may have outlived it.
        signal_groups("KILL", &[leader]);
        let _ = self.child.wait();
        groups().retain(|&group| group != leader);
    }

    fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs `command` to its end and shows its output.
///
/// # Errors
/// When it cannot be started, ends with another status than 0, or takes longer than any step may.
pub fn run(name: &str, command: &mut Command) -> Result<()> {
    term::progress(name);
    let started = term::now();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    if io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        // They see a pipe and would print without colours.
        command.env("CARGO_TERM_COLOR", "always").env("FORCE_COLOR", "1");
    }
    let mut group = Group::start(name, command)?;
    let last_output = Arc::new(AtomicU64::new(term::elapsed().as_millis() as u64));
    let (closed, all_closed) = mpsc::channel();
    if let Some(stream) = group.child().stdout.take() {
        forward(term::prefix(), stream, io::stdout(), &last_output, closed.clone());
    }
    if let Some(stream) = group.child().stderr.take() {
        forward(term::prefix(), stream, io::stderr(), &last_output, closed.clone());
    }
    drop(closed);
    let status = wait(name, &mut group, &last_output, &all_closed)?;
    let seconds = started.elapsed().as_secs();
    match status.code() {
        Some(0) => {
            if seconds >= HEARTBEAT.as_secs() {
                term::progress(format_args!("{name}: done in {seconds} s"));
            }
            Ok(())
        }
        Some(code) => Err(Failure::new(format!("{name} failed with exit status {code} after {seconds} s"))),
        None => Err(Failure::new(format!("{name} was ended by a signal after {seconds} s"))),
    }
}

/// Copies a child's output as it comes, with `prefix` before each line; `closed` falls away at its end.
fn forward(
    prefix: String,
    mut from: impl Read + Send + 'static,
    mut to: impl Write + Send + 'static,
    last_output: &Arc<AtomicU64>,
    closed: mpsc::Sender<()>,
) {
    let last_output = Arc::clone(last_output);
    thread::spawn(move || {
        let mut buffer = [0; 8192];
        // With a prefix, a line waits for its end, as another process may print meanwhile.
        let mut line = Vec::new();
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            last_output.store(term::elapsed().as_millis() as u64, Ordering::Relaxed);
            let read = buffer.get(..length).unwrap_or_default();
            let whole = if prefix.is_empty() { read.to_vec() } else { whole_lines(&mut line, read, &prefix) };
            // A closed terminal must not stop the child.
            let _ = to.write_all(&whole).and_then(|()| to.flush());
        }
        if !line.is_empty() {
            line.push(b'\n');
            let _ = to.write_all(&[prefix.as_bytes(), &line].concat());
        }
        drop(closed);
    });
}

/// The lines that `read` ends, each with `prefix`; the rest stays in `line`.
fn whole_lines(line: &mut Vec<u8>, read: &[u8], prefix: &str) -> Vec<u8> {
    let mut whole = Vec::new();
    for part in read.split_inclusive(|&byte| byte == b'\n') {
        line.extend_from_slice(part);
        if part.ends_with(b"\n") {
            whole.extend_from_slice(prefix.as_bytes());
            whole.append(line);
        }
    }
    whole
}

/// Waits for the end of the output and of the child, with a sign of life in silence.
fn wait(name: &str, group: &mut Group, last_output: &AtomicU64, all_closed: &Receiver<()>) -> Result<ExitStatus> {
    let started = term::now();
    let mut last_sign = term::elapsed();
    loop {
        let end = all_closed.recv_timeout(Duration::from_millis(200));
        if let Some(status) = group.child().try_wait().context(|| format!("wait for {name}"))? {
            // Grandchildren may hold the pipe open; the output of the child itself arrives after a moment.
            let _ = all_closed.recv_timeout(GRACE);
            return Ok(status);
        }
        if matches!(end, Err(RecvTimeoutError::Disconnected)) {
            thread::sleep(Duration::from_millis(20));
        }
        if started.elapsed() > LIMIT {
            return Err(Failure::new(format!("{name} was ended after {} minutes", LIMIT.as_secs() / 60)));
        }
        let output = Duration::from_millis(last_output.load(Ordering::Relaxed));
        if term::elapsed().saturating_sub(output.max(last_sign)) >= HEARTBEAT {
            last_sign = term::elapsed();
            term::progress(format_args!("{name}: still running, for {} s", started.elapsed().as_secs()));
        }
    }
}

/// Runs a short `command` and gives its standard output.
///
/// # Errors
/// When it cannot be started or ends with another status than 0; its own words are part of the sentence.
pub fn capture(name: &str, command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Failure::new(format!("{name}: cannot start: {error}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let last = words.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no message");
    Err(Failure::new(format!("{name} failed: {}", last.trim())))
}

/// Whether a short `command` ends with status 0.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_failing_child_gives_its_name_and_status() {
        let failure = run("step", &mut shell("exit 3")).unwrap_err();
        assert!(failure.to_string().starts_with("step failed with exit status 3"), "{failure}");
        assert!(run("step", &mut shell("exit 0")).is_ok());
    }

    #[test]
    fn lines_of_parts_side_by_side_are_whole_and_have_a_name() {
        let mut line = Vec::new();
        assert_eq!(whole_lines(&mut line, b"one\ntw", "npm: "), b"npm: one\n");
        assert_eq!(whole_lines(&mut line, b"o\n\nthree", "npm: "), b"npm: two\nnpm: \n");
        assert_eq!(line, b"three");
    }

    #[test]
    fn a_missing_program_is_named() {
        let failure = run("step", &mut Command::new("no-such-program")).unwrap_err();
        assert_eq!(failure.to_string(), "step: the program no-such-program was not found");
    }

    #[test]
    fn the_last_words_of_a_short_command_are_in_its_failure() {
        let failure = capture("step", &mut shell("echo first >&2; echo why >&2; exit 1")).unwrap_err();
        assert_eq!(failure.to_string(), "step failed: why");
    }

    #[test]
    fn what_a_child_started_ends_with_it() {
        let grandchild = "(sleep 20; echo survived) & echo started";
        for script in [grandchild.to_string(), format!("{grandchild}; wait")] {
            let mut group = Group::start("step", shell(&script).stdout(Stdio::piped())).unwrap();
            let mut stdout = io::BufReader::new(group.child().stdout.take().unwrap());
            let mut output = String::new();
            io::BufRead::read_line(&mut stdout, &mut output).unwrap();
            drop(group);
            // The pipe closes when the last process that holds it has ended.
            stdout.read_to_string(&mut output).unwrap();
            assert_eq!(output, "started\n", "{script}");
        }
    }
}
