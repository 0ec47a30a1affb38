//! Who sees to it that the server and its folder go: a small shell that waits for this process to end.
//!
//! It reads from a pipe that nobody writes to. When this process ends, however it ends, the pipe closes.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::Problem;
use super::programs::Programs;

/// `$1` is the folder, `$2` and what follows the command that ends a server of it.
const SCRIPT: &str = r#"trap '' INT TERM HUP
folder=$1
shift
cat >/dev/null
[ ! -e "$folder/data/postmaster.pid" ] || "$@" -s -D "$folder/data" -m immediate stop >/dev/null 2>&1
rm -rf "$folder""#;

#[derive(Debug)]
pub(crate) struct Guard(Child);

impl Guard {
    pub(crate) fn over(programs: &Programs, folder: &Path) -> Result<Self, Problem> {
        let stop = programs.command("pg_ctl");
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "guard"]).arg(folder);
        command.arg(stop.get_program()).args(stop.get_args());
        own_group(&mut command);
        let child = command
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        child
            .map(Self)
            .map_err(|error| Problem(format!("a shell cannot be started: {error}")))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Closes the pipe; the shell then ends by itself.
        drop(self.0.stdin.take());
        let _gone = self.0.wait();
    }
}

/// A group of its own: what is typed at the terminal ends the process it is typed for, and the shell after it.
fn own_group(command: &mut Command) {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        command.process_group(0);
    }
    #[cfg(not(unix))]
    {
        let _ = command;
    }
}
